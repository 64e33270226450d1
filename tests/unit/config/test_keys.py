"""Roles of keys, and the contract of the hash."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest

from hw3.config import keys
from hw3.config.compose import compose_config
from hw3.config.keys import (
    Role,
    Since,
    config_hash,
    declared,
    role_of,
    settings,
    with_values,
)
from hw3.config.schema import changed, parse, typed
from hw3.config.validate import build
from hw3.core.errors import ConfigError
from hw3.records.read import read_tree
from tests.builders import digits_config

RECORDS = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize(
    ("key", "role"),
    [
        ("lr.initial", Role.IDENTITY),
        ("dataset.split", Role.IDENTITY),
        ("threads", Role.MACHINE),  # the bits depend on them
        ("seed", Role.REPLICATE),
        ("data_dir", Role.PLACE),
        ("record.figures", Role.PLACE),
        ("crosses", Role.PLACE),
        ("optimizer.default_lr", Role.IMPLIED),
        ("dataset.batch_sizes", Role.IMPLIED),
        ("name", Role.IMPLIED),
    ],
)
def test_each_key_has_its_role(key, role):
    assert role_of(key) is role


def test_settings_are_what_a_result_could_depend_on():
    found = settings(digits_config().tree)
    assert {"act.name", "lr.initial", "dataset.split", "dtype"} <= set(found)
    assert not {"seed", "name", "data_dir", "record.figures", "optimizer.default_lr"} & set(found)


@pytest.mark.parametrize("folder", sorted(RECORDS.glob("records-*/*/*/config.yaml")), ids=str)
def test_the_hash_of_an_older_record_is_still_its_hash(folder):
    recorded = json.loads(folder.with_name("metrics.json").read_text())["config_hash"]
    tree = read_tree(folder)
    assert config_hash(tree) == typed(tree).hash == recorded


@dataclass(frozen=True)
class Clipping:
    norm: Annotated[float | None, Since(3, None)]


@dataclass(frozen=True)
class Later:
    epochs: int
    warmup: Annotated[int, Since(3, 0)]
    clipping: Clipping


@pytest.fixture
def later(monkeypatch):
    """The schema with two keys that version 3 brings."""
    neutral = {k: mark.neutral for k, mark in declared(Later, {}) if isinstance(mark, Since)}
    monkeypatch.setattr(keys, "marks", lambda: ({}, neutral))
    return neutral


def test_a_later_key_with_its_neutral_value_leaves_the_hash_as_it_was(later):
    assert later == {"warmup": 0, "clipping.norm": None}
    old = config_hash({"epochs": 5})
    assert config_hash({"epochs": 5, "warmup": 0, "clipping": {"norm": None}}) == old
    assert config_hash({"epochs": 5, "warmup": 1, "clipping": {"norm": None}}) != old
    assert config_hash({"epochs": 5, "warmup": 0, "clipping": {"norm": 1.0}}) != old


def test_old_and_new_records_compare_by_what_they_compute(later):
    new = {"epochs": 5, "warmup": 0, "clipping": {"norm": None}}
    assert settings(new) == settings({"epochs": 5})
    assert settings(new | {"warmup": 2}) == {"epochs": 5, "warmup": 2}


def test_an_older_record_is_read_with_the_neutral_value():
    found = build(Later, {"epochs": 5, "clipping": {}}, "", {})
    assert (found.warmup, found.clipping.norm) == (0, None)


def test_a_record_is_read_where_it_could_not_run():
    """Made on a machine with a GPU: reading it asks for types and limits alone."""
    tree = parse(compose_config(["model=torch_mlp"])).tree
    assert typed({**tree, "device": "cuda"}).device == "cuda"


def test_values_are_set_by_dotted_key_and_the_tree_stays():
    tree = {"a": {"b": 1, "c": 2}, "d": 3}
    found = with_values(tree, {"a.b": 5, "d": {"e": 6}, "f.g": 7})
    assert found == {"a": {"b": 5, "c": 2}, "d": {"e": 6}, "f": {"g": 7}}
    assert tree == {"a": {"b": 1, "c": 2}, "d": 3}


def test_a_changed_config_is_the_one_that_the_command_line_makes():
    asked = digits_config("seed=1")
    assert changed(asked, {"epochs": 7, "dataset.val": 100}).tree == (
        digits_config("seed=1", "epochs=7", "dataset.val=100").tree
    )
    assert asked.epochs == 50
    with pytest.raises(ConfigError, match="epochs must be a whole number >= 1, got 0"):
        changed(asked, {"epochs": 0})
    with pytest.raises(ConfigError, match="unknown key 'epoch'"):
        changed(asked, {"epoch": 1})

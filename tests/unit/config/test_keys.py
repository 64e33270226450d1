"""The role of each key, the hash of a config, and keys that come later than a record."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import yaml

from hw3.config.keys import config_hash, flatten, role_of, settings
from hw3.config.roles import Beside, Role, Since, filled, keys_of, role_in, tree_hash
from hw3.config.schema import Config, typed
from hw3.config.validate import build
from hw3.core.errors import ConfigError
from hw3.core.registry import Registry

FROZEN = sorted((Path(__file__).parents[2] / "data" / "records-1").rglob("config.yaml"))


@pytest.mark.parametrize(
    ("key", "role"),
    [
        ("seed", Role.REPLICATE),
        ("epochs", Role.IDENTITY),
        ("act.name", Role.IDENTITY),
        ("dataset.val", Role.IDENTITY),
        ("dataset.batch_sizes", Role.IMPLIED),
        ("optimizer.default_lr", Role.IMPLIED),
        ("name", Role.IMPLIED),
        ("record", Role.PLACE),
        ("record.figures", Role.PLACE),
        ("crosses", Role.PLACE),
        ("no.such.key", Role.IDENTITY),  # unknown: a difference, and never left out
    ],
)
def test_each_key_has_its_role(key, role):
    assert role_of(key) is role


def test_flatten_names_keys_by_their_way():
    assert flatten({"a": {"b": 1, "c": {"d": [2]}}, "e": None}) == {
        "a.b": 1,
        "a.c.d": [2],
        "e": None,
    }


@pytest.mark.parametrize("path", FROZEN, ids=lambda p: p.parent.name)
def test_records_of_version_1_keep_their_hash(path):
    tree = yaml.safe_load(path.read_text())
    metrics = json.loads(path.with_name("metrics.json").read_text())
    assert config_hash(tree) == metrics["config_hash"] == typed(tree).hash


def test_settings_are_what_a_result_could_depend_on():
    tree = yaml.safe_load(FROZEN[0].read_text())
    found = settings(tree)
    assert {"act.name", "lr.initial", "dataset.val", "threads"} <= set(found)
    assert not {"seed", "name", "data_dir", "record.figures", "optimizer.default_lr"} & set(found)
    assert settings({**tree, "record": {"figures": False}, "seed": 9}) == found


# A schema of version 1, and the same later: a key at the root, one in a group, one in a record.


@dataclass(frozen=True)
class Plain:
    rate: float


@dataclass(frozen=True)
class PlainLater:
    rate: float
    decay: Annotated[float, Since(2, 0.0)]


@dataclass(frozen=True)
class Group:
    size: int


@dataclass(frozen=True)
class GroupLater:
    size: int
    rounded: Annotated[bool, Since(2, False)]


class Method:
    """Stands for a group whose name picks a record."""


@dataclass(frozen=True)
class Fake:
    seed: Annotated[int, Role.REPLICATE]
    place: Annotated[str, Role.PLACE]
    group: Group
    method: Annotated[Method, Beside("default", Role.IMPLIED)]


@dataclass(frozen=True)
class FakeLater:
    seed: Annotated[int, Role.REPLICATE]
    place: Annotated[str, Role.PLACE]
    group: GroupLater
    method: Annotated[Method, Beside("default", Role.IMPLIED)]
    averaged: Annotated[int | None, Since(3, None)]
    shown: Annotated[bool, Role.PLACE, Since(3, True)]


def groups(record):
    registry = Registry("method")
    registry.register("plain")(record)
    return {Method: registry}


OLD = {
    "seed": 1,
    "place": "here",
    "group": {"size": 2},
    "method": {"name": "plain", "rate": 0.5, "default": 0.1},
}


def later(**changes):
    return filled({**OLD, **changes}, FakeLater, groups(PlainLater))


def test_the_hash_is_of_all_but_places():
    kept = {key: value for key, value in OLD.items() if key != "place"}
    digest = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
    assert tree_hash(OLD, Fake, groups(Plain)) == digest


def test_a_key_added_later_leaves_old_hashes_as_they_are():
    before = tree_hash(OLD, Fake, groups(Plain))
    assert tree_hash(OLD, FakeLater, groups(PlainLater)) == before
    assert tree_hash(later(), FakeLater, groups(PlainLater)) == before
    assert tree_hash(later(place="there", shown=False), FakeLater, groups(PlainLater)) == before


@pytest.mark.parametrize(
    "change",
    [
        {"averaged": 0},
        {"group": {"size": 2, "rounded": True}},
        {"method": {**OLD["method"], "decay": 0.1}},
        {"seed": 2},
    ],
)
def test_another_value_of_a_later_key_is_another_hash(change):
    before = tree_hash(OLD, Fake, groups(Plain))
    assert tree_hash(later(**change), FakeLater, groups(PlainLater)) != before


def test_an_old_record_is_read_with_the_neutral_values():
    found = build(FakeLater, later(), "", groups(PlainLater))
    assert (found.averaged, found.group.rounded, found.method.decay) == (None, False, 0.0)


def test_neutral_is_the_value_and_not_what_equals_it():
    assert Since(2, 0.0).is_neutral(0)
    assert not Since(2, 0.0).is_neutral(False)
    assert not Since(2, False).is_neutral(0)


def test_a_key_without_a_neutral_value_must_be_there():
    with pytest.raises(ConfigError, match="group is missing"):
        build(Fake, {k: v for k, v in OLD.items() if k != "group"}, "", groups(Plain))


def test_a_key_beside_the_record_is_known_by_its_role():
    assert role_in(Fake, "method.default") is Role.IMPLIED
    assert role_in(Fake, "method.rate") is Role.IDENTITY
    assert build(Fake, OLD, "", groups(Plain)).method == Plain(0.5)


def test_every_field_of_a_config_is_a_key():
    assert "tree" not in keys_of(Config)
    assert "act" in keys_of(Config)

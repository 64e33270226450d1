"""What composes."""

import errno
import os
from pathlib import Path

import pytest

from hw3.backends import BACKENDS
from hw3.config.compose import hydra_session
from hw3.config.presets import conf_dir
from hw3.datasets.sources import SOURCES
from hw3.homework import steps
from hw3.launch.command import Command
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.optimizers import OPTIMIZERS
from hw3.nn.schedules import SCHEDULES
from tests.builders import config
from tests.faults import Injector

CONF = conf_dir()
FOLDERS = {step.experiment: step.folder for step in steps()}


def stems(group):
    return {path.stem for path in (CONF / group).glob("*.yaml")}


@pytest.mark.parametrize(
    ("group", "registry"),
    [
        ("act", ACTIVATIONS),
        ("optimizer", OPTIMIZERS),
        ("lr", SCHEDULES),
        ("dataset", [*SOURCES, "file"]),
    ],
)
def test_yaml_names_are_the_registry_s_keys(group, registry):
    assert stems(group) == set(registry)
    for name in set(registry) - {"file"}:  # which needs a file
        assert config(f"{group}={name}").tree[group]["name"] == name


def test_every_backend_has_a_model():
    assert {config(f"model={m}").model.backend for m in stems("model")} == set(BACKENDS)


@pytest.mark.parametrize("name", sorted(stems("experiment")))
def test_every_point_of_every_experiment_composes(name):
    configs = Command.parse([f"experiment={name}"]).configs
    assert {c.name for c in configs} == {FOLDERS.get(name, name)}
    assert all(c.offline_dataset is None for c in configs)
    assert len({c.job_name for c in configs}) == len(configs)
    first_lines = (CONF / "experiment" / f"{name}.yaml").read_text().splitlines()[:2]
    assert f"# python -m hw3.run experiment={name}" in first_lines


@pytest.mark.parametrize("name", sorted(stems("regularizer")))
def test_regularizers_do_what_their_names_say(name):
    r = config(f"regularizer={name}").regularizer
    assert (r.l1 > 0, r.l2 > 0, r.dropout > 0) == (
        name == "l1",
        name in ("l2", "dropout_l2"),
        "dropout" in name,
    )
    assert r.convention == "full"


def test_defaults_are_the_assignment_s():
    c = config()
    assert (c.epochs, c.batch_size, c.seed, c.dtype, c.device) == (50, 100, 0, "float32", "auto")
    assert (c.dataset.name, c.n_train, c.data_dir) == ("mnist", 50_000, "data")
    assert [c.lr.rate(e, 50) for e in (19, 20, 39, 40)] == [0.1, 0.05, 0.05, 0.025]


def test_short_forms():
    c = config("lr=0.3", "act=tanh", "model.hidden_sizes=[512,256]")
    assert (c.lr.initial, c.tree["act"]["name"], c.model.hidden_sizes) == (0.3, "tanh", (512, 256))
    c = config("lr=cosine", "lr=0.3")
    assert (c.tree["lr"]["name"], c.lr.initial) == ("cosine", 0.3)
    assert config("model.hidden_sizes=[]").model.hidden_sizes == ()
    assert config("lr.after=[20,40]").lr.after == (20, 40)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("lr=0.1", "lr.initial=0.1"),
        ("lr=1", "lr.initial=1"),
        ("lr=1e-3", "lr.initial=1e-3"),
        ("lr=0.01,0.1,0.5", "lr.initial=0.01,0.1,0.5"),
        ("lr=choice(0.1,0.2)", "lr.initial=choice(0.1,0.2)"),
        ("lr=range(1,3)", "lr.initial=range(1,3)"),
        ("lr=cosine", "lr=cosine"),
        ("lr=cosine,constant", "lr=cosine,constant"),
        ("lr.initial=0.1", "lr.initial=0.1"),
        ("act=relu,tanh", "act=relu,tanh"),
    ],
)
def test_normalize_overrides(given, normal):
    with hydra_session() as session:
        (override,) = session.grammar.normalized([given])
    assert override.input_line == normal


def test_the_optimizer_states_its_rate():
    assert config("optimizer=adam").lr.initial == 0.001
    assert config("optimizer=adam", "lr=0.01").lr.initial == 0.01
    assert config("optimizer=adam", "lr=cosine").lr.initial == 0.001


def test_data_dir_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("HW3_DATA_DIR", "/somewhere")
    assert config().data_dir == "/somewhere"
    monkeypatch.setenv("HW3_DATA_DIR", "~/x")
    assert config().data_path == Path.home() / "x"


@pytest.mark.parametrize("n", [9, 13])
def test_a_file_of_hydra_that_cannot_be_opened_is_the_error_of_the_file(n, monkeypatch):
    """Hydra itself raises UnboundLocalError there."""
    error = OSError(errno.EMFILE, os.strerror(errno.EMFILE), "default.yaml")
    injector = Injector(monkeypatch, Path, "open", n, error)
    with (
        pytest.raises(OSError, match=r"Too many open files: 'default\.yaml'"),
        hydra_session() as session,
    ):
        session.composed([])
    assert injector.calls == n

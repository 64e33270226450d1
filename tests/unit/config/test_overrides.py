"""Keys and values of a command line: set, added, deleted, unknown."""

import pytest

from hw3.config.compose import compose_config, refuse_unknown_keys
from hw3.config.overrides import override_key
from hw3.core.errors import ConfigError


@pytest.mark.parametrize(
    ("overrides", "key", "value"),
    [
        (["seed=3"], "seed", 3),
        (["seed=3", "seed=4"], "seed", 4),
        (["++seed=3", "seed=4"], "seed", 4),
        (["seed=4", "++seed=3"], "seed", 3),
        (["early_stopping={patience: 3}"], "early_stopping", {"patience": 3}),
        (["record={figures: false}"], "record", {"figures": False, "checkpoint_every": 1}),
        (["name='a-b'"], "name", "a-b"),
        (["name=x${seed}"], "name", "x0"),
        (["+new=1"], "new", 1),
        (["+seed=1"], "seed", 1),
        (["+model.new={a: 1}"], "model", None),
    ],
)
def test_values_are_set_as_hydra_would(overrides, key, value):
    tree = compose_config(overrides)
    assert tree[key] == value or (value is None and tree[key]["new"] == {"a": 1})


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("~epochs", "epochs is missing: a run needs all keys; leave ~epochs out"),
        ("nothing=1", "unknown key 'nothing'; allowed here: model, act"),
        ("model.nothing=1", "unknown key 'model.nothing'; allowed here: backend, hidden_sizes"),
        ("act@x=relu", "act"),
        ("nothing@x=relu", "nothing"),
        ("net=wide_plain", "net"),
    ],
)
def test_what_cannot_be_set_is_one_line(override, message):
    with pytest.raises(ConfigError, match=message) as error:
        compose_config([override])
    assert len(str(error.value).splitlines()) == 1


def test_a_command_s_own_keys_are_named_with_the_config_s():
    refuse_unknown_keys(["seed=1", "+lr.initial=2", "net=wide_plain", "hydra.run.dir=x"], ["own"])
    with pytest.raises(ConfigError, match="unknown key 'sed'; allowed here: own, name, task"):
        refuse_unknown_keys(["sed=1"], ["own"])


@pytest.mark.parametrize("text", ["a.b=1", "+a.b=1", "++a.b=x=y", "~a.b"])
def test_the_key_of_an_override(text):
    assert override_key(text) == "a.b"

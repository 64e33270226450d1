"""Keys and values of a command line: set, added, deleted, unknown."""

import re
import shlex

import pytest

from hw3.config.compose import compose_config, refuse_unknown_keys
from hw3.config.keys import flatten
from hw3.config.overrides import override_key, pasted
from hw3.core.errors import ConfigError
from tests.builders import config

RECORD = {"figures": True, "checkpoint_every": 1, "keep": "last"}


@pytest.mark.parametrize(
    ("overrides", "key", "value"),
    [
        (["seed=3"], "seed", 3),
        (["seed=3", "seed=4"], "seed", 4),
        (["++seed=3", "seed=4"], "seed", 4),
        (["seed=4", "++seed=3"], "seed", 3),
        (["early_stopping={patience: 3}"], "early_stopping", {"patience": 3}),
        (
            ["record={figures: false}"],
            "record",
            {"figures": False, "checkpoint_every": 1, "keep": "last"},
        ),
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


ODD = [
    "é",
    "a(b",
    "a=b",
    "~x",
    "a#b",
    "数",
    "a[b",
    "a{b}",
    "a'b",
    'a"b',
    "a\\'b",
    "a)b\\",
    "=",
    "data(1)",
]


@pytest.mark.parametrize("value", ODD)
def test_a_value_with_one_reading_is_taken_as_it_is(value):
    tree = compose_config([f"data_dir={value}", f"++sweep={value}"])
    assert (tree["data_dir"], tree["sweep"]) == (value, value)


@pytest.mark.parametrize("value", ["é,b", "[é", "'é", "choice(é", "{a: (}", '"é'])
def test_a_value_with_several_readings_comes_back_in_quotes_to_paste(value):
    with pytest.raises(ConfigError, match="is not an override") as error:
        compose_config([f"data_dir={value}"])
    (pasted,) = shlex.split(str(error.value).rpartition("write ")[2])
    assert compose_config([pasted])["data_dir"] == value


@pytest.mark.parametrize("key", ["é", "a\nb", "a b", "a(b"])
def test_a_key_with_odd_characters_is_unknown(key):
    with pytest.raises(ConfigError, match="unknown key") as error:
        compose_config([f"{key}=1"])
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("key", "given", "value"),
    [
        ("seed", "3", 3),
        ("lr.initial", "1e-3", 0.001),
        ("record.figures", "false", False),
        ("early_stopping.patience", "null", None),
        ("dataset.val", "0.2", 0.2),
        ("model.hidden_sizes", "[8,4]", [8, 4]),
        ("data_dir", "3", "3"),
        ("name", "12", "12"),
    ],
)
def test_an_environment_variable_is_read_as_on_the_command_line(key, given, value, monkeypatch):
    monkeypatch.setenv("GIVEN", given)
    for text in ("${oc.env:GIVEN}", "'${oc.env:GIVEN}'"):
        assert flatten(compose_config([f"{key}={text}"]))[key] == value


def test_an_environment_variable_may_be_one_of_a_list_or_choose_a_file(monkeypatch):
    monkeypatch.setenv("GIVEN", "8")
    found = compose_config(["model.hidden_sizes=[4,'${oc.env:GIVEN}']", "lr=${oc.env:GIVEN}"])
    assert (found["model"]["hidden_sizes"], found["lr"]["initial"]) == ([4, 8], 8)
    monkeypatch.setenv("GIVEN", "tanh")
    assert compose_config(["act=${oc.env:GIVEN}"])["act"]["name"] == "tanh"
    with pytest.raises(ConfigError, match="Environment variable 'NOPE' not found"):
        compose_config(["act=${oc.env:NOPE}"])


def test_no_record_holds_what_stands_for_a_value(monkeypatch):
    monkeypatch.setenv("GIVEN", "${")
    for value in ("${oc.env:GIVEN}", r"'\${seed}'"):
        with pytest.raises(ConfigError, match="data_dir may not hold"):
            compose_config([f"data_dir={value}"])


def test_a_given_text_is_no_number():
    assert compose_config(["seed='3'"])["seed"] == "3"


LONG = "x" * 5000


@pytest.mark.parametrize(
    "override",
    [
        *(
            f"{LONG}=1",
            f"act={LONG}",
            f"seed={LONG}",
            LONG,
            f"name='{LONG} '",
            f"model={{a: {LONG}}}",
        ),
        *(
            f"seed={'9' * 400}",
            f"lr={'9' * 400}",
            f"seed={'9' * 5000}",
            f"lr.after=[{'9' * 400},1]",
        ),
        *(f"act.{LONG}=1", f"~{LONG}", f"seed=[{LONG}]", f"act={LONG},relu", f"seed=({LONG}"),
        *(f"lr=0.1,{LONG}", "seed=" + "[" * 3000, f"model.hidden_sizes=[{'9' * 400}]"),
    ],
)
def test_what_is_long_is_cut_short(override):
    with pytest.raises(ConfigError) as error:
        config(override)
    assert len(str(error.value)) < 450
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("range(0,1000000)", "names 1,000,000 values; one command takes at most 10,000 jobs"),
        ("range(0,1e9)", "names 1,000,000,000 values"),
        ("range(0,1,1e-9)", "names 1,000,000,000 values"),
        ("shuffle(range(0,1000000))", "names 1,000,000 values"),
        ("range(0,inf)", "has no end"),
        ("range(0,nan)", "has no end"),
        ("range(0,5,0)", "has no end"),
        (f"range(0,{'9' * 400})", "has no end"),
    ],
)
@pytest.mark.parametrize("key", ["seed", "dataset", "lr", "act"])
def test_a_range_is_counted_before_it_is_built(key, values, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        compose_config([f"{key}={values}"])


@pytest.mark.parametrize("override", ["~model=1", "~model", "~act=relu", "~lr", "~model.init=auto"])
def test_nothing_can_be_deleted(override):
    with pytest.raises(ConfigError, match="is missing: a run needs all keys; leave ~"):
        compose_config([override])


@pytest.mark.parametrize(
    "value", [*ODD, "plain/a-b.c_1", "a b", "a,b", "'", "$HOME", "`x`", "a\\", "é,'\""]
)
def test_a_hint_can_be_pasted(value):
    (argument,) = shlex.split(pasted("data_dir", value))
    assert compose_config([argument])["data_dir"] == value

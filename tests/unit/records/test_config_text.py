import pytest
from omegaconf import OmegaConf

from hw3.config.compose import compose_config
from hw3.records.config_text import config_text

ODD = ("1e3", "0x10", "yes", "null", "~", "a: b", "#x", "'q'", "ü", "1_000", ".inf", "nan", "1:30")
ODD += (
    "2020-01-01",
    "a\nb",
    " lead",
    "trail ",
    "- x",
    "[a]",
    "{b}",
    90 * "x y ",
    "",
    "12",
    "1.",
    "=",
)


@pytest.mark.parametrize("word", ODD)
def test_odd_words_are_written_as_omegaconf_writes_them(word):
    tree = {"a": word, "b": {"c": [word, 1e-5, 1e22, True, None, [], {}]}}
    assert config_text(tree) == OmegaConf.to_yaml(OmegaConf.create(tree))


@pytest.mark.parametrize("chosen", [[], ["experiment=human_machine_explore"], ["lr=cosine"]])
def test_configs_are_written_as_omegaconf_writes_them(chosen):
    tree = compose_config(chosen)
    assert config_text(tree) == OmegaConf.to_yaml(OmegaConf.create(tree))


def test_a_list_that_occurs_twice_is_written_twice():
    same = [1, 2]
    assert config_text({"a": same, "b": same}) == "a:\n- 1\n- 2\nb:\n- 1\n- 2\n"

"""YAML files of one's own: found, read, and refused in one line that names file and place."""

from pathlib import Path

import pytest

from hw3.config.compose import compose_config
from hw3.config.schema import parse
from hw3.core.errors import ConfigError
from hw3.launch.command import Command
from hw3.launch.flags import hydras_arguments, print_by_hydra, read_flags

MINE = b"# @package _global_\ndefaults:\n  - override /dataset: digits\nname: mine\n"


def own(content=MINE, place="c/experiment/mine.yaml"):
    path = Path(place)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


@pytest.mark.parametrize("where", ["c", "file://c", "./c", "{cwd}/c"])
@pytest.mark.parametrize("name", ["mine", "team/mine", "team/a b/mine"])
def test_an_experiment_of_one_s_own_is_found(name, where):
    own(place=f"c/experiment/{name}.yaml")
    folders = f"hydra.searchpath=['{where.format(cwd=Path.cwd())}']"
    tree = compose_config([folders, f"experiment='{name}'"])
    assert (tree["name"], tree["dataset"]["name"]) == ("mine", "digits")


@pytest.mark.parametrize("flag", ["--config-dir", "-cd"])
def test_a_folder_may_be_a_flag_and_is_shown_from(flag, capsys):
    own(place="a, b'c/experiment/mine.yaml")
    asked = read_flags(["experiment=mine", flag, "a, b'c", "--cfg", "job"])
    assert hydras_arguments(asked) == ["--cfg", "job", "experiment=mine"]
    assert print_by_hydra(asked) == 0
    assert "name: mine\n" in capsys.readouterr().out


def test_a_file_of_any_group_may_be_one_s_own():
    own(b"name: leaky_relu\nnegative_slope: 0.2\n", "c/act/steep.yaml")
    assert compose_config(["hydra.searchpath=[c]", "act=steep"])["act"]["negative_slope"] == 0.2


def test_a_byte_order_mark_is_skipped():
    own(b"\xef\xbb\xbf" + MINE)
    assert compose_config(["hydra.searchpath=[c]", "experiment=mine"])["name"] == "mine"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (MINE + b"optimizer:\n\tname: x\n", "mine.yaml, line 6: found character '\\t'"),
        (MINE + b"name: x\n", "mine.yaml, line 5: found duplicate key name"),
        (MINE + b"# caf\xe9\n", "mine.yaml, line 5 is no UTF-8 text"),
        (MINE + b"seed: [\n", "mine.yaml, line 6: "),
        (MINE + b"seed: *a\n", "mine.yaml, line 5: found undefined alias"),
        (MINE + b"seed: !!python/name:os.system\n", "mine.yaml, line 5: could not determine"),
        (MINE + b"seed: \x00\n", "mine.yaml is no YAML mapping: unacceptable character"),
        (MINE + b"seed: " + b"[" * 3000, "mine.yaml is no YAML mapping: maximum recursion"),
        (MINE + b"null: 1", "mine.yaml is no YAML mapping: Incompatible key type"),
        (MINE + b"seed: 0x" + b"f" * 5000, "got a int too long to show"),
        (b"- 1\n", "mine.yaml must hold keys with values, and it holds a list"),
        (b"# @package a b\n", "in its first comments: Too many components"),
        (b"name: mine\n", "an experiment's file must begin with '# @package _global_'"),
        (b"# @package _global_\ndefaults: 3\n", "Hydra cannot compose experiment=mine: Invalid"),
        (b"# @package _global_\ndefaults: [mine]\n", "nested too deep, or holds itself"),
        (MINE + b"optimizer: {name: adam}", "optimizer.name='adam' would leave the other keys of"),
        (MINE + b"optimizer: {default_lr: 3}", "optimizer.default_lr is ours and cannot be given"),
        (MINE + b"data_dir: '${'", "no viable alternative at input"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_its_place(content, message):
    own(content)
    with pytest.raises(ConfigError) as error:
        parse(compose_config(["hydra.searchpath=[c]", "experiment=mine"]))
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("value", ["[nowhere]", "3", "[3]", "c", "[~nosuchuser/c]", "a,b"])
def test_only_folders_can_be_searched(value):
    with pytest.raises(ConfigError, match=r"hydra.searchpath|home folder"):
        compose_config([f"hydra.searchpath={value}"])


def test_links_that_lead_back_up_have_an_end():
    own()
    for name in ("a", "b"):
        Path("c/experiment", name).symlink_to("..")
    assert compose_config(["hydra.searchpath=[c]", "experiment=mine"])["name"] == "mine"


@pytest.mark.parametrize("target", ["os.system", "subprocess.run"])
def test_a_target_in_one_s_own_yaml_is_an_unknown_key_and_nothing_runs(target, tmp_path):
    folder = tmp_path / "my" / "act"
    folder.mkdir(parents=True)
    text = f"_target_: {target}\nname: relu\nslope_at_zero: 0.0\ncommand: touch pwned\n"
    (folder / "evil.yaml").write_text(text)
    with pytest.raises(ConfigError, match="_target_"):
        Command.parse(["dataset=digits", f"hydra.searchpath=[file://{tmp_path}/my]", "act=evil"])
    with pytest.raises(ConfigError, match="_target_"):
        Command.parse(["dataset=digits", f"+model._target_={target}"])
    assert not (tmp_path / "pwned").exists()

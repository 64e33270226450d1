"""The folder of a run."""

import json

import numpy as np
import pytest
from filelock import FileLock
from omegaconf import OmegaConf

from hw3.core.errors import RunDirError
from hw3.core.files import write_text
from hw3.records.outcome import Failure
from hw3.records.read import read_tree
from hw3.records.rundir import RunDir
from tests.builders import digits_config, history


def test_a_fresh_folder_gets_the_resolved_config(tmp_path):
    c = digits_config("lr=0.25")
    with RunDir.claim(tmp_path / "run", c) as run:
        text = (run.path / "config.yaml").read_text()
    assert "initial: 0.25" in text
    assert "${" not in text
    with RunDir.claim(tmp_path / "run", c) as run:
        assert run.ended is None


def test_another_config_is_refused_with_the_keys_that_differ(tmp_path):
    with RunDir.claim(tmp_path, digits_config()):
        pass
    with pytest.raises(RunDirError, match=r"lr\.initial: 0\.1 there, 0\.5 asked for"):
        with RunDir.claim(tmp_path, digits_config("lr=0.5")):
            pass
    with RunDir.claim(tmp_path, digits_config("data_dir=/moved")):
        pass


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(RunDirError, match=r"holds no run \(found thesis\.tex\)"):
        with RunDir.claim(tmp_path, digits_config()):
            pass


def test_a_busy_folder_is_left_alone(tmp_path):
    with FileLock(tmp_path / ".lock"), pytest.raises(RunDirError, match="in use by another"):
        with RunDir.claim(tmp_path, digits_config()):
            pass
    assert not (tmp_path / "config.yaml").exists()


def test_checkpoint_reads_back(tmp_path):
    state = {"params": np.arange(3, dtype=np.float32), "step": np.array(7)}
    with RunDir.claim(tmp_path, digits_config()) as run:
        assert run.load_checkpoint() is None
        run.save_checkpoint(state, history())
        loaded, loaded_history = run.load_checkpoint()
    np.testing.assert_array_equal(loaded["params"], state["params"])
    assert loaded["step"] == 7
    assert loaded_history == history()


def test_a_failure_is_recorded_with_its_traceback(tmp_path):
    with RunDir.claim(tmp_path, digits_config()) as run:
        try:
            raise ZeroDivisionError("by hand")
        except ZeroDivisionError as error:
            run.fail(error)
        assert run.ended == Failure("ZeroDivisionError: by hand")
    assert "Traceback" in (tmp_path / "run.log").read_text()
    json.loads((tmp_path / "metrics.json").read_text())


def test_a_config_reads_back_as_omegaconf_wrote_it(tmp_path):
    """Plain YAML readers take 1e-08 for text; OmegaConf writes what both read as a number."""
    tree = {"eps": 1e-8, "big": 1e30, "n": 3, "none": None, "yes": True, "text": "1e-8", "l": [1]}
    write_text(tmp_path / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(tree)))
    assert read_tree(tmp_path / "config.yaml") == tree
    assert isinstance(read_tree(tmp_path / "config.yaml")["eps"], float)


@pytest.mark.parametrize(
    "text",
    [
        "self: &x\n  again: *x\n",
        "l0: &l0 [1, 1]\n" + "".join(f"l{i}: &l{i} [*l{i - 1}, *l{i - 1}]\n" for i in range(1, 40)),
    ],
    ids=["holds itself", "grows without end"],
)
def test_a_config_with_yaml_aliases_is_damaged(text, tmp_path):
    write_text(tmp_path / "config.yaml", text)
    with pytest.raises(RunDirError, match=r"config\.yaml is damaged.*YAML aliases"):
        read_tree(tmp_path / "config.yaml")


def test_a_star_in_a_text_is_no_alias(tmp_path):
    tree = {"name": "a * b", "list": ["*x"]}
    write_text(tmp_path / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(tree)))
    assert read_tree(tmp_path / "config.yaml") == tree

"""The folder of a run."""

import json
import os

import numpy as np
import pytest
from filelock import FileLock
from omegaconf import OmegaConf

from hw3.core import workers
from hw3.core.errors import RunDirError
from hw3.core.files import write_text
from hw3.records.outcome import Failure
from hw3.records.read import read_tree
from hw3.records.run import load_run
from hw3.records.rundir import RunDir
from tests.builders import digits_config, history, outcome, write_run


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


@pytest.mark.parametrize("name", ["metrics.json", "jobs.json", "checkpoint_before.h5"])
def test_a_folder_with_parts_of_another_record_is_refused(name, tmp_path):
    (tmp_path / name).write_text("")
    with pytest.raises(RunDirError, match=rf"holds {name} and no config\.yaml"):
        with RunDir.claim(tmp_path, digits_config()):
            pass
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_files_of_others_are_left_alone_and_never_hashed(tmp_path):
    for name in ("log.txt", ".gitkeep", "mine.csv"):
        (tmp_path / name).write_text("mine")
    with RunDir.claim(tmp_path, digits_config()) as run:
        run.finish(outcome())
        assert set(run.ended.files) == {"config.yaml"}
    assert (tmp_path / "log.txt").read_text() == "mine"


def test_a_busy_folder_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "ORPHAN_SECONDS", 0)
    with FileLock(tmp_path / ".lock"), pytest.raises(RunDirError, match="the same command goes on"):
        with RunDir.claim(tmp_path, digits_config()):
            pass
    assert not (tmp_path / "config.yaml").exists()


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("key", ["epochs", "seconds", "n_parameters"])
def test_a_changed_digit_in_how_a_run_ended_is_noticed(key, tmp_path):
    with RunDir.claim(tmp_path, digits_config()) as run:
        run.finish(outcome())
    path = tmp_path / "metrics.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, key: record[key] + 1}))
    with pytest.raises(RunDirError, match=r"metrics.json is damaged.*its own_sha256.*move it away"):
        load_run(tmp_path)


def test_a_digest_that_was_taken_out_is_noticed(tmp_path):
    folder = write_run(tmp_path / "run")
    ended = json.loads((folder / "metrics.json").read_text())
    del ended["own_sha256"]
    (folder / "metrics.json").write_text(json.dumps(ended))
    with pytest.raises(RunDirError, match=r"metrics.json is damaged.*'own_sha256' is missing"):
        load_run(folder)
    (folder / "metrics.json").write_text(json.dumps(ended | {"schema": 2}))  # when it was optional
    assert load_run(folder).status == "completed"


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 0.9, 1])
def test_a_damaged_checkpoint_falls_back_to_the_one_before_and_says_so(share, tmp_path, capsys):
    with RunDir.claim(tmp_path, digits_config()) as run:
        for n in (1, 2):
            run.save_checkpoint({"params": np.full(99, n, np.float32)}, history(n))
        path = tmp_path / "checkpoint.h5"
        flip(path, int(share * (path.stat().st_size - 1)))
        state, found = run.load_checkpoint()
    assert (state["params"][0], len(found)) == (1, 1)
    assert "checkpoint.h5 is damaged" in capsys.readouterr().err
    assert "goes on from the one before" in (tmp_path / "run.log").read_text()


def test_a_run_whose_checkpoints_are_all_damaged_is_refused_with_the_way_out(tmp_path):
    with RunDir.claim(tmp_path, digits_config()) as run:
        run.save_checkpoint({"params": np.zeros(9)}, history(1))
        flip(tmp_path / "checkpoint.h5", 1000)
        with pytest.raises(RunDirError, match="move it away, and the same command starts again"):
            run.load_checkpoint()


def test_a_kill_between_two_checkpoints_goes_on_from_the_one_before(tmp_path):
    with RunDir.claim(tmp_path, digits_config()) as run:
        run.save_checkpoint({"params": np.zeros(9)}, history(3))
        (tmp_path / "checkpoint.h5").rename(tmp_path / "checkpoint_before.h5")
        assert len(run.load_checkpoint()[1]) == 3


@pytest.mark.parametrize("name", ["config.yaml", "metrics.json", "history.csv", "run.log"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_regular_file_is_one_line_and_no_waiting(name, make, tmp_path):
    folder = write_run(tmp_path / "run")
    (folder / name).unlink(missing_ok=True)
    make(folder / name)
    with pytest.raises(RunDirError, match=rf"{name} is damaged.*no regular file|holds no run"):
        run = load_run(folder)
        _ = run.epochs, run.last_sign


@pytest.mark.parametrize(
    "text", ["a: 2020-01-01\n", "a: !!set {b, c}\n", "? [1, 2]\n: 3\n", "[" * 9000]
)
def test_a_config_of_other_things_than_ours_is_damaged(text, tmp_path):
    write_text(tmp_path / "config.yaml", text)
    with pytest.raises(RunDirError, match=r"config\.yaml is damaged"):
        read_tree(tmp_path / "config.yaml")


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

"""Histories, atomic files, and the folder of a run."""

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from filelock import FileLock
from omegaconf import OmegaConf
from tests.builders import config

from hw3.core import files
from hw3.core.errors import RunDirError
from hw3.core.files import replacing, write_json, write_text
from hw3.datasets.types import DataFacts
from hw3.plots.curves import Curve, curves
from hw3.records import environment
from hw3.records.outcome import Failure
from hw3.records.read import read_tree
from hw3.records.rundir import RunDir
from hw3.records.weights import save_params
from hw3.training.history import (
    HISTORY_COLUMNS,
    EpochRecord,
    History,
    history_array,
    history_csv,
    history_from_array,
    read_history,
)
from hw3.training.metrics import Metrics
from hw3.training.progress import bar_text, epoch_line


def history(n=5, has_val=True, rates=None):
    records = []
    for i in range(n):
        val = Metrics(100.0 - i, 60 + i, 100) if has_val else None
        rate = rates[i] if rates else 0.1
        records.append(EpochRecord(i + 1, rate, Metrics(90.1 / 3 - i, 70 + i, 100), val, 1.5))
    return History(records)


@pytest.mark.parametrize("has_val", [True, False])
def test_history_survives_its_array(has_val):
    h = history(has_val=has_val)
    assert history_from_array(history_array(h)) == h
    assert history_from_array(history_array(history(1))) == history(1)


def test_history_csv_has_the_promised_columns():
    header, first, *_ = history_csv(history(2)).splitlines()
    assert header == "epoch,lr,train_loss,train_correct,train_n,val_loss,val_correct,val_n,seconds"
    values = dict(zip(HISTORY_COLUMNS, first.split(","), strict=True))
    assert (values["epoch"], values["val_correct"], values["val_n"]) == ("1", "60", "100")
    assert float(values["train_loss"]) == 90.1 / 3 / 100
    assert history_csv(history(1, has_val=False)).splitlines()[1].endswith(",,,,1.5")


@pytest.mark.parametrize("has_val", [True, False])
def test_history_csv_reads_back(has_val):
    h = history(3, has_val)
    found = read_history(history_csv(h), 0, 0)
    assert history_csv(found) == history_csv(h)
    assert found.best.epoch == h.best.epoch


def test_a_history_of_schema_1_takes_its_counts_from_the_run():
    header = "epoch,lr,train_loss,train_correct,train_accuracy,val_loss,val_correct,val_accuracy"
    found = read_history(f"{header},seconds\n1,0.1,0.5,30,0.5,0.7,12,0.6,1.5\n", 60, 20)
    assert found.last.train == Metrics(30.0, 30, 60)
    assert found.last.val == Metrics(14.0, 12, 20)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "epoch\n1\n"])
def test_a_text_that_is_no_history_is_refused(text):
    with pytest.raises((KeyError, ValueError)):
        read_history(text, 1, 1)


def test_best_epoch_is_by_correct_then_loss_then_first():
    h = history(3)
    assert h.best.epoch == 3
    h.epochs.append(EpochRecord(4, 0.1, h.last.train, Metrics(50.0, 62, 100), 1.0))
    assert h.best.epoch == 4
    h.epochs.append(EpochRecord(5, 0.1, h.last.train, Metrics(50.0, 62, 100), 1.0))
    assert h.best.epoch == 4
    h.epochs.append(EpochRecord(6, 0.1, h.last.train, Metrics(math.nan, 62, 100), 1.0))
    assert h.best.epoch == 4
    assert h.is_diverged


def test_lines_of_progress():
    record = EpochRecord(12, 0.1, Metrics(50, 9831, 10_000), Metrics(1, 9630, 10_000), 1.0)
    line = "epoch 12/50  lr 0.1  train 98.31%  val 9630/10000 = 96.30%"
    assert epoch_line(record, 50) == line
    assert "val 0.0001 96.30%" in bar_text(record)
    alone = EpochRecord(1, 0.1, Metrics(50, 98, 100), None, 1.0)
    assert epoch_line(alone, 2) == "epoch 1/2  lr 0.1  train 98.00%"


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "a" / "x.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError, match="in the middle"), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("in the middle")
    assert path.read_text() == "old"
    assert [p.name for p in path.parent.iterdir()] == ["x.txt"]


def test_json_without_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"loss": math.nan})
    assert not list(tmp_path.iterdir())


def test_a_killed_writer_leaves_the_old_file_and_its_litter_is_removed(tmp_path):
    path = tmp_path / "x.txt"
    write_text(path, "old")
    code = (
        "import os, signal, sys; from pathlib import Path; from hw3.core.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as t:\n"
        "    t.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
    files.remove_temporaries(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_fresh_folder_gets_the_resolved_config(tmp_path):
    c = config("lr=0.25")
    with RunDir.claim(tmp_path / "run", c) as run:
        text = (run.path / "config.yaml").read_text()
    assert "initial: 0.25" in text
    assert "${" not in text
    with RunDir.claim(tmp_path / "run", c) as run:
        assert run.ended is None


def test_another_config_is_refused_with_the_keys_that_differ(tmp_path):
    with RunDir.claim(tmp_path, config()):
        pass
    with pytest.raises(RunDirError, match=r"lr\.initial: 0\.1 there, 0\.5 asked for"):
        with RunDir.claim(tmp_path, config("lr=0.5")):
            pass
    with RunDir.claim(tmp_path, config("data_dir=/moved")):
        pass


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(RunDirError, match=r"holds no run \(found thesis\.tex\)"):
        with RunDir.claim(tmp_path, config()):
            pass


def test_a_busy_folder_is_left_alone(tmp_path):
    with FileLock(tmp_path / ".lock"), pytest.raises(RunDirError, match="in use by another"):
        with RunDir.claim(tmp_path, config()):
            pass
    assert not (tmp_path / "config.yaml").exists()


def test_checkpoint_reads_back(tmp_path):
    state = {"params": np.arange(3, dtype=np.float32), "step": np.array(7)}
    with RunDir.claim(tmp_path, config()) as run:
        assert run.load_checkpoint() is None
        run.save_checkpoint(state, history())
        loaded, loaded_history = run.load_checkpoint()
    np.testing.assert_array_equal(loaded["params"], state["params"])
    assert loaded["step"] == 7
    assert loaded_history == history()


def test_params_are_in_the_course_s_layout(tmp_path):
    weight, bias = np.arange(6.0).reshape(3, 2), np.array([7.0, 8.0])
    save_params(tmp_path / "params.h5", [(weight, bias)], {"name": "relu"})
    with h5py.File(tmp_path / "params.h5") as file:
        assert file["W1"].shape == (2, 3)
        np.testing.assert_array_equal(file["W1"][1], [1, 3, 5])
        np.testing.assert_array_equal(file["b1"], bias)
        assert json.loads(file.attrs["act"]) == {"name": "relu"}


def test_a_failure_is_recorded_with_its_traceback(tmp_path):
    with RunDir.claim(tmp_path, config()) as run:
        try:
            raise ZeroDivisionError("by hand")
        except ZeroDivisionError as error:
            run.fail(error)
        assert run.ended == Failure("ZeroDivisionError: by hand")
    assert "Traceback" in (tmp_path / "run.log").read_text()
    json.loads((tmp_path / "metrics.json").read_text())


def drawn_text(figure):
    axes = figure.axes[0]
    legend = [t.get_text() for t in axes.get_legend().get_texts()]
    return legend, [t.get_text() for t in axes.texts]


def test_curves_show_the_measured_figures_and_halvings():
    h = history(5, rates=[0.4, 0.4, 0.2, 0.2, 0.1])
    figure = curves([Curve.of(h)], "a title")
    legend, marks = drawn_text(figure)
    assert marks.pop() == "64.00"  # the final figure, at the curve's end
    assert legend == [
        "training: final 74.00 %",
        "validation: final 64.00 %, best 64.00 % (epoch 5)",
        "best epoch",
    ]
    assert marks == ["lr 0.2", "lr 0.1"]
    lines = {line.get_label(): line.get_xydata().tolist() for line in figure.axes[0].lines}
    assert lines[legend[1]] == [[i + 1, 60.0 + i] for i in range(5)]
    vertical = [ln.get_xdata()[0] for ln in figure.axes[0].lines if len(set(ln.get_xdata())) == 1]
    assert {2.5, 4.5} <= set(vertical)


def test_curves_without_validation_or_with_many_rates():
    legend, _ = drawn_text(curves([Curve.of(history(3, has_val=False))], ""))
    assert legend == ["training: final 72.00 %"]  # the best of what was trained on means nothing
    _, marks = drawn_text(
        curves([Curve.of(history(20, rates=[0.1 / (i + 1) for i in range(20)]))], "")
    )
    assert marks == ["79.00"]


@pytest.fixture
def interruptible():
    """Ctrl-C as in a terminal: a process that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_signal_waits_until_a_file_is_written(tmp_path):
    with pytest.raises(KeyboardInterrupt), files.writing_hdf5(tmp_path / "x.h5") as file:
        signal.raise_signal(signal.SIGINT)
        file["a"] = np.arange(3)
    with h5py.File(tmp_path / "x.h5") as file:
        assert file["a"][()].tolist() == [0, 1, 2]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_commit_is_named_and_changes_are_seen():
    data = DataFacts("f", "5a", 1, "float32", (0.0, 1.0), (1,))
    facts = environment.environment("numpy", data)
    assert facts.packages["torch"]
    if facts.commit:
        assert len(facts.commit.id) == 40
        root = Path(environment.__file__).parents[3]
        status = subprocess.run(
            ["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True
        )
        assert facts.commit.dirty == bool(status.stdout)


def test_temporary_names_carry_the_process(tmp_path):
    with replacing(tmp_path / "x") as temporary:
        assert str(os.getpid()) in temporary.name
        temporary.write_text("")


def test_a_config_reads_back_as_omegaconf_wrote_it(tmp_path):
    """Plain YAML readers take 1e-08 for text; OmegaConf writes what both read as a number."""
    tree = {"eps": 1e-8, "big": 1e30, "n": 3, "none": None, "yes": True, "text": "1e-8", "l": [1]}
    write_text(tmp_path / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(tree)))
    assert read_tree(tmp_path / "config.yaml") == tree
    assert isinstance(read_tree(tmp_path / "config.yaml")["eps"], float)

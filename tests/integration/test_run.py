"""The command itself: folders, resuming, skipping, sweeps, offline behaviour and exit statuses."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from hw3 import run as door
from hw3.backends.numpy_backend import NumpyStack
from hw3.core.errors import DataUnavailableError, Hw3Error
from hw3.datasets import sources
from hw3.nn.activations import ACTIVATIONS
from hw3.records.code import Code, Commit
from hw3.records.run import load_run
from tests.builders import record

QUICK = ("dataset=digits", "epochs=3", "model.hidden_sizes=[16]", "batch_size=50")
FILES = {
    *("config.yaml", "history.csv", "metrics.json", "params.h5", "checkpoint.h5"),
    *("environment.json", "run.log", "curves.png"),
}


def run(*overrides, folder="out"):
    return door.main([*QUICK, f"hydra.run.dir={folder}", *overrides])


def history(folder="out"):
    with Path(folder, "history.csv").open() as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def weights(folder="out"):
    with h5py.File(Path(folder, "params.h5")) as file:
        return {name: data[()] for name, data in file.items()}


def assert_same_outcome(a, b):
    assert history(a) == history(b)
    for name, array in weights(a).items():
        np.testing.assert_array_equal(array, weights(b)[name])


@pytest.mark.parametrize("model", ["numpy_mlp", "torch_mlp"])
def test_a_run_leaves_its_whole_record(model, capsys):
    assert run(f"model={model}") == 0
    assert {p.name for p in Path("out").iterdir()} - {".lock"} == FILES
    metrics = record()
    assert metrics["status"] == "completed"
    assert (metrics["dataset"], metrics["n_train"], metrics["n_val"]) == ("digits", 1200, 297)
    assert metrics["n_parameters"] == 64 * 16 + 16 + 16 * 10 + 10
    rows = history()
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert int(rows[-1]["val_correct"]) == metrics["final"]["val_correct"]
    assert int(rows[-1]["val_n"]) == 297
    assert metrics["final"]["val_correct"] > 0.4 * 297  # chance is 0.1
    assert {k: v.shape for k, v in weights().items()} == {
        **{"W1": (16, 64), "b1": (16,), "W2": (10, 16), "b2": (10,)}
    }
    environment = json.loads(Path("out/environment.json").read_text())
    assert environment["packages"]["numpy"] == np.__version__
    assert len(environment["data"]["sha256"]) == 64
    assert Path("out/curves.png").read_bytes().startswith(b"\x89PNG")
    out = capsys.readouterr().out
    sealed = FILES - {"metrics.json", "run.log", "checkpoint.h5"}
    assert metrics["files"] == {
        name: hashlib.sha256(Path("out", name).read_bytes()).hexdigest() for name in sealed
    }
    assert out.count("epoch ") == 3
    assert f"val {rows[0]['val_correct']}/297 = " in out


def test_the_default_folder_is_named_for_the_experiment():
    assert door.main([*QUICK, "experiment=digits_demo", "epochs=1"]) == 0
    assert door.main([*QUICK, "epochs=1"]) == 0
    assert len(list(Path("outputs/digits_demo").glob("20*/metrics.json"))) == 1
    assert len(list(Path("outputs/single").glob("20*/metrics.json"))) == 1


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        assert run(f"seed={seed}", folder=folder) == 0
    assert_same_outcome("a", "b")
    assert history("a") != history("c")


def test_a_finished_run_is_skipped(capsys, monkeypatch):
    assert run() == 0
    before = {p: p.stat().st_mtime_ns for p in Path("out").iterdir()}
    monkeypatch.setattr(NumpyStack, "train_epoch", None)
    assert run() == 0
    assert "skipped" in capsys.readouterr().out
    assert {p: p.stat().st_mtime_ns for p in Path("out").iterdir()} == before


def test_another_config_in_the_same_folder_is_refused(capsys):
    assert run() == 0
    assert run("lr=0.2") == 2
    assert "lr.initial: 0.1 there, 0.2 asked for" in capsys.readouterr().err


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_an_interrupted_run_continues_to_the_same_bits(after, monkeypatch, capsys):
    common = ("optimizer=adam", "regularizer=dropout")
    assert run(*common, folder="whole") == 0
    train_epoch, calls = NumpyStack.train_epoch, []

    def interrupted(self, *args, **kwargs):
        if len(calls) == after:
            raise KeyboardInterrupt
        calls.append(1)
        train_epoch(self, *args, **kwargs)

    monkeypatch.setattr(NumpyStack, "train_epoch", interrupted)
    assert run(*common) == (130 if after < 3 else 0)
    assert Path("out/metrics.json").exists() == (after == 3)
    monkeypatch.setattr(NumpyStack, "train_epoch", train_epoch)
    assert run(*common) == 0
    assert_same_outcome("whole", "out")
    if after in (1, 2):
        assert f"continues after epoch {after}" in Path("out/run.log").read_text()
        assert "the same command continues" in capsys.readouterr().err


@pytest.mark.parametrize("after", [0, 1])
def test_a_run_that_other_code_continues_says_so(after, monkeypatch):
    """Where no epoch was kept the first code has left nothing, and is none of the run's."""
    first, second = Code("1" * 64, Commit("a" * 40, False)), Code("2" * 64, None)
    monkeypatch.setattr("hw3.records.environment.running_code", lambda: first)
    train_epoch, calls = NumpyStack.train_epoch, []

    def interrupted(self, *args, **kwargs):
        if len(calls) == after:
            raise KeyboardInterrupt
        calls.append(1)
        train_epoch(self, *args, **kwargs)

    monkeypatch.setattr(NumpyStack, "train_epoch", interrupted)
    assert run() == 130
    monkeypatch.setattr(NumpyStack, "train_epoch", train_epoch)
    for module in ("records.environment", "tasks.train"):
        monkeypatch.setattr(f"hw3.{module}.running_code", lambda: second)
    assert run() == 0
    assert load_run("out").environment.codes == ((first, second) if after else (second,))


def test_a_sigterm_ends_like_ctrl_c_and_loses_no_epoch():
    command = [sys.executable, "-m", "hw3.run", *QUICK, "epochs=2000", "hydra.run.dir=out"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith(b"epoch 1/")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    text = b"hw3: interrupted; every finished epoch is kept; the same command continues"
    assert err.splitlines() == [text]
    assert len(history()) >= 1
    assert not Path("out/metrics.json").exists()


def test_a_failed_run_is_recorded_and_can_be_run_again(monkeypatch, capsys):
    def broken(self, *args, **kwargs):
        raise RuntimeError("by hand")

    train_epoch = NumpyStack.train_epoch
    monkeypatch.setattr(NumpyStack, "train_epoch", broken)
    assert run() == 1
    assert (record()["status"], record()["error"]) == ("failed", "RuntimeError: by hand")
    assert "Traceback" in Path("out/run.log").read_text()
    assert "RuntimeError: by hand; see out/run.log" in capsys.readouterr().err
    monkeypatch.setattr(NumpyStack, "train_epoch", train_epoch)
    assert run() == 0
    assert record()["status"] == "completed"


def test_divergence_stops_the_run_with_its_record(capsys):
    assert run("lr=1e30", "epochs=20") == 1
    metrics = record()
    assert metrics["status"] == "diverged"
    assert metrics["epochs"] < 20
    assert metrics["final"]["train_loss"] is None
    assert Path("out/curves.png").exists()
    assert "diverged" in capsys.readouterr().err
    assert run("lr=1e30", "epochs=20") == 1  # finished, but not a success


def test_a_sweep_gives_each_job_its_folder():
    assert door.main([*QUICK, "-m", "lr=0.05,0.1", "act=relu,tanh", "hydra.sweep.dir=sweep"]) == 0
    folders = sorted(p.parent.name for p in Path("sweep").glob("*/metrics.json"))
    assert [f.rpartition("-")[0] for f in folders] == [
        *("relu-lr0.05-s0", "relu-lr0.1-s0", "tanh-lr0.05-s0", "tanh-lr0.1-s0")
    ]


@pytest.mark.parametrize(
    "overrides",
    [
        *(["batch_size=0"], ["lr=0"], ["act=rleu"], ["+typo=1"], ["epochs"], ["lr=0.1,0.2"]),
        *(["-m", "lr=0.1,-1"], ["-m", "lr=0.1,cosine"], ["dataset=human_machine"]),
        ["experiment=digits_demo", "dataset=human_machine"],
    ],
)
def test_bad_input_is_one_line_and_status_2_before_any_work(overrides, capsys, monkeypatch):
    monkeypatch.setattr(NumpyStack, "train_epoch", None)
    assert door.main(["dataset=digits", "offline_dataset=null", *overrides]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("hw3: error: ")
    assert len(err.splitlines()) == 1
    assert list(Path().iterdir()) == [] or {p.name for p in Path().iterdir()} == {"data"}


def test_the_traceback_is_there_for_who_asks(monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(Hw3Error):
        door.main(["lr=0"])


def test_a_broken_data_file_stops_before_any_work(tmp_path, capsys):
    Path("data").mkdir()
    Path("data/mnist_traindata.hdf5").write_bytes(b"")
    assert door.main([]) == 2
    assert "mnist_traindata.hdf5 cannot be read as HDF5" in capsys.readouterr().err
    assert not Path("outputs").exists()


def test_offline_the_default_goes_on_with_digits_and_says_so(capsys):
    assert door.main(["epochs=1", "model.hidden_sizes=[16]", "hydra.run.dir=out"]) == 0
    err = capsys.readouterr().err
    assert "WARNING: going on with dataset=digits INSTEAD OF mnist" in err
    metrics = record()
    assert (metrics["dataset"], metrics["instead_of"]) == ("digits", "mnist")
    assert "name: digits" in Path("out/config.yaml").read_text()


def test_offline_without_a_substitute_fails_naming_files_and_folder(capsys):
    assert door.main(["offline_dataset=null"]) == 2
    err = capsys.readouterr().err
    assert "mnist_traindata.hdf5" in err
    assert str(Path("data").resolve()) in err
    assert not Path("outputs").exists()


def test_a_sweep_over_datasets_is_not_half_replaced(monkeypatch):
    def missing(spec, folder):
        if spec.name == "mnist":
            raise DataUnavailableError("not here")

    monkeypatch.setattr("hw3.launch.start.ensure_available", missing)
    assert door.main(["-m", "dataset=mnist,digits"]) == 2


def test_the_test_file_is_not_opened(fake_data, tmp_path, monkeypatch):
    """A data folder without the test file trains all the same; h5py opens nothing else."""
    opened = []
    original = h5py.File.__init__

    def spy(self, name, mode="r", *args, **kwargs):
        if isinstance(name, str | os.PathLike):
            opened.append((Path(name).name, mode))
        original(self, name, mode, *args, **kwargs)

    monkeypatch.setattr(h5py.File, "__init__", spy)
    sources.read_source.cache_clear()
    options = ["epochs=1", "dataset.subset=2000", "dataset.val=500", "model.hidden_sizes=[8]"]
    assert door.main([f"data_dir={fake_data}", *options, "hydra.run.dir=out"]) == 0
    data_files = [(name, mode) for name, mode in opened if "data.hdf5" in name]
    assert data_files == [("mnist_traindata.hdf5", "r")]
    assert record()["data_files"] == ["mnist_traindata.hdf5"]


def test_hydra_s_own_flags_work():
    command = [sys.executable, "-m", "hw3.run", "lr=0.3", "--cfg", "job"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "initial: 0.3" in done.stdout


def test_a_history_that_lags_behind_its_checkpoint_is_made_whole(monkeypatch):
    """Killed between the last checkpoint and its history.csv."""
    from hw3.records.rundir import RunDir

    assert run(folder="whole") == 0
    save_history, calls = RunDir.save_history, []

    def killed(self, history):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        save_history(self, history)

    monkeypatch.setattr(RunDir, "save_history", killed)
    assert run() == 130
    assert len(history()) == 2
    monkeypatch.setattr(RunDir, "save_history", save_history)
    assert run() == 0
    assert_same_outcome("whole", "out")


def test_metrics_are_written_last(monkeypatch):
    from hw3.records.rundir import RunDir

    finish = RunDir.finish

    def all_else_is_there(self, metrics):
        assert {p.name for p in self.path.iterdir()} >= FILES - {"metrics.json"}
        return finish(self, metrics)

    monkeypatch.setattr(RunDir, "finish", all_else_is_there)
    assert run() == 0


def test_a_full_disk_is_a_failure_and_no_crash():
    """A limit on the size of files stands for the disk; HDF5 itself would crash the process."""
    command = f"ulimit -f 20; exec {sys.executable} -m hw3.run {' '.join(QUICK)} hydra.run.dir=out"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "out/curves.png: File too large; when that is mended, the same" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(Path("out").glob(".writing-*"))


def test_continuing_on_other_data_is_refused_and_the_folder_left_as_it_is(monkeypatch, capsys):
    train_epoch = NumpyStack.train_epoch

    def interrupted(self, *args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(NumpyStack, "train_epoch", interrupted)
    assert run() == 130
    monkeypatch.setattr(NumpyStack, "train_epoch", train_epoch)
    path = Path("out/environment.json")
    facts = json.loads(path.read_text())
    facts["data"]["sha256"] = "0" * 64
    path.write_text(json.dumps(facts))
    assert run() == 2
    assert "was started on another embedded in scikit-learn" in capsys.readouterr().err
    assert not Path("out/metrics.json").exists()


@pytest.mark.parametrize(
    "name", ["config.yaml", "metrics.json", "checkpoint.h5", "environment.json"]
)
@pytest.mark.parametrize("content", [b"", b"[1, 2", b"- a", b"\x00\xff"])
def test_damaged_records_are_named_in_one_line(name, content, capsys):
    assert run() == 0
    Path("out/metrics.json").unlink()
    Path("out", name).write_bytes(content)
    capsys.readouterr()
    status = run()
    err = capsys.readouterr().err
    assert status == 2
    assert f"out/{name} is damaged" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("folder", ["file", "file/x", "/proc/x"])
def test_an_unusable_output_folder_is_one_line(folder, capsys):
    Path("file").write_text("")
    assert run(folder=folder) == 2
    err = capsys.readouterr().err
    assert "hydra.run.dir=" in err
    assert len(err.splitlines()) == 1


def test_a_reader_that_goes_away_does_not_stop_the_training():
    command = f"{sys.executable} -m hw3.run {' '.join(QUICK)} epochs=30 hydra.run.dir=out"
    subprocess.run(["bash", "-c", f"{command} | head -1"], capture_output=True, check=True)
    assert record()["status"] == "completed"


def test_only_hydra_s_printing_flags_are_passed_on(capsys):
    assert door.main([*QUICK, "--config-name", "config", "batch_size=5000"]) == 2
    assert "--config-name is not one of our flags" in capsys.readouterr().err
    assert door.main(["--cfg", "job", "act=rleu"]) == 2


@pytest.mark.parametrize(
    "overrides",
    [["seed=0,0"], ["seed=range(0,0)"], ["hydra.sweep.subdir=x", "seed=0,1"]],
)
def test_sweeps_that_cannot_be(overrides, capsys):
    assert door.main([*QUICK, "-m", *overrides]) == 2
    assert capsys.readouterr().err.startswith("hw3: error: ")


def test_a_sweep_may_glob():
    arguments = [*QUICK, "-m", "act=glob(*)", "epochs=1", "hydra.sweep.dir=sweep"]
    assert door.main(arguments) == 0
    assert len(list(Path("sweep").glob("*/metrics.json"))) == len(ACTIVATIONS)


def test_offline_in_a_sweep_needs_every_job_s_consent(capsys):
    assert door.main(["-m", "offline_dataset=digits,null"]) == 2  # one run, wanted in two ways
    assert "names the same run twice" in capsys.readouterr().err
    assert door.main(["-m", "offline_dataset=null", "seed=0,1"]) == 2
    assert "mnist_traindata.hdf5" in capsys.readouterr().err
    assert not Path("data").exists()  # nothing was made on the way


def test_figures_and_weights_are_named_for_what_was_run(monkeypatch):
    from hw3.config.compose import compose_config
    from hw3.config.schema import parse
    from hw3.config.words import figure_title
    from hw3.training.build import make_experiment

    def title(*overrides, **recorded):
        config = parse(compose_config([*QUICK, *overrides]) | recorded)
        return figure_title(config, make_experiment(config).network.layer_sizes).replace("\n", " ")

    text = title("act=tanh", "lr=0.3", "optimizer=adam", "regularizer=dropout_l2", "seed=4")
    for part in (
        *("digits: 64-16-10 tanh", "adam", "lr 0.3 halve_twice", "batch 50"),
        *("L2 0.0001", "dropout 0.3", "seed 4", "numpy"),
    ):
        assert part in text
    assert "OFFLINE: digits instead of mnist" in title(instead_of="mnist")
    assert "torch" in title("model=torch_mlp")
    assert run("act=tanh") == 0
    with h5py.File("out/params.h5") as file:
        assert json.loads(file.attrs["act"]) == {"name": "tanh"}


@pytest.mark.parametrize("model", ["numpy_mlp", "torch_mlp"])
def test_a_run_uses_the_threads_it_says(model, monkeypatch):
    import torch
    from threadpoolctl import threadpool_info

    seen = []

    def look(*args, **kwargs):
        seen.append((threadpool_info(), torch.get_num_threads()))
        raise KeyboardInterrupt

    monkeypatch.setattr("hw3.launch.job.fit", look)
    assert run(f"model={model}", "threads=1") == 130
    ((pools, torch_threads),) = seen
    assert {pool["num_threads"] for pool in pools if pool["user_api"] == "blas"} == {1}
    assert torch_threads == 1 or model == "numpy_mlp"


@pytest.mark.real_data
def test_real_mnist_reaches_its_figure():
    """5 epochs of the README's network: at least 97.2 % on validation."""
    options = ["lr=0.5", "epochs=5", "model.hidden_sizes=[256,128]", "hydra.run.dir=out"]
    assert door.main(["model=numpy_mlp", "act=relu", *options]) == 0
    assert record()["final"]["val_correct"] >= 9720

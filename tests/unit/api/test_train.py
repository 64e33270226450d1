"""Training from Python: what it returns, what it raises, and what goes on around it."""

import asyncio
import errno
import inspect
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import hydra
import pytest
from hydra.core.global_hydra import GlobalHydra

import hw3
from hw3.api import train as module
from hw3.core.errors import ConfigError, Hw3Error, RunDirError, TroubleError
from hw3.launch.job import JobResult
from hw3.training.fit import Training

RECORD = next(
    (Path(__file__).parents[2] / "data/records-3/digits_sweep").glob("*/config.yaml")
).parent
QUICK = ("dataset=digits", "epochs=2", "lr=constant", "record.figures=false")


def test_a_run_has_what_its_command_records():
    run = hw3.train(*QUICK, "act=tanh", folder="out")
    assert (run.status, run.folder) == ("completed", Path("out").absolute())
    assert list(run.history.epoch) == [1, 2]
    assert run.config.act.name == "tanh"
    assert "act=tanh" in run.environment.overrides
    said = subprocess.run(
        [sys.executable, "-m", "hw3.run", *QUICK, "act=tanh", "hydra.run.dir=out"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "completed before, skipped" in said.stdout


def test_a_run_that_has_ended_is_returned_and_not_run_again(capsys):
    first = hw3.train(*QUICK, folder=Path("out"))
    again = hw3.train(*QUICK, folder="out")
    assert again.outcome == first.outcome
    assert "skipped" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["a b", "it's", "$x", "a,b", "ü=1", "back\\slash"])
def test_a_folder_may_have_any_name(name):
    assert hw3.train(*QUICK, folder=name).folder == Path(name).absolute()


def test_a_config_is_trained_as_it_is():
    first = hw3.train(*QUICK, folder="first")
    other = hw3.train(hw3.changed(first.config, {"lr.initial": 0.5}), folder="other")
    rate = {**first.config.tree["lr"], "initial": 0.5}
    assert other.config.tree == {**first.config.tree, "lr": rate}
    assert hw3.train(first.config, folder="twin").weights_sha256 == first.weights_sha256


def test_a_config_that_was_replaced_is_refused():
    config = replace(hw3.train(*QUICK, folder="first").config, epochs=3)
    with pytest.raises(ConfigError, match=r"hw3\.changed"):
        hw3.train(config)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (["epochz=1"], "did you mean 'epochs'"),
        ([["epochs=1"]], r"must be overrides, each a text such as .*got \['epochs=1'\]"),
        ([3], "got 3"),
        (["epochs"], "not an override"),
        (["seed=0,1"], r"in Python: hw3\.sweep"),
        (["dataset=digits", "hydra.mode=MULTIRUN"], r"call hw3\.sweep"),
        (["dataset=digits", "dry_run=true"], "is for the command line: python -m hw3.run"),
    ],
)
def test_what_cannot_run_is_one_line_and_leaves_nothing(asked, text):
    with pytest.raises(ConfigError, match=text) as caught:
        hw3.train(*asked)
    assert "\n" not in str(caught.value)
    assert not list(Path().iterdir())


@pytest.mark.parametrize("folder", [3, b"out", "", ["out"]])
def test_a_folder_that_is_no_path_is_refused(folder):
    for call in (hw3.train, hw3.sweep):
        with pytest.raises(ConfigError, match="folder must be a path such as"):
            call(*QUICK, folder=folder)
    assert not list(Path().iterdir())


@pytest.mark.parametrize("values", [["epochs=3"], {3: 4}, None])
def test_values_that_are_no_dictionary_by_key_are_refused(values):
    config = hw3.load_run(RECORD).config
    with pytest.raises(ConfigError, match="the values must be such as"):
        hw3.changed(config, values)


def test_a_folder_of_another_run_is_refused():
    hw3.train(*QUICK, folder="out")
    with pytest.raises(RunDirError, match="holds a run of another config"):
        hw3.train(*QUICK, "seed=1", folder="out")
    Path("file").touch()
    with pytest.raises(ConfigError, match="cannot be a folder"):
        hw3.train(*QUICK, folder="file/out")


def test_a_failure_is_one_line(monkeypatch):
    def broken(*args):
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr(Training, "measured", broken)
    with pytest.raises(TroubleError, match=r"ZeroDivisionError: by hand; .*out$"):
        hw3.train(*QUICK, folder="out")
    assert hw3.load_run("out").status == "failed"


@pytest.mark.parametrize("fail_fast", ["false", "true"])
def test_a_run_that_diverges_is_returned(fail_fast, capsys):
    run = hw3.train(*QUICK, "lr.initial=1e300", f"fail_fast={fail_fast}", folder="out")
    assert run.status == "diverged"
    assert "no longer finite" in capsys.readouterr().err


def test_a_sweep_returns_its_jobs():
    sweep = hw3.sweep(*QUICK, "act=relu,tanh", "seed=0,1", folder="out")
    assert repr(sweep) == "Sweep('out', 4 jobs)"
    frame = sweep.frame
    assert list(frame["act.name"]) == ["relu", "relu", "tanh", "tanh"]
    assert list(frame.seed) == [0, 1, 0, 1]
    assert set(frame.status) == {"completed"}
    assert list(frame.val_accuracy) == [run.val.accuracy for run in sweep.runs]
    assert all((Path(folder) / "metrics.json").exists() for folder in frame.folder)
    assert hw3.load_sweep("out").frame.equals(frame)


def test_the_command_and_the_function_are_one_name():
    from hw3.sweep import main

    assert hw3.sweep.main is main
    assert list(inspect.signature(hw3.sweep).parameters) == ["overrides", "folder"]


def test_a_sweep_has_its_diverged_job_among_the_jobs():
    sweep = hw3.sweep(*QUICK, "lr.initial=0.1,1e300", folder="out")
    assert list(sweep.frame.status) == ["completed", "diverged"]
    assert sweep.runs[1].curves()


def test_calls_from_threads_run_one_after_another_and_have_the_bits_that_they_have_alone():
    going, most = [], []
    measured = Training.measured

    def counted(self, *args):
        going.append(self)
        most.append(len({id(run) for run in going}))
        measured(self, *args)
        if self.has_ended:
            going[:] = [run for run in going if run is not self]

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(4) as pool:
        patch.setattr(Training, "measured", counted)
        tasks = [pool.submit(hw3.train, *QUICK, f"seed={i}") for i in range(4)]
        runs = [task.result() for task in tasks]
    assert max(most) == 1
    assert len({run.folder for run in runs}) == 4
    assert [run.seed for run in runs] == [0, 1, 2, 3]
    alone = hw3.train(*QUICK, "seed=2", folder="alone")
    assert alone.weights_sha256 == runs[2].weights_sha256


def test_it_runs_where_hydra_and_a_loop_are_in_use():
    with hydra.initialize(version_base="1.3", config_path=None):
        before = GlobalHydra.instance().hydra

        async def inside():
            return hw3.train(*QUICK, folder="out")

        assert asyncio.run(inside()).is_completed
        assert GlobalHydra.instance().hydra is before


def test_an_interrupted_run_continues_and_the_next_call_is_free(monkeypatch, capsys):
    measured = Training.measured

    def interrupted(self, *args):
        measured(self, *args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Training, "measured", interrupted)
        with pytest.raises(KeyboardInterrupt, match="every finished epoch is kept"):
            hw3.train(*QUICK, folder="out")
    assert hw3.load_run("out").is_unfinished
    assert hw3.train(*QUICK, folder="out").is_completed
    assert "continues after epoch 1" in capsys.readouterr().out


def test_the_signals_of_the_process_are_left_as_they_are():
    code = (
        "import hw3, signal, threading\n"
        "before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]\n"
        f"work = lambda: hw3.sweep(*{QUICK}, 'seed=0,1', folder='out')\n"
        "thread = threading.Thread(target=work); thread.start(); thread.join(); work()\n"
        "assert before == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]\n"
        "assert threading.active_count() == 1\n"
        "assert not hw3.load_sweep('out').unfinished\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)


def test_importing_hw3_imports_nothing_else_and_shows_all_names():
    code = "import hw3, sys; assert not [m for m in sys.modules if m.startswith(('hw3.', 'numpy'))]"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert all(getattr(hw3, name) for name in hw3.__all__)
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        hw3.trian  # noqa: B018


def test_an_error_is_one_line_in_a_notebook():
    assert ConfigError("a is wrong")._render_traceback_() == ["ConfigError: a is wrong"]
    assert issubclass(ConfigError, Hw3Error)


@pytest.mark.parametrize(
    ("statuses", "error"), [(["refused"] * 2, RunDirError), (["failed"], TroubleError)]
)
def test_a_sweep_of_which_nothing_ran_raises(statuses, error, monkeypatch):
    results = [JobResult(Path("out/job"), status, "by hand") for status in statuses]
    monkeypatch.setattr(module, "launch", lambda command: results)
    with pytest.raises(error, match="by hand"):
        hw3.sweep(*QUICK, folder="out")


def test_a_folder_that_cannot_be_used_is_one_line(monkeypatch):
    def full(command):
        raise OSError(errno.ENOSPC, "No space left on device", "out")

    monkeypatch.setattr(module, "launch", full)
    with pytest.raises(RunDirError, match=r"^out: No space left on device$"):
        hw3.train(*QUICK, folder="out")


@pytest.mark.parametrize("call", [hw3.train, hw3.sweep])
def test_a_dry_run_is_for_the_command_line(call):
    with pytest.raises(ConfigError, match="dry_run=true is for the command line"):
        call("dry_run=true", "dataset=digits")

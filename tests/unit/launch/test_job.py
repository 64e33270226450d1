"""A job: a config and a folder in, a record and a result out."""

from pathlib import Path

import pytest

from hw3.backends.numpy_backend import NumpyBackend
from hw3.core.errors import DataError
from hw3.core.workers import FailFastError
from hw3.launch.job import JobResult, run_job
from hw3.records.run import load_run
from tests.builders import QUICK, config


def failing(monkeypatch, error):
    def broken(self, *args, **kwargs):
        raise error

    monkeypatch.setattr(NumpyBackend, "train_epoch", broken)


def test_a_job_leaves_its_record_where_it_was_told():
    asked = config(*QUICK, "seed=3")
    assert run_job(asked, Path("a/b")) == JobResult(Path("a/b"), "completed")
    run = load_run("a/b")
    assert (run.status, run.config) == ("completed", asked)
    assert run_job(asked, Path("a/b")) == JobResult(Path("a/b"), "completed", was_done=True)


def test_the_hint_to_continue_can_be_pasted(monkeypatch, capsys):
    failing(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_job(config(*QUICK), Path("a, b"))
    assert """add 'hydra.run.dir="a, b"' to the command""" in capsys.readouterr().err


def test_a_folder_of_another_run_is_refused_and_left_alone():
    run_job(config(*QUICK), Path("out"))
    before = {path: path.read_bytes() for path in Path("out").iterdir()}
    result = run_job(config(*QUICK, "seed=1"), Path("out"))
    assert result.status == "refused"
    assert "seed: 0 there, 1 asked for" in result.message
    assert {path: path.read_bytes() for path in Path("out").iterdir()} == before


@pytest.mark.parametrize(
    ("error", "has_trace"), [(RuntimeError("by hand"), True), (DataError("by hand"), False)]
)
def test_a_failure_is_a_result_with_a_traceback_where_it_is_a_bug(error, has_trace, monkeypatch):
    failing(monkeypatch, error)
    result = run_job(config(*QUICK), Path("out"))
    assert (result.status, result.message) == ("failed", f"{type(error).__name__}: by hand")
    assert ("Traceback" in result.trace) == has_trace
    assert load_run("out").status == "failed"


def test_a_failed_job_is_run_again(monkeypatch):
    with monkeypatch.context() as patch:
        failing(patch, RuntimeError("by hand"))
        run_job(config(*QUICK), Path("out"))
    assert run_job(config(*QUICK), Path("out")) == JobResult(Path("out"), "completed")


def test_fail_fast_stops_all_at_a_failure_and_at_no_earlier_one(monkeypatch):
    asked = config(*QUICK, "fail_fast=true", "lr=1e30", "epochs=9")
    with pytest.raises(FailFastError) as stop:
        run_job(asked, Path("out"))
    assert (stop.value.folder, stop.value.status) == ("out", "diverged")
    assert run_job(asked, Path("out")).was_done


@pytest.mark.parametrize("is_in_sweep", [False, True])
def test_an_interrupted_job_says_how_to_continue_unless_its_sweep_does(
    is_in_sweep, monkeypatch, capsys
):
    if is_in_sweep:
        monkeypatch.setenv("HW3_SWEEP_PID", "1")
    failing(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_job(config(*QUICK), Path("out"))
    assert ("add hydra.run.dir=out to the command" in capsys.readouterr().err) != is_in_sweep
    assert load_run("out").status == "unfinished"

"""A job: a config and a folder in, a record and a result out."""

import errno
from pathlib import Path

import pytest

from hw3.backends.numpy_backend import NumpyStack
from hw3.core.errors import DataError
from hw3.core.workers import FailFastError
from hw3.launch.job import JobResult, run_job
from hw3.records.run import load_run
from tests.builders import QUICK, config


def failing(monkeypatch, error):
    def broken(self, *args, **kwargs):
        raise error

    monkeypatch.setattr(NumpyStack, "train_epoch", broken)


def test_a_job_leaves_its_record_where_it_was_told():
    asked = config(*QUICK, "seed=3")
    assert run_job(asked, Path("out")) == JobResult(Path("out"), "completed")
    run = load_run("out")
    assert (run.status, run.config) == ("completed", asked)
    assert run_job(asked, Path("out")) == JobResult(Path("out"), "completed", was_done=True)


def test_a_folder_that_is_moved_away_does_not_come_back_in_parts(monkeypatch):
    """One with half a record would be refused ever after, and the moved one could not go on."""
    asked = config(*QUICK, "epochs=3")
    alone = run_job(asked, Path("alone"))
    train_epoch = NumpyStack.train_epoch

    def moving(self, *args, **kwargs):
        train_epoch(self, *args, **kwargs)
        if load_run("sweep/out").has_history:
            Path("sweep").rename("elsewhere")

    Path("sweep").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(NumpyStack, "train_epoch", moving)
        result = run_job(asked, Path("sweep/out"))
    assert (result.status, Path("sweep").exists()) == ("failed", False)
    assert "sweep/out has gone; bring it back and the same command continues" in result.message
    with pytest.raises(FileNotFoundError, match="sweep/next"):  # the sweep's next job
        run_job(asked, Path("sweep/next"))
    Path("elsewhere").rename("sweep")
    assert run_job(asked, Path("sweep/out")).status == alone.status == "completed"
    a, b = (load_run(folder).outcome for folder in ("alone", "sweep/out"))
    assert a.weights_sha256 == b.weights_sha256


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


def test_an_interrupted_job_is_unfinished(monkeypatch):
    failing(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_job(config(*QUICK), Path("out"))
    assert load_run("out").status == "unfinished"


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(b"x")])
@pytest.mark.parametrize("name", ["history.csv", "params.h5", "environment.json"])
def test_an_ended_run_whose_files_are_not_its_own_is_not_skipped(name, change):
    run_job(config(*QUICK), Path("out"))
    change(Path("out", name))
    result = run_job(config(*QUICK), Path("out"))
    assert result.status == "refused"
    assert f"out has ended, but {name} " in result.message
    assert "the same command runs it again" in result.message


def test_a_full_disk_is_one_line_and_the_same_command_continues(monkeypatch):
    with monkeypatch.context() as patch:
        failing(patch, OSError(errno.ENOSPC, "No space left on device", "out/checkpoint.h5"))
        result = run_job(config(*QUICK), Path("out"))
    assert (result.status, result.trace) == ("failed", "")
    assert result.message.startswith("out/checkpoint.h5: No space left on device; when that is")
    assert run_job(config(*QUICK), Path("out")).status == "completed"

"""What a job knows of the sweep that it belongs to."""

import os
import pickle

import pytest

from hw3.core.workers import (
    SWEEP_PID,
    FailFastError,
    announced_sweep,
    is_in_sweep,
    stop_if_orphaned,
    usable_cores,
)


def test_a_sweep_is_announced_while_it_runs(tmp_path):
    assert not is_in_sweep()
    with pytest.raises(RuntimeError), announced_sweep(tmp_path / ".alive"):
        assert is_in_sweep()
        assert (tmp_path / ".alive").exists()
        assert os.environ[SWEEP_PID] == str(os.getpid())
        raise RuntimeError
    assert not is_in_sweep()
    assert not (tmp_path / ".alive").exists()


@pytest.mark.parametrize("sweep", [os.getpid, os.getppid])
def test_a_job_goes_on_while_its_sweep_lives(sweep, monkeypatch):
    stop_if_orphaned()  # of no sweep
    monkeypatch.setenv(SWEEP_PID, str(sweep()))
    stop_if_orphaned()


def test_a_job_whose_sweep_was_killed_ends(monkeypatch):
    monkeypatch.setenv(SWEEP_PID, "999999999")  # whoever adopts an orphan has another number
    with pytest.raises(KeyboardInterrupt):
        stop_if_orphaned()


def test_a_stop_travels_between_processes_whole():
    """Engines hand it on as pickle, which calls the class with the error's arguments."""
    found = pickle.loads(pickle.dumps(FailFastError("out/job", "failed", "by hand")))
    assert (found.folder, found.status, found.message) == ("out/job", "failed", "by hand")
    assert not isinstance(found, Exception)


@pytest.mark.parametrize(("text", "n"), [("max 100000", 3), ("150000 100000", 2), ("1 9", 1)])
def test_cores_are_those_that_the_process_may_use(text, n, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 6}, raising=False)
    (tmp_path / "cpu.max").write_text(text)
    assert usable_cores(tmp_path / "cpu.max") == n
    assert usable_cores(tmp_path / "none") == 3

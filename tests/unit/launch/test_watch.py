"""What a sweep's folders show of its jobs, and what of it is printed."""

import io
import os
import sys
import threading
from pathlib import Path

import pytest
from rich.console import Console

from hw3.backends.numpy_backend import NumpyBackend
from hw3.launch import watch
from hw3.launch.job import run_job
from hw3.launch.watch import JobState, job_state, table, watching
from tests.builders import config

QUICK = ("dataset=digits", "epochs=2", "model.hidden_sizes=[8]", "record.figures=false")
LONG_AGO = 1.0


def ran(name, *overrides):
    folder = Path("out", name)
    run_job(config(*QUICK, *overrides), folder)
    return folder


def interrupted(monkeypatch, name):
    """A job that has ended one of its two epochs."""
    train_epoch, calls = NumpyBackend.train_epoch, []

    def once(self, *args, **kwargs):
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        train_epoch(self, *args, **kwargs)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(NumpyBackend, "train_epoch", once)
        ran(name)
    return Path("out", name)


def test_a_job_without_a_folder_waits():
    assert job_state(Path("out/none"), 2, LONG_AGO) == JobState("none", "waiting", 2)


def test_a_completed_job_shows_its_last_epoch():
    state = job_state(ran("a"), 2, LONG_AGO)
    assert (state.state, state.epoch, state.seconds_left) == ("completed", 2, None)
    assert 0 < state.val_accuracy <= 1


def test_a_diverged_job_says_so():
    assert job_state(ran("a", "lr=1e30", "epochs=9"), 9, LONG_AGO).state == "diverged"


def test_a_running_job_tells_the_time_that_is_left(monkeypatch):
    folder = interrupted(monkeypatch, "a")
    state = job_state(folder, 2, LONG_AGO)
    assert (state.state, state.epoch) == ("running", 1)
    assert state.seconds_left > 0
    later = os.stat(folder / "run.log").st_mtime + 1
    assert job_state(folder, 2, later).state == "waiting"  # left by an earlier command


def test_a_failure_of_an_earlier_command_waits_to_be_run_again(monkeypatch):
    def broken(self, *args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(NumpyBackend, "train_epoch", broken)
    folder = ran("a")
    assert job_state(folder, 2, LONG_AGO).state == "failed"
    later = os.stat(folder / "metrics.json").st_mtime + 1
    assert job_state(folder, 2, later).state == "waiting"


@pytest.mark.parametrize("name", ["metrics.json", "history.csv", "config.yaml"])
def test_a_damaged_record_does_not_stop_the_watching(name):
    folder = ran("a")
    (folder / name).write_text("{")
    assert job_state(folder, 2, LONG_AGO).name == "a"


def test_the_table_counts_what_has_completed():
    out = io.StringIO()
    states = [JobState("a", "completed", 2, 2, 0.981), JobState("b", "running", 2, 1, None, 3.4)]
    Console(file=out, width=100).print(table(states))
    for part in ("1 of 2 completed", "98.10 %", "2/2", "1/2", "3 s"):
        assert part in out.getvalue()


def test_each_job_is_told_once_when_it_ends_and_not_what_had_ended_before(capsys, monkeypatch):
    before = ran("before")
    capsys.readouterr()
    with watching({before: 2, Path("out/a"): 2, Path("out/b"): 2}):
        ran("a", "seed=1")
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    (line,) = lines
    assert line.startswith("[2/3] a: completed, epoch 2/2, validation ")


def test_the_last_look_sees_what_ended_just_before_the_end(capsys, monkeypatch):
    monkeypatch.setattr(watch, "POLL_SECONDS", 3600)
    n_threads = threading.active_count()
    with watching({Path("out/a"): 2}):
        ran("a")
    assert "[1/1] a: completed" in capsys.readouterr().out
    assert threading.active_count() == n_threads


def test_on_a_terminal_the_table_is_live(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with watching({Path("out/a"): 2}):
        ran("a")
    assert "1 of 1 completed" in capsys.readouterr().out

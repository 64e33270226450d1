"""What a sweep's folders show of its jobs, and what of it is printed."""

import io
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from hw3.backends.numpy_backend import NumpyStack
from hw3.launch import watch
from hw3.launch.job import run_job
from hw3.launch.watch import JobState, job_state, say_continued, view, watching
from tests.builders import config

QUICK = ("dataset=digits", "epochs=2", "model.hidden_sizes=[8]", "record.figures=false")
LONG_AGO = 1.0
WAITING = JobState("relu, lr 0.1", 2)


def ran(name, *overrides):
    folder = Path("out", name)
    folder.parent.mkdir(exist_ok=True)
    run_job(config(*QUICK, *overrides), folder)
    return folder


def interrupted(monkeypatch, name):
    """A job that has ended one of its two epochs."""
    train_epoch, calls = NumpyStack.train_epoch, []

    def once(self, *args, **kwargs):
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        train_epoch(self, *args, **kwargs)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(NumpyStack, "train_epoch", once)
        ran(name)
    return Path("out", name)


def test_a_job_without_a_folder_waits():
    assert job_state(Path("out/none"), WAITING, LONG_AGO) == WAITING


def test_a_completed_job_shows_its_last_epoch():
    state = job_state(ran("a"), WAITING, LONG_AGO)
    assert (state.name, state.state, state.epoch) == ("relu, lr 0.1", "completed", 2)
    assert 0 < state.val_accuracy <= 1


def test_a_diverged_job_says_so():
    assert job_state(ran("a", "lr=1e30", "epochs=9"), WAITING, LONG_AGO).state == "diverged"


def test_a_running_job_shows_how_far_it_is(monkeypatch):
    folder = interrupted(monkeypatch, "a")
    state = job_state(folder, WAITING, LONG_AGO)
    assert (state.state, state.epoch) == ("running", 1)
    later = os.stat(folder / "run.log").st_mtime + 1
    assert job_state(folder, WAITING, later).state == "waiting"  # left by an earlier command


def test_a_failure_of_an_earlier_command_waits_to_be_run_again(monkeypatch):
    def broken(self, *args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(NumpyStack, "train_epoch", broken)
    folder = ran("a")
    assert job_state(folder, WAITING, LONG_AGO).state == "failed"
    later = os.stat(folder / "metrics.json").st_mtime + 1
    assert job_state(folder, WAITING, later).state == "waiting"


@pytest.mark.parametrize("name", ["metrics.json", "history.csv", "config.yaml"])
def test_a_damaged_record_does_not_stop_the_watching(name):
    folder = ran("a")
    (folder / name).write_text("{")
    assert job_state(folder, WAITING, LONG_AGO).name == WAITING.name


def states(*, failed=0, running=0, completed=0, waiting=0):
    """So many jobs of each state, in an order that nobody wants to read."""
    found = [JobState(f"wait {i}", 50) for i in range(waiting)]
    found += [JobState(f"done {i}", 50, "completed", 50, 0.9 + i / 1e4) for i in range(completed)]
    found += [JobState(f"run {i}", 50, "running", 10 + i, 0.8) for i in range(running)]
    return found + [JobState(f"fail {i}", 50, "failed", 3, 0.1) for i in range(failed)]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("name", ["", "with a very long name of what differs " * 5])
def test_the_table_fits_the_terminal_and_trouble_comes_first(name, width, height):
    found = states(failed=1, running=2, completed=90, waiting=117)
    found = [replace(s, name=f"{s.name} {name}".strip()) for s in found]
    out = io.StringIO()
    Console(file=out, width=width, height=height).print(view(found, 0.5, 190.0, (width, height)))
    lines = out.getvalue().splitlines()
    assert len(lines) < height
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("90 of 210 completed; 1 failed, 2 running, 117 waiting")
    assert lines[1].startswith("0:03:10 elapsed, about 0:03:10 left")
    assert lines[2].startswith("best so far 90.89 %: done 89")
    assert [line.split()[:4] for line in lines[4:8]] == [
        ["failed", "3/50", "10.00", "%"],
        ["running", "10/50", "80.00", "%"],
        ["running", "11/50", "80.00", "%"],
        ["completed", "50/50", "90.89", "%"],
    ]
    assert all(line.rstrip().endswith(found[0].name[-20:]) for line in lines[4:8]) == bool(name)
    n_shown = len(lines) - 5
    assert lines[-1].startswith(f"and {93 - n_shown} completed, 117 waiting")


def test_the_table_of_a_sweep_that_begins():
    out = io.StringIO()
    Console(file=out, width=100).print(view(states(waiting=2), 1.0, 0.0, (100, 40)))
    assert "0 of 2 completed; 2 waiting" in out.getvalue()
    assert "left" not in out.getvalue()
    assert "none has completed" in out.getvalue()


def test_each_job_is_told_once_when_it_ends_and_not_what_had_ended_before(capsys, monkeypatch):
    before = ran("before")
    capsys.readouterr()
    with watching({f: JobState(f.name, 2) for f in (before, Path("out/a"), Path("out/b"))}):
        ran("a", "seed=1")
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    (line,) = lines
    assert line.startswith("[2/3] a: completed, epoch 2/2, validation ")


def test_a_job_that_ends_before_the_thread_looks_is_told(capsys, monkeypatch):
    lines = watch.watch_lines

    def late(look, first, stop):
        stop.wait()
        lines(look, first, stop)

    monkeypatch.setattr(watch, "watch_lines", late)
    with watching({Path("out/a"): JobState("a", 2)}):
        ran("a")
    assert "[1/1] a: completed" in capsys.readouterr().out


def test_the_last_look_sees_what_ended_just_before_the_end(capsys, monkeypatch):
    monkeypatch.setattr(watch, "POLL_SECONDS", 3600)
    n_threads = threading.active_count()
    with watching({Path("out/a"): JobState("a", 2)}):
        ran("a")
    assert "[1/1] a: completed" in capsys.readouterr().out
    assert threading.active_count() == n_threads


def test_on_a_terminal_the_table_is_live(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with watching({Path("out/a"): JobState("a", 2)}):
        ran("a")
    assert "1 of 1 completed" in capsys.readouterr().out


def test_many_jobs_have_few_lines(capsys, monkeypatch):
    monkeypatch.setattr(watch, "job_state", lambda folder, job, since: ended.get(folder, job))
    monkeypatch.setattr(watch, "POLL_SECONDS", 3600)  # all are told by the last look
    jobs = {Path(f"out/{i}"): JobState(f"{i}", 2) for i in range(100)}
    ended = {}
    with watching(jobs):
        for folder in jobs:
            folder.mkdir(parents=True)
        ended |= {f: replace(s, state="completed", epoch=2) for f, s in jobs.items()}
        ended[Path("out/7")] = replace(jobs[Path("out/7")], state="failed")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 21
    assert "[8/100] 7: failed, epoch 0/2, validation -" in lines
    assert lines[-1].startswith("[100/100] 99: completed")


def test_only_jobs_that_have_begun_and_not_ended_are_looked_at(capsys, monkeypatch):
    """Of ten thousand jobs few run: the others cost a look nothing."""
    asked = []
    monkeypatch.setattr(watch, "job_state", lambda folder, job, since: asked.append(folder) or job)
    done, runs, waits = (Path(f"out/{name}") for name in ("done", "runs", "waits"))
    for folder in (done, runs):
        folder.mkdir(parents=True)
    ended = JobState("done", 2, "completed", 2, 0.5)
    with watching({done: ended, runs: JobState("runs", 2), waits: JobState("waits", 2)}):
        pass
    assert set(asked) == {runs}


def test_a_look_rests_longer_the_longer_it_lasts(monkeypatch):
    clock, rests = [0.0], []
    monkeypatch.setattr(watch.time, "monotonic", lambda: clock[0])

    class Stop:
        def wait(self, seconds):
            rests.append(seconds)
            return len(rests) == 3

    for _ in watch.rounds(Stop()):
        clock[0] += 2.0
    assert rests == [watch.POLL_SECONDS, 2.0 * watch.REST, 2.0 * watch.REST]


def test_jobs_that_go_on_say_after_which_epoch(capsys):
    begun = ran("a")
    (begun / "metrics.json").unlink()
    capsys.readouterr()
    say_continued({begun: JobState("relu", 9), Path("out/b"): JobState("tanh", 9)})
    assert capsys.readouterr().out == "hw3: relu: continues after epoch 2\n"

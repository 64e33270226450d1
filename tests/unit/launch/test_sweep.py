"""Running a sweep's jobs: workers that die, results that are lost, a folder that is held."""

import csv
import json
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from hw3.core.errors import RunDirError, TroubleError
from hw3.core.workers import is_in_sweep
from hw3.launch.command import Command
from hw3.launch.engines.basic import Basic
from hw3.launch.sweep import LAUNCHES, held, run_sweep
from hw3.sweeps.comparison import compare_runs, runs_in
from tests.builders import QUICK


@dataclass
class Dying:
    """An engine whose worker is killed so many times, after it has run one more job."""

    deaths: int
    calls: list[int] = field(default_factory=list)

    def run(self, jobs):
        assert is_in_sweep()
        self.calls.append(len(jobs))
        if len(self.calls) <= self.deaths:
            Basic().run(jobs[:1])
            raise BrokenProcessPool
        return Basic().run(jobs)


def swept(engine, *arguments):
    arguments = [*QUICK, "hydra.sweep.dir=out", *arguments]
    command = Command.parse(arguments, is_multirun=True)
    return run_sweep(replace(command, engine=engine))


def test_what_a_killed_worker_left_is_launched_again(capsys):
    engine = Dying(deaths=2)
    results = swept(engine, "seed=0,1,2,3")
    assert engine.calls == [4, 3, 2]
    assert [result.status for result in results] == ["completed"] * 4
    assert not any(result.was_done for result in results)  # all in this command
    assert capsys.readouterr().err.count("a worker was killed") == 2


def test_a_worker_that_always_dies_is_given_up(capsys):
    engine = Dying(deaths=99)
    results = swept(engine, "seed=0,1,2,3,4")
    assert len(engine.calls) == LAUNCHES
    assert [result.status for result in results] == ["completed"] * 3 + ["failed"] * 2
    assert "the same command continues it" in results[-1].message


def test_nothing_is_launched_where_all_has_ended():
    swept(Dying(0), "seed=0,1")
    engine = Dying(0)
    assert [result.was_done for result in swept(engine, "seed=0,1")] == [True, True]
    assert engine.calls == []


def test_the_folder_lists_the_jobs_of_its_last_command():
    first = swept(Dying(0), "seed=0,1")
    listed = json.loads(Path("out/jobs.json").read_text())
    assert listed["jobs"] == [result.folder.name for result in first]
    assert listed["overrides"] == [*QUICK, "hydra.sweep.dir=out", "seed=0,1"]
    (second,) = swept(Dying(0), "seed=2")
    assert json.loads(Path("out/jobs.json").read_text())["jobs"] == [second.folder.name]


def test_an_interrupted_sweep_is_summarised():
    @dataclass
    class Interrupted:
        def run(self, jobs):
            Basic().run(jobs[:1])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swept(Interrupted(), "lr=0.1,0.2", "seed=0,1")
    rows = list(csv.DictReader(Path("out/summary.csv").read_text().splitlines()))
    assert [(r["configuration"], r["n_seeds"], r["n_jobs"]) for r in rows] == [
        ("lr 0.1", "1", "2"),  # named by all jobs, be they started or not
        ("lr 0.2", "0", "2"),
    ]
    assert not is_in_sweep()
    compared = compare_runs(runs_in(Path("out")))
    assert [c.label for c in compared.configurations] == ["lr 0.1, seed 0"]
    assert (compared.keys, compared.n_waiting) == (["lr.initial", "seed"], 3)


def test_a_held_folder_is_left_alone():
    with held(Path("out")), pytest.raises(RunDirError, match="in use by another sweep; left alone"):
        swept(Dying(0), "seed=0")
    assert not Path("out/jobs.json").exists()


def test_a_sweep_whose_folder_has_gone_says_so_and_where_it_goes_on():
    class Moving(Dying):
        def run(self, jobs):
            results = super().run(jobs)
            Path("out").rename("elsewhere")
            return results

    with pytest.raises(TroubleError, match=r"out has gone; bring it back.*hydra\.sweep\.dir="):
        swept(Moving(0), "seed=0,1")
    assert len(list(Path("elsewhere").glob("*/metrics.json"))) == 2

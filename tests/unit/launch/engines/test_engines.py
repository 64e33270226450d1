"""The contract of an engine: jobs in, the result of each out, in order."""

from pathlib import Path

import pytest

from hw3.core.errors import ConfigError
from hw3.core.workers import FailFastError
from hw3.launch import engines
from hw3.launch.engines import ENGINES, Engine, engine_of
from hw3.launch.job import Job
from hw3.records.run import load_run
from tests.builders import QUICK, config


def jobs(*seeds, more=()):
    return [Job(config(*QUICK, f"seed={seed}", *more), Path(f"out-{seed}")) for seed in seeds]


def test_there_is_a_file_for_each_engine():
    folder = Path(engines.__file__).parent
    assert {path.stem for path in folder.glob("[!_]*.py")} == set(ENGINES)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_returns_the_result_of_each_job_in_order(name):
    results = Engine(name, 2).run(jobs(2, 0, 1))
    assert [(r.folder.name, r.status) for r in results] == [
        ("out-2", "completed"),
        ("out-0", "completed"),
        ("out-1", "completed"),
    ]
    assert [load_run(f"out-{seed}").config.seed for seed in (0, 1, 2)] == [0, 1, 2]
    assert all(result.was_done for result in Engine(name, 2).run(jobs(0, 1)))


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_hands_on_that_a_job_wants_all_to_stop(name):
    diverging = jobs(0, more=("lr=1e30", "epochs=9", "fail_fast=true"))
    with pytest.raises(FailFastError) as stop:
        Engine(name, 1).run(diverging)
    assert stop.value.status == "diverged"


@pytest.mark.parametrize(("n_jobs", "n_workers"), [(1, 1), (3, 3), (-1, 8), (-2, 7), (-20, 1)])
def test_workers_are_counted_as_joblib_does(n_jobs, n_workers, monkeypatch):
    monkeypatch.setattr("hw3.launch.engines.usable_cores", lambda: 8)
    assert engine_of("joblib", n_jobs) == Engine("joblib", n_workers)


@pytest.mark.parametrize("n_jobs", [0, None, True, 1.5])
def test_a_number_of_workers_that_none_can_have_is_refused(n_jobs):
    with pytest.raises(ConfigError, match="must be a whole number of workers"):
        engine_of("joblib", n_jobs)


def test_another_launcher_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError, match="hydra/launcher must be one of basic, joblib"):
        engine_of("submitit_slurm")


def test_threads_of_workers_must_have_a_core_each(monkeypatch):
    monkeypatch.setattr("hw3.launch.engines.usable_cores", lambda: 4)
    Engine("basic", 1).check_threads(9)  # nobody to wait for
    Engine("joblib", 2).check_threads(2)
    with pytest.raises(ConfigError, match="use threads=2, or fewer workers"):
        Engine("joblib", 2).check_threads(3)

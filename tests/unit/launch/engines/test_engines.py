"""The contract of an engine: jobs in, the result of each out, in order."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw3.config.presets import conf_dir, preset
from hw3.core.errors import ConfigError
from hw3.core.workers import FailFastError
from hw3.launch import engines
from hw3.launch.engine import in_order
from hw3.launch.engines import ENGINES, engine_of
from hw3.launch.engines.basic import Basic
from hw3.launch.engines.joblib import Joblib
from hw3.launch.job import Job, JobResult
from hw3.records.run import load_run
from tests.builders import QUICK, config

NEEDS = {"submitit_local": "submitit", "submitit_slurm": "submitit", "ray": "ray"}
# what sbatch, srun and sacct do, on this machine: each task of an array, one after the other
SLURM = {
    "sbatch": """
last=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\)%.*/\\1/p' "$1")
cp "$1" "$SLURM_LOG"
export SLURM_JOB_ID=7 SLURM_ARRAY_JOB_ID=7 SLURM_NTASKS=1 SLURM_JOB_NUM_NODES=1 SLURM_NODEID=0
export SLURM_JOB_NODELIST=here SLURM_PROCID=0 SLURM_LOCALID=0
(for i in $(seq 0 "$last"); do SLURM_ARRAY_TASK_ID=$i bash "$1"; done) >/dev/null 2>&1 </dev/null &
echo "Submitted batch job 7" """,
    "srun": """
while [ "${1#-}" != "$1" ]; do case $1 in --output|--error) shift;; esac; shift; done
exec "$@" """,
    "sacct": """echo "JobID|State|NodeList"; for i in 0 1 2; do echo "7_$i|COMPLETED|here"; done""",
}


def jobs(*seeds, more=()):
    return [Job(config(*QUICK, f"seed={seed}", *more), Path(f"out-{seed}")) for seed in seeds]


def engine(name, **keys):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    return engine_of(name, {**preset("hydra/launcher", name), **keys})


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Slurm's commands on PATH; returns the script that sbatch was given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, body in SLURM.items():
        (folder / name).write_text(f"#!/bin/bash\n{body}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_LOG", str(tmp_path / "script.sh"))
    return tmp_path / "script.sh"


def test_there_is_a_file_for_each_engine_and_one_with_its_defaults():
    folder = Path(engines.__file__).parent
    assert {path.stem for path in folder.glob("[!_]*.py")} == set(ENGINES)
    files = {path.stem for path in (conf_dir() / "hydra" / "launcher").glob("*.yaml")}
    assert files | {"basic"} == set(ENGINES)


def runs_jobs_in_order(used):
    results = used.run(jobs(2, 0, 1))
    assert [(r.folder.name, r.status) for r in results] == [
        ("out-2", "completed"),
        ("out-0", "completed"),
        ("out-1", "completed"),
    ]
    assert [load_run(f"out-{seed}").config.seed for seed in (0, 1, 2)] == [0, 1, 2]


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "submitit_slurm"])
def test_an_engine_returns_the_result_of_each_job_in_order(name):
    used = engine(name, **({} if name == "basic" else {"n_jobs": 2}))
    runs_jobs_in_order(used)
    diverging = jobs(3, more=("lr=1e30", "epochs=9", "fail_fast=true"))
    with pytest.raises(FailFastError) as stop:
        used.run(diverging)
    assert stop.value.status == "diverged"


def test_slurm_gets_a_job_array_with_what_the_keys_say(slurm):
    used = engine(
        "submitit_slurm", partition="small", mem_gb=4, options=["account=team", "--exclusive"]
    )
    runs_jobs_in_order(used)
    script = slurm.read_text()
    for line in (
        "--array=0-2%3",
        "--partition=small",
        "--account=team",
        "--exclusive",
        "--cpus-per-task=1",
        "--mem=4GB",
        "--time=1440",
    ):
        assert f"#SBATCH {line}" in script
    with pytest.raises(ConfigError, match=r"threads=4 are more than .*cpus_per_task=2"):
        engine("submitit_slurm", cpus_per_task=2).check_threads(4)


def test_without_slurm_one_line_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match=r"submitit_slurm cannot be used here: .*srun.*joblib"):
        engine("submitit_slurm").check_usable()


@pytest.mark.parametrize("name", NEEDS)
def test_what_is_not_installed_is_named_with_the_way_to_it(name, monkeypatch):
    monkeypatch.setitem(sys.modules, NEEDS[name], None)
    with pytest.raises(ConfigError, match=rf"hydra/launcher={name} needs .*pip install '\.\["):
        engine_of(name, preset("hydra/launcher", name)).check_usable()


@pytest.mark.parametrize(("n_jobs", "n_workers"), [(1, 1), (3, 3), (-1, 8), (-2, 7), (-20, 1)])
def test_workers_are_counted_as_joblib_does(n_jobs, n_workers, monkeypatch):
    monkeypatch.setattr("hw3.launch.engine.usable_cores", lambda: 8)
    assert engine_of("joblib", {"n_jobs": n_jobs}).n_workers == n_workers


@pytest.mark.parametrize("n_jobs", [None, True, 1.5, "two"])
def test_a_number_of_workers_that_none_can_have_is_refused(n_jobs):
    with pytest.raises(ConfigError, match=r"hydra\.launcher\.n_jobs must be a whole number"):
        engine_of("joblib", {"n_jobs": n_jobs})
    with pytest.raises(ConfigError, match="must be a whole number of workers"):
        engine_of("joblib", {"n_jobs": 0})


def test_another_launcher_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError, match="hydra/launcher must be one of basic, joblib, ray"):
        engine_of("nope", {})
    with pytest.raises(ConfigError, match=r"unknown key 'hydra\.launcher\.backend'"):
        engine_of("joblib", {"n_jobs": 1, "backend": "loky"})


def test_threads_of_workers_must_have_a_core_each(monkeypatch):
    monkeypatch.setattr("hw3.launch.engine.usable_cores", lambda: 4)
    Basic().check_threads(9)  # nobody to wait for
    Joblib(2).check_threads(2)
    with pytest.raises(ConfigError, match="use threads=2, or fewer workers"):
        Joblib(2).check_threads(3)


def test_a_stop_ends_the_others_too():
    """An engine's generator is closed where a job wants all to stop, and stops what runs."""
    closed = []

    def results() -> Iterator[JobResult | FailFastError]:
        try:
            yield FailFastError("out", "failed", "by hand")
            yield JobResult(Path("out"), "completed")
        finally:
            closed.append(True)

    with pytest.raises(FailFastError):
        in_order(jobs(0), results())
    assert closed == [True]

"""Running the jobs of a sweep: its folder, its engine, and what came of them."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from hw3.config import keys
from hw3.core.errors import RunDirError, TroubleError, os_text
from hw3.core.workers import FailFastError, announced_sweep
from hw3.launch.command import Command
from hw3.launch.engine import Engine
from hw3.launch.job import GONE, Job, JobResult, unfinished
from hw3.launch.summary import summarize_folder
from hw3.launch.watch import JobState, ended_state, say_continued, watching
from hw3.records.jobs import JobList, read_jobs, save_jobs
from hw3.records.layout import HEARTBEAT, LOCK, STUDY
from hw3.records.outcome import Failure, Outcome, read_outcome
from hw3.records.rundir import check_whole
from hw3.sweeps.groups import Settings, differing, label_of, telling

ELSEWHERE = "give another folder with hydra.sweep.dir=<folder>"
LAUNCHES = 3  # in all, when workers are killed


def run_sweep(command: Command) -> list[JobResult]:
    """Run the jobs that have not ended, write and print the summary, return all results.

    Raises:
        RunDirError: if another sweep is running in the folder; nothing of it is touched.
    """
    jobs, folder = command.jobs, command.folder
    before = {job.folder: read_outcome(job.folder) for job in jobs}
    for of_job, ended in before.items():
        check_whole(of_job, ended)
    todo = [job for job in jobs if not isinstance(before[job.folder], Outcome)]
    with held(folder):
        refuse_study(folder)
        names = tuple(job.folder.name for job in jobs)
        settings = settings_of(jobs)
        listed = JobList(names, command.overrides, plan_of(settings))
        if read_jobs(folder) not in (listed, replace(listed, settings=())):  # the second is older
            save_jobs(folder, listed)
        results: dict[str, JobResult] = {}
        try:
            if todo:
                states = states_of(jobs, settings, before)
                say_continued({job.folder: states[job.folder] for job in todo})
                with announced_sweep(folder / HEARTBEAT), watching(states):
                    results = {r.folder.name: r for r in launched(command.engine, todo)}
        except FailFastError as error:
            return [stopped(folder, error)]
        finally:
            summarized(command)
    for job in todo:  # of a killed worker, or ended beside one
        if job.folder.name not in results:
            ended = read_outcome(job.folder)
            results[job.folder.name] = replace(ended_otherwise(job.folder, ended), was_done=False)
    return [results.get(f.name) or ended_otherwise(f, ended) for f, ended in before.items()]


def refuse_study(folder: Path) -> None:
    """Raise RunDirError for a folder of trials: they would no longer be among its jobs."""
    if (folder / STUDY).exists():
        raise RunDirError(f"{folder} holds a study of hydra/sweeper=optuna; {ELSEWHERE}")


def stopped(folder: Path, error: FailFastError) -> JobResult:
    """Return the result of the job that stopped a sweep."""
    message = f"{error.message}; stopped at once".strip("; ")
    return JobResult(folder / Path(error.folder).name, error.status, message)


def settings_of(jobs: Sequence[Job]) -> list[Settings]:
    """Return the settings of each job, with its seed."""
    return [keys.settings(job.config.tree) | {"seed": job.config.seed} for job in jobs]


def plan_of(settings: Sequence[Settings]) -> tuple[Settings, ...]:
    """Return of each job the settings in which they differ: whoever reads names it by them."""
    varied = differing(settings)
    return tuple({key: own[key] for key in varied if key in own} for own in settings)


def states_of(
    jobs: Sequence[Job],
    settings: Sequence[Settings],
    before: Mapping[Path, Outcome | Failure | None],
) -> dict[Path, JobState]:
    """Return the jobs as they wait or have ended, named by what differs: "relu, lr 0.1, seed 3"."""
    told = telling(settings)
    found = {}
    for job, own in zip(jobs, settings, strict=True):
        state, ended = JobState(label_of(own, told), job.config.epochs), before[job.folder]
        found[job.folder] = ended_state(state, ended) if isinstance(ended, Outcome) else state
    return found


def summarized(command: Command) -> None:
    """Write the summary.

    Raises:
        TroubleError: for a full disk and the like; the jobs have their records.
    """
    if not command.folder.is_dir():
        raise TroubleError(GONE.format(folder=command.folder, key="hydra.sweep.dir"))
    try:
        summarize_folder(command.folder, command.configs[0])
    except OSError as error:
        text = "the jobs are recorded; when that is mended, the same command writes the summary"
        raise TroubleError(f"{os_text(error)}; {text}") from error


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a sweep's folder for this process: two sweeps would take each other's jobs."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout:
        raise RunDirError(f"{folder} is in use by another sweep; left alone") from None


def launched(engine: Engine, jobs: Sequence[Job]) -> list[JobResult]:
    """Run some jobs; when a worker is killed, those that have not ended, a few times."""
    for _ in range(LAUNCHES):
        try:
            return engine.run(jobs)
        except BrokenProcessPool:  # the pool does not say which of its workers died
            text = "hw3: a worker was killed; what has not ended is launched again"
            print(text, file=sys.stderr)
            jobs = unfinished(jobs)
            if not jobs:
                break
    return []


def ended_otherwise(folder: Path, ended: Outcome | Failure | None) -> JobResult:
    """Return the result of a job that an earlier command ended, or whose worker was killed."""
    if ended is None:
        return JobResult(folder, "failed", "its worker was killed; the same command continues it")
    return JobResult(folder, ended.status, was_done=True)

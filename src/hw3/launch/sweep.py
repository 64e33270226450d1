"""Running the jobs of a multirun: its folder, its workers, and what came of them."""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from hydra._internal.callbacks import Callbacks
from hydra.core.plugins import Plugins
from hydra.types import HydraContext, RunMode

from hw3.config.compose import ROOT, sweep_points
from hw3.config.schema import Config
from hw3.core.errors import ConfigError, RunDirError
from hw3.core.files import write_json
from hw3.core.workers import FailFastError, announced_sweep
from hw3.launch.job import Outcome, run_job
from hw3.launch.summary import summarize_folder
from hw3.launch.watch import watching
from hw3.records.layout import JOBS, LOCK
from hw3.records.read import read_jobs
from hw3.records.run import load_job

LAUNCHES = 3  # in all, when workers are killed


def sweep_folder(hydra: Any, overrides: Sequence[str]) -> Path:
    """Return the folder of a multirun, refusing more threads than there are cores."""
    cfg = hydra.compose_config(
        config_name=ROOT,
        overrides=list(overrides),
        run_mode=RunMode.MULTIRUN,
        with_log_configuration=False,
    )
    check_threads(cfg.threads, cfg.hydra.launcher.get("n_jobs", 1))
    return Path(str(cfg.hydra.sweep.dir))


def check_threads(threads: int, n_jobs: int) -> None:
    """Raise ConfigError if the workers' threads would wait for each other."""
    cores = os.cpu_count() or 1
    workers = n_jobs if n_jobs > 0 else max(1, cores + 1 + n_jobs)
    if workers > 1 and threads * workers > cores:
        raise ConfigError(
            f"threads={threads} in each of {workers} workers is more than the {cores} cores; use "
            f"threads={max(1, cores // workers)}, or fewer workers with hydra.launcher.n_jobs"
        )


def job_folders(folder: Path, configs: Sequence[Config]) -> list[Path]:
    """Return the folder of each job; two jobs with one config are refused."""
    names = [config.job_name for config in configs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigError(f"the sweep names the same run twice: {', '.join(sorted(twice))}")
    return [folder / name for name in names]


def unfinished(folders: Sequence[Path], configs: Sequence[Config]) -> list[Config]:
    """Return the configs of the jobs that have not ended, or failed."""
    pairs = zip(folders, configs, strict=True)
    return [c for f, c in pairs if load_job(f).is_unfinished]


def run_sweep(
    hydra: Any, overrides: Sequence[str], folder: Path, configs: Sequence[Config]
) -> list[Outcome]:
    """Run the jobs that have not ended, write and print the summary, return all outcomes.

    Raises:
        RunDirError: if another sweep is running in the folder; nothing of it is touched.
    """
    folders = job_folders(folder, configs)
    with held(folder):
        listed = {"overrides": list(overrides), "jobs": [path.name for path in folders]}
        if read_jobs(folder) != listed:  # an unchanged list keeps the figures fresh
            write_json(folder / JOBS, listed)
        outcomes: dict[Path, Outcome] = {}
        try:
            if unfinished(folders, configs):
                epochs = {path: c.epochs for path, c in zip(folders, configs, strict=True)}
                with announced_sweep(), watching(epochs):
                    outcomes = launched_again(hydra, overrides, folder, configs)
        except FailFastError as error:
            failed = folder / Path(error.folder).name
            message = f"{error.message}; stopped at once".strip("; ")
            return [Outcome(failed, error.status, message)]
        except KeyboardInterrupt:
            print("\nhw3: interrupted; the same command continues the sweep", file=sys.stderr)
            raise
        finally:
            summarize_folder(folder, configs[0])
    return [outcomes.get(path) or ended_otherwise(path) for path in folders]


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a sweep's folder for this process: two sweeps would take each other's jobs."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout:
        raise RunDirError(f"{folder} is in use by another sweep; left alone") from None


def launched_again(
    hydra: Any, overrides: Sequence[str], folder: Path, configs: Sequence[Config]
) -> dict[Path, Outcome]:
    """Launch the jobs; when a worker is killed, launch what is left, a few times."""
    for _ in range(LAUNCHES):
        try:
            return launched(hydra, overrides, folder, configs)
        except BrokenProcessPool:  # the pool does not say which of its workers died
            text = "hw3: a worker was killed; what has not ended is launched again"
            print(text, file=sys.stderr)
            if not unfinished(job_folders(folder, configs), configs):
                break
    return {}


def launched(
    hydra: Any, overrides: Sequence[str], folder: Path, configs: Sequence[Config]
) -> dict[Path, Outcome]:
    """Hand the jobs that have not ended to Hydra's launcher; return their outcomes.

    Hydra's sweeper would compose each job once more to check it, which we have done, and could
    not run several crosses side by side.
    """
    # absolute: a worker that joblib kept from an earlier sweep may be in another folder
    place = f"hydra.sweep.dir={quoted(folder.resolve())}"
    cfg = hydra.compose_config(
        config_name=ROOT,
        overrides=[*overrides, place],
        run_mode=RunMode.MULTIRUN,
        with_log_configuration=True,
    )
    launcher = Plugins.instance().instantiate_launcher(
        config=cfg,
        hydra_context=HydraContext(hydra.config_loader, Callbacks(cfg)),
        task_function=run_job,
    )
    todo = [config.job_name for config in unfinished(job_folders(folder, configs), configs)]
    points = zip(sweep_points(hydra, overrides), configs, strict=True)
    jobs = launcher.launch([p for p, c in points if c.job_name in todo], initial_job_idx=0)
    return {folder / job.return_value.folder.name: job.return_value for job in jobs}


def ended_otherwise(folder: Path) -> Outcome:
    """Return the outcome of a job that an earlier command ended, or whose worker was killed."""
    run = load_job(folder)
    if run.status == "unfinished":
        return Outcome(folder, "failed", "its worker was killed; the same command continues it")
    return Outcome(folder, run.status, was_done=True)


def quoted(path: Path) -> str:
    """Return a path as Hydra's grammar reads it back."""
    escaped = str(path).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

"""What runs the jobs of a sweep: one file an engine, named as `hydra/launcher` names it.

An engine takes jobs and returns the result of each, in order. A job's record in its folder is the
truth; a result that is lost, since a worker died, is read from there.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from hw3.core.errors import ConfigError
from hw3.core.registry import unknown_choice
from hw3.launch.job import Job, JobResult

ENGINES = ("basic", "joblib")


class RunJobs(Protocol):
    """The function `run_jobs` of an engine's file."""

    def __call__(self, jobs: Sequence[Job], n_workers: int) -> list[JobResult]:
        """Run jobs, so many at a time.

        Raises:
            BrokenProcessPool: if a worker died; what has not ended can be launched again.
            FailFastError: if a job failed whose config wants the sweep to stop then.
        """


@dataclass(frozen=True)
class Engine:
    """An engine by name, and how many workers it has."""

    name: str
    n_workers: int

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Run jobs; the module is imported only now, by who uses it."""
        module = import_module(f"hw3.launch.engines.{self.name}")
        return cast(RunJobs, module.run_jobs)(jobs, self.n_workers)

    def check_threads(self, threads: int) -> None:
        """Raise ConfigError if the workers' threads would wait for each other."""
        cores = os.cpu_count() or 1
        if self.n_workers > 1 and threads * self.n_workers > cores:
            raise ConfigError(
                f"threads={threads} in each of {self.n_workers} workers is more than the {cores} "
                f"cores; use threads={max(1, cores // self.n_workers)}, or fewer workers with "
                "hydra.launcher.n_jobs"
            )


def engine_of(name: str, options: Mapping[str, Any]) -> Engine:
    """Return the engine of a name, with the keys of its `hydra.launcher`.

    Raises:
        ConfigError: for a launcher that is no engine of ours, and for a number that none can have.
    """
    if name not in ENGINES:
        raise unknown_choice("hydra/launcher", name, ENGINES)
    n_jobs = options.get("n_jobs", 1)
    if type(n_jobs) is not int or n_jobs == 0:
        raise ConfigError(
            "hydra.launcher.n_jobs must be a whole number of workers, or -1 for as many as cores; "
            f"got {n_jobs!r}"
        )
    cores = os.cpu_count() or 1
    return Engine(name, n_jobs if n_jobs > 0 else max(1, cores + 1 + n_jobs))

"""What runs the jobs of a sweep: one file per engine, named as `hydra/launcher` names it.

Its function `run_jobs` takes jobs and the number of workers, and returns the results in order. It
raises BrokenProcessPool if a worker died, and what has not ended is then launched again: a job's
record in its folder is the truth.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hw3.core.errors import ConfigError
from hw3.core.registry import unknown_choice
from hw3.core.words import quoted
from hw3.core.workers import usable_cores
from hw3.launch.engines import basic, joblib
from hw3.launch.job import Job, JobResult

ENGINES: Mapping[str, Callable[[Sequence[Job], int], list[JobResult]]] = {
    "basic": basic.run_jobs,
    "joblib": joblib.run_jobs,
}


@dataclass(frozen=True)
class Engine:
    """An engine by name, and how many workers it has."""

    name: str
    n_workers: int

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Run jobs; return the result of each, in order."""
        return ENGINES[self.name](jobs, self.n_workers)

    def check_threads(self, threads: int) -> None:
        """Raise ConfigError if the workers' threads would wait for each other."""
        cores = usable_cores()
        if self.n_workers > 1 and threads * self.n_workers > cores:
            raise ConfigError(
                f"threads={threads} in each of {quoted(self.n_workers)} workers is more than the "
                f"{cores} cores; use threads={max(1, cores // self.n_workers)}, or fewer workers "
                "with hydra.launcher.n_jobs"
            )


def engine_of(name: str, n_jobs: object = 1) -> Engine:
    """Return the engine of a name, with the workers that `hydra.launcher.n_jobs` asks for.

    Raises:
        ConfigError: for a launcher that is no engine of ours, and for a number that none can have.
    """
    if name not in ENGINES:
        raise unknown_choice("hydra/launcher", name, ENGINES)
    if not isinstance(n_jobs, int) or isinstance(n_jobs, bool) or n_jobs == 0:
        raise ConfigError(
            "hydra.launcher.n_jobs must be a whole number of workers, or -1 for as many as cores; "
            f"got {quoted(n_jobs)}"
        )
    return Engine(name, n_jobs if n_jobs > 0 else max(1, usable_cores() + 1 + n_jobs))

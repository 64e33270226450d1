"""What an engine is: jobs in, the record of each in its folder, and the results in order out."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from hw3.core.errors import ConfigError
from hw3.core.words import quoted
from hw3.core.workers import FailFastError, usable_cores
from hw3.launch.job import Job, JobResult


@dataclass(frozen=True)
class Engine:
    """What runs the jobs of a sweep; the fields of each kind are the keys of `hydra.launcher`."""

    @property
    def n_workers(self) -> int:
        """How many jobs this machine runs at once."""
        return 1

    @property
    def order(self) -> str:
        """In which order it runs jobs, and what runs them side by side; nothing if it does."""
        return ""

    def check_usable(self) -> None:
        """Raise ConfigError, before any work, if this machine cannot hand jobs over to it."""

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Run jobs; return the result of each, in order.

        Raises:
            BrokenProcessPool: if a worker died; what has not ended is then launched again.
            FailFastError: from a job whose config wants the sweep to stop.
        """
        raise NotImplementedError

    def check_threads(self, threads: int) -> None:
        """Raise ConfigError if the workers' threads would wait for each other."""
        cores = usable_cores()
        if self.n_workers > 1 and threads * self.n_workers > cores:
            fewer = max(1, cores // self.n_workers)
            raise ConfigError(
                f"threads={threads} in each of {quoted(self.n_workers)} workers is more than the "
                f"{cores} cores; use {f'threads={fewer}, or ' if fewer < threads else ''}fewer "
                "workers with hydra.launcher.n_jobs"
            )


@dataclass(frozen=True)
class Workers(Engine):
    """An engine whose jobs run on this machine, `n_jobs` at a time, as joblib counts: -1 is all.

    Raises:
        ConfigError: for 0.
    """

    n_jobs: int

    def __post_init__(self) -> None:
        if self.n_jobs == 0:
            raise ConfigError(
                "hydra.launcher.n_jobs must be a whole number of workers, or -1 for as many as "
                "cores; got 0"
            )

    @property
    def n_workers(self) -> int:
        """How many jobs run at once."""
        return self.n_jobs if self.n_jobs > 0 else max(1, usable_cores() + 1 + self.n_jobs)


def in_order(
    jobs: Sequence[Job], results: Generator[JobResult | FailFastError, None, None]
) -> list[JobResult]:
    """Return results, which come as jobs end, in the order of the jobs.

    Raises:
        FailFastError: as soon as one is among them.
    """
    found = {}
    with closing(results):
        for result in results:
            if isinstance(result, FailFastError):
                raise result
            found[result.folder.name] = result
    return [found[job.folder.name] for job in jobs]

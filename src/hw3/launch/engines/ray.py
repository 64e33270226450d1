"""Each job as a task of a Ray cluster."""

from collections.abc import Generator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw3.core.errors import ConfigError, first_line
from hw3.core.workers import FailFastError
from hw3.launch.afar import run_afar
from hw3.launch.engine import Workers, in_order
from hw3.launch.job import Job, JobResult


@dataclass(frozen=True)
class Ray(Workers):
    """Tasks of a running cluster, or of one that is started on this machine and ended."""

    address: str | None

    @property
    def n_workers(self) -> int:
        """How many jobs this machine runs at once."""
        return 1 if self.address else super().n_workers

    def check_usable(self) -> None:
        """Connect, or raise ConfigError."""
        self.started()

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Run jobs as tasks, each with as many cores as its threads."""
        ray = self.started()
        try:
            task = ray.remote(max_retries=0)(run_afar)
            tasks = [task.options(num_cpus=j.config.threads).remote(j, Path.cwd()) for j in jobs]
            return in_order(jobs, as_they_end(ray, tasks))
        finally:
            ray.shutdown()  # and the tasks that still run

    def started(self) -> Any:
        """Return the module ray, connected.

        Raises:
            ConfigError: where it is not installed, or its cluster does not answer.
        """
        try:
            import ray

            own = {} if self.address else {"num_cpus": self.n_workers, "include_dashboard": False}
            if not ray.is_initialized():
                ray.init(address=self.address, log_to_driver=False, logging_level="error", **own)
        except ImportError:
            raise ConfigError("hydra/launcher=ray needs ray: pip install '.[ray]'") from None
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ConfigError(
                f"hydra/launcher=ray cannot be used with hydra.launcher.address={self.address}: "
                f"{first_line(error)}"
            ) from error
        return ray


def as_they_end(ray: Any, tasks: Sequence[Any]) -> Generator[JobResult | FailFastError, None, None]:
    """Yield what tasks came to.

    Raises:
        BrokenProcessPool: at the end, if a worker or its node died.
    """
    left, dead = list(tasks), None
    while left:
        (done,), left = ray.wait(left, num_returns=1)
        try:
            yield ray.get(done)
        except ray.exceptions.RayTaskError:
            raise  # a bug, with the traceback from where it happened
        except ray.exceptions.RayError as error:
            dead = error
    if dead:
        raise BrokenProcessPool(first_line(dead)) from dead

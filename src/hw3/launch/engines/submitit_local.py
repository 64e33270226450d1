"""Each job in a process of its own that submitit starts on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hw3.core.limits import PositiveInt
from hw3.launch.engine import Workers, in_order
from hw3.launch.engines._submitit import as_they_end, executor, submitted
from hw3.launch.job import Job, JobResult


@dataclass(frozen=True)
class SubmititLocal(Workers):
    """Processes of submitit, so many at a time."""

    timeout_min: PositiveInt

    def check_usable(self) -> None:
        """Raise ConfigError where submitit is not installed."""
        executor("local", Path())

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Run jobs."""
        local = executor("local", jobs[0].folder.resolve().parent)
        local.update_parameters(timeout_min=self.timeout_min)
        handles = (submitted(local, job) for job in jobs)
        ended = as_they_end(handles, self.n_workers, lambda handle: None)  # they hear its end
        return in_order(jobs, ended)

"""One job after another, in this process."""

from collections.abc import Sequence
from dataclasses import dataclass

from hw3.launch.engine import Engine
from hw3.launch.job import Job, JobResult, run_job


@dataclass(frozen=True)
class Basic(Engine):
    """One job after another."""

    @property
    def order(self) -> str:
        """One by one."""
        return "one after the other; hydra/launcher=joblib runs them side by side"

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Run jobs in order."""
        return [run_job(job.config, job.folder, job.overrides) for job in jobs]

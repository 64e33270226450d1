"""Several jobs at a time, each in a process of its own that joblib keeps for the next."""

from collections.abc import Sequence
from dataclasses import dataclass

from hw3.launch.engine import Workers
from hw3.launch.job import Job, JobResult, run_together


@dataclass(frozen=True)
class Joblib(Workers):
    """Workers of joblib on this machine."""

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Run jobs in workers; a kept one may be in another folder, so theirs are absolute."""
        from joblib import Parallel, delayed  # slow to import, and only a sweep needs it

        calls = [delayed(run_together)([job.resolved()]) for job in jobs]
        found: list[list[JobResult]] = Parallel(n_jobs=self.n_workers, backend="loky")(calls)
        return [result for (result,) in found]

"""Several jobs at a time, each in a process of its own that joblib keeps for the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hw3.launch.engine import Workers, in_order
from hw3.launch.job import Job, JobResult, run_together


@dataclass(frozen=True)
class Joblib(Workers):
    """Workers of joblib on this machine."""

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Run jobs in workers; a kept one may be in another folder, so theirs are absolute."""
        from joblib import Parallel, delayed  # slow to import, and only a sweep needs it

        stacks = [[job.resolved() for job in stack] for stack in self.stacks(jobs)]
        found = Parallel(n_jobs=self.n_workers, backend="loky")(map(delayed(run_together), stacks))
        return in_order(jobs, (result for of_stack in found for result in of_stack))

    def stacks(self, jobs: Sequence[Job]) -> Iterator[list[Job]]:
        """Yield the jobs that a worker runs together: each alone."""
        return ([job] for job in jobs)

"""Jobs side by side, each in a worker process of joblib's."""

from collections.abc import Mapping, Sequence
from typing import Any

from joblib import Parallel, delayed

from hw3.launch.job import Job, JobResult, run_job


def launch(jobs: Sequence[Job], options: Mapping[str, Any]) -> list[JobResult]:
    """Run the jobs in `n_jobs` workers; further options are joblib's own."""
    results: list[JobResult] = Parallel(**options)(delayed(run_job)(job) for job in jobs)
    return results

"""One job after another, in this process."""

from collections.abc import Sequence

from hw3.launch.job import Job, JobResult, run_job


def run_jobs(jobs: Sequence[Job], n_workers: int) -> list[JobResult]:
    """Run jobs in order."""
    return [run_job(job.config, job.folder, job.overrides) for job in jobs]

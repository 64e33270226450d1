"""One job after another, in this process."""

from collections.abc import Mapping, Sequence

from hw3.launch.job import Job, JobResult, run_job


def launch(jobs: Sequence[Job], options: Mapping[str, object]) -> list[JobResult]:
    """Run the jobs in order."""
    return [run_job(job) for job in jobs]

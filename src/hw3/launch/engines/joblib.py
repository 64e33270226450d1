"""Several jobs at a time, each in a process of its own that joblib keeps for the next."""

from collections.abc import Sequence

from hw3.launch.job import Job, JobResult, run_job


def run_jobs(jobs: Sequence[Job], n_workers: int) -> list[JobResult]:
    """Run jobs in workers; a kept one may be in another folder, so theirs are absolute."""
    from joblib import Parallel, delayed  # slow to import, and only a sweep needs it

    calls = [delayed(run_job)(job.config, job.folder.resolve(), job.overrides) for job in jobs]
    results: list[JobResult] = Parallel(n_jobs=n_workers, backend="loky")(calls)
    return results

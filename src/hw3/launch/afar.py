"""A job in a process that its sweep did not start itself, and that may be on another machine."""

import os
from pathlib import Path

from hw3.core.heartbeat import listening
from hw3.core.workers import FailFastError
from hw3.launch.job import Job, JobResult, run_job
from hw3.records.layout import HEARTBEAT


def run_afar(job: Job, cwd: Path) -> JobResult | FailFastError:
    """Run a job as in the folder of its sweep's process; a stop of all is a result here.

    It ends by itself when its sweep does: engines of clusters outlive who started them.
    """
    os.chdir(cwd)  # for a relative data_dir
    folder = job.folder.absolute()
    with listening(folder.parent / HEARTBEAT):
        try:
            return run_job(job.config, folder, job.overrides)
        except FailFastError as error:
            return error

"""Running a command: the last configs, the data, then its one job or its sweep."""

from hw3.launch.command import Command
from hw3.launch.job import JobResult, run_job
from hw3.launch.offline import with_data
from hw3.launch.sweep import run_sweep, unfinished
from hw3.tasks import task_of


def launch(command: Command) -> list[JobResult]:
    """Run the jobs of a command that have not ended; return how each of them ended.

    Raises:
        ConfigError, DataError, RunDirError: before any work, if it cannot be done.
    """
    if command.is_sweep:
        todo = [job.config for job in unfinished(command.jobs)]
        if todo:
            command = command.with_configs(with_data(command.configs, todo, command.given))
        return run_sweep(command)
    (config,) = command.configs
    derive = task_of(config).derive
    configs = [derive(config, command.given) if derive else config]
    (job,) = command.with_configs(with_data(configs, configs, command.given)).jobs
    return [run_job(job.config, job.folder)]

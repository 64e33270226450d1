"""Running a command: the data, or what stands in for them, then its one job or its sweep."""

import sys
from collections.abc import Collection, Sequence

from hw3.config.presets import preset
from hw3.config.schema import Config, changed
from hw3.core.errors import DataUnavailableError
from hw3.core.words import one_line
from hw3.datasets.sources import SOURCES, ensure_available, read_source
from hw3.launch.command import Command
from hw3.launch.job import JobResult, run_job
from hw3.launch.sweep import run_sweep, unfinished
from hw3.tasks import task_of


def launch(command: Command) -> list[JobResult]:
    """Run the jobs of a command that have not ended; return how each of them ended.

    Raises:
        ConfigError, DataError, RunDirError: before any work, if it cannot be done.
    """
    configs: Sequence[Config] = command.configs
    if command.is_sweep:
        todo = [job.config for job in unfinished(command.jobs)]
        return run_sweep(command.with_configs(with_data(configs, todo, command.given)))
    if derive := task_of(configs[0]).derive:
        configs = [derive(configs[0], command.given)]
    (job,) = command.with_configs(with_data(configs, configs, command.given)).jobs
    return [run_job(job.config, job.folder)]


def with_data(
    configs: Sequence[Config], todo: Sequence[Config], given: Collection[str]
) -> Sequence[Config]:
    """Return configs whose data can be read, where those that are still to do need them.

    Where a download fails, the `offline_dataset` of the configs replaces the data set, if all want
    the same; the record then says what was asked for (`instead_of`). It never replaces a file that
    the user must have: one that cannot be downloaded, or that a given `data_dir` should hold.

    Raises:
        DataError: for data that are missing or damaged, and that nothing stands in for.
    """
    wanted = {(config.dataset.name, config.data_path) for config in todo}
    for name, data_dir in sorted(wanted):
        try:
            ensure_available(name, data_dir)
        except DataUnavailableError as error:
            offline = stand_in(todo, name, given)
            if offline is None or len(wanted) > 1:
                raise
            warn(error, name, offline)
            configs = [replaced(config, offline) for config in configs]
            wanted = {(offline, data_dir)}
    for name, data_dir in sorted(wanted):
        read_source(name, data_dir)
    return configs


def stand_in(configs: Sequence[Config], name: str, given: Collection[str]) -> str | None:
    """Return the data set that replaces a missing one, None if nothing may."""
    must_be_at_hand = SOURCES.get(name).fetch is None or "data_dir" in given
    named = {config.offline_dataset for config in configs}
    return named.pop() if len(named) == 1 and not must_be_at_hand else None


def warn(error: DataUnavailableError, name: str, offline: str) -> None:
    """Say which data are replaced, and why."""
    print(f"hw3: WARNING: {one_line(str(error))}", file=sys.stderr)
    print(
        f"hw3: WARNING: going on with dataset={offline} INSTEAD OF {name}; "
        "the record and the figures say so",
        file=sys.stderr,
    )


def replaced(config: Config, offline: str) -> Config:
    """Return a config on the data set that stands in for its own; all rows train if they did."""
    data = dict(preset("dataset", offline)) | ({} if config.dataset.val else {"val": 0})
    return changed(config, {"dataset": data, "instead_of": config.dataset.name})

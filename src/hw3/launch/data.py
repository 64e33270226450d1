"""The data of a command's jobs: there and sound before the first job starts."""

import sys
from collections.abc import Sequence

from hw3.config.presets import preset
from hw3.config.schema import Config, changed
from hw3.core.errors import DataUnavailableError
from hw3.datasets.sources import SOURCES, ensure_available, read_source
from hw3.launch.command import Command


def with_data(command: Command, todo: Sequence[Config]) -> Command:
    """Make sure that the data are there and sound; return the command, perhaps for others.

    Where a download fails, the config's `offline_dataset` replaces the data set, if all jobs want
    the same; the record then says what was asked for (`instead_of`). It never replaces a file that
    the user must have: one that cannot be downloaded, or that a given `data_dir` should hold.
    """
    wanted = {(config.dataset.name, config.data_path) for config in todo}
    try:
        for name, data_dir in wanted:
            ensure_available(name, data_dir)
    except DataUnavailableError as error:
        substitutes = {config.offline_dataset for config in todo}
        offline = substitutes.pop()
        is_at_hand = SOURCES.get(name).fetch is None or "data_dir" in command.given
        if offline is None or substitutes or len(wanted) > 1 or is_at_hand:
            raise
        print(f"hw3: WARNING: {error}", file=sys.stderr)
        print(
            f"hw3: WARNING: going on with dataset={offline} INSTEAD OF {name}; "
            "the record and the figures say so",
            file=sys.stderr,
        )
        values = {"dataset": dict(preset("dataset", offline)), "instead_of": name}
        command = command.with_configs([changed(job.config, values) for job in command.jobs])
        wanted = {(offline, todo[0].data_path)}
    for name, data_dir in wanted:
        read_source(name, data_dir)
    return command

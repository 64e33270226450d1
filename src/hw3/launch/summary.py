"""The summary of a sweep, with what the task of its jobs makes of them."""

from pathlib import Path

from hw3.config.schema import Config
from hw3.core.terminal import doing
from hw3.records.run import Sweep, load_sweep
from hw3.sweeps.groups import Configuration
from hw3.sweeps.summary import summarize
from hw3.tasks import task_of


def summarize_folder(folder: Path, config: Config | None = None) -> list[Configuration]:
    """Summarise the sweep in a folder; figures are drawn as `config` says, or as the first job.

    Raises:
        RunDirError: for a damaged record, before anything is written.
    """
    with doing("reading the jobs"):
        found = load_sweep(folder)
    if all(run.is_completed for run in found.runs):
        config = config or found.runs[0].config

    def study(sweep: Sweep, is_fresh: bool) -> None:
        if config and (compare := task_of(config).study):
            compare(sweep, config, is_fresh)

    has_table = bool(config and task_of(config).has_table)
    return summarize(found, study, is_shown=not has_table)

"""The summary of a sweep, with what the task of its jobs makes of them."""

from pathlib import Path

from hw3.config.schema import Config
from hw3.records.run import Sweep, load_sweep
from hw3.sweeps.groups import Configuration
from hw3.sweeps.summary import summarize
from hw3.tasks import task_of


def summarize_folder(folder: Path, config: Config | None = None) -> list[Configuration]:
    """Summarise the sweep in a folder; figures are drawn as `config` says, or as the first job."""

    def study(sweep: Sweep, is_fresh: bool) -> None:
        asked = config or sweep.runs[0].config
        if compare := task_of(asked).study:
            compare(sweep, asked, is_fresh)

    return summarize(load_sweep(folder), study)

"""Print and rewrite the summary of a sweep, at any time.

usage: python -m hw3.sweep <folder of a sweep> [plugins=[...]]

The summary is that of the sweep's last command (its jobs.json), else of all runs in the folder; it
is written to summary.csv beside the figures there. Exit status 1 says that a job has not completed
(one that a study pruned has done its part).

example: python -m hw3.sweep outputs/mnist_sweep
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from hw3.core.errors import ConfigError
from hw3.core.plugins import take_plugins
from hw3.core.terminal import doing, run_command, say

if TYPE_CHECKING:
    from hw3.api.run import Sweep


class Door(ModuleType):
    """The module as a function: beside `hw3.train`, `hw3.sweep` is one that runs a sweep."""

    def __call__(self, *overrides: str, folder: str | Path | None = None) -> "Sweep":
        """Run the jobs of a sweep, as `hw3.api.train.sweep` says."""
        from hw3.api.train import sweep

        return sweep(*overrides, folder=folder)


sys.modules[__name__].__class__ = Door  # else whoever imports it would hide a function of the name


def main(argv: Sequence[str] | None = None) -> int:
    """Summarise the folder; 0 if all its jobs completed, 1 if not, 2 for bad input."""
    return run_command(summarize_sweep, argv)


def summarize_sweep(arguments: Sequence[str]) -> int:
    """Summarise the one folder that the arguments name."""
    arguments = take_plugins(arguments)
    if len(arguments) != 1:
        raise ConfigError("usage: python -m hw3.sweep <folder of a sweep>")
    with doing("reading the jobs"):
        from hw3.launch.summary import summarize_folder
        from hw3.records.outcome import SOUND
    found = summarize_folder(Path(arguments[0]))
    if any(run.is_unfinished for c in found for run in c.runs):
        say("hw3: the command that made the sweep goes on with what has not ended")
    return int(any(run.status not in SOUND for c in found for run in c.runs))


if __name__ == "__main__":
    sys.exit(main())

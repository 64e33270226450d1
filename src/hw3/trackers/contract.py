"""What every tracker is told, and what it can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Values = Mapping[str, float]


@dataclass(frozen=True)
class About:
    """A run as it starts.

    Attributes:
        folder: that of its record, absolute.
        experiment: what it is a run of, such as mnist_sweep.
        group: the jobs that belong together: the experiment, and the folder of a sweep.
        config: every key in full, with its value.
        config_hash: 64 hex digits.
    """

    folder: Path
    experiment: str
    group: str
    config: Mapping[str, object]
    config_hash: str


@dataclass(frozen=True)
class Ending:
    """How it ended.

    Attributes:
        status: completed, diverged, pruned or failed.
        numbers: what metrics.json says, by its keys in full, such as final.val_correct.
        words: the same of what is no number, such as weights_sha256, or the error.
        figures: those that it drew.
    """

    status: str
    numbers: Values
    words: Mapping[str, str]
    figures: Sequence[Path]


class TrackedRun(Protocol):
    """One run in a tracker, new or found again; any call may raise anything.

    Attributes:
        id: by which the tracker finds it again.
        n_epochs: how many of its epochs the tracker had when it was opened.
    """

    id: str
    n_epochs: int

    def write(self, epoch: int, values: Values) -> None:
        """Take what an epoch, counted from 1, measured; it is not lost in a crash."""

    def end(self, ending: Ending) -> None:
        """Take how it ended, and close."""

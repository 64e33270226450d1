"""confusion.csv: how often each class was decided for each true class, on the test split."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw3.nn.arrays import IntArray
from hw3.records.layout import CONFUSION
from hw3.records.read import reading


@dataclass(frozen=True, eq=False)
class Confusion:
    """Class names, and counts (n_classes, n_classes) with the truth in rows."""

    names: tuple[str, ...]
    counts: IntArray

    @property
    def correct(self) -> int:
        """How many are on the diagonal."""
        return int(np.trace(self.counts))

    @property
    def n(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    @property
    def worst(self) -> tuple[str, str, int] | None:
        """The most frequent mistake: true class, decided class, how often; None without any."""
        wrong = self.counts - np.diag(np.diag(self.counts))
        i, j = divmod(int(wrong.argmax()), len(self.names))
        return (self.names[i], self.names[j], int(wrong[i, j])) if wrong.any() else None

    @property
    def empty(self) -> list[str]:
        """The classes without an example."""
        return [self.names[i] for i in np.flatnonzero(self.counts.sum(axis=1) == 0)]


def read_confusion(folder: Path) -> Confusion:
    """Return the confusion matrix of the run in a folder.

    Raises:
        RunDirError: if it is not there, or is no square table of counts.
    """
    path = folder / CONFUSION
    with reading(path):
        header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        names = tuple(header[1:])
        if [row[0] for row in rows] != list(names) or len({*names, ""}) < len(names) + 1:
            raise ValueError("rows and columns must be the same classes")
        counts: IntArray = np.array([[int(cell) for cell in row[1:]] for row in rows], np.int64)
        if not names or counts.shape != (len(names), len(names)) or counts.min() < 0:
            raise ValueError("no square table of counts")
    return Confusion(names, counts)

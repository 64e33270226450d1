"""confusion.csv: how often each class was decided for each true class."""

import csv
from pathlib import Path

import numpy as np

from hw3.nn.arrays import IntArray
from hw3.records.layout import CONFUSION
from hw3.records.read import reading


def read_confusion(folder: Path) -> tuple[list[str], IntArray]:
    """Return the class names and the counts (true, decided) of the run in a folder.

    Raises:
        RunDirError: if the file is not there, or holds no square table of counts.
    """
    path = folder / CONFUSION
    with reading(path):
        header, *lines = csv.reader(path.read_text("utf-8").splitlines())
        names, counts = header[1:], np.array([[int(c) for c in line[1:]] for line in lines])
        if counts.shape != (len(names), len(names)) or (counts < 0).any():
            raise ValueError("no square table of counts")
        if [line[0] for line in lines] != names:
            raise ValueError("rows and columns name different classes")
    return names, counts

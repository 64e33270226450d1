"""input_weights.csv of problem 4: the weights from bits to hidden units, as they were printed."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw3.nn.arrays import FloatArray
from hw3.records.layout import INPUT_WEIGHTS
from hw3.records.read import reading


@dataclass(frozen=True, eq=False)
class InputWeights:
    """The number (from 1) and the outgoing weight of each unit, and weights (n_units, n_bits)."""

    units: tuple[int, ...]
    outgoing: tuple[float, ...]
    weights: FloatArray


def read_input_weights(folder: Path) -> InputWeights:
    """Return the table of the run in a folder.

    Raises:
        RunDirError: if it is not there, or is no table of numbers.
    """
    path = folder / INPUT_WEIGHTS
    with reading(path):
        _, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        weights = np.array([[float(cell) for cell in row[2:]] for row in rows], np.float64)
        if weights.ndim != 2 or not weights.size:
            raise ValueError("no table of weights")
        units = tuple(int(row[0]) for row in rows)
        return InputWeights(units, tuple(float(row[1]) for row in rows), weights)

"""What the rest of the project sees of a data set."""

from dataclasses import dataclass
from typing import Any

from hw3.nn.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Arrays:
    """One data file as it was read and checked, before any split.

    Attributes:
        inputs: (n, n_features), floats; pixels are in [0, 1].
        labels: (n,) int64.
        facts: what the record says of the file: path, sha256, dtype, range, counts.
    """

    inputs: FloatArray
    labels: IntArray
    facts: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Split:
    """One part of a data set.

    Attributes:
        inputs: (n, n_features), in the run's dtype.
        labels: (n,) int64.
        rows: (n,) row numbers in the file.
    """

    inputs: FloatArray
    labels: IntArray
    rows: IntArray


@dataclass(frozen=True, eq=False)
class Dataset:
    """What training may see: there is no test split in it."""

    name: str
    class_names: tuple[str, ...]
    train: Split
    val: Split | None
    facts: dict[str, Any]

"""What rows of data hold: counts, ranges, balance, and rows that repeat."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from hw3.nn.arrays import IntArray


def row_keys(rows: np.ndarray) -> list[bytes]:
    """Return one short digest per row, (n,): equal rows, of whatever dtype, have equal digests."""
    floats = np.ascontiguousarray(rows, np.float32) + np.float32(0)  # -0.0 becomes 0.0
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in floats]


@dataclass(frozen=True)
class ClassRows:
    """The rows of one class: how many, and how many of them are different."""

    name: str
    rows: int
    distinct: int


@dataclass(frozen=True)
class RowAudit:
    """What the rows of a data set hold.

    Attributes:
        shape: (n, n_features).
        range: the smallest and the largest entry.
        n_distinct: different rows.
        n_repeating: rows of which an equal one occurs anywhere else.
        in_several_classes: different rows that occur under more than one label.
        classes: in the order of their labels.
    """

    shape: tuple[int, int]
    range: tuple[float, float]
    n_distinct: int
    n_repeating: int
    in_several_classes: int
    classes: list[ClassRows]


def audit(inputs: np.ndarray, labels: IntArray, class_names: Sequence[str]) -> RowAudit:
    """Return the audit of inputs (n, n_features) with labels (n,), an index into class_names."""
    keys = row_keys(inputs)
    labelled = set(zip(keys, labels.tolist(), strict=True))
    per_label = Counter(label for _, label in labelled)
    counts = np.bincount(labels, minlength=len(class_names)).tolist()
    times = Counter(keys)
    return RowAudit(
        shape=(len(inputs), inputs.shape[1]),
        range=(float(inputs.min()), float(inputs.max())),
        n_distinct=len(times),
        n_repeating=sum(n for n in times.values() if n > 1),
        in_several_classes=sum(n > 1 for n in Counter(key for key, _ in labelled).values()),
        classes=[
            ClassRows(name, count, per_label[label])
            for label, (name, count) in enumerate(zip(class_names, counts, strict=True))
        ],
    )

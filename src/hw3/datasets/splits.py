"""Which rows train and which validate: disjoint, and together all rows."""

import hashlib
from collections.abc import Callable

import numpy as np

from hw3.core.registry import Registry
from hw3.nn.arrays import IntArray

Rows = tuple[IntArray, IntArray]  # train, validation
Splitter = Callable[[IntArray, int, np.random.Generator], Rows]  # labels, n_val, rng

CONTRIBUTOR_ROWS = 25  # a contributor of human_machine wrote 25 consecutive rows

SPLITTERS: Registry[Splitter] = Registry("dataset.split")


def n_val(val: int | float, n_rows: int) -> int:
    """Return how many rows validate, for a count or a share of them."""
    return val if isinstance(val, int) else round(val * n_rows)


@SPLITTERS.register("last")
def last(labels: IntArray, n_val: int, rng: np.random.Generator) -> Rows:
    """Validate on the end of the file."""
    rows = np.arange(len(labels))
    return rows[: len(rows) - n_val], rows[len(rows) - n_val :]


@SPLITTERS.register("random")
def random(labels: IntArray, n_val: int, rng: np.random.Generator) -> Rows:
    """Validate on rows drawn without replacement; both parts keep the order of the file."""
    shuffled = rng.permutation(len(labels))
    return np.sort(shuffled[n_val:]), np.sort(shuffled[:n_val])


@SPLITTERS.register("contributor")
def contributor(labels: IntArray, n_val: int, rng: np.random.Generator) -> Rows:
    """Validate on whole blocks of 25 consecutive rows of one class, as many blocks of each class.

    The number of blocks comes nearest to n_val rows; blocks are drawn without replacement.
    """
    is_val = np.zeros(len(labels), bool)
    share = n_val / len(labels)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        starts = np.arange(0, len(rows), CONTRIBUTOR_ROWS)
        chosen = rng.permutation(len(starts))[: round(share * len(starts))]
        for start in starts[chosen]:
            is_val[rows[start : start + CONTRIBUTOR_ROWS]] = True
    return np.flatnonzero(~is_val), np.flatnonzero(is_val)


def rows_digest(rows: IntArray) -> str:
    """Return a digest of the row numbers of a split, for holding two runs' splits together."""
    return hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()

"""Which rows train and which validate: disjoint, and together all rows."""

import hashlib
from collections.abc import Callable

import numpy as np

from hw3.core.registry import Registry
from hw3.nn.arrays import IntArray

Rows = tuple[IntArray, IntArray]  # train, validation
Splitter = Callable[[IntArray, int, np.random.Generator], Rows]  # labels or groups, n_val, rng

CONTRIBUTOR_ROWS = 25  # a contributor of human_machine wrote 25 consecutive rows

SPLITTERS: Registry[Splitter] = Registry("dataset.split")
EXACT = ("last", "random", "stratified")  # hold out the number that is asked for, whatever the seed


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


@SPLITTERS.register("stratified")
def stratified(labels: IntArray, n_val: int, rng: np.random.Generator) -> Rows:
    """Validate on the same share of each class, to a row, drawn without replacement.

    The rows that whole numbers leave over go to the classes with the largest remainders.
    """
    shuffled = rng.permutation(len(labels))
    _, counts = np.unique(labels, return_counts=True)
    shares = counts * n_val / len(labels)
    taken = np.floor(shares).astype(int)
    taken[np.argsort(taken - shares, kind="stable")[: n_val - taken.sum()]] += 1
    is_val = np.zeros(len(labels), bool)
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    for end, n_rows, n in zip(counts.cumsum(), counts, taken, strict=True):
        is_val[by_class[end - n_rows : end - n_rows + n]] = True
    return np.flatnonzero(~is_val), np.flatnonzero(is_val)


@SPLITTERS.register("group")
def group(groups: IntArray, n_val: int, rng: np.random.Generator) -> Rows:
    """Validate on all rows of some groups, drawn until their number is nearest to n_val.

    Where anything is held out, at least one group is on each side.
    """
    codes, counts = np.unique(groups, return_counts=True)
    order = rng.permutation(len(codes))
    sizes = np.concatenate([[0], counts[order].cumsum()])
    n_groups = int(np.abs(sizes - n_val).argmin())
    if n_val:
        n_groups = min(max(n_groups, 1), len(codes) - 1)
    is_val = np.isin(groups, codes[order[:n_groups]])
    return np.flatnonzero(~is_val), np.flatnonzero(is_val)


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

"""From a checked file to the training and validation splits of a run."""

from pathlib import Path

import numpy as np

from hw3.core.seeds import stream
from hw3.datasets.sources import SOURCES, Source, read_source
from hw3.datasets.splits import SPLITTERS, n_val
from hw3.datasets.types import Arrays, Dataset, Split
from hw3.nn.arrays import IntArray


def subset_rows(source: Source, subset: int | None) -> IntArray:
    """Return the first `subset` rows of the file; of each class, where the file is sorted so."""
    rows = np.arange(source.n_rows).reshape(source.parts, -1)
    return rows[:, : (subset or source.n_rows) // source.parts].ravel()


def n_train(source: Source, split: str, val: int | float, subset: int | None) -> int:
    """Return how many rows train, without reading any data."""
    rows = subset_rows(source, subset)
    labels = rows * source.parts // source.n_rows  # one class a part, or one class in all
    held_out = n_val(val, len(rows))
    return len(SPLITTERS.get(split)(labels, held_out, np.random.default_rng(0))[0])


def load_dataset(
    name: str,
    data_dir: Path,
    *,
    split: str,
    val: int | float,
    subset: int | None,
    seed: int,
    dtype: str,
) -> Dataset:
    """Read a data set and split it; the test file is not opened.

    Raises:
        DataError: if the file does not hold what it must.
    """
    source, arrays = SOURCES.get(name), read_source(name, data_dir)
    rows = subset_rows(source, subset)
    splitter = SPLITTERS.get(split)
    parts = splitter(arrays.labels[rows], n_val(val, len(rows)), stream(seed, "split"))
    train, held_out = (take(arrays, rows[part], dtype) for part in parts)
    return Dataset(
        name, source.class_names, train, held_out if len(held_out.labels) else None, arrays.facts
    )


def take(arrays: Arrays, rows: IntArray, dtype: str) -> Split:
    """Return some rows in the run's dtype; consecutive rows are a view, not a copy."""
    is_run = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
    chosen = slice(rows[0], rows[-1] + 1) if is_run else rows
    inputs = np.ascontiguousarray(arrays.inputs[chosen], dtype)
    return Split(inputs, arrays.labels[chosen], rows)

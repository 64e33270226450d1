"""From a checked file to the training and validation splits of a run."""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from hw3.core.opened import OPENED
from hw3.core.seeds import stream
from hw3.datasets.cautions import split_cautions
from hw3.datasets.sources import SOURCES, Source, read_source
from hw3.datasets.splits import SPLITTERS, Rows, n_val
from hw3.datasets.types import Arrays, DataFacts, Dataset, Split
from hw3.nn.arrays import IntArray


def subset_rows(source: Source, subset: int | None) -> IntArray:
    """Return the first `subset` rows of the file; of each class, where the file is sorted so."""
    rows = np.arange(source.n_rows).reshape(source.parts, -1)
    return rows[:, : (subset or source.n_rows) // source.parts].ravel()


def split_rows(source: Source, split: str, val: int | float, subset: int | None, seed: int) -> Rows:
    """Return the row numbers that train and those that validate; reads no data."""
    rows = subset_rows(source, subset)
    # a file of several parts, one per class, begins with the highest (sources.read_human_machine)
    labels = source.parts - 1 - rows * source.parts // source.n_rows
    splitter = SPLITTERS.get(split)
    train, held_out = splitter(labels, n_val(val, len(rows)), stream(seed, "split"))
    return rows[train], rows[held_out]


@cache
def n_train(source: Source, split: str, val: int | float, subset: int | None) -> int:
    """Return how many rows train, which no seed changes."""
    return len(split_rows(source, split, val, subset, seed=0)[0])


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
    if source.train_file:  # a run is told of it too where an earlier one has read it
        sys.audit(OPENED, data_dir / source.train_file)
    parts = split_rows(source, split, val, subset, seed)
    train, held_out = (take(arrays, rows, dtype) for rows in parts)
    facts = facts_of(arrays, parts, source)
    return Dataset(
        name, source.class_names, train, held_out if len(held_out.labels) else None, facts
    )


def split_facts(
    name: str, data_dir: Path, *, split: str, val: int | float, subset: int | None, seed: int
) -> DataFacts:
    """Return the facts of a data set's file and of a split, for which no inputs are copied.

    Raises:
        DataError: if the file does not hold what it must.
    """
    source, arrays = SOURCES.get(name), read_source(name, data_dir)
    return facts_of(arrays, split_rows(source, split, val, subset, seed), source)


def facts_of(arrays: Arrays, parts: Rows, source: Source) -> DataFacts:
    """Return the facts of a file, with what is odd about a split of it."""
    train, held_out = (arrays.labels[rows] for rows in parts)
    odd = split_cautions(train, held_out, source.class_names)
    return replace(arrays.facts, cautions=(*arrays.facts.cautions, *odd))


def take(arrays: Arrays, rows: IntArray, dtype: str) -> Split:
    """Return some rows in the run's dtype; consecutive rows are a view, not a copy."""
    is_run = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
    chosen = slice(rows[0], rows[-1] + 1) if is_run else rows
    inputs = np.ascontiguousarray(arrays.inputs[chosen], dtype)
    return Split(inputs, arrays.labels[chosen], rows)

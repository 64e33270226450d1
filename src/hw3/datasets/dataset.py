"""From a checked file to the training and validation splits of a run."""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from hw3.core.opened import OPENED
from hw3.core.seeds import stream
from hw3.datasets.cautions import split_cautions
from hw3.datasets.sources import Source, arrays_of, source_of
from hw3.datasets.spec import DataSpec
from hw3.datasets.splits import EXACT, SPLITTERS, Rows, n_val
from hw3.datasets.types import Arrays, DataFacts, Dataset, Split
from hw3.nn.arrays import IntArray


def subset_rows(source: Source, subset: int | None) -> IntArray:
    """Return the first `subset` rows of the file; of each class, where the file is sorted so."""
    n_rows = source.n_rows - source.n_given
    rows = np.arange(n_rows).reshape(source.parts, -1)
    return rows[:, : (subset or n_rows) // source.parts].ravel()


def split_rows(spec: DataSpec, data_dir: Path, seed: int) -> Rows:
    """Return the row numbers that train and those that validate.

    Data are read only where the split asks for labels or groups, or for files of a person's own.
    """
    source = source_of(spec, data_dir)
    rows = subset_rows(source, spec.subset)
    if isinstance(spec.val, str | tuple):
        return rows, np.arange(source.n_rows - source.n_given, source.n_rows)
    # a file of several parts, one per class, begins with the highest (sources.read_human_machine)
    codes = source.parts - 1 - rows * source.parts // source.n_rows
    if spec.split == "stratified":
        codes = arrays_of(spec, data_dir).labels[rows]
    elif spec.split == "group":
        groups = arrays_of(spec, data_dir).groups
        assert groups is not None  # the config has been checked
        codes = groups[rows]
    splitter = SPLITTERS.get(spec.split)
    train, held_out = splitter(codes, n_val(spec.val, len(rows)), stream(seed, "split"))
    return rows[train], rows[held_out]


def n_split(spec: DataSpec, data_dir: Path, seed: int) -> tuple[int, int]:
    """Return how many rows train and how many validate."""
    if spec.split in EXACT and not isinstance(spec.val, str | tuple):
        n = len(subset_rows(source_of(spec, data_dir), spec.subset))
        held_out = n_val(spec.val, n)
        return n - held_out, held_out
    return counted(spec, data_dir, seed) if spec.own else counted_once(spec, data_dir)


def counted(spec: DataSpec, data_dir: Path, seed: int) -> tuple[int, int]:
    """Return how many rows train and validate, by splitting them."""
    train, val = split_rows(spec, data_dir, seed)
    return len(train), len(val)


@cache
def counted_once(spec: DataSpec, data_dir: Path) -> tuple[int, int]:
    """Return the same of data that are known by name, where no seed changes it."""
    return counted(spec, data_dir, seed=0)


def load_dataset(spec: DataSpec, data_dir: Path, *, seed: int, dtype: str) -> Dataset:
    """Read a data set and split it; the test file is not opened.

    Raises:
        DataError: if the file does not hold what it must.
    """
    source, arrays = source_of(spec, data_dir), arrays_of(spec, data_dir)
    if source.train_file:  # a run is told of it too where an earlier one has read it
        sys.audit(OPENED, data_dir / source.train_file)
    parts = split_rows(spec, data_dir, seed)
    train, held_out = (take(arrays, rows, dtype) for rows in parts)
    return Dataset(
        spec.label,
        source.class_names,
        train,
        held_out if len(held_out.labels) else None,
        facts_of(arrays, parts, source),
        source.image_shape,
    )


def split_facts(spec: DataSpec, data_dir: Path, seed: int) -> DataFacts:
    """Return the facts of a data set's file and of a split, for which no inputs are copied.

    Raises:
        DataError: if the file does not hold what it must.
    """
    source, arrays = source_of(spec, data_dir), arrays_of(spec, data_dir)
    return facts_of(arrays, split_rows(spec, data_dir, seed), source)


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

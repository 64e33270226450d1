"""Data files of a person's own: found, read, checked, and given as a Source like any other."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from hw3.core.errors import ConfigError, DataError, DataUnavailableError
from hw3.core.files import expanded, sha256
from hw3.core.words import quoted
from hw3.datasets.columns import Inputs, input_names, inputs_of, label_names, matching
from hw3.datasets.content import Content, content_of
from hw3.datasets.labels import Coding, coding_of, numbered, one_hot_columns, texts_of
from hw3.datasets.sources import Source
from hw3.datasets.spec import Files, OwnKeys, Scale
from hw3.datasets.types import Arrays, Caution, DataFacts
from hw3.nn.arrays import FloatArray, IntArray

LARGEST = float(np.finfo(np.float32).max)
LARGE = 10.0  # inputs beyond it want a scale
ANY = OwnKeys("", None, None, None, None, None, None, None)
KEPT = 4  # data sets that a process keeps in memory


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of one file, or of a pair of files, as they were read; labels and groups as text."""

    paths: tuple[Path, ...]
    inputs: Inputs
    labels: np.ndarray
    label_columns: tuple[str, ...]
    groups: np.ndarray | None


def located(key: str, files: Files, data_dir: Path) -> tuple[Path, ...]:
    """Return where files are: in the current folder, else in the data folder.

    Raises:
        DataUnavailableError: if one is in neither.
    """
    found = []
    for text in (files,) if isinstance(files, str) else files:
        path = expanded(text)
        places = [path, data_dir / path]
        there = [place for place in places if os.path.isfile(place)]
        if not there:
            both = path.is_absolute() or data_dir.resolve() == Path.cwd()
            what = "is not there" if both else f"is not there, nor in data_dir={data_dir}"
            if os.path.exists(path):
                what = "is a folder" if os.path.isdir(path) else "is no regular file"
            raise DataUnavailableError(f"{key}={text} {what}; name a file by its path")
        found.append(there[0])
    return tuple(found)


def own_source(keys: OwnKeys, data_dir: Path) -> Source:
    """Return the source of files of a person's own, which are read once while they stay the same.

    Raises:
        DataError: if they cannot be used as they are.
    """
    train = located("dataset.train", keys.train, data_dir)
    val = located("dataset.val", keys.val, data_dir) if keys.val else ()
    test = located("dataset.test", keys.test, data_dir) if keys.test else ()
    for path in test:
        if any(os.path.samefile(path, other) for other in (*train, *val)):
            raise ConfigError(f"dataset.test={path} is trained on too; name a file of other rows")
    stamps = tuple((s.st_mtime_ns, s.st_size, s.st_ino) for s in map(os.stat, (*train, *val)))
    return read_source_of(replace(keys, test=None), train, val, test, stamps)


@lru_cache(maxsize=KEPT)
def read_source_of(
    keys: OwnKeys,
    train: tuple[Path, ...],
    val: tuple[Path, ...],
    test: tuple[Path, ...],
    stamps: tuple[tuple[int, ...], ...],
) -> Source:
    """Return the source of files at these places, with these sizes and times."""
    first = part_of(train, keys)
    parts = [first, *([part_of(val, keys, first)] if val else [])]
    labels = np.concatenate([part.labels for part in parts])
    coding = coding_of(train[0], labels, keys.classes, first.label_columns)
    arrays = joined(parts, coding, keys)

    def read_test(folder: Path) -> tuple[FloatArray, IntArray]:
        part = part_of(test, keys, first)
        inputs = scaled(part.inputs.values, keys.scale)
        return inputs, numbered(test[0], part.labels, coding)

    return Source(
        coding.names,
        n_features=arrays.inputs.shape[1],
        n_rows=len(arrays.labels),
        train_file=str(train[0].absolute()),
        read=lambda folder: arrays,
        n_given=len(parts[1].labels) if val else 0,
        own_files=tuple(str(path.absolute()) for path in (*train, *val, *test)),
        image_shape=first.inputs.image_shape,
        test_file=str(test[0].absolute()) if test else None,
        read_test=read_test if test else None,
    )


def part_of(paths: Sequence[Path], keys: OwnKeys, like: Part | None = None) -> Part:
    """Return the rows of a file or pair of files; with the columns of another, if one is given.

    Raises:
        DataError: if it does not hold what it must.
    """
    path, content = paths[0], content_of(paths[0])
    if len(paths) > 1:
        content = with_labels(paths, content)
    labels = label_names(path, content, keys)
    groups = []
    if keys.groups is not None:
        groups = matching(path, content, "dataset.groups", keys.groups)
        if len(groups) > 1:
            raise DataError(f"dataset.groups must name one column of {path}, got {quoted(groups)}")
    if like and like.inputs.names:
        names = same_columns(path, content, like.inputs.names)
    else:
        names = input_names(path, content, keys, labels, groups)
    inputs = inputs_of(path, content, names, named=like is not None or names_all(keys, names))
    n = len(inputs.values)
    texts = texts_of(path, {name: content[name] for name in labels}, n)
    if like and inputs.values.shape[1] != like.inputs.values.shape[1]:
        raise DataError(
            f"{path} has {inputs.values.shape[1]:,} inputs per row, and {like.paths[0]} "
            f"{like.inputs.values.shape[1]:,}"
        )
    columns = one_hot_columns([content[name] for name in labels], labels)
    of_groups = texts_of(path, {name: content[name] for name in groups}, n) if groups else None
    return Part(tuple(paths), inputs, texts, columns, of_groups)


def names_all(keys: OwnKeys, names: Sequence[str]) -> bool:
    """Whether the person named each of the inputs, and not by a pattern."""
    given = keys.inputs if isinstance(keys.inputs, tuple) else (keys.inputs,)
    return set(names) <= set(map(str, given))


def read_rows(path: Path, keys: OwnKeys | None, names: Sequence[str], n: int) -> FloatArray:
    """Return the inputs (rows, n) of a file for a network that was trained on such columns.

    Args:
        path: the file; it may hold more columns, and labels.
        keys: of the data that the network was trained on, None for data that are known by name.
        names: of the columns, none where the inputs were arrays.
        n: how many inputs the network has.

    Raises:
        DataError: if a column is missing, or the number of inputs is another.
    """
    content = content_of(path)
    if names:
        chosen = same_columns(path, content, names)
    else:
        labels = [name for name in ("ydata", "labels") if name in content and len(content) > 1]
        if keys and isinstance(keys.labels, str) and keys.labels in content:
            labels = [keys.labels]
        chosen = input_names(path, content, keys or ANY, labels, ())
    values = inputs_of(path, content, chosen, named=True).values
    if values.shape[1] != n:
        raise DataError(
            f"{path} has {values.shape[1]:,} inputs per row, and the network takes {n:,}"
        )
    return scaled(values, keys.scale) if keys else values


def with_labels(paths: Sequence[Path], content: Content) -> Content:
    """Return the content of a pair of files; the second holds one label per row.

    Raises:
        DataError: if it holds anything else.
    """
    other = content_of(paths[1])
    if len(other) != 1:
        raise DataError(f"{paths[1]} must hold the labels alone; it holds {quoted(list(other))}")
    return {**content, "labels": next(iter(other.values()))}


def same_columns(path: Path, content: Content, names: Sequence[str]) -> list[str]:
    """Return the names that the training file has, which must be here too.

    Raises:
        DataError: if one is missing.
    """
    if missing := [name for name in names if name not in content]:
        raise DataError(f"{path} lacks {quoted(missing[0])}, which the network was trained on")
    return list(names)


def joined(parts: Sequence[Part], coding: Coding, keys: OwnKeys) -> Arrays:
    """Return the rows of training and validation files behind each other, with their facts."""
    first = parts[0]
    stored = [part.inputs.values for part in parts]
    low, high = min(float(v.min()) for v in stored), max(float(v.max()) for v in stored)
    inputs = scaled(stored[0] if len(stored) == 1 else np.concatenate(stored), keys.scale)
    labels = np.concatenate([numbered(p.paths[0], p.labels, coding) for p in parts])
    files = tuple((path.name, sha256(path)) for part in parts for path in part.paths)
    digest = files[0][1] if len(files) == 1 else sha256_of(files)
    cautions = first.inputs.cautions
    if keys.scale is None and max(abs(low), abs(high)) > LARGE:
        cautions += (Caution("unscaled", max(abs(low), abs(high))),)
    facts = DataFacts(
        file=" + ".join(name for name, _ in files),
        sha256=digest,
        n_rows=len(labels),
        dtype=first.inputs.dtype,
        range=(low, high),
        label_counts=tuple(np.bincount(labels, minlength=len(coding.names)).tolist()),
        cautions=cautions,
        class_names=coding.names,
        feature_names=first.inputs.names,
        files=files if len(files) > 1 else (),
    )
    inputs.flags.writeable = labels.flags.writeable = False
    groups = None
    if len(parts) == 1 and first.groups is not None:
        groups = np.unique(first.groups.astype(str), return_inverse=True)[1].astype(np.int64)
    return Arrays(inputs, labels, facts, groups)


def sha256_of(files: Sequence[tuple[str, str]]) -> str:
    """Return one digest for several files."""
    return hashlib.sha256("".join(digest for _, digest in files).encode()).hexdigest()


def scaled(values: FloatArray, scale: Scale | None) -> FloatArray:
    """Return (values - shift) / divisor; one number is a divisor, of all columns.

    Raises:
        DataError: for lists that are neither one number nor one per column, and for what is then
            still beyond the numbers of float32.
    """
    found = values if scale is None else shifted(values, scale)
    reach = max(-float(found.min()), float(found.max()))
    if not reach <= LARGEST:
        raise DataError(
            f"the inputs reach {reach:.3g}, and float32 ends at {LARGEST:.2g}; state a larger "
            "dataset.scale"
        )
    return found


def shifted(values: FloatArray, scale: Scale) -> FloatArray:
    """Return (values - shift) / divisor, or raise DataError for lists of another length."""
    shifts, divisors = ((0.0,), (scale,)) if isinstance(scale, int | float) else scale
    n = values.shape[1]
    for numbers in (shifts, divisors):
        if len(numbers) not in (1, n):
            raise DataError(
                f"dataset.scale must hold one number or {n} for the {n} inputs, got {len(numbers)}"
            )
    dtype = values.dtype
    with np.errstate(over="ignore"):  # which `scaled` sees
        found: FloatArray = (values - np.array(shifts, dtype)) / np.array(divisors, dtype)
    return found

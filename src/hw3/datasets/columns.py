"""Which arrays of a file are inputs, labels and groups, and the inputs as one matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import prod
from pathlib import Path

import numpy as np

from hw3.core.errors import DataError
from hw3.core.registry import nearest
from hw3.core.words import is_number, one_line, quoted
from hw3.datasets.content import Content
from hw3.datasets.spec import Names, OwnKeys
from hw3.datasets.types import Caution
from hw3.nn.arrays import FloatArray

LISTED = 12  # names that an error lists
NUMBERING = 10  # rows from which on 1, 2, 3, ... are no coincidence
DISTINCT = 50  # rows from which on whole numbers that never repeat look like names
MANY = 100  # columns that are rather pixels, some of which are always blank
COLOURS = (3, 4)  # channels of an image


@dataclass(frozen=True, eq=False)
class Inputs:
    """The inputs of a file as one matrix.

    Attributes:
        values: (n, n_features).
        names: of the columns, none of arrays that have none.
        image_shape: of images, as stored and without an axis of length 1.
        dtype: as stored.
        cautions: what is odd about columns.
    """

    values: FloatArray
    names: tuple[str, ...]
    image_shape: tuple[int, ...] | None
    dtype: str
    cautions: tuple[Caution, ...]


def listed(names: Sequence[str]) -> str:
    """Return names as an error shows them."""
    return one_line(", ".join(names[:LISTED]), 300) + ", ..." * (len(names) > LISTED)


def matching(path: Path, content: Content, key: str, wanted: Names) -> list[str]:
    """Return the names that a key means, in the order of the file: names, patterns, positions.

    A pattern has *, ? or [; one that begins with ! leaves out what it matches, from all if no
    other is given. A number that is no name is a position, and negative from the end.

    Raises:
        DataError: for one that matches nothing.
    """
    names, chosen, barred = list(content), set[str](), set[str]()
    given = wanted if isinstance(wanted, tuple) else (wanted,)
    for item in given:
        text = str(item)
        is_out = text.startswith("!") and text not in names
        pattern = text[1:] if is_out else text
        found = [name for name in names if name == pattern]
        found = found or [name for name in names if fnmatchcase(name, pattern)]
        if not found and isinstance(item, int) and -len(names) <= item < len(names):
            found = [names[item]]
        if not found:
            raise DataError(
                f"{key}: {path} has no {quoted(pattern)}; it holds {listed(names)}"
                f"{nearest(pattern, names)}"
            )
        (barred if is_out else chosen).update(found)
    if not chosen:
        chosen = set(names)
    return [name for name in names if name in chosen - barred]


def label_names(path: Path, content: Content, keys: OwnKeys) -> list[str]:
    """Return the names of the labels: those given, else ydata beside xdata, else labels.

    Raises:
        DataError: if none are given and none can be guessed.
    """
    if keys.labels is not None:
        return matching(path, content, "dataset.labels", keys.labels)
    if {"xdata", "ydata"} <= set(content):
        return ["ydata"]
    if isinstance(keys.train, tuple):
        return ["labels"]
    raise DataError(
        f"dataset.labels must name the labels of {path}; it holds {listed(list(content))}"
    )


def input_names(
    path: Path, content: Content, keys: OwnKeys, labels: Sequence[str], groups: Sequence[str]
) -> list[str]:
    """Return the names of the inputs: those given, else xdata beside ydata, else all others.

    Raises:
        DataError: if a label is among them, or nothing is.
    """
    if keys.inputs is None and {"xdata", "ydata"} <= set(content) and "ydata" in labels:
        return ["xdata"]
    others = {k: v for k, v in content.items() if k not in labels and k not in groups}
    if keys.inputs is None:
        found = list(others)
    else:
        found = matching(path, content, "dataset.inputs", keys.inputs)
        patterns = keys.inputs if isinstance(keys.inputs, tuple) else (keys.inputs,)
        found = [n for n in found if n in others or n in map(str, patterns)]
    if leaked := [name for name in found if name in labels]:
        raise DataError(f"dataset.inputs: {quoted(leaked[0])} of {path} is the label; leave it out")
    if not found:
        raise DataError(f"{path} holds nothing but labels; it holds {listed(list(content))}")
    return found


def inputs_of(path: Path, content: Content, names: Sequence[str], named: bool) -> Inputs:
    """Return the inputs of a file.

    Args:
        path: for messages.
        content: of the file.
        names: of the inputs.
        named: whether each was named, so that the person knows them.

    Raises:
        DataError: for text, missing values, and columns that number the rows.
    """
    arrays = [content[name] for name in names]
    lengths = {len(array) if array.ndim else 0 for array in arrays}
    if len(lengths) > 1:
        raise DataError(
            f"{path}: {listed(names)} have {', '.join(map(str, sorted(lengths)))} rows; name those "
            "that belong together in dataset.inputs"
        )
    is_table = all(array.ndim == 1 for array in arrays)
    parts = [numbers(path, name, array) for name, array in zip(names, arrays, strict=True)]
    values = np.column_stack(parts) if is_table else np.hstack([flat(part) for part in parts])
    if not values.size:
        raise DataError(f"{path}: {listed(names)} hold no number; name others in dataset.inputs")
    check_finite(path, values, names if is_table else ())
    cautions = column_cautions(path, values, names, named) if is_table else ()
    dtype = ", ".join(dict.fromkeys(str(array.dtype) for array in arrays))
    shape = None if is_table or len(arrays) > 1 else image_shape(arrays[0].shape[1:])
    return Inputs(values, tuple(names) if is_table else (), shape, dtype, cautions)


def flat(array: FloatArray) -> FloatArray:
    """Return an array (n, ...) as (n, n_features); a view where there is one array."""
    return array.reshape(len(array), prod(array.shape[1:]))


def image_shape(shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return (height, width), or that with colours last or first, None for what is no image."""
    shape = tuple(n for n in shape if n != 1) if len(shape) == 3 else shape
    is_coloured = len(shape) == 3 and (shape[-1] in COLOURS or shape[0] in COLOURS)
    return shape if is_coloured or len(shape) == 2 else None


def numbers(path: Path, name: str, array: np.ndarray) -> FloatArray:
    """Return an array as floats that hold its values exactly, of up to 53 bits.

    Raises:
        DataError: for text, with the first entry that is no number.
    """
    kind = array.dtype.kind
    if kind == "f":
        dtype = array.dtype.newbyteorder("=") if array.dtype.itemsize in (4, 8) else np.float32
        return array.astype(dtype, copy=False)
    if kind in "iub":
        is_small = array.dtype.itemsize <= 2 or abs(array).max(initial=0) <= 2**24
        return array.astype(np.float32 if is_small else np.float64)
    flat_values = array.ravel().tolist() if kind in "OUS" else []
    texts = [(i, v) for i, v in enumerate(flat_values) if v is not None and not is_number(str(v))]
    place = f"{path}: {quoted(name)}"
    if not flat_values:
        raise DataError(f"{place} must hold numbers, got {array.dtype}")
    if not texts:  # numbers as text, or missing ones among truth values
        return np.array([np.nan if v is None else float(v) for v in flat_values]).reshape(
            array.shape
        )
    row, value = texts[0][0] // max(1, prod(array.shape[1:])), texts[0][1]
    if 2 * len(texts) < len(flat_values):
        raise DataError(
            f"{place} holds {quoted(value)} in row {row + 1}, which is no number; mend that row"
        )
    raise DataError(
        f"{place} holds text ({quoted(value)} in row {row + 1}), and inputs are numbers; leave it "
        f"out with 'dataset.inputs=!{name}', or encode it as columns of numbers"
    )


def check_finite(path: Path, values: FloatArray, names: Sequence[str]) -> None:
    """Raise DataError for a value that is missing or infinite."""
    is_whole = np.isfinite(values)
    if is_whole.all():
        return
    row, column = np.argwhere(~is_whole)[0].tolist()
    place = f"{quoted(names[column])} in row {row + 1}" if names else f"row {row + 1}"
    n_rows = int((~is_whole).any(axis=1).sum())
    what = "is missing" if np.isnan(values[row, column]) else "is infinite"
    raise DataError(
        f"{path}: {place} {what} ({n_rows:,} rows lack a value); fill them in or leave them out"
    )


def column_cautions(
    path: Path, values: FloatArray, names: Sequence[str], named: bool
) -> tuple[Caution, ...]:
    """Return what is odd about the columns of a table.

    Raises:
        DataError: for a column that numbers the rows and was not asked for by its name.
    """
    found, n = [], len(values)
    distinct = []
    for name, column in zip(names, values.T, strict=True):
        if n < NUMBERING or named or not (column == np.rint(column)).all():
            continue
        if (np.diff(column) == 1).all():
            raise DataError(
                f"{path}: {quoted(name)} only numbers the rows, and where they are sorted it gives "
                f"the labels away; leave it out with 'dataset.inputs=!{name}'"
            )
        if n >= DISTINCT and len(np.unique(column)) == n:
            distinct.append(name)
    if distinct:
        found.append(Caution("numbering", len(distinct), tuple(distinct)))
    is_constant = (values == values[0]).all(axis=0)
    if is_constant.any() and len(names) < MANY:
        constant = tuple(name for name, is_in in zip(names, is_constant, strict=True) if is_in)
        found.append(Caution("constant", len(constant), constant))
    return tuple(found)

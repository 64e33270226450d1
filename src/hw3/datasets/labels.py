"""Labels as people write them (text, numbers, truth values, one-hot rows) as class numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw3.core.errors import DataError
from hw3.core.words import one_line, quoted
from hw3.datasets.spec import Label
from hw3.nn.arrays import IntArray

MAX_CLASSES = 10_000
FEW = 20  # different numbers that may be classes, in however few rows


@dataclass(frozen=True, eq=False)
class Coding:
    """What each label that a file may hold stands for.

    Attributes:
        names: of the classes; index = number.
        codes: number of each label, by its text; of one-hot rows, by the column.
    """

    names: tuple[str, ...]
    codes: Mapping[str, int]


def text_of(value: object) -> str:
    """Return a label as text: 1 for 1.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def one_hot_columns(arrays: Sequence[np.ndarray], names: Sequence[str]) -> tuple[str, ...]:
    """Return what the columns of one-hot rows are called, nothing for labels of one column."""
    if len(arrays) > 1:
        return tuple(names)
    n = arrays[0].shape[1] if arrays[0].ndim == 2 else 1
    return tuple(map(str, range(n))) if n > 1 else ()


def texts_of(path: Path, arrays: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    """Return the labels of a file of n rows as text (n,), of one-hot rows the column.

    Raises:
        DataError: for a row without a label, or with several.
    """
    for name, array in arrays.items():
        is_plain = array.ndim == 1 or (array.ndim == 2 and array.size and len(arrays) == 1)
        if not is_plain or len(array) != n or array.dtype.kind not in "biufOUST":
            raise DataError(
                f"{path}: labels must be one for each of the {n:,} rows, or one-hot rows, and "
                f"{quoted(name)} is {array.dtype} of shape {array.shape}"
            )
    found = list(arrays.values())
    if columns := one_hot_columns(found, list(arrays)):
        return np.array(columns, object)[one_hot(path, np.column_stack(found))]
    values = found[0].reshape(n).tolist()
    for row, value in enumerate(values, 1):
        if value is None or value != value or value in ("", b""):
            raise DataError(
                f"{path}: row {row} has no label ({quoted(name)} is empty); leave the row out"
            )
    return np.array([text_of(value) for value in values], object)


def one_hot(path: Path, table: np.ndarray) -> IntArray:
    """Return the column of the one in each row (n, n_classes)."""
    is_number = table.dtype.kind in "biuf"
    is_sound = is_number and ((table == 0) | (table == 1)).all(axis=1) & (table.sum(axis=1) == 1)
    if not np.all(is_sound):
        row = int(np.argmin(is_sound)) if is_number else 0
        raise DataError(
            f"{path}: several columns of labels must be one-hot, a 1 and else 0; row {row + 1} is "
            f"{quoted(table[row].tolist())}"
        )
    found: IntArray = table.argmax(axis=1).astype(np.int64)
    return found


def coding_of(
    path: Path, texts: np.ndarray, classes: Sequence[Label] | None, columns: Sequence[str] = ()
) -> Coding:
    """Return what labels stand for: by the classes that are named, else in their order.

    Classes that are no labels themselves name the labels 0, 1, 2, ... or the columns of one-hot
    rows.

    Raises:
        DataError: for fewer than two classes, too many, and numbers that are measured.
    """
    distinct = list(columns) or in_order(set(texts.tolist()))
    if classes is not None:
        names = tuple(map(text_of, classes))
        if len(set(names)) < max(2, len(names)):
            raise DataError(
                f"dataset.classes must name two or more different classes, got {quoted(names)}"
            )
        is_named = set(distinct) <= set(names)
        labels = names if is_named else columns or [str(i) for i in range(len(names))]
        return Coding(names, dict(zip(labels, range(len(names)), strict=False)))
    if len(distinct) < 2:
        raise DataError(
            f"{path}: all rows have the label {quoted(distinct[0])}, and there must be two classes"
        )
    refuse_measurements(path, texts, distinct)
    return Coding(tuple(distinct), {text: i for i, text in enumerate(distinct)})


def in_order(labels: set[str]) -> list[str]:
    """Return labels in the order of numbers where all are numbers, else of text."""
    try:
        return sorted(labels, key=float)
    except ValueError:
        return sorted(labels)


def refuse_measurements(path: Path, texts: np.ndarray, distinct: Sequence[str]) -> None:
    """Raise DataError for labels that are measured, or that name rows: there are too many."""
    n, many = len(texts), len(distinct)
    way = "hw3 trains classifiers, and no regression: put them into bins, or name the classes in "
    try:
        fractions = [text for text in distinct if not float(text).is_integer()]
        what = "different numbers"
    except (ValueError, OverflowError):
        fractions, what = [], "different labels"
    if fractions:
        raise DataError(
            f"{path}: labels such as {one_line(fractions[0], 40)} are measured; {way}"
            "dataset.classes"
        )
    if many > MAX_CLASSES or (many > FEW and 2 * many > n):
        raise DataError(
            f"{path}: the labels are {many:,} {what} in {n:,} rows, at most {MAX_CLASSES:,} and "
            f"fewer than half of the rows can be classes; {way}dataset.classes"
        )


def numbered(path: Path, texts: np.ndarray, coding: Coding) -> IntArray:
    """Return the class number of each label, (n,) int64.

    Raises:
        DataError: for a label that is no class, with its row.
    """
    codes = [coding.codes.get(text, -1) for text in texts.tolist()]
    if -1 in codes:
        row = codes.index(-1)
        known = one_line(", ".join(list(coding.codes)[:10]), 120)
        raise DataError(
            f"{path}: the label {quoted(texts[row])} of row {row + 1} is none of the classes "
            f"({known}{', ...' if len(coding.codes) > 10 else ''}); name all in dataset.classes"
        )
    return np.array(codes, np.int64)

"""Tables of text as named columns, with or without a line of names at the top."""

import csv
import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from hw3.core.errors import DataError, first_line
from hw3.core.words import is_number, one_line, quoted
from hw3.datasets.content import Content

LOOK = 2**22  # bytes in which the first lines end
SEPARATORS = ("\t", ";", ",", "|")


def read_text(path: Path, data: bytes) -> Content:
    """Return the columns of a table of text: numbers where all entries are, else text.

    An empty entry is missing: NaN among numbers, None among text.

    Raises:
        DataError: for text that is no table.
        UnicodeDecodeError: for what is no text.
    """
    if b"\0" in data[:1000]:
        raise ValueError("it holds zero bytes, as no text does")
    start = data[:LOOK].decode("utf-8-sig", "ignore")  # what is no UTF-8, pandas finds
    lines = [line for line in start.splitlines()[:50] if line.strip()]
    if not lines:
        raise DataError(f"{path} holds no rows")
    separator = max(SEPARATORS, key=lines[0].count)
    rows = list(csv.reader(lines, delimiter=separator))
    names = None if has_no_header(rows) else rows[0]
    if names:
        names = [name.strip() for name in names]
        refuse_twins(path, names)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row that is too long
            frame = pd.read_csv(
                io.BytesIO(data),
                sep=separator,
                header=0 if names else None,
                names=names or range(len(rows[0])),
                index_col=False,
                keep_default_na=False,
                na_values=[""],
                skipinitialspace=True,
                encoding="utf-8-sig",
                low_memory=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(f"{path}: {one_line(first_line(error), 200)}") from error
    return columns_of(frame)


def columns_of(frame: pd.DataFrame) -> Content:
    """Return the columns of a frame as arrays: of numbers, of booleans, or of objects."""
    found = {}
    for name in frame.columns:
        column = frame[name]
        is_numeric = pd.api.types.is_numeric_dtype(column)
        values = column.to_numpy() if is_numeric else column.to_numpy(object)
        if values.dtype == object:
            values = np.array([None if pd.isna(value) else value for value in values], object)
        found[str(name)] = values
    return found


def has_no_header(rows: list[list[str]]) -> bool:
    """Whether the first row of text is one of data: numbers where the second has numbers.

    0,1,2 or 1,2,3 in order are names, as pandas writes them.
    """
    first = list(map(is_number, rows[0]))
    if not any(first):
        return False
    counted = [text for text, number in zip(rows[0], first, strict=True) if number]
    if [*map(str, range(len(counted)))] == counted or [*map(str, range(1, len(counted) + 1))] == (
        counted
    ):
        return len(counted) < 2
    second = list(map(is_number, rows[1])) if len(rows) > 1 else first
    return first == second


def refuse_twins(path: Path, names: list[str]) -> None:
    """Raise DataError for two columns of one name."""
    for i, name in enumerate(names):
        if name in names[:i]:
            raise DataError(f"{path}: two columns are called {quoted(name)}; rename one")

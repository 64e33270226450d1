"""Binary sequences as people have them: typed in, or in a file of text or HDF5."""

import os
import re
import sys
from pathlib import Path

import h5py
import numpy as np

from hw3.core.errors import DataError
from hw3.core.files import expanded
from hw3.core.hdf5 import links_of, opened, values_of
from hw3.core.memory import shortage
from hw3.core.words import one_line, quoted
from hw3.datasets.sources import SOURCES
from hw3.nn.arrays import FloatArray

LENGTH = SOURCES.get("human_machine").n_features
HDF5_ENDINGS = (".h5", ".hd5", ".hdf", ".hdf5", ".he5")
LONGEST = 1000  # characters of one sequence, as numbers with all their decimals
TEXT_MEMORY = 10  # bytes that a byte of text may take while it is read
ENTRY = re.compile(r"[+-]?1|0")
TOGETHER = re.compile(rf"(?:{ENTRY.pattern})+")  # 0110 or -1+1+1


def read_sequences(given: str) -> FloatArray:
    """Return sequences (n, 20) of -1 and +1 from text or from the file that it names.

    A file is told by its content: HDF5, else text: lists in brackets, or a sequence per line.

    Raises:
        DataError: for a file that is not there, a wrong length or other entries; names the place.
    """
    path = expanded(given) if given.startswith("~") else Path(given)
    if not os.path.isfile(path):  # Path.is_file would raise for a text too long to be a name
        shown = f"sequences={one_line(given, 200)}"
        if os.path.exists(path):
            raise DataError(f"{shown}: it is no regular file")
        is_name = path.suffix[1:].isalnum() and not path.suffix[1:].isdigit()  # .csv, .h5
        if is_name or not re.search("[01]", given):
            raise DataError(f"{shown}: there is no such file, and it is no sequence")
        return np.stack([entries(text, f"sequence {i}") for i, text in enumerate(pieces(given), 1)])
    if is_hdf5(path):
        return read_hdf5(path)
    name = one_line(str(path), 200)
    if lacking := shortage(TEXT_MEMORY * path.stat().st_size):
        raise DataError(f"{name} needs {lacking}")
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets write a mark
    except UnicodeDecodeError as error:
        reason = one_line(str(error), 100)
        raise DataError(f"{name} is neither HDF5 nor a text file: {reason}") from error
    if text.lstrip().startswith("["):
        places = ((part, f"{name}, list {i}") for i, part in enumerate(pieces(text), 1))
    else:
        lines = enumerate(text.splitlines(), 1)
        places = ((line, f"{name}, line {i}") for i, line in lines if line.strip())
    rows = [entries(part, place) for part, place in places]
    if not rows:
        raise DataError(f"{name} holds no sequence")
    return np.stack(rows)


def is_hdf5(path: Path) -> bool:
    """Whether a file is HDF5 by its content, or calls itself so."""
    return bool(h5py.is_hdf5(path)) or path.suffix.lower() in HDF5_ENDINGS


def pieces(text: str) -> list[str]:
    """Return the text of each sequence: what is in brackets, else what is between commas.

    Entries with commas between, 1,-1,1, are one sequence.
    """
    if "[" in text:
        text = re.sub(
            r"^\s*\[(?=\s*\[)(.*)\]\s*$", r"\1", text, flags=re.DOTALL
        )  # [[1, 0], [0, 1]]
        outside = re.sub(r"\[[^\[\]]*\]", "", text).strip(" ,;\t\r\n")
        if outside:
            raise DataError(f"sequences has text outside its brackets: {quoted(outside)}")
        return re.findall(r"\[([^\]]*)\]", text)
    parts = text.split(",")
    is_one_list = len(parts) > 1 and all(ENTRY.fullmatch(part.strip()) for part in parts)
    return [text] if is_one_list else parts


def entries(text: str, place: str) -> FloatArray:
    """Return one sequence (20,) of -1 and +1, from 0 and 1 or from -1 and +1, apart or together."""
    if len(text) > LONGEST:
        raise DataError(f"{place} must have {LENGTH} entries, got {len(text):,} characters")
    values: list[float] = []
    for word in re.split(r"[\s,;]+", text.strip(" ,;\t\r\n")):
        values += map(float, ENTRY.findall(word)) if TOGETHER.fullmatch(word) else [number(word)]
        if values[-1] not in (-1, 0, 1):
            raise DataError(f"{place} may hold 0 and 1, or -1 and +1; got {quoted(word)}")
    if len(values) != LENGTH:
        raise DataError(
            f"{place} must have {LENGTH} entries, got {len(values)}: {quoted(text.strip())}"
        )
    return signed(np.array(values), place)


def number(word: str) -> float:
    """Return a number, as 1.0 or 1e0, or NaN for what is none."""
    try:
        return float(word)
    except ValueError:
        return float("nan")


def signed(values: np.ndarray, place: str) -> FloatArray:
    """Return entries 0 and 1, or -1 and +1, as -1 and +1."""
    found = set(np.unique(values).tolist())
    if not (found <= {0, 1} or found <= {-1, 1}):
        raise DataError(f"{place} must hold 0 and 1, or -1 and +1; got {sorted(found)[:5]}")
    return np.where(values > 0, 1.0, -1.0)


def read_hdf5(path: Path) -> FloatArray:
    """Return the rows of every data set (n, 20) of a file, in the order of their names.

    Others are named on stderr and left out.
    """
    found, others = [], []
    name = one_line(str(path), 200)
    with opened(path) as file:
        for key, data in sorted(links_of(file), key=lambda pair: pair[0]):
            if not isinstance(data, h5py.Dataset):
                continue
            place = f"{name}: {one_line(key, 80)}"
            if data.shape and data.shape[0] and data.shape[1:] == (LENGTH,):
                if data.dtype.kind not in "fiub":
                    raise DataError(f"{place} must hold numbers, got {data.dtype}")
                found.append(signed(values_of(data), place))
            else:
                others.append(f"{key} {data.shape}")
    listed = one_line(", ".join(others), 200)
    if not found:
        reason = f"its data sets are {listed}" if others else "it holds no data set"
        raise DataError(f"{name} must hold numbers of the shape (n, {LENGTH}); {reason}")
    if others:
        print(
            f"hw3: {name}: left out is what has not the shape (n, {LENGTH}): {listed}",
            file=sys.stderr,
        )
    return np.concatenate(found)

"""Binary sequences as people have them: typed in, or in a file of text or HDF5."""

import os
import re
from pathlib import Path

import h5py
import numpy as np

from hw3.core.errors import DataError
from hw3.core.files import expanded
from hw3.datasets.hdf5 import opened
from hw3.datasets.sources import SOURCES
from hw3.nn.arrays import FloatArray

LENGTH = SOURCES.get("human_machine").n_features
HDF5_MARK, HDF5_ENDINGS = b"\x89HDF\r\n\x1a\n", (".h5", ".hdf5")
ENTRY = re.compile(r"[+-]?1|0")
TOGETHER = re.compile(rf"(?:{ENTRY.pattern})+")  # 0110 or -1+1+1


def read_sequences(given: str) -> FloatArray:
    """Return sequences (n, 20) of -1 and +1 from text or from the file that it names.

    A file is told by its content: HDF5, else text with a sequence per line.

    Raises:
        DataError: for a file that is not there, a wrong length or other entries; names the place.
    """
    path = expanded(given)
    if not os.path.isfile(path):  # Path.is_file would raise for a text too long to be a name
        if path.suffix[1:].isalnum() and not path.suffix[1:].isdigit():  # .csv, .h5
            raise DataError(f"sequences={given}: there is no such file")
        return np.stack([entries(text, f"sequence {i}") for i, text in enumerate(pieces(given), 1)])
    with path.open("rb") as file:
        is_hdf5 = file.read(len(HDF5_MARK)) == HDF5_MARK
    if is_hdf5 or path.suffix.lower() in HDF5_ENDINGS:
        return read_hdf5(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()  # spreadsheets write a mark
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file: {error}") from error
    rows = [entries(text, f"{path}, line {i}") for i, text in enumerate(lines, 1) if text.strip()]
    if not rows:
        raise DataError(f"{path} holds no sequence")
    return np.stack(rows)


def pieces(text: str) -> list[str]:
    """Return the text of each sequence: what is in brackets, else what is between commas.

    Entries with commas between, 1,-1,1, are one sequence.
    """
    if "[" in text:
        outside = re.sub(r"\[[^\[\]]*\]", "", text).strip(" ,;")
        if outside:
            raise DataError(f"sequences has text outside its brackets: {outside!r}")
        return re.findall(r"\[([^\]]*)\]", text)
    parts = text.split(",")
    is_one_list = len(parts) > 1 and all(ENTRY.fullmatch(part.strip()) for part in parts)
    return [text] if is_one_list else parts


def entries(text: str, place: str) -> FloatArray:
    """Return one sequence (20,) of -1 and +1, from 0 and 1 or from -1 and +1, apart or together."""
    values: list[float] = []
    for word in re.split(r"[\s,;]+", text.strip(" ,;\t")):
        values += map(float, ENTRY.findall(word)) if TOGETHER.fullmatch(word) else [number(word)]
        if values[-1] not in (-1, 0, 1):
            raise DataError(f"{place} may hold 0 and 1, or -1 and +1; got {word!r}")
    if len(values) != LENGTH:
        raise DataError(f"{place} must have {LENGTH} entries, got {len(values)}: {text.strip()!r}")
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
    """Return the rows of every data set of a file, in the order of their names."""
    found = []
    with opened(path) as file:
        for name, data in file.items():
            place = f"{path}: {name}"
            is_rows = (
                isinstance(data, h5py.Dataset) and data.ndim == 2 and data.dtype.kind in "fiub"
            )
            if not is_rows or data.shape[1] != LENGTH or not len(data):
                shape = getattr(data, "shape", "a group")
                raise DataError(f"{place} must be numbers of the shape (n, {LENGTH}), got {shape}")
            found.append(signed(data[()], place))
    if not found:
        raise DataError(f"{path} holds no data set")
    return np.concatenate(found)

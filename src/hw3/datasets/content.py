"""What a data file of a person's own holds: named arrays with a row each, told by its content.

CSV and TSV (comma, tab, semicolon or bar), Parquet, NPZ, NPY, HDF5 and MNIST's idx; text, NPY and
idx also packed by gzip. Nothing is unpickled.
"""

import gzip
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path

import numpy as np

from hw3.core.errors import DataError, first_line
from hw3.core.files import check_regular
from hw3.core.memory import shortage
from hw3.core.opened import OPENED
from hw3.core.words import one_line, quoted, size

Content = Mapping[str, np.ndarray]  # (n, ...) each; a table has one of (n,) for each column
GZIP, ZIP, NPY, HDF5, PARQUET = b"\x1f\x8b", b"PK", b"\x93NUMPY", b"\x89HDF\r\n\x1a\n", b"PAR1"
IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
# What the readers of these formats raise for a file that is none of them, or damaged.
BROKEN = (
    *(ValueError, IndexError, KeyError, TypeError, OverflowError, EOFError, OSError, SyntaxError),
    *(RuntimeError, zipfile.BadZipFile, zlib.error, struct.error),
)


def content_of(path: Path) -> Content:
    """Return what a file holds; columns of a table are in its order.

    Raises:
        DataError: for a file that is not there, cannot be read, or holds something else.
    """
    with readable(path):
        check_regular(path)
        sys.audit(OPENED, path)
        with path.open("rb") as file:
            start = file.read(8)
        if not start:
            raise DataError(f"{path} is empty")
        found = reader_of(start)(path)
    check_rows(path, found)
    return found


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what the readers raise into a DataError of one line."""
    try:
        yield
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except MemoryError as error:
        raise DataError(f"{path} needs more memory than there is") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is no UTF-8 text, nor NPZ, NPY, HDF5, Parquet or idx; save it as one of these"
        ) from error
    except BROKEN as error:
        raise DataError(
            f"{path} cannot be read; is it truncated, damaged or another format? "
            f"({one_line(first_line(error), 200)})"
        ) from error


def reader_of(start: bytes) -> Callable[[Path], Content]:
    """Return what reads a file that starts with these bytes."""
    if start.startswith(ZIP):
        return read_npz
    if start.startswith(HDF5):
        return read_hdf5
    if start.startswith(PARQUET[:4]):
        return read_parquet
    return read_stream


def read_stream(path: Path) -> Content:
    """Return what a file of NPY, idx or text holds, packed by gzip or not."""
    length = path.stat().st_size
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP
    if not is_packed:  # else while it is unpacked
        refuse_large(path, length)
    data = unpacked(path) if is_packed else path.read_bytes()
    if data.startswith(NPY):
        return table_of(np.load(io.BytesIO(data), allow_pickle=False))
    if data[:2] == b"\0\0":
        return {"idx": read_idx(data)}
    from hw3.datasets.text import read_text  # pandas is slow to import

    return read_text(path, data)


def refuse_large(path: Path, n_bytes: int) -> None:
    """Raise DataError for what needs more memory than there is: as stored, and as numbers."""
    if lacking := shortage(3 * n_bytes):
        raise DataError(f"{path} holds {size(n_bytes)} and needs {lacking}")


def unpacked(path: Path) -> bytes:
    """Return the content of a gzip file, as far as there is memory."""
    parts, n = [], 0
    with gzip.open(path) as file:
        while part := file.read(2**24):
            parts.append(part)
            n += len(part)
            refuse_large(path, n)
    return b"".join(parts)


def read_idx(data: bytes) -> np.ndarray:
    """Return the array of an idx file (LeCun): two zeros, type, number of axes, sizes, values."""
    kind, n_axes = data[2], data[3]
    if kind not in IDX_TYPES:
        raise ValueError(f"it begins like idx, and {kind} is no type of that")
    shape = struct.unpack_from(f">{n_axes}I", data, 4)
    dtype, start = np.dtype(IDX_TYPES[kind]), 4 + 4 * n_axes
    if len(data) - start != prod(shape) * dtype.itemsize:
        raise ValueError(
            f"an idx file of {shape} has {prod(shape) * dtype.itemsize:,} bytes of "
            f"values, and this one {len(data) - start:,}"
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def table_of(array: np.ndarray) -> Content:
    """Return an array as columns, where it is a table: of two axes, or of named fields."""
    if array.dtype.names:
        return {name: array[name] for name in array.dtype.names}
    if array.ndim == 2:
        return {str(i): column for i, column in enumerate(array.T)}
    return {"array": array}


def read_npz(path: Path) -> Content:
    """Return the arrays of an NPZ file."""
    with zipfile.ZipFile(path) as packed:
        names = [info for info in packed.infolist() if info.filename.endswith(".npy")]
        if not names:
            raise DataError(
                f"{path} is a zip file without arrays; numpy.savez writes one that has them"
            )
        refuse_large(path, sum(info.file_size for info in names))
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return table_of(*arrays.values()) if len(arrays) == 1 else arrays


def read_hdf5(path: Path) -> Content:
    """Return the data sets of an HDF5 file, by their full names."""
    import h5py

    from hw3.core.hdf5 import links_of, opened, values_of

    found = {}
    with opened(path) as file:
        for name, data in links_of(file):
            if isinstance(data, h5py.Dataset) and data.shape:
                text = h5py.check_string_dtype(data.dtype)
                found[name] = data.asstr()[()] if text else values_of(data)
    return table_of(*found.values()) if len(found) == 1 else found


def read_parquet(path: Path) -> Content:
    """Return the columns of a Parquet file."""
    from hw3.datasets.text import columns_of

    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise DataError(
            f"{path} is Parquet, and pyarrow is not installed: pip install 'hw3[parquet]'"
        ) from error
    with ParquetFile(path) as file:
        meta = file.metadata
        refuse_large(
            path, sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        )
        return columns_of(file.read().to_pandas())


def check_rows(path: Path, found: Content) -> None:
    """Raise DataError unless there are rows."""
    if not found or not max(len(array) if array.ndim else 0 for array in found.values()):
        raise DataError(f"{path} holds no rows; it holds {quoted(sorted(found))}")

"""HDF5 files: those of others hold all their data, and are no bomb; ours are whole or not there.

Whatever h5py cannot read of others becomes a DataError of one line.
"""

import errno
import hashlib
import io
import signal
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import h5py
import numpy as np

from hw3.core.errors import DataError
from hw3.core.files import check_regular, replacing
from hw3.core.memory import shortage
from hw3.core.opened import OPENED
from hw3.core.words import one_line, size

SEAL_MARK = b"hw3:sha256"
SEAL = len(SEAL_MARK) + 32  # bytes behind a sealed file
MAX_LINKS = 10_000  # names in a file; ours hold two per layer
MAX_INFLATION = 1032  # zlib packs no more than so many bytes into one
SMALL = 64_000_000  # bytes that reading may take whatever the file declares
PLUGINS = "https://github.com/HDFGroup/hdf5_plugins, or pip install hdf5plugin"

# A damaged file that still opens makes h5py raise errors of many kinds.
BROKEN = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading; it holds all its data itself.

    Raises:
        DataError: for a file that cannot be read, with the reason and the way out.
    """
    sys.audit(OPENED, path)
    try:
        with h5py.File(path, "r") as file:
            refuse_other_files(file)
            yield file
    except BROKEN as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: BaseException) -> DataError:
    """Return the error for a file that h5py cannot open or read."""
    text = " ".join(str(error).split())
    number = getattr(error, "errno", None)
    if "unable to lock file" in text and number in (errno.EAGAIN, errno.EACCES):
        return DataError(
            f"{path} is open for writing in another program; close it there, then run this again "
            "(on a file system that cannot lock, set HDF5_USE_FILE_LOCKING=FALSE)"
        )
    if "unable to lock file" in text:
        return DataError(
            f"{path} cannot be locked, as its file system knows no locks; "
            "set HDF5_USE_FILE_LOCKING=FALSE"
        )
    if "already open for write" in text:
        return DataError(
            f"{path} is open for writing in another program, or was when that was killed; close it "
            f"there, or after a crash run h5clear -s {path}"
        )
    if isinstance(error, PermissionError | FileNotFoundError | IsADirectoryError):
        return DataError(f"{path} cannot be read: {error.strerror}" if error.strerror else text)
    length = f"{path.stat().st_size:,} bytes; " if path.is_file() else ""
    return DataError(
        f"{path} cannot be read as HDF5; is it empty, truncated, damaged or another format? "
        f"({length}{one_line(text, 200)}) Bring a good copy"
    )


def refuse_other_files(file: h5py.File) -> None:
    """Raise DataError if anything in a file lies in another, which its sha256 would not cover."""
    for seen, (name, found) in enumerate(links_of(file), 1):
        if seen > MAX_LINKS:
            raise DataError(
                f"{file.filename} holds more than {MAX_LINKS:,} names; keep only those needed"
            )
        elsewhere = None
        if isinstance(found, h5py.ExternalLink):
            elsewhere = "a link to another file"
        elif isinstance(found, h5py.Dataset) and found.is_virtual:
            elsewhere = "a virtual data set, which shows other files"
        elif isinstance(found, h5py.Dataset) and found.external:
            elsewhere = "stored in other files"
        if elsewhere:
            raise DataError(
                f"{file.filename}: {one_line(name, 80)} is {elsewhere}; write its values into this "
                "file"
            )


def links_of(file: h5py.File) -> Iterator[tuple[str, object]]:
    """Yield each name in a file, with the object behind it, or the link if that is a soft one.

    Not by h5py's visitor: a damaged object makes it raise SystemError.
    """
    groups, known = [("", file)], {h5py.h5o.get_info(file.id).addr}
    while groups:
        prefix, group = groups.pop()
        for name in group:
            link = group.get(name, getlink=True)
            found = group[name] if isinstance(link, h5py.HardLink) else link
            yield f"{prefix}{name}", found
            if isinstance(found, h5py.Group):
                at = h5py.h5o.get_info(found.id).addr
                if at not in known:  # groups may hold each other
                    groups.append((f"{prefix}{name}/", found))
                known.add(at)


def values_of(data: h5py.Dataset) -> np.ndarray:
    """Return all values of a data set of numbers, as stored.

    Raises:
        DataError: if they were never written, unpack to more than is declared, need more memory
            than there is, or are packed in a way that this h5py does not know.
    """
    place = f"{data.file.filename}: {one_line(data.name.lstrip('/'), 80)}"
    n_bytes = prod(data.shape) * data.dtype.itemsize
    if lacking := shortage(2 * n_bytes):  # as stored, and once more in another type
        raise DataError(f"{place} is declared as {data.shape} and needs {lacking}")
    check_written(data, place)
    if data.chunks:
        check_chunks(data, place, max(SMALL, 3 * n_bytes))
    try:
        values: np.ndarray = data[()]
    except OSError as error:
        if missing := missing_filters(data):
            raise DataError(
                f"{place} is compressed by {missing}, which this HDF5 lacks; write it again with "
                f"gzip, or name a folder with that plugin in HDF5_PLUGIN_PATH ({PLUGINS})"
            ) from error
        raise
    return values


def check_written(data: h5py.Dataset, place: str) -> None:
    """Raise DataError if values were declared and not written, which HDF5 reads as zeros."""
    if data.chunks:
        parts = prod(-(-n // chunk) for n, chunk in zip(data.shape, data.chunks, strict=True))
        written, unit = data.id.get_num_chunks(), "chunks"
    else:
        parts, unit = prod(data.shape) * data.dtype.itemsize, "bytes"
        written = parts if data.id.get_storage_size() else 0
    if written < parts:
        raise DataError(
            f"{place} was not written to its end: {written:,} of {parts:,} {unit} are there, and "
            "the rest would read as zeros; write the file again"
        )


def check_chunks(data: h5py.Dataset, place: str, limit: int) -> None:
    """Raise DataError if a chunk takes more memory than the limit when it is read.

    HDF5 unpacks a chunk to its end, whatever size it should have.
    """
    n_bytes = prod(data.chunks) * data.dtype.itemsize
    if n_bytes > limit:
        raise DataError(
            f"{place} has chunks {data.chunks} of {size(n_bytes)} for an array of {data.shape}; "
            "write it again with smaller ones"
        )
    large = []
    data.id.chunk_iter(lambda c: large.append(c) if c.size * MAX_INFLATION > limit else None)
    gzips = [i for i, (code, _) in enumerate(filters_of(data)) if code == h5py.h5z.FILTER_DEFLATE]
    for chunk in large:
        is_packed = any(not chunk.filter_mask >> i & 1 for i in gzips)  # a bit set: left out
        if chunk.size > n_bytes + n_bytes // 10 + 4096:
            raise DataError(
                f"{place} has a chunk of {size(chunk.size)} for {size(n_bytes)}; write it again"
            )
        if len(gzips) > 1:
            raise DataError(f"{place} is compressed by gzip more than once; write it again")
        if is_packed and inflates_beyond(data.id.read_direct_chunk(chunk.chunk_offset)[1], n_bytes):
            raise DataError(
                f"{place} has a chunk that unpacks to more than its {size(n_bytes)}; write it again"
            )


def inflates_beyond(packed: bytes, n_bytes: int) -> bool:
    """Whether a zlib stream unpacks to more bytes than that; takes no more memory than they do."""
    stream = zlib.decompressobj()
    try:
        return len(stream.decompress(packed, n_bytes + 64)) > n_bytes + 32
    except zlib.error:
        return False  # HDF5 will say that it is damaged


def filters_of(data: h5py.Dataset) -> list[tuple[int, str]]:
    """Return the number and name of each filter that a data set's chunks went through."""
    plist = data.id.get_create_plist()
    found = (plist.get_filter(i) for i in range(plist.get_nfilters()))
    return [(code, name.decode(errors="replace")) for code, _, _, name in found]


def missing_filters(data: h5py.Dataset) -> str:
    """Return the filters of a data set that this HDF5 does not have: "bitshuffle (32008)"."""
    return ", ".join(
        f"{one_line(name, 60) or 'filter'} ({code})"
        for code, name in filters_of(data)
        if not h5py.h5z.filter_avail(code)
    )


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back until the body has ended, then let them act.

    h5py runs Python code from weak-reference callbacks, where an exception is lost: a Ctrl-C that
    lands there would be swallowed and training would go on.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals
        return
    held: list[int] = []
    before = {
        number: signal.signal(number, lambda n, frame: held.append(n))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if held:
        signal.raise_signal(held[0])


@contextmanager
def writing_hdf5(path: Path, is_sealed: bool = False) -> Iterator[h5py.File]:
    """Yield an HDF5 file in memory, which is then written in one step.

    HDF5 itself never touches the disk: it crashes the process when a disk is full. A sealed file
    ends with its own sha256, which `read_sealed` asks for; HDF5 does not mind.
    """
    with uninterrupted(), replacing(path) as temporary:
        with h5py.File(temporary.name, "w", driver="core", backing_store=False) as file:
            yield file
            file.flush()
            image = file.id.get_file_image()
        with temporary.open("wb") as out:
            out.write(image)
            out.write(SEAL_MARK + hashlib.sha256(image).digest() if is_sealed else b"")


def read_sealed(path: Path) -> io.BytesIO:
    """Return what `writing_hdf5` sealed.

    Raises:
        ValueError: if it is not what was written; HDF5 would read other numbers and say nothing.
    """
    check_regular(path)
    content = path.read_bytes()
    image, mark, digest = content[:-SEAL], content[-SEAL:-32], content[-32:]
    if mark != SEAL_MARK:  # of an older version; or the mark alone is damaged, and what counts not
        return io.BytesIO(content)
    if hashlib.sha256(image).digest() != digest:
        raise ValueError("its content is not that of its digest")
    return io.BytesIO(image)

"""Copies of image files as they were read, in the user's cache folder: unpacking HDF5 takes long.

A copy is found by the sha256 of the data file, which is taken anew each time, and it is used only
if it was made by this code and its checksum is right. Whatever is wrong with it, or with the
folder, the data file is read. It is mapped into memory, which the jobs of a sweep then share.
"""

import hashlib
import json
import mmap
import os
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from hw3.core.files import check_regular, remove_temporaries, replacing, sha256
from hw3.datasets.types import Arrays, Caution, DataFacts

FOLDER = "HW3_CACHE_DIR"  # names the folder; empty: no copies
READERS = ("copies.py", "hdf5.py", "cautions.py", "types.py", "../core/hdf5.py")
ALIGNED = 64  # bytes, for the inputs: what numpy is quick with
# What reading a copy may raise that is none: cut off, damaged, of another kind.
UNSOUND = (OSError, ValueError, KeyError, TypeError, MemoryError)

Shape = tuple[int, int, int]  # rows, features, classes


def copies_folder() -> Path | None:
    """Return where copies are: HW3_CACHE_DIR, or the user's cache folder; None for nowhere."""
    named = os.environ.get(FOLDER)
    if named == "":
        return None
    with suppress(RuntimeError):  # there may be no home
        if named:
            return Path(named).expanduser()
        base = Path(os.environ.get("XDG_CACHE_HOME", ""))
        return (base if base.is_absolute() else Path("~/.cache").expanduser()) / "hw3"
    return None


def read_by_copy(path: Path, shape: Shape) -> Arrays:
    """Return what `read_images` returns of a data file, from its copy if there is a sound one.

    Raises:
        DataError: for a file that does not hold what it must.
    """
    folder, digest = copies_folder(), None
    if folder is not None:
        with suppress(OSError):  # the reader says it
            check_regular(path)
            digest = sha256(path)
    if folder is not None and digest is not None:
        with suppress(*UNSOUND):
            return read_copy(folder / digest, path.name, shape)
    from hw3.datasets.hdf5 import read_images  # HDF5 is slow to import

    arrays = read_images(path, *shape)
    if folder is not None and digest == arrays.facts.sha256:  # not written to meanwhile
        with suppress(OSError):  # a full folder, or one that nobody may write to
            folder.mkdir(parents=True, exist_ok=True)
            remove_temporaries(folder)  # of a killed run; one that writes now does without a copy
            keep_copy(folder / digest, arrays, shape)
    return arrays


def keep_copy(path: Path, arrays: Arrays, shape: Shape) -> None:
    """Write the copy of a data file that was read: checksum, length and header, inputs, labels."""
    header = {
        "reader": reader_digest(),
        "shape": shape,
        "dtype": arrays.inputs.dtype.str,
        "facts": asdict(arrays.facts),
    }
    text = json.dumps(header, allow_nan=False).encode()
    text += b" " * (-(8 + len(text)) % ALIGNED)
    labels = arrays.labels.astype(np.uint8)
    parts: tuple[Any, ...] = (number(len(text)), text, np.ascontiguousarray(arrays.inputs), labels)
    with replacing(path) as temporary:
        with temporary.open("wb") as file:
            for part in (number(checksum(parts)), *parts):
                file.write(part)
        temporary.chmod(0o444)  # who edits it would edit what a run reads


def read_copy(path: Path, name: str, shape: Shape) -> Arrays:
    """Return what a copy holds of a data file of that name and shape.

    Raises:
        UNSOUND: unless it is whole and of this code.
    """
    check_regular(path)
    n_rows, n_features, _ = shape
    with path.open("rb") as file:
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if checksum([memoryview(whole)[4:]]) != int.from_bytes(whole[:4], "little"):
        raise ValueError("its content is not that of its checksum")
    start = 8 + int.from_bytes(whole[4:8], "little")
    header = json.loads(whole[8:start])
    if (header["reader"], tuple(header["shape"])) != (reader_digest(), shape):
        raise ValueError("it is of other code, or of other data")
    inputs = np.frombuffer(whole, header["dtype"], n_rows * n_features, start)
    labels = np.frombuffer(whole, np.uint8, n_rows, start + inputs.nbytes).astype(np.int64)
    facts = replace(facts_from(header["facts"]), file=name)
    return Arrays(inputs.reshape(n_rows, n_features), labels, facts)


def checksum(parts: Iterable[Any]) -> int:
    """Return the CRC-32 of parts behind each other: sha256 would take three times as long."""
    found = 0
    for part in parts:
        found = zlib.crc32(part, found)
    return found


def number(value: int) -> bytes:
    """Return a number as four bytes."""
    return value.to_bytes(4, "little")


def facts_from(stored: dict[str, Any]) -> DataFacts:
    """Return facts from JSON, which has lists for tuples."""
    lists = {key: tuple(value) for key, value in stored.items() if isinstance(value, list)}
    cautions = tuple(
        Caution(c["kind"], c["value"], tuple(c["classes"])) for c in stored["cautions"]
    )
    return DataFacts(**(stored | lists | {"cautions": cautions}))


@cache
def reader_digest() -> str:
    """Return the digest of the code that reads and checks data files: what it made, it may use."""
    here = Path(__file__).parent
    return hashlib.sha256(b"".join((here / name).read_bytes() for name in READERS)).hexdigest()

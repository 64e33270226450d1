"""Files that are whole or not there: written beside their place, then moved into it."""

import csv
import errno
import hashlib
import io
import json
import os
import signal
import stat
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py

from hw3.core.errors import ConfigError
from hw3.core.words import quoted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPORARY_PREFIX = ".writing-"
SEAL_MARK = b"hw3:sha256"
SEAL = len(SEAL_MARK) + 32  # bytes behind a sealed file
LONGEST_NAME = 250  # bytes, of a file: what file systems allow, less an ending


def expanded(path: str | Path) -> Path:
    """Return a path without ~.

    Raises:
        ConfigError: if there is no such user, or nothing says where the home is.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ConfigError(
            f"the home folder in {quoted(str(path))} is not known; write the path in full"
        ) from None


def short_name(text: str) -> str:
    """Return a text that is to be part of a file's name, with a digest for the rest if long."""
    if len(os.fsencode(text)) <= LONGEST_NAME // 2:
        return text
    return f"{text[: LONGEST_NAME // 4]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def output_folder(text: str, key: str) -> Path:
    """Return a folder to write to, which need not be there, without ~.

    Raises:
        ConfigError: for a path that can be no folder.
    """
    path = expanded(text)
    reason = ""
    try:
        text.encode()
        if any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts):
            reason = "File name too long"
        elif not stat.S_ISDIR(os.stat(path).st_mode):
            reason = "there is something else of this name"
    except FileNotFoundError:
        if path.is_symlink():
            reason = "it is a link to what is not there"
    except UnicodeEncodeError:
        reason = "its name is no UTF-8 text"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    if reason:
        raise ConfigError(f"{key}={quoted(text)} cannot be a folder: {reason}; give another")
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; on success it becomes `path` in one step.

    A process killed at any moment leaves the old file or the new one, and at worst a temporary
    one (see `remove_temporaries`). No folder is made: one that was moved away during a run would
    come back with half of its record.

    Raises:
        OSError: naming `path`; that of a write names no file, that of a rename the temporary one.
    """
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}-{path.name}")
    with naming(path):
        try:
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())  # the content must be on disk before the name points at it
            temporary.replace(path)
        finally:
            with suppress(OSError):  # what cannot be removed must not hide why
                temporary.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an OSError of the body name this file."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename == str(path):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def check_regular(path: Path) -> None:
    """Raise OSError for what is there and is no regular file: opening a FIFO waits for ever."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))


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


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step."""
    with replacing(path) as temporary:  # file names may hold what is no text
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def table_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table as the text of a CSV file; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_json(path: Path, value: Any) -> None:
    """Write JSON in one step; NaN and infinities are refused, since JSON has none."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def save_figure(path: Path, figure: "Figure") -> None:
    """Write a figure as PNG in one step."""
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a name in a script that the font lacks
        figure.savefig(temporary, format="png", dpi=150)


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, or None if it is not there."""
    check_regular(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def sha256(path: Path) -> str:
    """Return the digest of a file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_temporaries(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        path.unlink(missing_ok=True)

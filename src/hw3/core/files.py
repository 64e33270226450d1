"""Files that are whole or not there: written beside their place, then moved into it."""

import csv
import errno
import hashlib
import io
import json
import os
import stat
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hw3.core.errors import ConfigError
from hw3.core.words import quoted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPORARY_PREFIX = ".writing-"
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

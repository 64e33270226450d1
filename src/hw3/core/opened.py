"""Which files this process opens, by Python's audit events (PEP 578).

They tell of each `open` of Python itself; HDF5's own library tells nothing, so whoever opens a file
with it, or hands out what an earlier run of the process has read, raises OPENED. What bypasses both
is not seen.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

OPENED = "hw3.opened"
_watched: list[tuple[str, frozenset[str], set[str]]] = []  # a folder, files elsewhere, what opened


@contextmanager
def watching(folder: Path | None, files: Iterable[str] = ()) -> Iterator[set[str]]:
    """Yield a set that gets the name of each file that is opened meanwhile: of a folder, of some.

    Without a folder, of the files alone.
    """
    listen()
    place = os.path.abspath(folder) if folder else ""
    entry = (place, frozenset(map(os.path.abspath, files)), set[str]())
    _watched.append(entry)
    try:
        yield entry[2]
    finally:
        _watched[:] = [other for other in _watched if other is not entry]  # not one that is equal


@cache  # a hook cannot be removed
def listen() -> None:
    """Hear of every file that is opened from now on."""
    sys.addaudithook(hear)


def hear(event: str, args: tuple[object, ...]) -> None:
    """Note a file of a watched folder."""
    if _watched and event in ("open", OPENED) and isinstance(args[0], str | bytes | os.PathLike):
        path = os.path.abspath(os.fsdecode(args[0]))
        folder, name = os.path.split(path)
        for watched, files, names in _watched:
            if folder == watched or path in files:
                names.add(name)

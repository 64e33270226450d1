"""A file by which jobs know that their sweep lives, be it on another machine."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hw3.core.files import check_regular, write_text
from hw3.core.threads import meanwhile

BEAT_SECONDS, SILENCE_SECONDS = 5.0, 60.0


@contextmanager
def beating(path: Path) -> Iterator[None]:
    """Touch a file while the body runs; it holds who does, and goes at the end."""
    check_regular(path)
    write_text(path, f"{socket.gethostname()} {os.getpid()} {time.time()}")

    def beat(stop: threading.Event) -> None:
        while not stop.wait(BEAT_SECONDS):
            with suppress(OSError):  # a file system that does not answer for a while
                os.utime(path)

    try:
        with meanwhile(beat):
            yield
    finally:
        with suppress(OSError):
            path.unlink()


class Listener:
    """What a job hears of its sweep; only changes count, since clocks of machines differ."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sweep, self.beat = self.read()
        self.heard = time.monotonic()

    def read(self) -> tuple[str, float]:
        """Return who touches the file and when that was last, nothing where it is not there."""
        try:
            return self.path.read_text(encoding="utf-8"), self.path.stat().st_mtime
        except OSError:
            return "", 0.0

    @property
    def is_orphaned(self) -> bool:
        """Whether the sweep has ended, another has taken its place, or it is silent for too long.

        A file that was never seen may be there: a network file system remembers what was not.
        """
        sweep, beat = self.read()
        self.sweep = self.sweep or sweep
        if sweep and beat != self.beat:
            self.beat, self.heard = beat, time.monotonic()
        return sweep != self.sweep or time.monotonic() - self.heard > SILENCE_SECONDS


_listener: Listener | None = None


@contextmanager
def listening(path: Path) -> Iterator[None]:
    """Let `heard` return what this process hears of its sweep."""
    global _listener
    _listener = Listener(path)
    try:
        yield
    finally:
        _listener = None


def heard() -> Listener | None:
    """Return what this process hears of a sweep that is no parent of it, None if it is none's."""
    return _listener

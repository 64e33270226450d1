"""stdout and stderr that may be closed, full, gone or ASCII only, and stop nothing."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO


class SurvivingStream:
    """A text stream whose output is lost, no more, when it cannot be written.

    Attributes:
        lost: why, None while all was written.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.lost: OSError | None = None
        self.stream = stream or nowhere()
        if reconfigure := getattr(self.stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")  # an ASCII stream cannot hold every name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write, or lose it."""
        try:
            return self.stream.write(text)
        except OSError as error:
            self.silence(error)
        return len(text)

    def flush(self) -> None:
        """Flush, or lose what is held back."""
        try:
            self.stream.flush()
        except OSError as error:
            self.silence(error)

    def silence(self, error: OSError) -> None:
        """Send this and all that follows nowhere; Python flushes what the buffer holds at exit."""
        self.lost = self.lost or error
        null = nowhere()
        with suppress(OSError, ValueError):  # a stream of a notebook or a test has no number
            os.dup2(null.fileno(), self.stream.fileno())
        self.stream = null


def nowhere() -> TextIO:
    """Return a stream that nobody reads."""
    return Path(os.devnull).open("w", encoding="utf-8")


@contextmanager
def surviving_streams() -> Iterator[SurvivingStream]:
    """Let stdout and stderr survive while the body runs; yield stdout."""
    before = sys.stdout, sys.stderr
    out, err = map(SurvivingStream, before)
    sys.stdout, sys.stderr = out, err
    try:
        yield out
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before
        for survivor, stream in zip((out, err), before, strict=True):
            if survivor.stream is not stream:
                survivor.stream.close()

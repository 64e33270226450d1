"""What a job of a sweep must know of the process that started the sweep."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

SWEEP_PID = "HW3_SWEEP_PID"  # inherited by the workers


class FailFastError(BaseException):
    """Stops a sweep at its first failure; no Exception, so that no handler on the way takes it."""

    def __init__(self, folder: str, status: str, message: str) -> None:
        super().__init__(folder, status, message)
        self.folder, self.status, self.message = folder, status, message


@contextmanager
def announced_sweep() -> Iterator[None]:
    """Let workers that start meanwhile know whom they work for."""
    os.environ[SWEEP_PID] = str(os.getpid())
    try:
        yield
    finally:
        del os.environ[SWEEP_PID]


def is_in_sweep() -> bool:
    """Whether this process runs jobs of a sweep: its parent shows their progress."""
    return SWEEP_PID in os.environ


def stop_if_orphaned() -> None:
    """Raise KeyboardInterrupt in a worker whose sweep was killed: it would hold its folder."""
    sweep = int(os.environ.get(SWEEP_PID, os.getpid()))
    if sweep not in (os.getpid(), os.getppid()):
        raise KeyboardInterrupt

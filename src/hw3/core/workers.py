"""What a job of a sweep must know of the process that started the sweep."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path

from hw3.core.heartbeat import SILENCE_SECONDS, beating, heard

SWEEP_PID = "HW3_SWEEP_PID"  # inherited by the workers of this machine
ORPHAN_SECONDS = 5.0  # a worker that outlives its sweep may be at the end of an epoch


class FailFastError(BaseException):
    """Stops a sweep at its first failure; no Exception, so that no handler on the way takes it."""

    def __init__(self, folder: str, status: str, message: str) -> None:
        super().__init__(folder, status, message)
        self.folder, self.status, self.message = folder, status, message


@contextmanager
def announced_sweep(heartbeat: Path) -> Iterator[None]:
    """Let workers that start meanwhile know whom they work for, on other machines by a file."""
    os.environ[SWEEP_PID] = str(os.getpid())
    try:
        with beating(heartbeat):
            yield
    finally:
        del os.environ[SWEEP_PID]


def is_in_sweep() -> bool:
    """Whether this process runs jobs of a sweep: another shows their progress."""
    return SWEEP_PID in os.environ or heard() is not None


def patience() -> float:
    """Return how many seconds a job waits for its folder, which an orphan may still hold."""
    return ORPHAN_SECONDS if heard() is None else SILENCE_SECONDS + ORPHAN_SECONDS


def stop_if_orphaned() -> None:
    """Raise KeyboardInterrupt in a worker whose sweep was killed: it would hold its folder."""
    if listener := heard():
        if listener.is_orphaned:
            raise KeyboardInterrupt
        return
    sweep = int(os.environ.get(SWEEP_PID, os.getpid()))
    if sweep not in (os.getpid(), os.getppid()):
        raise KeyboardInterrupt


def usable_cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Return how many cores this process may use: taskset, Slurm and containers give fewer."""
    has_affinity = hasattr(os, "sched_getaffinity")  # not on every system
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    try:
        share, period = quota.read_text().split()
        return max(1, min(cores, ceil(int(share) / int(period))))
    except (OSError, ValueError):  # no cgroup, or "max": no quota
        return cores

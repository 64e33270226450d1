"""The process of a program: started with limits, spoken to over two pipes, and killed whole."""

import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw3.programs.wire import received

WORKER = Path(__file__).with_name("worker.py")
THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    "VECLIB_MAXIMUM_THREADS",
)
KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # nothing else of a person's environment
LOOK_SECONDS = 0.2  # between looks whether it lives: a child of its own may hold the pipe open
SPARE_SECONDS = 10  # of processor time beyond what the clock allows
FAREWELL = 2000  # bytes of what native code wrote last


@dataclass(frozen=True)
class Limits:
    """What a program may use: seconds by the clock, and bytes.

    Attributes:
        seconds: all calls together, and its start.
        call_seconds: one call.
        import_seconds: until its file is imported.
        memory: its address space.
        file_size: the largest file that it writes.
    """

    seconds: float = 60
    call_seconds: float = 10
    import_seconds: float = 20
    memory: int = 4 << 30
    file_size: int = 256 << 20


class Process:
    """A process that has imported a program, or is at it.

    Raises, where it is spoken to: TimeoutError, EOFError when it has ended, ValueError for what is
    no message.
    """

    def __init__(self, path: Path, folder: Path, limits: Limits) -> None:
        take, self._write = os.pipe()
        self._read, give = os.pipe()
        os.set_blocking(self._write, False)
        self._is_closed = False
        self._log = folder / ".native"  # what native code prints; also where it crashed
        seconds = math.ceil(limits.seconds) + SPARE_SECONDS
        setup = {
            **{"path": str(path), "folder": str(folder), "pipes": (take, give)},
            "packages": [place for place in sys.path if place.endswith("-packages")],
            "limits": {
                **{"RLIMIT_AS": limits.memory, "RLIMIT_FSIZE": limits.file_size},
                **{"RLIMIT_CORE": 0, "RLIMIT_CPU": seconds},
            },
        }
        env = {name: os.environ[name] for name in KEPT if name in os.environ}
        env |= dict.fromkeys(THREADS, "1") | {"MPLBACKEND": "Agg"}
        env |= dict.fromkeys(("HOME", "TMPDIR"), str(folder))
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-X", "utf8", str(WORKER), json.dumps(setup)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=env,
                pass_fds=(take, give),
                start_new_session=True,
            )
        os.close(take)
        os.close(give)

    def send(self, data: bytes, end: float) -> None:
        """Send a message by a moment of the monotonic clock."""
        rest = memoryview(data)
        while rest:
            self._wait(lambda t: select.select([], [self._write], [], t)[1], end)
            try:
                rest = rest[os.write(self._write, rest) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise EOFError from None

    def receive(self, end: float) -> Any:
        """Return the next message, by a moment of the monotonic clock."""
        return received(lambda n: self._bytes(n, end))

    def _bytes(self, n: int, end: float) -> bytes:
        data = bytearray()
        while len(data) < n:
            self._wait(lambda t: select.select([self._read], [], [], t)[0], end)
            piece = os.read(self._read, min(n - len(data), 1 << 20))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)

    def _wait(self, is_ready: Callable[[float], object], end: float) -> None:
        """Wait for a pipe."""
        while not is_ready(max(0, min(LOOK_SECONDS, end - time.monotonic()))):
            if time.monotonic() >= end:
                raise TimeoutError
            if self._process.poll() is not None and not is_ready(0):
                raise EOFError

    def kill(self, seconds: float = 0) -> str:
        """Kill it and all that it started; return how it had ended by itself, within seconds."""
        if self._is_closed:
            return ""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        status = self._process.returncode
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._read)
        os.close(self._write)
        self._is_closed = True
        return ending(status)

    def farewell(self) -> str:
        """Return the last that native code wrote, such as where Python crashed."""
        try:
            with self._log.open("rb") as file:
                file.seek(max(0, self._log.stat().st_size - FAREWELL))
                return file.read(FAREWELL).decode("utf-8", "replace")
        except OSError:
            return ""


def ending(status: int | None) -> str:
    """Return how a process ended, in words."""
    if status is None:
        return "its process no longer answers"
    if status >= 0:
        return f"its process ended itself with exit status {status}"
    if -status == signal.SIGKILL:
        return "its process was killed, as a system does that has no more memory"
    if -status == signal.SIGXCPU:
        return "its process was stopped: it used all the processor time that it may"
    name = signal.Signals(-status).name if -status in list(signal.Signals) else f"signal {-status}"
    return f"its process crashed in native code ({name})"

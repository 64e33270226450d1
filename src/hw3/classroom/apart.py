"""Each submission is judged in a process of its own: what kills or hangs it costs one row."""

import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic

from hw3.classroom.judge import Options, judge
from hw3.classroom.row import Judged

TERMINATE_SECONDS = 5.0  # for a process to clean up, before it is killed


def judged(folders: Sequence[Path], options: Options, jobs: int, limit: int) -> Iterator[Judged]:
    """Yield the row of each submission as it is ready.

    Args:
        folders: the submissions.
        options: what is asked of each.
        jobs: processes at once.
        limit: seconds for one submission; beyond, its row says so.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload([judge.__module__])  # imported once
    waiting = deque(folders)
    running: dict[Connection, tuple[BaseProcess, Path, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                ours, theirs = context.Pipe(duplex=False)
                folder = waiting.popleft()
                process = context.Process(target=answer, args=(folder, options, theirs))
                process.start()
                theirs.close()  # so that its end is heard
                running[ours] = process, folder, monotonic() + limit
            ready = wait(list(running), timeout=1)
            for ours, (started, folder, end) in list(running.items()):
                if ours in ready or monotonic() > end:
                    del running[ours]
                    yield received(ours, started, folder, limit)
    finally:
        for started, _, _ in running.values():
            stop(started)


def received(ours: Connection, process: BaseProcess, folder: Path, limit: int) -> Judged:
    """Return the row that a process has sent, or what became of it."""
    reason = f"it was not judged after {limit} s"
    with ours, suppress(EOFError):
        if ours.poll():
            reason = "judging it ended the process"
            row: Judged = ours.recv()  # of our own class, from our own process
            process.join()
            return row
    stop(process)
    return Judged(folder.name, unjudged=(reason,))


def stop(process: BaseProcess) -> None:
    """End a process: first so that it cleans up."""
    process.terminate()
    process.join(TERMINATE_SECONDS)
    process.kill()
    process.join()


def answer(folder: Path, options: Options, theirs: Connection) -> None:
    """Judge a submission in silence and send the row; SIGTERM ends it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        suppress(KeyboardInterrupt, BrokenPipeError),
        open(os.devnull, "w") as nothing,
        redirect_stdout(nothing),  # the parent shows the progress
    ):
        theirs.send(judge(folder, options))

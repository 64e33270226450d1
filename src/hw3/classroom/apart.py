"""Each submission is judged in a process of its own: what kills or hangs it costs one row."""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from hw3.classroom.judge import Options, judge
from hw3.classroom.row import Judged

TERMINATE_SECONDS = 5.0  # for a process to clean up, before it is killed
CONTEXT = get_context("forkserver")


def judged(folders: Sequence[Path], options: Options, jobs: int, limit: int) -> Iterator[Judged]:
    """Yield the row of each submission: so many processes at once, so many seconds for each."""
    CONTEXT.set_forkserver_preload([judge.__module__])  # imported once
    running = set[BaseProcess]()
    pool = ThreadPoolExecutor(jobs)  # a thread waits for each process
    try:
        yield from pool.map(partial(apart, options=options, limit=limit, running=running), folders)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in tuple(running):
            process.terminate()


def apart(folder: Path, options: Options, limit: int, running: set[BaseProcess]) -> Judged:
    """Return the row that a process sends, or what became of it; `running` gets the process."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=answer, args=(folder, options, theirs))
    process.start()
    running.add(process)
    theirs.close()  # so that its end is heard
    try:
        if ours.poll(limit):
            row: Judged = ours.recv()  # of our own class, from our own process
            return row
        return Judged(folder.name, unjudged=(f"it was not judged after {limit} s",))
    except EOFError:
        return Judged(folder.name, unjudged=("judging it ended the process",))
    finally:
        process.terminate()  # it cleans up
        process.join(TERMINATE_SECONDS)
        process.kill()
        ours.close()
        running.discard(process)


def answer(folder: Path, options: Options, theirs: Connection) -> None:
    """Judge a submission in silence and send the row; SIGTERM ends it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        suppress(KeyboardInterrupt, BrokenPipeError),
        open(os.devnull, "w") as nothing,
        redirect_stdout(nothing),  # the parent shows the progress
    ):
        theirs.send(judge(folder, options))

"""The state of a sweep's jobs while they run, read from their folders."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hw3.core.errors import RunDirError
from hw3.core.terminal import console, is_live, say
from hw3.core.words import escaped, percent
from hw3.records.layout import LOG, METRICS
from hw3.records.run import Run, load_job
from hw3.training.history import History

if TYPE_CHECKING:
    from rich.table import Table

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class JobState:
    """What a folder shows of its job: waiting, running, completed, diverged or failed."""

    name: str
    state: str
    epochs: int
    epoch: int = 0
    val_accuracy: float | None = None
    seconds_left: float | None = None


def job_state(folder: Path, epochs: int, since: float) -> JobState:
    """Return the state of one job; `since` is when this sweep started, in seconds of time.time."""
    run, history = seen(folder)
    epoch = len(history)
    val = history.last.val if epoch else None
    shown = JobState(folder.name, "waiting", epochs, epoch, val.accuracy if val else None)
    if run.ended and (run.status != "failed" or changed(folder / METRICS) >= since):
        return replace(shown, state=run.status)
    if changed(folder / LOG) < since:
        return shown
    left = (epochs - epoch) * history.seconds / epoch if epoch else None
    return replace(shown, state="running", seconds_left=left)


def seen(folder: Path) -> tuple[Run, History]:
    """Return what a folder shows; what is damaged is said by whoever reads the outcome."""
    try:
        run = load_job(folder)
        return run, run.epochs if run.has_history else History()
    except RunDirError:
        return Run(folder, {}, None), History()


def changed(path: Path) -> float:
    """Return when a file was last written; a file that is not there, long ago."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def table(states: Sequence[JobState]) -> "Table":
    """Return the live table."""
    from rich.table import Table

    shown = Table(title=f"{sum(s.state == 'completed' for s in states)} of {len(states)} completed")
    shown.add_column("job", overflow="fold")
    for column in ("state", "epoch", "validation", "time left"):
        shown.add_column(column, justify="right")
    for s in states:
        left = "-" if s.seconds_left is None else f"{s.seconds_left:.0f} s"
        shown.add_row(
            escaped(s.name), s.state, f"{s.epoch}/{s.epochs}", percent(s.val_accuracy), left
        )
    return shown


@contextmanager
def watching(epochs: Mapping[Path, int]) -> Iterator[None]:
    """Show the jobs while the body runs: a live table on a terminal, else a line a finished job."""
    since, stop = time.time(), threading.Event()
    watch = watch_terminal if is_live() else watch_lines
    thread = threading.Thread(target=watch, args=(epochs, since, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def watch_terminal(epochs: Mapping[Path, int], since: float, stop: threading.Event) -> None:
    """Redraw the table until told to stop, and once more then."""
    from rich.live import Live

    def states() -> list[JobState]:
        return [job_state(folder, n, since) for folder, n in epochs.items()]

    with Live(table(states()), console=console(), auto_refresh=False) as live:
        while not stop.wait(POLL_SECONDS):
            live.update(table(states()), refresh=True)
        live.update(table(states()), refresh=True)


def watch_lines(epochs: Mapping[Path, int], since: float, stop: threading.Event) -> None:
    """Print a line when a job ends; those that had ended before the start are not news."""
    ended = {f for f in epochs if job_state(f, 1, since).state in ("completed", "diverged")}
    is_last_look = False
    while not is_last_look:
        is_last_look = stop.wait(POLL_SECONDS)
        for folder, n in epochs.items():
            s = job_state(folder, n, since)
            if folder not in ended and s.state not in ("waiting", "running"):
                ended.add(folder)
                text = f"[{len(ended)}/{len(epochs)}] {s.name}: {s.state}, epoch {s.epoch}"
                say(f"{text}/{n}, validation {percent(s.val_accuracy)}")

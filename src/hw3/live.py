"""The state of a sweep's jobs while they run, read from their folders."""

import csv
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hw3.progress import say
from hw3.rundir import HISTORY, LOG, METRICS

if TYPE_CHECKING:
    from rich.table import Table

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class JobState:
    """What a folder shows of its job: waiting, running, completed, diverged or failed."""

    name: str
    state: str
    epoch: int = 0
    val_accuracy: float | None = None
    seconds_left: float | None = None


def job_state(folder: Path, epochs: int, since: float) -> JobState:
    """Return the state of one job; `since` is when this sweep started, in seconds of time.time."""
    epoch, accuracy, seconds = last_epoch(folder)
    if (folder / METRICS).exists():
        status = json.loads((folder / METRICS).read_text())["status"]
        if status != "failed" or (folder / METRICS).stat().st_mtime >= since:
            return JobState(folder.name, status, epoch, accuracy)
    log = folder / LOG
    if not log.exists() or log.stat().st_mtime < since:
        return JobState(folder.name, "waiting", epoch, accuracy)
    left = (epochs - epoch) * seconds / epoch if epoch else None
    return JobState(folder.name, "running", epoch, accuracy, left)


def last_epoch(folder: Path) -> tuple[int, float | None, float]:
    """Return the newest epoch of history.csv, its validation accuracy, and all its seconds."""
    try:
        with (folder / HISTORY).open(newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        return 0, None, 0.0
    if not rows:
        return 0, None, 0.0
    accuracy = rows[-1]["val_accuracy"]
    seconds = sum(float(row["seconds"]) for row in rows)
    return int(rows[-1]["epoch"]), float(accuracy) if accuracy else None, seconds


def percent(value: float | None) -> str:
    """Return "98.10 %", or a dash for nothing."""
    return "-" if value is None else f"{100 * value:.2f} %"


def table(states: Sequence[JobState], epochs: int) -> "Table":
    """Return the live table."""
    from rich.table import Table

    shown = Table(title=f"{sum(s.state == 'completed' for s in states)} of {len(states)} completed")
    shown.add_column("job", overflow="fold")
    for column in ("state", "epoch", "validation", "time left"):
        shown.add_column(column, justify="right")
    for s in states:
        left = "-" if s.seconds_left is None else f"{s.seconds_left:.0f} s"
        shown.add_row(s.name, s.state, f"{s.epoch}/{epochs}", percent(s.val_accuracy), left)
    return shown


@contextmanager
def watching(folders: Sequence[Path], epochs: int) -> Iterator[None]:
    """Show the jobs while the body runs: a live table on a terminal, else a line a finished job."""
    since, stop = time.time(), threading.Event()
    watch = watch_terminal if sys.stdout.isatty() else watch_lines
    thread = threading.Thread(target=watch, args=(folders, epochs, since, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def watch_terminal(
    folders: Sequence[Path], epochs: int, since: float, stop: threading.Event
) -> None:
    """Redraw the table until told to stop, and once more then."""
    from rich.live import Live

    def states() -> list[JobState]:
        return [job_state(folder, epochs, since) for folder in folders]

    with Live(table(states(), epochs), auto_refresh=False) as live:
        while not stop.wait(POLL_SECONDS):
            live.update(table(states(), epochs), refresh=True)
        live.update(table(states(), epochs), refresh=True)


def watch_lines(folders: Sequence[Path], epochs: int, since: float, stop: threading.Event) -> None:
    """Print a line when a job ends; those that had ended before the start are not news."""
    ended = {f for f in folders if job_state(f, epochs, since).state in ("completed", "diverged")}
    is_last_look = False
    while not is_last_look:
        is_last_look = stop.wait(POLL_SECONDS)
        for folder in folders:
            s = job_state(folder, epochs, since)
            if folder not in ended and s.state not in ("waiting", "running"):
                ended.add(folder)
                text = f"[{len(ended)}/{len(folders)}] {s.name}: {s.state}, epoch {s.epoch}"
                say(f"{text}/{epochs}, validation {percent(s.val_accuracy)}")

"""The state of a sweep's jobs while they run, read from their folders."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hw3.core.errors import RunDirError
from hw3.core.notebook import drawing, is_notebook
from hw3.core.terminal import console, is_live, say
from hw3.core.threads import meanwhile
from hw3.core.words import escaped, percent
from hw3.records.layout import LOG, METRICS
from hw3.records.outcome import Outcome, read_outcome
from hw3.records.run import Run, load_job
from hw3.training.history import History
from hw3.training.progress import continues

if TYPE_CHECKING:
    from rich.console import Group

POLL_SECONDS = 0.5
REST = 9  # times as long as a look took: on a thousand folders it takes no core from the jobs
# from the top of the table
ORDER = ("failed", "diverged", "running", "completed", "pruned", "waiting")
CONTINUED = 4  # jobs that have a line each; a sweep has about as many workers
LINES = 20  # that a sweep prints where it cannot draw over them
HEAD = 6  # lines of a terminal that are no rows: three of text, the headers, what is left out, one


@dataclass(frozen=True)
class JobState:
    """What a folder shows of its job: waiting, running, completed, diverged, pruned or failed."""

    name: str
    epochs: int
    state: str = "waiting"
    epoch: int = 0
    val_accuracy: float | None = None


def job_state(folder: Path, waiting: JobState, since: float) -> JobState:
    """Return the state of one job; `since` is when this sweep started, in seconds of time.time."""
    with suppress(RunDirError):  # what is damaged is said by whoever reads the outcome
        if isinstance(outcome := read_outcome(folder), Outcome):
            return ended_state(waiting, outcome)
    run, history = seen(folder)
    val = history.last.val if len(history) else None
    shown = replace(waiting, epoch=len(history), val_accuracy=val.accuracy if val else None)
    if run.ended and changed(folder / METRICS) >= since:
        return replace(shown, state=run.status)
    return shown if changed(folder / LOG) < since else replace(shown, state="running")


def ended_state(waiting: JobState, outcome: Outcome) -> JobState:
    """Return the state of a job that has ended."""
    accuracy = outcome.val.accuracy if outcome.val else None
    return replace(waiting, state=outcome.status, epoch=outcome.epochs, val_accuracy=accuracy)


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


def view(
    states: Sequence[JobState], left: float | None, seconds: float, size: tuple[int, int]
) -> "Group":
    """Return what a terminal shows of all jobs: how many are how far, then as many as fit.

    `left` is the share of the epochs of this command that are still to do; `size` is the
    terminal's width and height.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    ranked = sorted(states, key=lambda s: (ORDER.index(s.state), -(s.val_accuracy or 0.0)))
    n_rows = max(1, size[1] - HEAD)
    rows = [
        (s.state, f"{s.epoch}/{s.epochs}", percent(s.val_accuracy), s.name) for s in ranked[:n_rows]
    ]
    headers = ("state", "epoch", "validation", "job")
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    room = size[0]  # that the other columns leave to the names
    for header, *cells in zip(headers[:-1], *rows, strict=False):
        table.add_column(header, justify="right", no_wrap=True)
        room -= max(map(len, (header, *cells))) + 2
    table.add_column(headers[-1], no_wrap=True, overflow="crop")
    for *cells, name in rows:
        table.add_row(*cells, cut(escaped(name), room - 2))
    rest = ranked[n_rows:]
    lines = [*headlines(states, left, seconds), f"and {counts(rest)}" if rest else ""]
    *head, foot = (Text(escaped(line), no_wrap=True, overflow="ellipsis") for line in lines)
    return Group(*head, table, foot)


def cut(name: str, width: int) -> str:
    """Return the end of a name that is too wide: jobs side by side differ there."""
    return name if len(name) <= width else f"…{name[-max(1, width - 1) :]}"


def headlines(states: Sequence[JobState], left: float | None, seconds: float) -> list[str]:
    """Return how many jobs are how far, how long it takes, and which is best so far."""
    n_completed = sum(s.state == "completed" for s in states)
    others = counts([s for s in states if s.state != "completed"])
    time_text = f"{clock(seconds)} elapsed"
    if left and left < 1:
        time_text += f", about {clock(seconds * left / (1 - left))} left"
    measured = [(s.val_accuracy, s.name) for s in states if s.state == "completed"]
    accuracy, name = max(((v, n) for v, n in measured if v is not None), default=(None, ""))
    best = f"best so far {percent(accuracy)}: {name}" if name else "none has completed"
    done = f"{n_completed} of {len(states)} completed"
    return [f"{done}; {others}" if others else done, time_text, best]


def counts(states: Sequence[JobState]) -> str:
    """Return "1 failed, 2 running, 168 waiting"."""
    found = Counter(s.state for s in states)
    return ", ".join(f"{found[state]} {state}" for state in ORDER if found[state])


def clock(seconds: float) -> str:
    """Return "0:03:10"."""
    return str(timedelta(seconds=round(seconds)))


@contextmanager
def watching(jobs: Mapping[Path, JobState]) -> Iterator[None]:
    """Show jobs while the body runs: a live table on a terminal, else a line per finished job.

    A notebook has a bar and three lines of text.

    They are given as they are while they wait, or as they ended before; a study adds to them.
    """
    since = time.time()
    known: dict[Path, JobState] = {}

    def look() -> dict[Path, JobState]:
        there = listing({folder.parent for folder in list(jobs)})
        found = {}
        for folder, waiting in list(jobs.items()):
            state = known.get(folder, waiting)
            if state.state in ("waiting", "running") and str(folder) in there:
                state = job_state(folder, waiting, since)
            found[folder] = known[folder] = state
        return found

    watch = watch_terminal if is_live() else watch_notebook if is_notebook() else watch_lines
    with meanwhile(partial(watch, look, look())):  # what ends from now on is news
        yield


def listing(folders: Iterable[Path]) -> set[str]:
    """Return the paths in some folders: quicker than to ask for those of jobs that still wait."""
    found: set[str] = set()
    for folder in folders:
        with suppress(OSError):  # it has gone, which the jobs find out
            found |= {str(folder / name) for name in os.listdir(folder)}
    return found


def rounds(stop: threading.Event) -> Iterator[None]:
    """Yield every so often until told to stop, and once more then; most of the time is rest."""
    is_last, lasted = False, 0.0
    while not is_last:
        is_last = stop.wait(max(POLL_SECONDS, REST * lasted))
        started = time.monotonic()
        yield
        lasted = time.monotonic() - started


def say_continued(jobs: Mapping[Path, JobState]) -> None:
    """Say which jobs go on where they were interrupted, of many how many."""
    found = [(s.name, len(history)) for f, s in jobs.items() if (history := seen(f)[1])]
    if len(found) > CONTINUED:
        say(f"hw3: {len(found)} jobs go on after the epoch at which they were interrupted")
        return
    for name, done in found:
        say(f"hw3: {name}: {continues(done)}")


States = Mapping[Path, JobState]
Look = Callable[[], States]


def watch_terminal(look: Look, first: States, stop: threading.Event) -> None:
    """Redraw the table until told to stop; it goes then, and the summary takes its place."""
    from rich.live import Live

    start, todo = time.monotonic(), n_epochs_left(first.values())

    def drawn() -> "Group":
        states = list(look().values())
        left = n_epochs_left(states) / todo if todo else None
        return view(states, left, time.monotonic() - start, live.console.size)

    with Live(console=console(), auto_refresh=False, transient=True) as live:
        live.update(drawn(), refresh=True)
        for _ in rounds(stop):
            live.update(drawn(), refresh=True)


def watch_notebook(look: Look, first: States, stop: threading.Event) -> None:
    """Draw a bar of all epochs over itself until told to stop, with how many jobs are how far."""
    start, todo = time.monotonic(), n_epochs_left(first.values())
    with drawing(todo) as draw:
        for _ in rounds(stop):
            states = list(look().values())
            left = n_epochs_left(states)
            lines = headlines(states, left / todo if todo else None, time.monotonic() - start)
            draw(todo - left, "\n".join(lines))


def n_epochs_left(states: Iterable[JobState]) -> int:
    """Return how many epochs jobs have still to do; those that have ended have none."""
    return sum(s.epochs - s.epoch for s in states if s.state in ("waiting", "running"))


def watch_lines(look: Look, first: States, stop: threading.Event) -> None:
    """Print a line when a job ends; those that had ended before the start are not news.

    Of many that complete, each of so many has a line that there are about LINES.
    """
    told = {f for f, s in first.items() if s.state in ("completed", "diverged", "pruned")}
    for _ in rounds(stop):
        found = look()
        every = max(1, len(found) // LINES)
        for folder, s in found.items():
            if folder not in told and s.state not in ("waiting", "running"):
                told.add(folder)
                if s.state == "completed" and len(told) % every and len(told) < len(found):
                    continue
                text = f"[{len(told)}/{len(found)}] {s.name}: {s.state}, epoch {s.epoch}"
                say(f"{text}/{s.epochs}, validation {percent(s.val_accuracy)}")

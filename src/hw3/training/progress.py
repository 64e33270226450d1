"""What a person sees while a run trains: a bar on a terminal or in a notebook, else lines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

from hw3.core.notebook import drawing, is_notebook
from hw3.core.terminal import console, is_brief, is_live, say
from hw3.core.words import percent
from hw3.core.workers import is_in_sweep
from hw3.training.history import EpochRecord, History

Report = Callable[[History], None]
FEW = 10  # lines of a run among several experiments
OTHERS = 24  # characters of the bar's other columns, and of ^C, which would begin a second line


def epoch_line(record: EpochRecord, epochs: int) -> str:
    """Return `epoch 12/50  lr 0.1  train 98.31 %  val 9630/10000 = 96.30 %`."""
    line = (
        f"epoch {record.epoch}/{epochs}  lr {record.lr:g}  train {percent(record.train.accuracy)}"
    )
    if record.val:
        val = record.val
        line += f"  val {val.n_correct}/{val.n_examples} = {percent(val.accuracy)}"
    return line


@contextmanager
def reporting(name: str, epochs: int, done: int) -> Iterator[Report]:
    """Yield the function to call after each epoch of a run; `done` epochs are behind already.

    The jobs of a sweep are silent: the process that started them shows all in one table.
    """
    if is_in_sweep():
        yield lambda history: None
        return
    if done:
        say(f"hw3: {continues(done)}")
    if is_live():
        with bar(name, epochs, done) as advance:
            yield advance
        return
    if is_notebook():
        with drawing(epochs) as draw:
            yield lambda history: draw(len(history), epoch_line(history.last, epochs))
        return
    every = ceil(epochs / FEW) if is_brief() else 1

    def print_line(history: History) -> None:
        if len(history) % every == 0 or len(history) == epochs:
            say(epoch_line(history.last, epochs))

    yield print_line


@contextmanager
def bar(name: str, epochs: int, done: int) -> Iterator[Report]:
    """Show a run as a bar below its name; the line of its last epoch stays, after Ctrl-C too."""
    from rich.progress import (  # only a terminal needs it
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    text = TextColumn("{task.description}", markup=False)
    columns = MofNCompleteColumn(), BarColumn(bar_width=10), TimeRemainingColumn(), text
    say(f"hw3: {name}")  # above the bar, which has no room for it
    room = console().width - 2 * len(str(epochs)) - OTHERS
    shown: list[EpochRecord] = []

    def advance(history: History) -> None:
        shown[:] = [history.last]
        progress.update(task, completed=len(history), description=bar_text(shown[0], room))

    try:
        with Progress(*columns, console=console(), transient=True) as progress:
            task = progress.add_task("", total=epochs, completed=done)
            yield advance
    finally:
        for record in shown:
            say(epoch_line(record, epochs))


def continues(done: int) -> str:
    """Return that a run has so many epochs behind it."""
    return f"continues after epoch {done}"


def bar_text(record: EpochRecord, room: int) -> str:
    """Return rate, losses and accuracies of an epoch, as much as there is room for."""
    measured = {name: m for name, m in (("train", record.train), ("val", record.val)) if m}
    short = [f"{name} {percent(m.accuracy)}" for name, m in measured.items()]
    full = [f"{name} {m.loss:.4f} {percent(m.accuracy)}" for name, m in measured.items()]
    rate = f"lr {record.lr:g}"
    texts = [" | ".join(parts) for parts in ([rate, *full], [rate, *short], short)]
    return next((text for text in texts if len(text) <= room), texts[-1])

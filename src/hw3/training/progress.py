"""What a person sees while a run trains: a bar on a terminal, one line per epoch elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

from hw3.core.terminal import console, is_brief, is_live, say
from hw3.core.words import percent
from hw3.core.workers import is_in_sweep
from hw3.training.history import EpochRecord, History

Report = Callable[[History], None]
FEW = 10  # lines of a run among several experiments


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
        say(f"hw3: continues after epoch {done}")
    if not is_live():
        every = ceil(epochs / FEW) if is_brief() else 1

        def print_line(history: History) -> None:
            if len(history) % every == 0 or len(history) == epochs:
                say(epoch_line(history.last, epochs))

        yield print_line
        return
    from rich.progress import (  # only a terminal needs it
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        MofNCompleteColumn(),  # of the epochs; all fits 80 columns
        BarColumn(bar_width=10),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console()) as progress:
        task = progress.add_task(name, total=epochs, completed=done)
        yield lambda history: progress.update(
            task, completed=len(history), description=bar_text(history.last)
        )


def bar_text(record: EpochRecord) -> str:
    """Return rate, losses and accuracies of an epoch, short."""
    parts = [f"lr {record.lr:g}"]
    for name, metrics in (("train", record.train), ("val", record.val)):
        if metrics:
            parts.append(f"{name} {metrics.loss:.4f} {percent(metrics.accuracy)}")
    return " | ".join(parts)

"""The one epoch loop of the project, whatever the backend, for one run or many of one shape."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from hw3.backends.base import Backend
from hw3.core.seeds import stream
from hw3.datasets.types import Dataset, Split
from hw3.nn.arrays import FloatArray, IntArray, digest
from hw3.nn.losses import Loss
from hw3.nn.schedules import Schedule
from hw3.training.history import EpochRecord, History
from hw3.training.metrics import Metrics, measure


@dataclass(frozen=True)
class Plan:
    """What `fit` does with a backend and a dataset; `patience` None never stops early."""

    loss: Loss
    schedule: Schedule
    epochs: int
    batch_size: int
    seed: int
    patience: int | None = None


@dataclass(eq=False)
class Training:
    """One run on its way: from where `history` ends to the plan's last epoch.

    Attributes:
        backend: its network.
        dataset: what it sees.
        plan: how it trains.
        on_epoch: sees the history after each epoch.
        history: the epochs so far.
        error: what `on_epoch` raised; the run ends with it, and runs beside it go on.
    """

    backend: Backend
    dataset: Dataset
    plan: Plan
    on_epoch: Callable[[History], None]
    history: History = field(default_factory=History)
    error: Exception | None = None

    @property
    def has_ended(self) -> bool:
        """Whether no epoch is left, by the plan, by early stopping, or since the loss diverged."""
        history, patience = self.history, self.plan.patience
        if self.error or len(history) >= self.plan.epochs or history.is_broken_off:
            return True
        return bool(patience and history.is_out_of_patience(patience))

    def measured(self, rate: float, seconds: float) -> None:
        """Append what the epoch just trained measures on both splits; then `on_epoch` sees it.

        With patience, the weights of the lowest validation loss are kept on the way.
        """
        started, data, loss = time.perf_counter(), self.dataset, self.plan.loss
        train = evaluate(self.backend, loss, data.train)
        val = evaluate(self.backend, loss, data.val) if data.val else None
        params = self.backend.get_params()
        weights = digest(params)
        seconds += time.perf_counter() - started
        history = self.history
        history.epochs.append(EpochRecord(len(history) + 1, rate, train, val, seconds, weights))
        if self.plan.patience and history.lowest_loss is history.last:
            history.kept = params
        try:
            self.on_epoch(history)
        except Exception as error:
            self.error = error

    def finish(self) -> None:
        """Go back to the weights that were kept, stopped early or not (Prechelt 1998)."""
        if self.history.kept is not None and not self.history.is_broken_off:
            self.backend.set_params(self.history.kept)


def evaluate(backend: Backend, loss: Loss, split: Split) -> Metrics:
    """Return the metrics of a whole split in evaluation mode: no dropout, no penalty."""
    return measure(loss, backend.predict_logits(split.inputs), split.labels)


def fit(trainings: Sequence[Training]) -> Iterator[Training]:
    """Train runs of one shape together, and yield each as soon as it has ended.

    They share what `Backend.join` says, and how many rows train. Each epoch of a run draws its
    order, asks its schedule for the rate, takes the steps, and measures both splits in evaluation
    mode; none of it depends on the others, but the seconds, of which each gets its share.
    """
    going_on = yield from without_ended(trainings)
    if not going_on:
        return
    inputs, labels, rows = shared_rows([run.dataset.train for run in going_on])
    rows_of = dict(zip(going_on, rows, strict=True))
    while going_on:
        joint = going_on
        rows = np.stack([rows_of[run] for run in joint])
        train_epoch = joined(joint, inputs, labels, rows)
        while going_on == joint:
            for run, (rate, seconds) in zip(joint, train_epoch(), strict=True):
                run.measured(rate, seconds)
            going_on = yield from without_ended(joint)


def without_ended(runs: Sequence[Training]) -> Generator[Training, None, list[Training]]:
    """Yield the runs that have ended, and return the others."""
    for run in runs:
        if run.has_ended:
            run.finish()
            yield run
    return [run for run in runs if not run.has_ended]


def joined(
    runs: Sequence[Training], inputs: FloatArray, labels: IntArray, rows: IntArray
) -> Callable[[], list[tuple[float, float]]]:
    """Return a function that trains an epoch of each run; it returns their rates and seconds.

    Args:
        runs: k of them.
        inputs: (n_rows, n_features), which all share.
        labels: (n_rows,).
        rows: (k, n), those of each run.
    """
    stack = runs[0].backend.join([run.backend for run in runs])

    def train_epoch() -> list[tuple[float, float]]:
        started = time.perf_counter()
        plans = [(run.plan, len(run.history)) for run in runs]
        rates = [plan.schedule.applied(epoch, plan.epochs) for plan, epoch in plans]
        orders = [
            stream(plan.seed, "order", epoch).permutation(rows.shape[1]) for plan, epoch in plans
        ]
        stack.train_epoch(
            inputs,
            labels,
            np.take_along_axis(rows, np.stack(orders), axis=1),
            batch_size=plans[0][0].batch_size,
            learning_rates=rates,
            dropout_rngs=[stream(plan.seed, "dropout", epoch) for plan, epoch in plans],
        )
        seconds = (time.perf_counter() - started) / len(runs)
        return [(rate, seconds) for rate in rates]

    return train_epoch


def shared_rows(splits: Sequence[Split]) -> tuple[FloatArray, IntArray, IntArray]:
    """Return inputs and labels of all rows of splits of one file, and which each has, (k, n)."""
    first = splits[0]
    n = len(first.rows)
    if all(np.array_equal(split.rows, first.rows) for split in splits):
        return first.inputs, first.labels, np.broadcast_to(np.arange(n), (len(splits), n))
    rows = np.stack([split.rows for split in splits])
    inputs = np.zeros((rows.max() + 1, first.inputs.shape[1]), first.inputs.dtype)
    labels = np.zeros(len(inputs), first.labels.dtype)
    for split in splits:
        inputs[split.rows], labels[split.rows] = split.inputs, split.labels
    return inputs, labels, rows

"""The one epoch loop of the project, whatever the backend."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from hw3.backends.base import Backend
from hw3.core.seeds import stream
from hw3.datasets.types import Dataset, Split
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


def evaluate(backend: Backend, loss: Loss, split: Split) -> Metrics:
    """Return the metrics of a whole split in evaluation mode: no dropout, no penalty."""
    return measure(loss, backend.predict_logits(split.inputs), split.labels)


def fit(
    backend: Backend,
    dataset: Dataset,
    plan: Plan,
    history: History,
    on_epoch: Callable[[History], None],
) -> None:
    """Train from where `history` ends to plan.epochs, or until it is broken off.

    Each epoch draws its order, asks the schedule for its rate, takes the steps, and measures both
    splits in evaluation mode; then `on_epoch` sees the history with the new record.

    With patience, training stops when the validation loss has been above its lowest for so many
    epochs, and the backend ends with the weights of the lowest, stopped or not (Prechelt 1998).
    """
    for epoch in range(len(history), plan.epochs):
        if history.is_broken_off or (plan.patience and history.is_out_of_patience(plan.patience)):
            break
        started = time.perf_counter()
        rate = plan.schedule.rate(epoch, plan.epochs)
        backend.train_epoch(
            dataset.train.inputs,
            dataset.train.labels,
            stream(plan.seed, "order", epoch).permutation(len(dataset.train.labels)),
            batch_size=plan.batch_size,
            learning_rate=rate,
            dropout_rng=stream(plan.seed, "dropout", epoch),
        )
        train = evaluate(backend, plan.loss, dataset.train)
        val = evaluate(backend, plan.loss, dataset.val) if dataset.val else None
        seconds = time.perf_counter() - started
        history.epochs.append(EpochRecord(epoch + 1, rate, train, val, seconds))
        if plan.patience and history.lowest_loss is history.last:
            history.kept = backend.get_params()
        on_epoch(history)
    if history.kept is not None and not history.is_broken_off:
        backend.set_params(history.kept)

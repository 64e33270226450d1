"""What the epochs of a run measured, and its forms on disk."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hw3.nn.arrays import LayerParams
from hw3.training.metrics import Metrics

if TYPE_CHECKING:
    from pandas import DataFrame

HISTORY_COLUMNS = [
    "epoch",
    "lr",
    "train_loss",
    "train_correct",
    "train_accuracy",
    "val_loss",
    "val_correct",
    "val_accuracy",
    "seconds",
]


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch did; `epoch` counts from 1, `val` is None when nothing is held out."""

    epoch: int
    lr: float
    train: Metrics
    val: Metrics | None
    seconds: float


@dataclass
class History:
    """The epochs of a run so far.

    Attributes:
        epochs: what each measured.
        kept: the weights of the epoch with the lowest validation loss, where early stopping may
            go back to them; else None.
    """

    epochs: list[EpochRecord] = field(default_factory=list)
    kept: list[LayerParams] | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def last(self) -> EpochRecord:
        """The newest epoch."""
        return self.epochs[-1]

    @property
    def best(self) -> EpochRecord:
        """The epoch with the most correct on validation; the lower loss, then the earlier, wins."""

        def rank(record: EpochRecord) -> tuple[int, float]:
            held_out = record.val or record.train
            loss = held_out.loss_sum
            return -held_out.n_correct, loss if math.isfinite(loss) else math.inf

        return min(self.epochs, key=rank)

    @property
    def lowest_loss(self) -> EpochRecord:
        """The epoch with the lowest validation loss; the earlier wins a tie, NaN never wins."""

        def rank(record: EpochRecord) -> float:
            loss = (record.val or record.train).loss_sum
            return loss if math.isfinite(loss) else math.inf

        return min(self.epochs, key=rank)

    def is_out_of_patience(self, patience: int) -> bool:
        """Whether the validation loss has not fallen below its lowest for `patience` epochs."""
        return bool(self.epochs) and len(self) - self.lowest_loss.epoch >= patience

    @property
    def final(self) -> EpochRecord:
        """The epoch whose weights the run ends with."""
        return self.last if self.kept is None or self.is_diverged else self.lowest_loss

    @property
    def is_diverged(self) -> bool:
        """Whether the newest loss is NaN or infinite."""
        measured = [m for m in (self.last.train, self.last.val) if m] if self.epochs else []
        return not all(math.isfinite(m.loss_sum) for m in measured)

    @property
    def seconds(self) -> float:
        """The time of all epochs, measurements included."""
        return sum(record.seconds for record in self.epochs)


def history_rows(history: History) -> Iterator[dict[str, Any]]:
    """Yield a row of history.csv an epoch; what was not measured is empty."""
    for e in history.epochs:
        row: dict[str, Any] = {"epoch": e.epoch, "lr": e.lr, "seconds": round(e.seconds, 4)}
        for part, metrics in (("train", e.train), ("val", e.val)):
            row[f"{part}_loss"] = metrics.loss if metrics else None
            row[f"{part}_correct"] = metrics.n_correct if metrics else None
            row[f"{part}_accuracy"] = metrics.accuracy if metrics else None
        yield row


def history_csv(history: History) -> str:
    """Return the text of history.csv; numbers are written so that they read back exactly."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history_rows(history))
    return text.getvalue()


def history_array(history: History) -> np.ndarray:
    """Return the history as float64 (n_epochs, 9); sums and counts, so that nothing is lost."""
    rows = [
        (e.epoch, e.lr, e.seconds, *metrics_row(e.train), *metrics_row(e.val))
        for e in history.epochs
    ]
    return np.array(rows, np.float64)


def metrics_row(metrics: Metrics | None) -> tuple[float, int, int]:
    """Return (loss_sum, n_correct, n_examples); all zero for what was not measured."""
    if metrics is None:
        return 0.0, 0, 0
    return metrics.loss_sum, metrics.n_correct, metrics.n_examples


def history_from_array(rows: np.ndarray) -> History:
    """Return the history that `history_array` took apart."""

    def metrics(loss_sum: float, n_correct: float, n_examples: float) -> Metrics | None:
        return Metrics(loss_sum, int(n_correct), int(n_examples)) if n_examples else None

    history = History()
    for epoch, lr, seconds, *sums in rows.tolist():
        train, val = metrics(*sums[:3]), metrics(*sums[3:])
        assert train is not None
        history.epochs.append(EpochRecord(int(epoch), lr, train, val, seconds))
    return history


def finite(value: float) -> float | None:
    """Return the number, or None where JSON has no word for it."""
    return value if math.isfinite(value) else None


def epoch_summary(record: EpochRecord) -> dict[str, Any]:
    """Return what metrics.json says of an epoch."""
    summary: dict[str, Any] = {"epoch": record.epoch, "lr": record.lr}
    for part, metrics in (("train", record.train), ("val", record.val)):
        if metrics:
            summary[f"{part}_loss"] = finite(metrics.loss)
            summary[f"{part}_correct"] = metrics.n_correct
            summary[f"{part}_accuracy"] = metrics.accuracy
    return summary


def best_epoch(frame: "DataFrame") -> int:
    """Return the best epoch, as `History.best`, of a history.csv read back."""
    part = "val" if frame["val_correct"].notna().all() else "train"
    keys = [f"{part}_correct", f"{part}_loss", "epoch"]
    return int(frame.sort_values(keys, ascending=[False, True, True])["epoch"].iloc[0])

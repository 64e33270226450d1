"""What the epochs of a run measured, and its forms on disk."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hw3.core.files import table_text
from hw3.nn.arrays import LayerParams
from hw3.training.metrics import Metrics

if TYPE_CHECKING:
    from pandas import DataFrame

HISTORY_COLUMNS = [
    "epoch",
    "lr",
    "train_loss",
    "train_correct",
    "train_n",
    "val_loss",
    "val_correct",
    "val_n",
    "weights_sha256",
    "seconds",
]


@dataclass(frozen=True)
class Measured:
    """What one epoch measured; `epoch` counts from 1, `val` is None when nothing is held out."""

    epoch: int
    lr: float
    train: Metrics
    val: Metrics | None


@dataclass(frozen=True)
class EpochRecord(Measured):
    """The same with the time that the epoch took, measurements included.

    `weights_sha256` is the digest of the weights after it, None in a record before schema 5.
    """

    seconds: float
    weights_sha256: str | None = None


@dataclass
class History:
    """The epochs of a run so far.

    Attributes:
        epochs: what each measured.
        kept: the weights of the epoch with the lowest validation loss, where early stopping may
            go back to them; else None.
        is_pruned: whether it is to end here, as it fell behind other runs.
    """

    epochs: list[EpochRecord] = field(default_factory=list)
    kept: list[LayerParams] | None = None
    is_pruned: bool = False

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
        return self.last if self.kept is None or self.is_broken_off else self.lowest_loss

    @property
    def is_diverged(self) -> bool:
        """Whether the newest loss is NaN or infinite."""
        measured = [m for m in (self.last.train, self.last.val) if m] if self.epochs else []
        return not all(math.isfinite(m.loss_sum) for m in measured)

    @property
    def is_broken_off(self) -> bool:
        """Whether it ends with the weights that it has, however many epochs were planned."""
        return self.is_pruned or self.is_diverged

    @property
    def rates(self) -> list[float]:
        """The learning rate of each epoch."""
        return [record.lr for record in self.epochs]

    @property
    def seconds(self) -> float:
        """The time of all epochs, measurements included."""
        return sum(record.seconds for record in self.epochs)


def history_rows(history: History) -> Iterator[list[int | float | str]]:
    """Yield the cells of history.csv, a row per epoch; what was not measured is empty."""
    for e in history.epochs:
        cells: list[int | float | str] = [e.epoch, e.lr]
        for m in (e.train, e.val):
            cells += [m.loss, m.n_correct, m.n_examples] if m else ["", "", ""]
        yield [*cells, e.weights_sha256 or "", round(e.seconds, 4)]


def history_csv(history: History) -> str:
    """Return the text of history.csv; numbers are written so that they read back exactly."""
    return table_text(HISTORY_COLUMNS, history_rows(history))


def read_history(text: str, n_train: int, n_val: int) -> History:
    """Return the history in the text of a history.csv.

    Args:
        text: the whole file.
        n_train: examples of the training split, where the file does not say it (schema 1).
        n_val: the same of the validation split.

    Raises:
        ValueError, KeyError: for a text that is no history.
    """

    def metrics(row: dict[str, str], part: str, n: int) -> Metrics | None:
        if not row[f"{part}_correct"]:
            return None
        n, correct = int(row.get(f"{part}_n", n)), int(row[f"{part}_correct"])
        if not 0 <= correct <= n or not n:
            raise ValueError(f"epoch {row['epoch']} has {correct} of {n} right")
        return Metrics(float(row[f"{part}_loss"]) * n, correct, n)

    history = History()
    for row in csv.DictReader(io.StringIO(text)):
        train, val = metrics(row, "train", n_train), metrics(row, "val", n_val)
        if train is None:
            raise ValueError(f"epoch {row['epoch']} has no training accuracy")
        epoch, lr, seconds = int(row["epoch"]), float(row["lr"]), float(row["seconds"])
        weights = row.get("weights_sha256") or None
        history.epochs.append(EpochRecord(epoch, lr, train, val, seconds, weights))
    if not history.epochs:
        raise ValueError("no epoch")
    return history


def history_array(history: History) -> np.ndarray:
    """Return the history as float64 (n_epochs, 9); sums and counts, so that nothing is lost."""
    rows = [
        (e.epoch, e.lr, e.seconds, *metrics_row(e.train), *metrics_row(e.val))
        for e in history.epochs
    ]
    return np.array(rows, np.float64)


def digests_array(history: History) -> np.ndarray:
    """Return the digests of the weights as uint8 (n_epochs, 32), zeros where there is none."""
    digests = [bytes.fromhex(e.weights_sha256 or "00" * 32) for e in history.epochs]
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32)


def metrics_row(metrics: Metrics | None) -> tuple[float, int, int]:
    """Return (loss_sum, n_correct, n_examples); all zero for what was not measured."""
    if metrics is None:
        return 0.0, 0, 0
    return metrics.loss_sum, metrics.n_correct, metrics.n_examples


def history_from_array(rows: np.ndarray, digests: np.ndarray | None = None) -> History:
    """Return the history that `history_array` and `digests_array` took apart."""

    def metrics(loss_sum: float, n_correct: float, n_examples: float) -> Metrics | None:
        return Metrics(loss_sum, int(n_correct), int(n_examples)) if n_examples else None

    history = History()
    for i, (epoch, lr, seconds, *sums) in enumerate(rows.tolist()):
        train, val = metrics(*sums[:3]), metrics(*sums[3:])
        assert train is not None
        weights = digests[i].tobytes().hex() if digests is not None and digests[i].any() else None
        history.epochs.append(EpochRecord(int(epoch), lr, train, val, seconds, weights))
    return history


def history_frame(history: History) -> "DataFrame":
    """Return the history for a notebook: a row per epoch, accuracies beside the counts."""
    import pandas as pd  # slow to import, and only notebooks need it

    frame = pd.DataFrame(list(history_rows(history)), columns=HISTORY_COLUMNS)
    frame = frame.replace("", float("nan")).astype({"epoch": int})
    for part in ("train", "val"):
        accuracy = frame[f"{part}_correct"].astype(float) / frame[f"{part}_n"].astype(float)
        frame.insert(list(frame).index(f"{part}_n") + 1, f"{part}_accuracy", accuracy)
    return frame

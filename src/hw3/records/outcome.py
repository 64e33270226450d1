"""metrics.json: how a run ended, as types. It holds counts and mean losses; the rest is derived."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf, isfinite
from pathlib import Path
from typing import Annotated, Any, Literal

from hw3.config.validate import build
from hw3.core.limits import Count, Interval, PositiveInt
from hw3.records.layout import METRICS
from hw3.records.read import WRITTEN_ANEW, read_record, reading
from hw3.training.history import Measured
from hw3.training.metrics import Metrics

OWN = "own_sha256"
SCHEMA = 5  # of the records
SOUND = ("completed", "pruned")  # how a run ends that nothing ails
PRIMARIES = 2  # the first that says its number, and has counts without accuracies beside them
WITH_DIGEST = 3  # the first whose records must have OWN


@dataclass(frozen=True)
class EpochCounts:
    """What an epoch measured: mean losses in nats, null where they are not finite, and counts."""

    epoch: PositiveInt
    lr: float
    train_loss: float | None
    train_correct: Count
    val_loss: float | None = None
    val_correct: Count | None = None


@dataclass(frozen=True)
class Stopping:
    """What early stopping did; `restored_epoch` is the one whose weights the run ends with."""

    patience: PositiveInt
    stopped_after: PositiveInt | None
    restored_epoch: PositiveInt | None


@dataclass(frozen=True)
class Look:
    """What the run's look at the test split found.

    Attributes:
        correct: right decisions.
        n: examples.
        opened: when, ISO 8601, as in the ledger.
        opened_before: earlier looks at the same split, whoever took them.
        in_training: how many of the examples also occur in training.
    """

    correct: Count
    n: PositiveInt
    opened: str
    opened_before: Count
    in_training: Count

    def __post_init__(self) -> None:
        if max(self.correct, self.in_training) > self.n:
            raise ValueError(f"{self.correct} right and {self.in_training} seen of {self.n}")

    @property
    def accuracy(self) -> float:
        """The share of right decisions."""
        return self.correct / self.n


@dataclass(frozen=True)
class Failure:
    """A run that failed, and is run again by the same command; or whose record is broken."""

    error: str
    status: Literal["failed", "broken"] = "failed"
    schema: PositiveInt = SCHEMA


@dataclass(frozen=True)
class Outcome:
    """A run that has ended; a pruned one before its time, as it fell behind others of its study.

    Attributes:
        files: the sha256 of each file that it wrote, by name.
        data_files: those of the data folder that its last process opened; none in older records.
    """

    status: Literal["completed", "diverged", "pruned"]
    name: str
    dataset: str
    instead_of: str | None
    n_train: PositiveInt
    n_val: Count
    epochs: PositiveInt
    early_stopping: Stopping | None
    final: EpochCounts
    best_epoch: EpochCounts
    n_parameters: PositiveInt
    seconds: Annotated[float, Interval(0)]
    config_hash: str
    weights_sha256: str
    train_rows_sha256: str
    val_rows_sha256: str | None
    test: Look | None = None
    overfitting_onset: PositiveInt | None = None
    files: Mapping[str, str] | None = None
    data_files: tuple[str, ...] = ()
    schema: PositiveInt = SCHEMA

    def __post_init__(self) -> None:
        for epoch in (self.final, self.best_epoch):
            if epoch.train_correct > self.n_train or (epoch.val_correct or 0) > self.n_val:
                raise ValueError(f"epoch {epoch.epoch} has more right than there are examples")

    @property
    def train(self) -> Metrics:
        """How the network that the run ended with does on the training split."""
        return metrics(self.final.train_loss, self.final.train_correct, self.n_train)

    @property
    def val(self) -> Metrics | None:
        """The same on the validation split, None where nothing is held out."""
        return self._val(self.final)

    @property
    def best_val(self) -> Metrics | None:
        """The validation split at the best epoch."""
        return self._val(self.best_epoch)

    def _val(self, epoch: EpochCounts) -> Metrics | None:
        if epoch.val_correct is None or not self.n_val:
            return None
        return metrics(epoch.val_loss, epoch.val_correct, self.n_val)


def metrics(loss: float | None, correct: int, n: int) -> Metrics:
    """Return the metrics of a mean loss and a count."""
    return Metrics(inf if loss is None else loss * n, correct, n)


def counts(epoch: Measured) -> EpochCounts:
    """Return what metrics.json says of an epoch."""
    return EpochCounts(
        epoch.epoch,
        epoch.lr,
        finite(epoch.train.loss),
        epoch.train.n_correct,
        finite(epoch.val.loss) if epoch.val else None,
        epoch.val.n_correct if epoch.val else None,
    )


def finite(value: float) -> float | None:
    """Return the number, or None where JSON has no word for it."""
    return value if isfinite(value) else None


def outcome_json(outcome: Outcome | Failure) -> dict[str, Any]:
    """Return the content of metrics.json, with a digest of all else that it says."""
    record = asdict(outcome)
    return {**record, OWN: own_digest(record)}


def own_digest(record: Mapping[str, Any]) -> str:
    """Return the digest of what a record says, 64 hex digits; its layout is not part of it."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def read_outcome(folder: Path) -> Outcome | Failure | None:
    """Return how the run in a folder ended; None while it has not, and goes on from its checkpoint.

    Raises:
        RunDirError: for a metrics.json that cannot be read; names the file and the key.
    """
    record = read_record(folder / METRICS, WRITTEN_ANEW)
    if record is None:
        return None
    with reading(folder / METRICS, WRITTEN_ANEW):
        recorded = record.pop(OWN, None)
        outcome: Outcome | Failure
        if record.get("status") == "failed":
            outcome = build(Failure, {"schema": 1, **record}, "", {})
        else:
            outcome = build(Outcome, upgraded(record), "", {})
        if recorded is None and outcome.schema >= WITH_DIGEST:
            raise KeyError(OWN)
        if recorded not in (None, own_digest(record)):
            raise ValueError(f"it says something else than what its {OWN} was made of")
        return outcome


def upgraded(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of schema 1 without what is derived now; a newer one as it is."""
    if "schema" in record:
        return dict(record)
    derived = ("train_accuracy", "val_accuracy", "accuracy", "wilson_95")
    nested = {
        key: {k: v for k, v in value.items() if k not in derived}
        for key in ("final", "best_epoch", "test")
        if isinstance(value := record.get(key), Mapping)
    }
    return {"early_stopping": None, **record, **nested, "schema": 1}

"""The schema of a run and every limit that needs no data; below `parse` all is typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from hw3.backends import BACKENDS, check_device
from hw3.config.keys import Also, Role, Since, config_hash, fields_of, holds_text, with_values
from hw3.config.trackers import TRACKERS, NoTracker, Tracker
from hw3.config.validate import build
from hw3.core.errors import ConfigError
from hw3.core.files import expanded
from hw3.core.limits import Count, Interval, PositiveInt
from hw3.core.registry import unknown_choice
from hw3.core.words import quoted
from hw3.datasets.dataset import n_train
from hw3.datasets.sources import SOURCES
from hw3.datasets.splits import SPLITTERS
from hw3.nn.activations import ACTIVATIONS, Activation
from hw3.nn.initializers import INITIALIZERS
from hw3.nn.optimizers import OPTIMIZERS, Optimizer
from hw3.nn.regularizers import Regularizer
from hw3.nn.schedules import SCHEDULES, HalveTwice, Schedule

Crosses = tuple[tuple[tuple[str, ...], ...], ...]  # crosses of factors of levels
TaskName = Literal["train", "final", "confusion", "weights", "sequences", "explore"]
MAX_THREADS = 1024  # more than a machine has; torch would start them all
OpenShare = Annotated[float, Interval(0, 1, "()")]

# Config groups whose `name` picks a record; the record's fields are the group's other keys.
NAMED_GROUPS: Mapping[Any, Any] = {
    Activation: ACTIVATIONS,
    Optimizer: OPTIMIZERS,
    Schedule: SCHEDULES,
    Tracker: TRACKERS,
}


@dataclass(frozen=True)
class ModelConfig:
    """The group `model`."""

    backend: str
    hidden_sizes: tuple[PositiveInt, ...]
    init: str

    def check(self) -> None:
        """Raise ConfigError for names that nothing answers to."""
        BACKENDS.get(self.backend)
        if self.init == "zeros":
            raise ConfigError(
                "model.init=zeros is refused: units that start equal get equal gradients and stay "
                f"equal; use auto, {', '.join(INITIALIZERS)}"
            )
        if self.init != "auto":
            INITIALIZERS.get(self.init)


@dataclass(frozen=True)
class DatasetConfig:
    """The group `dataset`."""

    name: str
    split: str
    val: Count | OpenShare
    subset: PositiveInt | None
    batch_sizes: Annotated[tuple[PositiveInt, PositiveInt], Role.IMPLIED]
    whole_batches: Annotated[bool, Role.IMPLIED]

    def check(self, batch_size: int) -> None:
        """Raise ConfigError unless the split is possible and the batch size allowed."""
        source = SOURCES.get(self.name)
        SPLITTERS.get(self.split)
        if self.split == "last" and source.parts > 1:
            raise ConfigError(
                f"dataset.split=last would hold out one class only: the rows of {self.name} are "
                "sorted by class; use random or contributor"
            )
        if self.split == "contributor" and self.name != "human_machine":
            raise ConfigError(
                f"dataset.split=contributor needs dataset=human_machine, got {self.name}; use "
                "last or random"
            )
        if self.subset is not None and not source.parts <= self.subset <= source.n_rows:
            raise ConfigError(
                f"dataset.subset must be in [{source.parts}, {source.n_rows}], got {self.subset}"
            )
        n_rows = self.subset or source.n_rows
        if self.val >= n_rows:
            raise ConfigError(
                f"dataset.val must leave rows to train on: less than {n_rows}, got {self.val}"
            )
        if self.val and self.n_train == n_rows // source.parts * source.parts:
            raise ConfigError(
                f"dataset.val={self.val} holds out no row; use 0, or a larger number or share"
            )
        low, high = self.batch_sizes
        if not low <= batch_size <= high:
            raise ConfigError(
                f"batch_size must be in [{low}, {high}] for dataset={self.name}, got {batch_size}"
            )
        check_batch_size(batch_size, self.n_train, self.batch_sizes, self.whole_batches)

    @property
    def n_train(self) -> int:
        """How many rows train."""
        return n_train(SOURCES.get(self.name), self.split, self.val, self.subset)

    @property
    def n_val(self) -> int:
        """How many rows validate."""
        return n_train(SOURCES.get(self.name), self.split, 0, self.subset) - self.n_train

    @property
    def has_val(self) -> bool:
        """Whether any row is held out; a small share of few rows may round to none."""
        return self.n_val > 0


@dataclass(frozen=True)
class EarlyStoppingConfig:
    """When to stop before the last epoch: never, or `patience` epochs after the best."""

    patience: PositiveInt | None


@dataclass(frozen=True)
class RecordConfig:
    """How much a run writes while it trains; nothing here changes what it computes."""

    figures: bool
    checkpoint_every: PositiveInt


@dataclass(frozen=True)
class Config:
    """One run, checked; `tree` is the resolved tree it came from, which config.yaml holds."""

    name: Annotated[str, Role.IMPLIED]
    task: Annotated[TaskName, Role.IMPLIED]
    model: ModelConfig
    act: Activation
    # read by the lr group's interpolation: lr.initial is the rate that was used
    optimizer: Annotated[Optimizer, Also("default_lr", Role.IMPLIED)]
    lr: Schedule
    regularizer: Regularizer
    dataset: DatasetConfig
    epochs: PositiveInt
    batch_size: PositiveInt
    seed: Annotated[int, Interval(0), Role.REPLICATE]
    dtype: Literal["float32", "float64"]
    device: Annotated[Literal["auto", "cpu", "cuda"], Role.MACHINE]
    threads: Annotated[int, Interval(1, MAX_THREADS), Role.MACHINE]
    data_dir: Annotated[str, Role.PLACE]
    offline_dataset: Annotated[str | None, Role.PLACE]
    instead_of: Annotated[str | None, Role.IMPLIED]
    sweep: Annotated[str | None, Role.PLACE]
    allow_unfinished: Annotated[bool, Role.PLACE]
    fail_fast: Annotated[bool, Role.PLACE]
    reason: Annotated[str | None, Role.PLACE, Since(3, None)]
    early_stopping: EarlyStoppingConfig
    record: Annotated[RecordConfig, Role.PLACE]
    tracker: Annotated[Tracker, Role.PLACE, Since(4, NoTracker())]
    crosses: Annotated[Crosses, Role.PLACE]
    log_counts: Annotated[bool, Role.PLACE]
    tree: Mapping[str, Any] = field(init=False, repr=False, compare=False)

    @property
    def hash(self) -> str:
        """Digest of everything that decides the outcome, 64 hex digits."""
        return config_hash(self.tree)

    @property
    def job_name(self) -> str:
        """A folder's name, such as relu-lr0.1-s0-5f91ec2a: what ran, and the hash's start."""
        return f"{self.act.name}-lr{self.lr.initial:g}-s{self.seed}-{self.hash[:8]}"

    @property
    def init(self) -> str:
        """The initialisation, with auto resolved by the activation."""
        return self.act.init if self.model.init == "auto" else self.model.init

    @property
    def data_path(self) -> Path:
        """Where data files are, without ~."""
        return expanded(self.data_dir or "data")  # HW3_DATA_DIR may be set but empty

    def check(self) -> None:
        """Raise ConfigError for the first rule, within a key or between keys, that is broken."""
        self.model.check()
        if self.regularizer.dropout and not self.model.hidden_sizes:
            raise ConfigError(
                "regularizer.dropout drops hidden outputs, and model.hidden_sizes=[] has none; use "
                "regularizer.dropout=0"
            )
        self.dataset.check(self.batch_size)
        if self.early_stopping.patience is not None and not self.dataset.has_val:
            raise ConfigError(
                "early_stopping.patience needs a validation split, and dataset.val="
                f"{self.dataset.val} holds nothing out; use null or a larger dataset.val"
            )
        embedded = [name for name in SOURCES if SOURCES.get(name).train_file is None]
        if self.offline_dataset is not None and self.offline_dataset not in embedded:
            raise unknown_choice("offline_dataset", self.offline_dataset, embedded)
        if not re.fullmatch(r"[\w-]+(/[\w-]+)*", self.name):
            raise ConfigError(
                f"name must be words of letters, digits, _ and -, got {quoted(self.name)}"
            )
        if self.reason is not None and not self.reason.strip():
            raise ConfigError(
                f"reason must say in words why the test split is opened, got {quoted(self.reason)}"
            )
        if isinstance(self.lr, HalveTwice):
            check_milestones(self.lr, self.epochs)
        check_device(self.model.backend, self.device)


@cache
def without_text() -> frozenset[str]:
    """Return the full keys whose values are numbers, truth values, null or lists of them."""
    found = fields_of(Config, NAMED_GROUPS)
    return frozenset(key for key, hint, _ in found if not holds_text(hint))


def check_batch_size(batch_size: int, n: int, allowed: tuple[int, int], divides: bool) -> None:
    """Raise ConfigError if a batch is larger than the data, or must divide them and does not."""
    if batch_size > n:
        raise ConfigError(f"batch_size must be at most n_train ({n}), got {batch_size}")
    if divides and n % batch_size:
        divisors = [b for b in range(allowed[0], min(n, allowed[1]) + 1) if n % b == 0]
        near = [max((b for b in divisors if b < batch_size), default=None)]
        near.append(min((b for b in divisors if b > batch_size), default=None))
        listed = ", ".join(str(b) for b in near if b is not None)
        raise ConfigError(
            f"batch_size must divide n_train ({n}), got {batch_size}; nearest: {listed or 'none'}"
        )


def check_milestones(lr: HalveTwice, epochs: int) -> None:
    """Raise ConfigError unless whole-epoch milestones rise and come before the last epoch."""
    for i, milestone in enumerate(lr.after):
        if isinstance(milestone, int) and milestone >= epochs:
            raise ConfigError(
                f"lr.after[{i}] must be less than epochs ({epochs}), or the rate is never halved "
                f"there; got {milestone}"
            )
    if type(lr.after[0]) is type(lr.after[1]) and lr.after[0] >= lr.after[1]:
        raise ConfigError(f"lr.after must rise, got {list(lr.after)}")


def typed(tree: Mapping[str, Any]) -> Config:
    """Return the typed form of a resolved tree; whether it could run here is not asked.

    Raises:
        ConfigError: naming the full key, what is allowed and what was received.
    """
    config = build(Config, tree, "", NAMED_GROUPS)
    object.__setattr__(config, "tree", tree)
    return config


def parse(tree: Mapping[str, Any]) -> Config:
    """Return the typed form of a resolved tree, checked for running on this machine.

    Raises:
        ConfigError: naming the full key, what is allowed and what was received.
    """
    config = typed(tree)
    config.check()
    return config


def changed(config: Config, values: Mapping[str, object]) -> Config:
    """Return a config with values set by dotted key, a whole group or one key, and checked.

    Raises:
        ConfigError: if what comes of it cannot run.
    """
    return parse(with_values(config.tree, values))

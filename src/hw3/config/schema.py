"""The schema of a run and every limit that needs no data; below `parse` all is typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from hw3.backends import BACKENDS, check_device, check_rules
from hw3.config.keys import (
    Also,
    Role,
    config_hash,
    fields_of,
    holds_number,
    holds_text,
    with_values,
)
from hw3.config.trackers import TRACKERS, NoTracker, Tracker
from hw3.config.validate import build
from hw3.core.errors import ConfigError, NotRegisteredError
from hw3.core.files import expanded
from hw3.core.limits import Interval, PositiveFloat, PositiveInt, Since
from hw3.core.plugins import KEY, way_out
from hw3.core.registry import unknown_choice
from hw3.core.words import quoted
from hw3.datasets.checks import check_data
from hw3.datasets.dataset import n_split
from hw3.datasets.sources import SOURCES, Source, source_of
from hw3.datasets.spec import DataSpec
from hw3.nn.activations import ACTIVATIONS, Activation
from hw3.nn.initializers import INITIALIZERS
from hw3.nn.optimizers import OPTIMIZERS, Optimizer
from hw3.nn.regularizers import Regularizer
from hw3.nn.schedules import SCHEDULES, HalveTwice, Schedule

Crosses = tuple[tuple[tuple[str, ...], ...], ...]  # crosses of factors of levels
TaskName = Literal["train", "final", "confusion", "weights", "sequences", "explore"]
MAX_THREADS = 1024  # more than a machine has; torch would start them all

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


@dataclass(frozen=True)
class EarlyStoppingConfig:
    """When to stop before the last epoch: never, or `patience` epochs after the best."""

    patience: PositiveInt | None


@dataclass(frozen=True)
class RecordConfig:
    """How much a run writes while it trains; nothing here changes what it computes."""

    figures: bool
    checkpoint_every: PositiveInt
    keep: Annotated[str, Since(5, "last")]

    @property
    def keep_every(self) -> int | None:
        """Epochs between the checkpoints that stay, None where only the last one does."""
        every = re.fullmatch(
            r"every ([1-9]\d{0,8})", "every 1" if self.keep == "all" else self.keep
        )
        return int(every[1]) if every else None

    def keeps(self, epoch: int) -> bool:
        """Whether the checkpoint after an epoch stays."""
        return self.keep_every is not None and epoch % self.keep_every == 0

    def check(self) -> None:
        """Raise ConfigError for a word that does not say which checkpoints stay."""
        if self.keep != "last" and self.keep_every is None:
            raise ConfigError(
                "record.keep must be last, all or every <n> such as 'record.keep=every 10', got "
                f"{quoted(self.keep)}"
            )


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
    dataset: DataSpec
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
    clip_norm: Annotated[PositiveFloat | None, Since(4, None)]
    plugins: Annotated[tuple[str, ...], Role.PLACE, Since(4, ())]
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

    @property
    def n_train(self) -> int:
        """How many rows train."""
        return n_split(self.dataset, self.data_path, self.seed)[0]

    @property
    def n_val(self) -> int:
        """How many rows validate; a small share of few rows may round to none."""
        return n_split(self.dataset, self.data_path, self.seed)[1]

    @property
    def source(self) -> Source:
        """Its data; files of a person's own are read for it."""
        return source_of(self.dataset, self.data_path)

    @property
    def is_data_there(self) -> bool:
        """Whether the data folder, seen from here, holds the file that training reads.

        Files of a person's own may be elsewhere.
        """
        if self.dataset.own:
            return True
        file = SOURCES.get(self.dataset.name).train_file
        return file is not None and (self.data_path / file).is_file()

    def check(self) -> None:
        """Raise ConfigError for the first rule, within a key or between keys, that is broken."""
        self.model.check()
        self.record.check()
        if self.regularizer.dropout and not self.model.hidden_sizes:
            raise ConfigError(
                "regularizer.dropout drops hidden outputs, and model.hidden_sizes=[] has none; use "
                "regularizer.dropout=0"
            )
        check_data(self.dataset, self.batch_size, self.data_path, self.seed)
        if self.early_stopping.patience is not None and not self.n_val:
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
        check_schedule(self.lr, self.epochs)
        INITIALIZERS.get(self.init)
        check_rules(self.model.backend, self.act, self.optimizer)
        check_device(self.model.backend, self.device)


@cache
def with_numbers() -> frozenset[str]:
    """Return the full keys of which a text that is a number is meant as one."""
    found = fields_of(Config, NAMED_GROUPS)
    return frozenset(key for key, hint, _ in found if not holds_text(hint) or holds_number(hint))


def check_schedule(lr: Schedule, epochs: int) -> None:
    """Raise ConfigError unless warm-up and whole-epoch milestones leave epochs, and these rise."""
    if lr.warmup >= epochs:
        raise ConfigError(
            f"lr.warmup must be less than epochs ({epochs}), or the schedule never begins; got "
            f"{lr.warmup}"
        )
    if not isinstance(lr, HalveTwice):
        return
    left, which = epochs - lr.warmup, "epochs after the warm-up" if lr.warmup else "epochs"
    for i, milestone in enumerate(lr.after):
        if isinstance(milestone, int) and milestone >= left:
            raise ConfigError(
                f"lr.after[{i}] must be less than {which} ({left}), or the rate is never halved "
                f"there; got {milestone}"
            )
    if type(lr.after[0]) is type(lr.after[1]) and lr.after[0] >= lr.after[1]:
        raise ConfigError(f"lr.after must rise, got {list(lr.after)}")


def typed(tree: Mapping[str, Any]) -> Config:
    """Return the typed form of a resolved tree; whether it could run here is not asked.

    Raises:
        ConfigError: naming the full key, what is allowed and what was received.
    """
    try:
        config = build(Config, tree, "", NAMED_GROUPS)
    except NotRegisteredError as error:
        raise NotRegisteredError(f"{error}; {way_out(tree.get(KEY) or ())}") from error
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
        ConfigError: if what comes of it cannot run, or the values are no dictionary by key.
    """
    if not isinstance(values, Mapping) or not all(isinstance(key, str) for key in values):
        raise ConfigError(f'the values must be such as {{"epochs": 20}}, got {quoted(values)}')
    return parse(with_values(config.tree, values))

"""Whether the data and the split that a config asks for are possible, and its batches too."""

from pathlib import Path

from hw3.core.errors import ConfigError
from hw3.datasets.dataset import n_split
from hw3.datasets.sources import SOURCES, Source, arrays_of, source_of
from hw3.datasets.spec import DataSpec
from hw3.datasets.splits import EXACT, SPLITTERS


def check_data(spec: DataSpec, batch_size: int, data_dir: Path, seed: int) -> None:
    """Raise ConfigError unless the split is possible and the batch size allowed.

    Raises:
        DataError: for files of a person's own that cannot be used.
    """
    SPLITTERS.get(spec.split)
    spec.check_name(SOURCES)
    source = source_of(spec, data_dir)
    check_split(spec, source, data_dir)
    n_rows = source.n_rows - source.n_given
    if spec.subset is not None and not source.parts <= spec.subset <= n_rows:
        raise ConfigError(
            f"dataset.subset must be in [{source.parts}, {n_rows}], got {spec.subset}"
        )
    n_rows = spec.subset or n_rows
    if isinstance(spec.val, int | float) and spec.val >= n_rows:
        raise ConfigError(
            f"dataset.val must leave rows to train on: less than {n_rows}, got {spec.val}"
        )
    n_train, n_val = n_split(spec, data_dir, seed)
    if spec.val and not n_val:
        raise ConfigError(
            f"dataset.val={spec.val} holds out no row; use 0, or a larger number or share"
        )
    low, high = spec.batch_sizes
    if not low <= batch_size <= high:
        raise ConfigError(
            f"batch_size must be in [{low}, {high}] for dataset={spec.name}, got {batch_size}"
        )
    check_batch_size(batch_size, n_train, spec.batch_sizes, spec.whole_batches)


def check_split(spec: DataSpec, source: Source, data_dir: Path) -> None:
    """Raise ConfigError for a split that these data do not allow."""
    if spec.split == "last" and source.parts > 1:
        raise ConfigError(
            f"dataset.split=last would hold out one class only: the rows of {spec.name} are "
            "sorted by class; use random or contributor"
        )
    if spec.split == "contributor" and spec.name != "human_machine":
        raise ConfigError(
            f"dataset.split=contributor needs dataset=human_machine, got {spec.label}; use "
            f"{', '.join(EXACT[:-1])} or {EXACT[-1]}"
        )
    has_groups = spec.groups is not None
    if spec.split == "group" and (not has_groups or arrays_of(spec, data_dir).groups is None):
        raise ConfigError(
            "dataset.split=group needs dataset.groups=<column> of a file of your own, and a "
            f"dataset.val that is no file; else use {', '.join(EXACT)}"
        )
    if has_groups and spec.split != "group" and spec.val and not source.n_given:
        raise ConfigError(
            f"dataset.groups={spec.groups} keeps the rows of a group on one side, and "
            f"dataset.split={spec.split} would part them; use dataset.split=group"
        )


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

"""The group `dataset` of a config: which data, and which of their rows train and validate."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from hw3.core.errors import ConfigError
from hw3.core.limits import Count, Interval, PositiveFloat, PositiveInt, Role, Since
from hw3.core.words import quoted

Files = str | tuple[str, str]  # one file, or one of inputs and one of labels
Names = str | int | tuple[str | int, ...]  # of columns, of arrays, or patterns such as pixel*
Label = bool | int | float | str
Scale = PositiveFloat | tuple[tuple[float, ...], tuple[PositiveFloat, ...]]  # shifts, divisors

OWN = "file"  # the name of data of a person's own that have no other


@dataclass(frozen=True)
class OwnKeys:
    """What decides how data files of a person's own are read; see conf/dataset/file.yaml."""

    train: Files
    val: Files | None = None
    test: Files | None = None
    inputs: Names | None = None
    labels: Names | None = None
    classes: tuple[Label, ...] | None = None
    scale: Scale | None = None
    groups: str | int | None = None


@dataclass(frozen=True)
class DataSpec:
    """The group `dataset`; the keys from `train` on are of files of a person's own."""

    name: str
    split: str
    val: Count | Annotated[float, Interval(0, 1, "()")] | str | tuple[str, str]
    subset: PositiveInt | None
    batch_sizes: Annotated[tuple[PositiveInt, PositiveInt], Role.IMPLIED]
    whole_batches: Annotated[bool, Role.IMPLIED]
    train: Annotated[Files | None, Since(4, None)]
    test: Annotated[Files | None, Role.PLACE, Since(4, None)]
    inputs: Annotated[Names | None, Since(4, None)]
    labels: Annotated[Names | None, Since(4, None)]
    classes: Annotated[tuple[Label, ...] | None, Since(4, None)]
    scale: Annotated[Scale | None, Since(4, None)]
    groups: Annotated[str | int | None, Since(4, None)]

    @property
    def own(self) -> OwnKeys | None:
        """What is said of files of a person's own, None for data that are known by name."""
        if self.train is None:
            return None
        val = self.val if isinstance(self.val, str | tuple) else None
        chosen = self.inputs, self.labels, self.classes, self.scale, self.groups
        return OwnKeys(self.train, val, self.test, *chosen)

    @property
    def label(self) -> str:
        """What messages, records and the ledger call the data: an own file's name by default."""
        if self.train is None or self.name != OWN:
            return self.name
        first = self.train if isinstance(self.train, str) else self.train[0]
        return Path(first).name.partition(".")[0] or OWN

    def check_name(self, known: Collection[str]) -> None:
        """Raise ConfigError unless data are named by their files, or by one of the known names."""
        if self.train is None:
            if self.name == OWN:
                raise ConfigError(
                    "dataset=file needs dataset.train=<file>, and for a table dataset.labels=<name>"
                )
            if self.name in known and isinstance(self.val, str | tuple):
                raise ConfigError(
                    f"dataset.val={quoted(self.val)} is a file: it needs dataset=file"
                )
        elif self.name in known:
            raise ConfigError(f"dataset.train needs dataset=file, got dataset={self.name}")
        elif not re.fullmatch(r"[\w .+-]+", self.name):
            raise ConfigError(
                f"dataset.name must be words of letters, digits, _ and -, got {quoted(self.name)}"
            )

"""The parts of the assignment: what each is an experiment of, and what is on disk of it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from hw3.core.errors import RunDirError, first_line
from hw3.records.layout import LEDGER, QUICK
from hw3.records.read import reading
from hw3.records.run import Run
from hw3.sweeps.folders import DAMAGE, Found
from hw3.testset.ledger import Opening, read_ledger

R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Part(Generic[R]):
    """A part of a problem: one experiment, whose record is a run or a sweep.

    Attributes:
        experiment: its config in conf/experiment, and its folder under outputs.
        label: its clause on records is "1m records" for "1m"; begins with the problem's number.
        epochs: fewer are a quick look.
        produces: which figures and numbers of the page come from it.
        find: looks it up in its folder; is told the epochs.
        is_summarised: whether it is a sweep with a folder of its own.
        after: the part that has to be there before its command can run.
        more: experiments that add runs to its folder, its own among them.
    """

    experiment: str
    label: str
    epochs: int
    produces: str
    find: Callable[[Path, int], Found[R]]
    is_summarised: bool = False
    after: "Part[Any] | None" = None
    more: tuple[str, ...] = ()

    @property
    def problem(self) -> int:
        """The number of its problem."""
        return int(re.sub(r"\D.*", "", self.label))


@dataclass(frozen=True)
class Stopped:
    """Why there is nothing to show or to judge: not run yet, or damaged."""

    reason: str
    is_fault: bool = False


class Records:
    """What a folder holds of some parts: found, not judged; opens no data file."""

    def __init__(self, root: Path, parts: Iterable[Part[Any]]) -> None:
        if not root.is_dir():
            raise RunDirError(f"{root} is no folder; python -m hw3.report <folder of the outputs>")
        self.root = root
        self._found = {part: part.find(root / part.experiment, part.epochs) for part in parts}

    @property
    def parts(self) -> list[Part[Any]]:
        """All of them, in the assignment's order."""
        return list(self._found)

    def found(self, part: Part[R]) -> Found[R]:
        """Return what is on disk of a part."""
        return cast("Found[R]", self._found[part])  # a dict cannot say that key and value agree

    def of(self, part: Part[R]) -> R:
        """Return the record of a part; what `stopped` says comes first."""
        record = self.found(part).record
        if record is None:
            raise RunDirError(f"not run: {self.command(part)}")
        return record

    def folder(self, part: Part[Any]) -> Path:
        """Return the folder of a part."""
        return self.root / part.experiment

    def runs(self, part: Part[Any]) -> list[Run]:
        """Return the runs of a part that have ended, none if it has not been run."""
        return [run for run in self.found(part).runs if not run.is_unfinished]

    @property
    def all_runs(self) -> list[Run]:
        """Every run that the report speaks of."""
        return [run for part in self.parts for run in self.runs(part)]

    @cached_property
    def ledger(self) -> list[Opening]:
        """The looks at test splits, oldest first; an old quick look's are in the folder above."""
        paths = [self.root / LEDGER, self.root.resolve().parent / LEDGER]
        path = next((path for path in paths if path.is_file()), paths[0])
        with reading(path):
            return read_ledger(path)

    @property
    def broken(self) -> list[str]:
        """A line for each record that cannot be read."""
        lines = [line for found in self._found.values() for line in found.broken]
        ledger = guarded(self, (), lambda: self.ledger)
        return [*lines, ledger.reason] if isinstance(ledger, Stopped) else lines

    def lacking(self, part: Part[Any]) -> str | None:
        """Return what has to be run before a part can be judged, None if nothing has."""
        n, n_ended = len(self.found(part).runs), len(self.runs(part))
        state = f"{n_ended} of {n} jobs have ended" if n else "not run"
        return f"{state}: {self.command(part)}" if n_ended < n or not n else None

    def stopped(self, part: Part[Any]) -> Stopped | None:
        """Return why a part cannot be judged yet, None if it can."""
        lacking, broken = self.lacking(part), self.found(part).broken
        if lacking and broken:
            return Stopped(broken[0], is_fault=True)
        return Stopped(lacking) if lacking else None

    def command(self, part: Part[Any], variant: str = "") -> str:
        """Return the command that makes a part, or a variant of its experiment."""
        if self.is_quick:
            return f"python -m hw3.homework problem={part.problem} quick=true"
        if part.after and self.found(part.after).record is None:
            return f"python -m hw3.homework problem={part.problem}"
        return f"python -m hw3.run experiment={part.experiment}{variant}"

    @property
    def is_quick(self) -> bool:
        """Whether these are the records of `homework quick=true`: its folder, and few epochs."""
        return self.root.resolve().name == QUICK and bool(self.shortened)

    @cached_property
    def shortened(self) -> list[str]:
        """A line for each part that is less than the assignment's job."""
        lines = []
        for part in self.parts:
            configs = [run.config for run in self.runs(part)]
            ran = max((config.epochs for config in configs), default=part.epochs)
            subsets = [c.dataset.subset for c in configs if c.dataset.subset is not None]
            words = [f"{ran} of {part.epochs} epochs"] if ran < part.epochs else []
            words += [f"{min(subsets):,} examples only"] if subsets else []
            words += [f"data {c.dataset.name}" for c in configs[:1] if c.instead_of]
            if words:
                lines.append(f"problem {part.problem}, {part.experiment}: {', '.join(words)}")
        return lines


def guarded(
    records: Records, parts: Sequence[Part[Any]], work: Callable[[], T], is_partial: bool = False
) -> T | Stopped:
    """Return what `work` makes of some parts, or why it cannot; `is_partial`: of unfinished ones.

    What is damaged is told apart from a bug: readers raise an error of hw3, all else crashes.
    """
    for part in parts:
        stopped = records.stopped(part)
        if stopped and not (is_partial and records.runs(part)):
            return stopped
    return undamaged(work, records.folder(parts[0]) if parts else records.root)


def undamaged(work: Callable[[], T], place: Path) -> T | Stopped:
    """Return what `work` makes of the records in a folder, or why one of them cannot be used."""
    try:
        return work()
    except DAMAGE as error:
        return Stopped(f"a record in {place} cannot be used: {first_line(error)}", is_fault=True)

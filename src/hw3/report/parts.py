"""The parts of the assignment: what each is an experiment of, and what is on disk of it."""

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from hw3.core.errors import ConfigError, DataError, RunDirError, first_line
from hw3.records.layout import CONFIG, JOBS, LEDGER, QUICK
from hw3.records.read import reading
from hw3.records.run import Run, Sweep, load_run, load_sweep
from hw3.sweeps.groups import group_runs
from hw3.testset.ledger import Opening, read_ledger

DAMAGE = (RunDirError, DataError, ConfigError)  # what readers raise; all else is a bug
R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True)
class Found(Generic[R]):
    """What a folder holds: its record, all runs of that, and a line for what cannot be read."""

    record: R | None = None
    runs: Sequence[Run] = ()
    broken: tuple[str, ...] = ()


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
        more: experiments that add runs to its folder.
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
        if (root / CONFIG).exists() or (root / JOBS).exists():
            raise RunDirError(
                f"{root} is a run or a sweep itself; give the folder that holds it: "
                f"python -m hw3.report {shlex.quote(str(root.parent))}"
            )
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
    try:
        return work()
    except DAMAGE as error:
        place = records.folder(parts[0]) if parts else records.root
        return Stopped(f"a record in {place} cannot be used: {first_line(error)}", is_fault=True)


def newest_run(folder: Path, epochs: int) -> Found[Run]:
    """Return the run that ended last; a whole one before any quick look."""
    runs, broken = ended_runs(folder, epochs)
    return Found(runs[-1], runs[-1:], broken) if runs else Found(broken=broken)


def newest_with_seeds(folder: Path, epochs: int) -> Found[Sweep]:
    """Return the newest run with those that differ from it in seed and split alone.

    The random split comes first, as in the assignment; of runs that differ in nothing, the newest.
    """
    runs, broken = ended_runs(folder, epochs)
    if not runs:
        return Found(broken=broken)
    newest = runs[-1]
    groups = group_runs(runs, apart_from={"dataset.split"})
    alike = next(group.runs for group in groups if newest in group.runs)
    by_place = {
        (run.config.dataset.split != "random", run.config.seed): run
        for run in alike
        if run.status == newest.status
    }
    found = [by_place[key] for key in sorted(by_place)]
    return Found(Sweep(folder, found), found, broken)


def started_sweep(folder: Path, epochs: int) -> Found[Sweep]:
    """Return the sweep in a folder, nothing while no job of it has ended."""
    try:
        sweep = checked_sweep(folder)
    except DAMAGE as error:
        return Found(broken=(f"{folder.name}: {first_line(error)}",))
    if sweep is None or len(sweep.unfinished) == len(sweep.runs):
        return Found()
    return Found(sweep, sweep.runs)


def checked_sweep(folder: Path) -> Sweep | None:
    """Return the sweep in a folder, its configs read; None before its first job."""
    started = {path.parent.name for path in folder.glob(f"*/{CONFIG}")}
    if not started:
        return None
    sweep = load_sweep(folder)
    names = [run.name for run in sweep.runs]
    if len(set(names)) < len(names) or not started & set(names):
        raise RunDirError(
            f"{folder / JOBS} lists a job twice, or none of those that lie beside it; the same "
            "command, or python -m hw3.sweep without that file, writes it anew"
        )
    for run in sweep.runs:
        _ = run.tree and run.config  # a job that has not started has neither
    return sweep


def ended_runs(folder: Path, epochs: int) -> tuple[list[Run], tuple[str, ...]]:
    """Return the runs in a folder that have ended, the one to report last; and what is broken."""
    found, broken = [], []
    for path in sorted(folder.glob(f"*/{CONFIG}")):
        try:
            run = load_run(path.parent)
            if not run.is_unfinished:
                found.append((rank(run, epochs), run))
        except DAMAGE as error:
            broken.append(f"{folder.name}: {first_line(error)}")
    return [run for _, run in sorted(found, key=lambda pair: pair[0])], tuple(broken)


def rank(run: Run, epochs: int) -> tuple[bool, bool, str, str]:
    """Return a key, largest for the completed run that ended last; a quick look comes before."""
    config = run.config
    is_all = config.dataset.subset is None and config.instead_of is None
    is_whole = is_all and config.epochs >= epochs
    return is_whole, run.is_completed, run.last_sign, run.name

"""The problems of the assignment: a module problem<number>.py of this package for each."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypeVar

import hw3.report
from hw3.core.words import counted
from hw3.records.integrity import faults, file_faults
from hw3.records.outcome import SOUND
from hw3.records.run import Sweep
from hw3.report.clause import Check, Clause, Finding, title_of
from hw3.report.parts import Part, Records, Stopped, guarded
from hw3.sweeps.summary import summary_faults

T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """A problem; its titles are the docstrings of its module and of the module's answer."""

    number: int
    title: str
    module: ModuleType
    parts: tuple[Part[Any], ...]
    clauses: tuple[Clause, ...]

    @classmethod
    def of(cls, number: int, module: ModuleType) -> "Problem":
        """Return the problem of a module; parts of other problems may be imported into it."""
        parts = tuple(part for part in defined(module, Part) if part.problem == number)
        clauses = (*defined(module, Clause), *map(agreement, parts))
        return cls(number, title_of(module), module, parts, clauses)

    def answer(self, records: Records) -> tuple[str, list[str]]:
        """Return a title and the sentences that answer the problem, or why there are none."""
        compute: Callable[[Records], list[str]] = self.module.answer
        found = guarded(records, (), lambda: compute(records))
        if isinstance(found, Stopped):
            found = [f"its record is broken: {found.reason}"]
        return title_of(compute), found or ["not run"]


def defined(module: ModuleType, kind: type[T]) -> Iterator[T]:
    """Yield what a module holds of a kind."""
    return (item for item in vars(module).values() if isinstance(item, kind))


def agreement(part: Part[Any]) -> Clause:
    """Return the clause that the records of a part agree with themselves."""

    def test(finding: Finding) -> None:
        runs, folder = finding.records.found(part).runs, finding.records.folder(part)
        for run in runs:
            finding.expect(run.is_completed, f"{run.name} is {run.status}")
        for fault in record_faults(Sweep(folder, runs), part.is_summarised):
            finding.fault(fault)
        finding.say(checked(len(runs)))

    title = f"The records of {part.experiment} agree with themselves"
    return Clause(f"{part.label} records", title, (part,), test)


def record_faults(sweep: Sweep, must_be_summarised: bool) -> Iterator[str]:
    """Yield where the records of runs that have ended, or their summary, contradict themselves."""
    for run in sweep.runs:
        is_sound = run.status in SOUND  # what diverged holds no numbers to check
        found = faults(run) if is_sound else () if run.is_unfinished else file_faults(run)
        yield from (f"{run.name}: {fault}" for fault in found)
    for fault in summary_faults(sweep, must_be=must_be_summarised):
        yield f"{sweep.folder.name}: {fault}"


def checked(n_runs: int) -> str:
    """Return what was checked of some runs."""
    return (
        f"{counted(n_runs, 'run')} checked: files, config and weights against the recorded "
        "hashes, the outcome against the history"
    )


def problems() -> list[Problem]:
    """Return all problems by their number."""
    names = (module.name for module in iter_modules(hw3.report.__path__))
    numbers = sorted(int(name[7:]) for name in names if re.fullmatch(r"problem\d+", name))
    return [Problem.of(n, import_module(f"hw3.report.problem{n}")) for n in numbers]


def find_records(root: Path) -> Records:
    """Return what a folder holds of all problems."""
    return Records(root, [part for problem in problems() for part in problem.parts])


def audit(records: Records) -> list[Check]:
    """Return a check for every clause; reads records alone."""
    checks = [clause.check(records) for problem in problems() for clause in problem.clauses]
    if records.broken:
        checks.append(Check("records", "Every record can be read", "FAIL", [], records.broken))
    return checks

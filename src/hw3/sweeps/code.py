"""Which code made some runs, and whether that was one."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hw3.core.words import counted
from hw3.records.code import Code
from hw3.records.layout import ENVIRONMENT
from hw3.records.run import Run

LISTED = 3  # names that a line has room for


@dataclass(frozen=True)
class Made:
    """What some code made: how many runs, by the names under which they are told.

    `codes` have the same modules, maybe in several commits; there is none where no record says it.
    """

    codes: Sequence[Code]
    runs: Mapping[str, int]

    @property
    def n_runs(self) -> int:
        """How many runs it made, or went on with."""
        return sum(self.runs.values())

    @property
    def code(self) -> str:
        """The code in words."""
        return ", the same as ".join(map(str, self.codes)) or "not recorded"

    def __str__(self) -> str:
        told = [name if n == 1 else f"{name} ({n} runs)" for name, n in self.runs.items()]
        more = f" and {len(told) - LISTED} more" if len(told) > LISTED else ""
        return f"{', '.join(told[:LISTED])}{more}: {self.code}"


def made_by_code(named: Iterable[tuple[str, Run]]) -> list[Made]:
    """Return what each code made, in the order of the runs, which may share a name.

    Code is the same where its modules are, whatever the commit. An older record, without their
    digest, is of its commit; where something had been changed, nobody knows.
    """
    found: dict[str | None, tuple[dict[Code, None], Counter[str]]] = {}
    for name, code in ((name, code) for own, run in named for name, code in codes_of(own, run)):
        key = code.sha256 or (code.commit.id if code.commit and not code.commit.dirty else None)
        codes, names = found.setdefault(key, ({}, Counter()))
        names[name] += 1
        codes |= {code: None} if key else {}
    return [Made([*codes], names) for codes, names in found.values()]


def codes_of(name: str, run: Run) -> list[tuple[str, Code]]:
    """Return the code that a run began with, and each other that it was continued with."""
    if not (run.folder / ENVIRONMENT).exists():  # it waits
        return []
    first, *later = run.environment.codes
    return [(name, first), *((f"{name}, continued", code) for code in later)]


def several_codes(runs: Iterable[Run]) -> str | None:
    """Return that jobs came from different code, and how many from which; None if from one."""
    known = [made for made in made_by_code((run.name, run) for run in runs) if made.codes]
    told = "; ".join(f"{counted(made.n_runs, 'job')} from {made.code}" for made in known)
    return f"the jobs came from different code: {told}" if len(known) > 1 else None

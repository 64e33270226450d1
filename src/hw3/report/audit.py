"""Every clause of the assignment, held against the records on disk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from hw3.report.records import BROKEN, EXPERIMENTS, Part, Records, one_line

MAX_FAULTS = 8  # of a clause are told; a sweep of a thousand runs may have as many
Status = Literal["PASS", "FAIL", "NOT RUN"]


@dataclass(frozen=True)
class Check:
    """One row of the audit."""

    clause: str
    title: str
    status: Status
    evidence: str

    @property
    def anchor(self) -> str:
        """Where on the page it stands."""
        return f"clause-{self.clause.replace(' ', '-')}"

    @property
    def is_integrity(self) -> bool:
        """Whether it holds records against each other, rather than against the assignment."""
        return self.clause.endswith("records")


@dataclass
class Finding:
    """What a clause found: evidence, and what contradicts it; no fault means that it holds."""

    evidence: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add to the evidence."""
        self.evidence.append(text)

    def expect(self, holds: object, fault: str) -> None:
        """Note a fault unless the condition holds."""
        if not holds:
            self.faults.append(fault)


@dataclass(frozen=True)
class Clause:
    """What the assignment asks, the parts of the records that it needs, and how it is checked."""

    name: str
    title: str
    parts: tuple[Part, ...]
    test: Callable[[Records, Finding], None]


class Clauses:
    """A problem's clauses, in the assignment's order."""

    def __init__(self) -> None:
        self._clauses: list[Clause] = []

    def __iter__(self) -> Iterator[Clause]:
        return iter(self._clauses)

    def add(
        self, name: str, *parts: Part
    ) -> Callable[[Callable[[Records, Finding], None]], Callable[[Records, Finding], None]]:
        """Return a decorator that registers the check of a clause; its docstring is the title."""

        def register(test: Callable[[Records, Finding], None]) -> Callable[..., None]:
            title = (test.__doc__ or "").rstrip(".")
            self._clauses.append(Clause(name, title, parts, test))
            return test

        return register


def audit(records: Records) -> list[Check]:
    """Return a check for every clause; reads records alone, and cannot fail itself."""
    from hw3.report import clauses_fashion, clauses_final, clauses_mnist, clauses_sequences

    modules = (clauses_mnist, clauses_final, clauses_fashion, clauses_sequences)
    checks = [check(clause, records) for module in modules for clause in module.CLAUSES]
    if records.broken:
        text = "; ".join(records.broken)
        checks.append(Check("records", "Every record can be read", "FAIL", text))
    return checks


def check(clause: Clause, records: Records) -> Check:
    """Return the outcome of one clause; what cannot be read is a FAIL that names its folder."""
    for part in clause.parts:
        broken, lacking = records.broken_part(part), records.lacking(part)
        if broken and lacking:
            return Check(clause.name, clause.title, "FAIL", f"FAULT: {broken}")
        if lacking:
            return Check(clause.name, clause.title, "NOT RUN", lacking)
    finding = Finding()
    try:
        clause.test(records, finding)
    except BROKEN as error:
        where = records.root / EXPERIMENTS[clause.parts[0]][0]
        finding.faults.append(f"a record in {where} cannot be used: {one_line(error)}")
    faults = [f"FAULT: {fault}" for fault in finding.faults[:MAX_FAULTS]]
    if len(finding.faults) > MAX_FAULTS:
        faults.append(f"and {len(finding.faults) - MAX_FAULTS} faults more")
    text = "; ".join([*faults, *finding.evidence])
    return Check(clause.name, clause.title, "FAIL" if finding.faults else "PASS", text)

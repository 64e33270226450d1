"""A clause of the assignment: a function whose docstring is what is asked, and its outcome."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, overload

from hw3.records.run import Run
from hw3.report.parts import Part, Records, guarded

Status = Literal["PASS", "FAIL", "NOT RUN", "CAUTION", "NOT RECORDED"]
A = TypeVar("A")
B = TypeVar("B")


@dataclass
class Finding:
    """What a clause found: evidence, and what contradicts it; no fault means that it holds.

    Some evidence is a claim, and not what was measured: it is withdrawn where there is a fault.
    """

    records: Records
    evidence: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    claims: set[str] = field(default_factory=set)

    def say(self, text: str) -> None:
        """Add to the evidence, once."""
        if text not in self.evidence:
            self.evidence.append(text)

    def claim(self, text: str) -> None:
        """Add to the evidence what is true only if the clause finds no fault, before or later."""
        self.say(text)
        self.claims.add(text)

    def expect(self, holds: object, fault: str) -> None:
        """Note a fault unless the condition holds."""
        if not holds:
            self.fault(fault)

    def fault(self, text: str) -> None:
        """Note a fault, once."""
        if text not in self.faults:
            self.faults.append(text)


@dataclass(frozen=True)
class Check:
    """One row of the audit."""

    clause: str
    title: str
    status: Status
    evidence: list[str]
    faults: list[str] = field(default_factory=list)

    @property
    def problem(self) -> int:
        """The number of the problem that it belongs to, 0 for none."""
        return int("0" + re.sub(r"\D.*", "", self.clause))

    @property
    def is_integrity(self) -> bool:
        """Whether it holds records against each other, rather than against the assignment."""
        return self.clause.endswith("records")


@dataclass(frozen=True)
class Clause:
    """What the assignment asks, the parts that it is judged by, and how."""

    name: str
    title: str
    parts: tuple[Part[Any], ...]
    test: Callable[[Finding], None]

    def check(self, records: Records) -> Check:
        """Return the outcome; what cannot be read is a FAIL that names its folder."""
        finding = Finding(records)
        stopped = guarded(records, self.parts, lambda: self.test(finding))
        if stopped and not stopped.is_fault:
            return Check(self.name, self.title, "NOT RUN", [stopped.reason])
        if stopped:
            finding.faults.append(stopped.reason)
        if not finding.faults:
            return Check(self.name, self.title, "PASS", finding.evidence)
        measured = [text for text in finding.evidence if text not in finding.claims]
        return Check(self.name, self.title, "FAIL", measured, finding.faults)


@overload
def clause(name: str, first: Part[A], /) -> Callable[[Callable[[A, Finding], None]], Clause]: ...
@overload
def clause(
    name: str, first: Part[A], second: Part[B], /
) -> Callable[[Callable[[A, B, Finding], None]], Clause]: ...
def clause(name: str, /, *parts: Part[Any]) -> Callable[[Callable[..., None]], Clause]:
    """Return a decorator that makes a function of parts' records the check of a clause."""

    def decorate(test: Callable[..., None]) -> Clause:
        def run(finding: Finding) -> None:
            test(*map(finding.records.of, parts), finding)

        return Clause(name, title_of(test), parts, run)

    return decorate


def each_run(
    name: str, part: Part[Any], *others: Part[Any]
) -> Callable[[Callable[[Run, Finding], None]], Clause]:
    """Return a decorator for what a clause asks of each run of a part, and of others' if any."""

    def decorate(test: Callable[[Run, Finding], None]) -> Clause:
        def run_all(finding: Finding) -> None:
            for run in (r for p in (part, *others) for r in finding.records.runs(p)):
                test(run, finding)

        return Clause(name, title_of(test), (part,), run_all)

    return decorate


def title_of(item: object) -> str:
    """Return the first line of a docstring, without its full stop."""
    return (item.__doc__ or "").partition("\n")[0].rstrip(".")

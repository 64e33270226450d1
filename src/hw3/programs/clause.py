"""A clause: what is asked of a program, which functions it needs, and how it is looked at."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from hw3.core.verdict import Verdict
from hw3.programs.form import WrongForm
from hw3.programs.program import ProgramError
from hw3.programs.subject import Subject
from hw3.programs.verdict import Bug, Finding


@dataclass(frozen=True)
class Seen:
    """What a look at a program saw: a finding without what was asked."""

    verdict: Verdict
    observed: str
    bug: Bug | None = None
    details: tuple[str, ...] = ()


def fine(observed: str, *details: str) -> Seen:
    """Return that all is as asked."""
    return Seen(Verdict.PASS, observed, None, details)


def wrong(observed: str, bug: Bug | None = None, *details: str) -> Seen:
    """Return that something is not as asked."""
    return Seen(Verdict.FAIL, observed, bug, details)


def unsure(observed: str, *details: str) -> Seen:
    """Return that neither was seen."""
    return Seen(Verdict.INCONCLUSIVE, observed, None, details)


Look: TypeAlias = Callable[[Subject, np.random.Generator], Iterator[Seen]]


@dataclass(frozen=True)
class Clause:
    """One clause.

    Attributes:
        name: a short key.
        asked: what is asked, one sentence.
        needs: functions that it needs, all of one of these.
        look: says what it saw; nothing where it does not apply to the program.
        after: clauses whose failure would make this one fail too; it is not looked at then.
    """

    name: str
    asked: str
    needs: Sequence[Sequence[str]]
    look: Look
    after: Sequence[str] = ()

    def is_given(self, subject: Subject) -> bool:
        """Whether a program has the functions."""
        return any(subject.gives(*names) for names in self.needs)

    def findings(self, subject: Subject, rng: np.random.Generator) -> Iterator[Finding]:
        """Yield what is found; an error of the program is a finding too."""
        try:
            for seen in self.look(subject, rng):
                yield Finding(
                    self.name, self.asked, seen.verdict, seen.observed, seen.bug, seen.details
                )
        except (ProgramError, WrongForm) as error:
            details = tuple(getattr(error, "details", ()))
            yield Finding(self.name, self.asked, Verdict.INCONCLUSIVE, str(error), None, details)

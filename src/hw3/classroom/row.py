"""The row of a submission, as it travels from the process that judged it."""

from collections.abc import Mapping
from dataclasses import dataclass

from hw3.core.verdict import Verdict
from hw3.report.clause import Check


@dataclass(frozen=True)
class Held:
    """Weights that a submission holds: their digests, and the sound record that explains them.

    Attributes:
        settings: what decides the result, with the seed, by full key; None without such a record.
        times: the digest of when and how long each epoch was: no two trainings share it.
        is_final: whether they are those that its run ended with.
    """

    digests: frozenset[str]
    settings: Mapping[str, str] | None = None
    times: str = ""
    is_final: bool = False


@dataclass(frozen=True)
class Judged:
    """A row: what was found, and why something could not be judged.

    Attributes:
        checks: the clauses of its records.
        checked: bugs that the check of its program names, else what it observed; none for a PASS.
        verify: the verdict and the sentence of each replay.
        val, test: the best accuracies of its records.
        looks: how often test data were opened.
        held, programs: what is compared with others: weights, and digests of programs.
        fresh: the digests of weights that its runs started from.
        alike: what it shares with others, a sentence each.
    """

    name: str
    runs: int = 0
    checks: tuple[Check, ...] = ()
    program: Verdict | None = None
    checked: tuple[str, ...] = ()
    verify: tuple[tuple[str, str], ...] = ()
    val: float | None = None
    test: float | None = None
    looks: int = 0
    held: tuple[Held, ...] = ()
    fresh: frozenset[str] = frozenset()
    programs: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()

    def count(self, status: str) -> int:
        """Return how many clauses have a status."""
        return sum(check.status == status for check in self.checks)

    @property
    def audit(self) -> str:
        """FAIL if a clause fails, else PASS if one passes, else NOT RUN; "" without records."""
        return next((s for s in ("FAIL", "PASS", "NOT RUN") if self.count(s)), "")

    @property
    def faults(self) -> list[str]:
        """The first fault of each clause that fails."""
        return [f"{c.clause}: {c.faults[0]}" for c in self.checks if c.status == "FAIL"]

    @property
    def is_failing(self) -> bool:
        """Whether a verdict is FAIL, or something could not be judged."""
        verdicts = {self.audit, self.program, *(verdict for verdict, _ in self.verify)}
        return "FAIL" in verdicts or bool(self.unjudged)

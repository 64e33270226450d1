"""What is said of somebody else's work: of a clause of a program, of a claimed run, or of all."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """PASS: as asked. FAIL: what was seen contradicts it. INCONCLUSIVE: neither was seen."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"

    @property
    def exit_status(self) -> int:
        """Return 0, 1 or 3; 2 is for bad input."""
        return {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}[self.value]


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of several: the worst, and INCONCLUSIVE of none."""
    found = set(verdicts)
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        if verdict in found:
            return verdict
    return Verdict.PASS if found else Verdict.INCONCLUSIVE

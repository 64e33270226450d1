"""What a check finds: a verdict on each clause, and what was observed for it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """PASS: as asked. FAIL: what was observed contradicts it. INCONCLUSIVE: neither was seen."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


STATUS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}  # 2 is for bad input


@dataclass(frozen=True)
class Bug:
    """One of the twenty bugs that public solutions have: Bug(2, "the output layer is fixed")."""

    number: int
    name: str


@dataclass(frozen=True)
class Finding:
    """One clause.

    Attributes:
        clause: its key, such as "gradient".
        asked: what is asked, in a sentence.
        verdict: how it went.
        observed: what was seen, in a sentence with numbers.
        bug: which of the twenty predicts what was observed, if any.
        details: lines: layer, array, factor, shapes, a worked row, or where their code failed.
    """

    clause: str
    asked: str
    verdict: Verdict
    observed: str
    bug: Bug | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckReport:
    """All that a check of one program found.

    Attributes:
        program: its file, as it was named.
        seed: of the random data; `seed=` gives the same data again.
        conventions: what was found out, such as "weights are (fan_in, fan_out)".
        findings: in the order in which they are shown.
        not_given: "split(x, y): whether training and validation overlap", a function each.
        seconds: how long it took.
        remarks: on the check itself, such as that the network could not be cut off here.
    """

    program: str
    seed: int
    conventions: tuple[str, ...]
    findings: tuple[Finding, ...]
    not_given: tuple[str, ...]
    seconds: float
    remarks: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """FAIL if any clause fails, else INCONCLUSIVE if any is or there is none, else PASS."""
        found = {finding.verdict for finding in self.findings} or {Verdict.INCONCLUSIVE}
        return next(v for v in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS) if v in found)

    @property
    def status(self) -> int:
        """The exit status: 0 PASS, 1 FAIL, 3 INCONCLUSIVE."""
        return STATUS[self.verdict]

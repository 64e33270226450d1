"""What is said of somebody else's program: findings by clause, and the bugs that they name."""

from dataclasses import dataclass

from hw3.core.verdict import Verdict, overall


@dataclass(frozen=True)
class Bug:
    """One of the bugs that public solutions of the assignment really have.

    Attributes:
        number: as docs/mutants.md counts them.
        name: what is wrong, in a few words.
    """

    number: int
    name: str


@dataclass(frozen=True)
class Finding:
    """What a clause came to.

    Attributes:
        clause: a short key, such as "gradients".
        asked: what is asked, one sentence.
        observed: one sentence with numbers.
        bug: which bug predicts what was observed.
        details: lines: layer, array, factor, shapes, a worked row; or the error of the program.
    """

    clause: str
    asked: str
    verdict: Verdict
    observed: str
    bug: Bug | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckReport:
    """What a check of a program, or of a weight file, came to.

    Attributes:
        program: the file, as it was named.
        seed: of the random data; with it, the same data are drawn again.
        conventions: found out, such as "weights are (fan_in, fan_out)".
        not_given: functions that the program lacks, and what could be checked with them.
        remarks: such as that the network could not be cut off on this system.
    """

    program: str
    seed: int
    conventions: tuple[str, ...]
    findings: tuple[Finding, ...]
    not_given: tuple[str, ...]
    seconds: float
    remarks: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Return FAIL for any, else INCONCLUSIVE for any or for no clause, else PASS."""
        return overall(finding.verdict for finding in self.findings)

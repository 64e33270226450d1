"""Check somebody else's program: find out its conventions, look at each clause, name the bugs."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hw3.core.verdict import Verdict
from hw3.programs.clauses.all import CLAUSES
from hw3.programs.convention import NotUnderstood, find
from hw3.programs.form import NotFinite
from hw3.programs.names import CONTRACT
from hw3.programs.program import Limits, Program, ProgramError
from hw3.programs.subject import Subject
from hw3.programs.verdict import CheckReport, Finding

UNDERSTOOD = "The program takes weights, rows and labels in a usual form."


def checked(path: Path, limits: Limits | None = None, seed: int | None = None) -> CheckReport:
    """Return what a check of the program in a file came to; its code runs in a process apart.

    seed: of the random data; by default new ones, so that no answer can be prepared.

    Errors: ConfigError for a file that is no program, or defines nothing that can be checked.
    """
    begun = time.monotonic()
    seed = secrets.randbits(32) if seed is None else seed
    rng = np.random.default_rng(seed)
    conventions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    findings: list[Finding] = []
    waiting: list[str] = []
    try:
        with Program.started(path, limits) as program, np.errstate(all="ignore"):
            remarks = program.remarks
            subject = find(program, rng)
            conventions = subject.convention.lines()
            missing = not_given(subject)
            for finding in looked(subject, rng, waiting):
                findings.append(finding)
    except (NotUnderstood, ProgramError) as error:
        details = tuple(getattr(error, "details", ()))
        asked = UNDERSTOOD if not findings else "The program stays within its limits."
        findings.append(Finding("program", asked, Verdict.INCONCLUSIVE, str(error), None, details))
    except NotFinite as error:
        findings.append(Finding("loss", "The loss is a number.", Verdict.FAIL, str(error)))
    if waiting:
        names = ", ".join(waiting)
        remarks = (*remarks, f"not looked at until the clauses before them pass: {names}")
    seconds = time.monotonic() - begun
    return CheckReport(str(path), seed, conventions, tuple(findings), missing, seconds, remarks)


def looked(subject: Subject, rng: np.random.Generator, waiting: list[str]) -> Iterator[Finding]:
    """Yield the findings of all clauses that the program has functions for.

    waiting: gets the clauses that wait until others, on which they depend, pass.
    """
    failed: set[str] = set()
    for clause in CLAUSES:
        if not clause.is_given(subject):
            continue
        if failed.intersection(clause.after):
            waiting.append(clause.name)
            failed.add(clause.name)
            continue
        for finding in clause.findings(subject, rng):
            if finding.verdict == Verdict.FAIL:
                failed.add(clause.name)
            yield finding


def not_given(subject: Subject) -> tuple[str, ...]:
    """Return which functions are missing, with what is asked of each."""
    lines: dict[str, list[str]] = {}
    for clause in CLAUSES:
        if not clause.is_given(subject):
            names = " and ".join(signature(name) for name in clause.needs[0])
            lines.setdefault(names, []).append(clause.asked)
    return tuple(f"{names}: {' '.join(asked)}" for names, asked in lines.items())


def signature(name: str) -> str:
    """Return a function as it is called, such as loss(weights, x, y)."""
    return f"{name}({', '.join(CONTRACT[name]) or '...'})"

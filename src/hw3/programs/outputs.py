"""Where a check goes beside the terminal: JSON for programs, results for Gradescope, a page."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hw3.core.errors import ConfigError, first_line
from hw3.core.files import expanded, write_json, write_text
from hw3.core.verdict import Verdict
from hw3.core.words import counted, quoted
from hw3.programs.verdict import CheckReport, Finding

SCHEMA = 1  # of the JSON: a later number adds keys, and changes none
ENDINGS = {"json": ".json", "gradescope": ".json", "page": ".html"}  # no program's, by a slip
UNDECIDED = "Not decided: this gives no point, and is no fault that was found. A person must look."


@dataclass(frozen=True)
class Outputs:
    """The files to write, None for those that nobody asked for."""

    json: Path | None
    gradescope: Path | None
    page: Path | None

    @classmethod
    def to(cls, **names: str) -> "Outputs":
        """Return the outputs of these names, each empty for none.

        Raises:
            ConfigError: for one that cannot be written.
        """
        paths = {key: expanded(name) if name else None for key, name in names.items()}
        for key, path in paths.items():
            if path and (path.suffix != ENDINGS[key] or not path.parent.is_dir() or path.is_dir()):
                raise ConfigError(
                    f"{key}={quoted(names[key])} must be a file with the ending {ENDINGS[key]}, "
                    "in a folder that is there"
                )
        if paths["json"] and paths["json"] == paths["gradescope"]:
            raise ConfigError("json and gradescope name one file; give each its own")
        return cls(**paths)

    def write(self, report: CheckReport) -> list[Path]:
        """Write them, and return their paths."""
        if self.json:
            write_json(self.json, as_json(report))
        if self.gradescope:
            write_json(self.gradescope, as_results(report))
        if self.page:
            from hw3.programs.page import page  # slow to import

            write_text(self.page, page(report))
        return [path for path in (self.json, self.gradescope, self.page) if path]

    def write_failure(self, name: str, error: Exception) -> None:
        """Write what a grader must have whatever happens: no point, and why."""
        if self.gradescope:
            text = f"{name} could not be checked. {first_line(error)}"
            details = "\n".join(getattr(error, "details", ()))
            test = a_test("The program can be checked", 0.0, f"{text}\n\n{details}".strip())
            write_json(self.gradescope, {"output": text, "output_format": "text", "tests": [test]})


def as_json(report: CheckReport) -> dict[str, Any]:
    """Return the report as JSON holds it: its fields by their names, its verdict, and a version."""
    return {"schema": SCHEMA, "verdict": str(report.verdict)} | asdict(report)


def as_results(report: CheckReport) -> dict[str, Any]:
    """Return the report as Gradescope reads it: a test of one point for each clause.

    Source: gradescope-autograders.readthedocs.io/en/latest/specs. A test has passed or failed
    there, so the output of one that was not decided says so first.
    """
    tests = [
        a_test(f"{f.clause}: {f.asked}", float(f.verdict is Verdict.PASS), told(f))
        for f in report.findings
    ]
    if not tests:
        tests = [a_test("The program can be checked", 0.0, f"Nothing was checked. {UNDECIDED}")]
    lines = [f"{report.verdict}: {counts(report)}. Seed of the random data: {report.seed}."]
    lines += [f"Conventions found: {listed(report.conventions)}."] if report.conventions else []
    lines += [f"Not given: {listed(report.not_given)}."] if report.not_given else []
    return {
        "output": "\n".join([*lines, *report.remarks]),
        "output_format": "text",
        "execution_time": round(report.seconds, 2),
        "tests": tests,
    }


def a_test(name: str, score: float, output: str) -> dict[str, Any]:
    """Return one test of Gradescope's, of one point."""
    status = "passed" if score else "failed"
    test = {"name": name, "name_format": "text", "output": output, "output_format": "text"}
    return test | {"score": score, "max_score": 1.0, "status": status}


def told(finding: Finding) -> str:
    """Return what a student reads of a clause."""
    lines = [f"{finding.verdict}: {finding.observed}"]
    lines[:0] = [UNDECIDED] if finding.verdict is Verdict.INCONCLUSIVE else []
    lines += [f"Bug {finding.bug.number}: {finding.bug.name}"] if finding.bug else []
    return "\n".join([*lines, *finding.details])


def counts(report: CheckReport) -> str:
    """Return "10 clauses: 8 PASS, 1 FAIL, 1 INCONCLUSIVE"."""
    found = [finding.verdict for finding in report.findings]
    told = ", ".join(f"{found.count(verdict)} {verdict}" for verdict in Verdict)
    return f"{counted(len(found), 'clause')}: {told}"


def listed(texts: Iterable[str]) -> str:
    """Return sentences as parts of one."""
    return "; ".join(text.rstrip(".") for text in texts)

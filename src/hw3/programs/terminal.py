"""What a check prints: a row for each clause, then why, where it does not hold."""

from collections.abc import Sequence
from pathlib import Path

from hw3.core.terminal import console, say
from hw3.core.verdict import Verdict
from hw3.core.words import escaped
from hw3.programs.outputs import counts, listed
from hw3.programs.verdict import CheckReport, Finding

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}
WIDTH = 80


def show(report: CheckReport, written: Sequence[Path]) -> None:
    """Print a report, and where it was written."""
    print_table(report.findings)
    for finding in report.findings:
        if finding.verdict is not Verdict.PASS:
            say("\n".join(explained(finding)))
    lists = {"Conventions found": report.conventions, "Not given": report.not_given}
    for title, texts in lists.items():
        if texts:
            say("\n  ".join([f"{title}, and not held against it:", *map(escaped, texts)]) + "\n")
    for remark in report.remarks:
        say(f"Remark: {listed([remark])}.\n")
    files = f"; written: {', '.join(map(str, written))}" if written else ""
    again = f"seed={report.seed} gives the same data again"
    say(f"hw3: {report.verdict}: {counts(report)}, in {report.seconds:.1f} s; {again}{files}")


def print_table(findings: Sequence[Finding]) -> None:
    """Print a row for each clause: its verdict, its key, what was seen."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("verdict", no_wrap=True)
    table.add_column("clause", overflow="fold")
    table.add_column("observed", overflow="fold")
    for found in findings:
        verdict = Text(found.verdict, COLOURS[found.verdict])
        table.add_row(verdict, escaped(found.clause), escaped(found.observed))
    where = console()
    where.width = min(where.width, WIDTH)
    where.print(table)


def explained(finding: Finding) -> list[str]:
    """Return the lines on a clause that does not hold."""
    lines = [f"{finding.verdict} {finding.clause}: {finding.observed}"]
    lines += [f"  asked: {finding.asked}"]
    lines += [f"  bug {finding.bug.number}: {finding.bug.name}"] if finding.bug else []
    return [*lines, *(f"    {line}" for line in finding.details), ""]

"""The rows as CSV and as a page."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from hw3.classroom.likeness import INNOCENT
from hw3.classroom.row import Judged
from hw3.core.errors import RunDirError
from hw3.core.files import table_text
from hw3.core.words import counted, escaped, percent
from hw3.report.page import make_environment, together

TITLE = "hw3: classroom"
HEADER = (
    *("submission", "judged", "audit", "clauses_passed", "clauses_failed", "clauses_not_run"),
    *("faults", "check", "checked", "verify", "verified", "runs", "best_val", "best_test"),
    *("looks_at_test", "alike", "remarks"),
)
FORMULA = ("=", "+", "-", "@")  # by which a spreadsheet knows what it would compute


def csv_text(rows: Sequence[Judged]) -> str:
    """Return the table as CSV; several things of a cell have a bar between them."""
    lines = []
    for row in rows:
        counts = (row.count(status) for status in ("PASS", "FAIL", "NOT RUN"))
        verdicts, sentences = zip(*row.verify, strict=True) if row.verify else ((), ())
        cells = (
            *((row.name,), "no" if row.unjudged else "yes", row.audit, *counts, row.faults),
            *(row.program or "", row.checked, verdicts, sentences, row.runs, row.val, row.test),
            *(row.looks, row.alike, (*row.unjudged, *row.remarks)),
        )
        lines.append([c if isinstance(c, str | int | float | None) else cell(c) for c in cells])
    return table_text(HEADER, lines)


def cell(texts: Iterable[str]) -> str:
    """Return texts as one line that no spreadsheet takes for a formula."""
    text = escaped(" | ".join(texts))
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def page(rows: Sequence[Judged], place: str) -> str:
    """Return the table as HTML."""
    environment = make_environment(percent=percent, counted=counted, escaped=escaped)
    template = Path(__file__).parent / "templates" / "classroom.html.j2"
    found = environment.from_string(template.read_text(encoding="utf-8"))
    about = {"title": TITLE, "version": version("hw3"), "place": place}
    return together(found.render(rows=rows, answer=answer(rows), is_notable=is_notable, **about))


def answer(rows: Sequence[Judged]) -> list[str]:
    """Return what came of all, in sentences."""
    verdicts = {
        "Audit": [row.audit for row in rows if row.audit],
        "Check": [str(row.program) for row in rows if row.program],
        "Verify": [verdict for row in rows for verdict, _ in row.verify],
    }
    lines = [f"{counted(len(rows), 'submission')}."]
    for what, found in verdicts.items():
        counts = [f"{found.count(v)} {v}" for v in sorted(set(found))]
        lines += [f"{what}: {', '.join(counts)}."] if found else []
    if n := sum(any(map(is_notable, row.alike)) for row in rows):
        lines.append(f"{n} hold weights or a program of others, in a way that is worth a look.")
    if n := sum(bool(row.unjudged) for row in rows):
        lines.append(f"{n} could not be judged.")
    return lines


def is_notable(sentence: str) -> bool:
    """Whether what is shared is worth a look."""
    return not sentence.startswith(INNOCENT)


def refuse_others(csv: Path, web: Path) -> None:
    """Raise RunDirError, before the work, where another's file would be lost, or has no place."""
    for path, mark in ((csv, ",".join(HEADER[:2])), (web, f"<title>{TITLE}</title>")):
        if not path.parent.is_dir():
            raise RunDirError(f"{path} cannot be written: there is no folder {path.parent}")
        if path.exists() and mark.encode() not in path.read_bytes()[:4000]:
            raise RunDirError(f"{path} was not written by hw3; move it away, or name another file")

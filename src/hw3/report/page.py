"""The page: sections from the records, filled into one template, one file without a network."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hw3.core.files import write_text
from hw3.report import section_fashion, section_mnist, section_runs, section_sequences
from hw3.report.audit import Check
from hw3.report.blocks import Section, emphasised, fault
from hw3.report.headlines import headlines
from hw3.report.records import BROKEN, EXPERIMENTS, Records, one_line

PAGE = "report.html"


def write_page(records: Records, checks: list[Check]) -> Path:
    """Write report.html into the records' folder; return its path."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["code"] = lambda text: Markup(emphasised(text))
    template = Path(__file__).with_name("template.html").read_text(encoding="utf-8")
    sections = [
        section_mnist.section(records),
        section_fashion.confusion_section(records),
        section_fashion.weights_section(records),
        section_sequences.section(records),
    ]
    failed = [check for check in checks if check.status == "FAIL"]
    page = environment.from_string(template).render(
        shortened=records.shortened(),
        is_quick=records.is_quick,
        headlines=headlines(records),
        provenance=guarded("what-ran", "What was run", lambda: section_runs.provenance(records)),
        sections=sections,
        has_run=any(records.runs(part) for part in EXPERIMENTS),
        period=section_runs.period(records),
        checks=checks,
        failed=failed,
        faults={s.id: [c for c in failed if c.clause[0] == s.id[-1]] for s in sections},
        counts={s: sum(c.status == s for c in checks) for s in ("PASS", "FAIL", "NOT RUN")},
        reproduce=guarded("reproduce", "Reproduce", lambda: section_runs.reproduce(records)),
        version=version("hw3"),
    )
    path = records.root / PAGE
    write_text(path, page)
    return path


def guarded(name: str, title: str, build: Callable[[], Section]) -> Section:
    """Return a section, or in its place which record is broken."""
    try:
        return build()
    except BROKEN as error:
        text = f"A record of this part cannot be used: {one_line(error)}"
        return Section(name, title, [fault(text)])

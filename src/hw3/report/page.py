"""The page: a template for each problem, filled from the records; one file without a network."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import hw3.report
from hw3.analysis.intervals import accuracy_text, interval_text, mean_text, spread_text
from hw3.config.words import penalties
from hw3.core.words import counted, number, p_text, percent, percent_range, shape, span
from hw3.records import layout
from hw3.records.confusion import read_confusion
from hw3.records.outcome import SCHEMA
from hw3.records.read import read_png
from hw3.report.clause import Check
from hw3.report.commands import left_out, made_by
from hw3.report.facts import changes, halvings
from hw3.report.parts import Part, Records, Stopped, guarded
from hw3.report.problems import problems

A = TypeVar("A")


def page(records: Records, checks: Sequence[Check]) -> str:
    """Return the page as HTML."""
    template = make_environment(records).get_template("page.html.j2")
    failed = [check for check in checks if check.status == "FAIL"]
    text = template.render(
        problems=problems(), checks=checks, failed=failed, version=version("hw3")
    )
    return text.strip() + "\n"


def make_environment(records: Records) -> Environment:
    """Return where templates are and what each may use: readers, words, records; all is escaped."""
    environment = Environment(
        loader=FileSystemLoader([Path(place) / "templates" for place in hw3.report.__path__]),
        extensions=["jinja2.ext.do"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = (
        accuracy_text,
        counted,
        interval_text,
        mean_text,
        number,
        p_text,
        penalties,
        percent,
        percent_range,
        shape,
        span,
        spread_text,
    )
    readers = (changes, halvings, left_out, made_by, numeric_columns, png, read_confusion)
    environment.globals |= {work.__name__: work for work in (*words, *readers)}
    environment.globals |= {"records": records, "files": layout, "SCHEMA": SCHEMA}
    environment.globals |= {"shown": shower(records), "guarded": guarded, "unlike": unlike}
    environment.filters["one_line"] = lambda text: Markup(" ").join(text.split())
    return environment


def shower(records: Records) -> Callable[..., str | Stopped | None]:
    """Return what guards each block of the page; what several lack alike is said once."""
    said: set[Stopped] = set()

    def shown(part: Part[A], draw: Callable[[A], str], is_partial: bool) -> str | Stopped | None:
        body = guarded(records, (part,), lambda: draw(records.of(part)), is_partial)
        if body in said:
            return None
        if isinstance(body, Stopped):
            said.add(body)
        return body

    return shown


def unlike(records: Records) -> dict[str, dict[str, set[str]]]:
    """Return what decides bits and differs among runs of a backend: its values, and in which."""
    found: dict[str, dict[str, set[str]]] = {}
    for part in records.parts:
        for run in records.runs(part):
            backend = run.config.model.backend
            for name, value in run.environment.deciders(backend).items():
                values = found.setdefault(f"{backend} backend, {name}", {})
                values.setdefault(value, set()).add(part.experiment)
    return {name: values for name, values in found.items() if len(values) > 1}


def png(path: Path) -> str | None:
    """Return a figure of the records as a data URI, None where its file is missing."""
    content = read_png(path)
    return f"data:image/png;base64,{b64encode(content).decode()}" if content else None


def numeric_columns(rows: Sequence[Sequence[object]]) -> list[int]:
    """Return which columns hold numbers, and so stand at the right; the first is a header.

    A cell is one if it begins like a number, or is a dash, and is short enough for one line.
    """
    columns = zip(*([str("-" if c is None else c) for c in row] for row in rows), strict=True)
    texts = [all(cell[:1] in "+-0123456789" and len(cell) < 17 for cell in c) for c in columns]
    return [i for i, is_numeric in enumerate(texts) if i and is_numeric]

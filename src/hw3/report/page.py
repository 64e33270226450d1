"""The page: a template for each problem, filled from the records; one file without a network."""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import hw3.report
from hw3.analysis import confusion as analysis
from hw3.analysis import intervals
from hw3.core import words
from hw3.records import layout
from hw3.records.confusion import read_confusion
from hw3.records.read import read_png
from hw3.report import checklist, code, ran
from hw3.report.clause import Check
from hw3.report.parts import Part, Records, Stopped, guarded
from hw3.report.problems import problems
from hw3.sweeps import choice, curves, groups, summary
from hw3.tasks import confusion, explore, insight, weights

MODULES = {
    **{"choice": choice, "curves": curves, "groups": groups, "summary": summary, "ran": ran},
    **{"confusion": confusion, "explore": explore, "insight": insight, "weights": weights},
    **{"checklist": checklist, "code": code},
    **{"words": words, "intervals": intervals, "analysis": analysis, "files": layout},
}
A = TypeVar("A")
# What no line may end between; what is to be pasted stays as it is.
TOGETHER = re.compile(
    r"<code>.*?</code>|(?s:<pre>.*?</pre>)"
    r"| (?:(?<=\d )(?=(?:%|±|(?:points?|sd|s|nats|epochs?|seeds?|times|minutes)\b))"
    r"|(?<=± )(?=\d)|(?<=\bp )(?=[=&])|(?<=\bp = )(?=\d)|(?<=&lt; )(?=0))"
)


def page(records: Records, checks: Sequence[Check], byline: Sequence[str] = ()) -> str:
    """Return the page as HTML; the byline is who hands it in, for which course and when."""
    shown = shower(records)
    made = make_environment(records=records, shown=shown, guarded=guarded)
    template = made.get_template("page.html.j2")
    failed = [check for check in checks if check.status == "FAIL"]
    found = [(problem, *problem.answer(records)) for problem in problems()]
    about = {"title": hw3.report.TITLE, "version": version("hw3"), "byline": byline}
    return together(template.render(problems=found, checks=checks, failed=failed, **about))


def together(text: str) -> str:
    """Return a page in which no line ends between a number and its unit."""
    return (
        TOGETHER.sub(lambda found: "\u00a0" if found[0] == " " else found[0], text.strip()) + "\n"
    )


def make_environment(**own: object) -> Environment:
    """Return where templates are and what each may use: readers, words, a page's own; escaped."""
    environment = Environment(
        loader=FileSystemLoader([Path(place) / "templates" for place in hw3.report.__path__]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= MODULES
    environment.globals |= {"png": png, "read_confusion": read_confusion, **own}
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


def png(path: Path) -> str | None:
    """Return a figure of the records as a data URI, None where its file is missing."""
    content = read_png(path)
    return f"data:image/png;base64,{b64encode(content).decode()}" if content else None

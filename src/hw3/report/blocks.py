"""What a section of the page is made of; the template draws each kind in its own way."""

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from hw3.analysis.intervals import wilson
from hw3.core.errors import RunDirError
from hw3.report.records import BROKEN, Part, Records, one_line


@dataclass(frozen=True)
class Block:
    """One piece of a section; `kind` names the template's macro that draws it."""

    kind: str
    text: str = ""
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    source: str = ""
    alt: str = ""
    numeric: frozenset[int] = frozenset()  # columns of a table that hold numbers


@dataclass
class Section:
    """A part of the page with a heading and a place in the contents list."""

    id: str
    title: str
    blocks: list[Block] = field(default_factory=list)

    def add(self, *blocks: Block) -> None:
        """Add blocks at the end."""
        self.blocks.extend(blocks)

    def part(
        self, records: Records, part: Part, title: str, build: Callable[[Records], list[Block]]
    ) -> None:
        """Add what `build` returns; in its place what is not run, or which record is broken."""
        broken, lacking = records.broken_part(part), records.lacking(part)
        if not records.runs(part):
            reason = fault(broken) if broken else missing(str(lacking))
            self.add(*([] if reason in self.blocks else [heading(title), reason]))  # once is enough
            return
        self.add(heading(title))
        if lacking:
            self.add(missing(lacking))
        try:
            self.add(*build(records))
        except BROKEN as error:
            self.add(fault(f"A record of this part cannot be used: {one_line(error)}"))


def heading(text: str) -> Block:
    """Return a heading inside a section."""
    return Block("heading", text)


def paragraph(text: str) -> Block:
    """Return a paragraph."""
    return Block("paragraph", text)


def fault(text: str) -> Block:
    """Return a warning."""
    return Block("fault", text)


def missing(text: str) -> Block:
    """Return the note that stands where something has not been run: "not run: <command>"."""
    words, _, command = text.partition(": ")
    return Block("missing", f"{words}: `{command}`")


def items(texts: Iterable[str]) -> Block:
    """Return a list."""
    return Block("items", rows=[[text] for text in texts])


def facts(pairs: dict[str, Any]) -> Block:
    """Return terms with their values."""
    return Block("facts", rows=[[key, str(value)] for key, value in pairs.items()])


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Block:
    """Return a table; the first cell of a row is its header, numbers stand at the right."""
    cells = [["-" if cell is None else str(cell) for cell in row] for row in rows]
    columns = list(zip(*cells, strict=True))
    numeric = {i for i, column in enumerate(columns) if i and all(map(is_number, column))}
    return Block("table", caption, header, cells, numeric=frozenset(numeric))


def is_number(cell: str) -> bool:
    """Whether a cell begins like a number and is short enough to stay on one line."""
    return cell[:1] in "+-0123456789" and len(cell) < 17


def figure(path: Path, caption: str, alt: str) -> Block:
    """Return a figure of the records, embedded; a missing file is said in its place."""
    if not path.is_file():
        return fault(f"{path} is missing: deleted, or of a version that did not draw it yet")
    content = path.read_bytes()
    if not content.startswith(b"\x89PNG"):
        raise RunDirError(f"{path} is damaged: no PNG")
    encoded = base64.b64encode(content).decode("ascii")
    return Block("figure", caption, source=f"data:image/png;base64,{encoded}", alt=alt)


def emphasised(text: str) -> str:
    """Return text for HTML with what stands between backquotes as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))


def percent(share: float | None, digits: int = 2) -> str | None:
    """Return "98.33 %", or None for nothing."""
    return None if share is None else f"{100 * share:.{digits}f} %"


def interval(correct: int, n: int) -> str:
    """Return "98.49 % (9849 of 10000; 95 % interval 98.23 % to 98.71 %)", the interval Wilson's."""
    low, high = wilson(correct, n)
    return (
        f"{percent(correct / n)} ({correct} of {n}; "
        f"95 % interval {percent(low)} to {percent(high)})"
    )

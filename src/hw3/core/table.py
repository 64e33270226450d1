"""A table as a page shows it: what stands in it is decided here, how it looks is not."""

from collections.abc import Sequence
from dataclasses import dataclass

LONG = 16  # rows; a longer table is folded


@dataclass(frozen=True)
class Table:
    """A caption, a header, and rows whose first cell names the row; a cell that is None is a dash.

    `id` is what the page knows it by.
    """

    id: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]

    @property
    def is_long(self) -> bool:
        """Whether it is better folded."""
        return len(self.rows) > LONG

    @property
    def numeric(self) -> list[int]:
        """Which columns hold numbers, and so stand at the right; never the first.

        A cell is one if it begins like a number, or is a dash, and is short enough for one line.
        """
        columns = zip(
            *([str("-" if c is None else c) for c in row] for row in self.rows), strict=True
        )
        texts = [all(cell[:1] in "<+-0123456789" and len(cell) < 17 for cell in c) for c in columns]
        return [i for i, is_numeric in enumerate(texts) if i and is_numeric]

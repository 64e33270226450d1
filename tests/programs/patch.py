"""What makes a right program of examples/museum wrong: replacements of texts that occur once."""

from dataclasses import dataclass
from pathlib import Path

MUSEUM = Path(__file__).parents[2] / "examples" / "museum"
Edit = tuple[str, str]  # the old text, which occurs exactly once, and the new


@dataclass(frozen=True)
class Patch:
    """One of the 20 bugs, as somebody would write it in a program of one style."""

    style: str
    bug: int
    name: str
    edits: tuple[Edit, ...]

    @property
    def file(self) -> str:
        """The name of the wrong program."""
        return f"{self.style}/{self.bug:02d}_{self.name}.py"

    def source(self) -> str:
        """Return the wrong program.

        Raises:
            ValueError: if an old text does not occur exactly once.
        """
        text = right(self.style)
        for old, new in self.edits:
            if text.count(old) != 1:
                raise ValueError(f"{self.file}: {text.count(old)} times in the program: {old}")
            text = text.replace(old, new)
        return text


def right(style: str) -> str:
    """Return the right program of a style."""
    return (MUSEUM / f"{style}.py").read_text(encoding="utf-8")

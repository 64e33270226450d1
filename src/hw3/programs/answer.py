"""What a program's process answers: values, or what the program raised, as data and as text."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hw3.core.errors import ConfigError, Hw3Error
from hw3.core.words import escaped, one_line
from hw3.programs.wire import Tree

UNTOLD = "return numbers, arrays, or lists, tuples and dictionaries of them"


@dataclass(frozen=True)
class Opened:
    """A file that was opened to be read (r), begun anew (w), or changed (r+)."""

    path: str
    mode: str


@dataclass(frozen=True)
class Answer:
    """What a function returned, and what was seen meanwhile.

    Attributes:
        value: numbers, and fresh arrays; an array of objects stays one, of trees.
        changed: names of the arguments that the call modified in place.
        opened: files, without modules; by Python's open and by h5py.File.
        printed: the last 4,000 bytes of what it printed, control characters escaped.
        seconds: how long it took.
    """

    value: Tree
    changed: tuple[str, ...] = ()
    opened: tuple[Opened, ...] = ()
    printed: str = ""
    seconds: float = 0.0


class DetailedError(Hw3Error):
    """A line, and lines of details below it."""

    def __init__(self, text: str, details: Iterable[str] = ()) -> None:
        super().__init__(text)
        self.details = tuple(details)


class NoProgramError(DetailedError, ConfigError):
    """A file that is no Python, or defines nothing to check; the details show what would."""


class ProgramError(DetailedError):
    """What their code raised, in a line that names the line of their file.

    The details are the lines of their files that led to it, and the last that was printed.
    """


class OutOfTime(ProgramError):
    """A call, the import or the whole check took longer than it may."""


class Died(ProgramError):
    """The process ended: killed, out of memory, crashed, or by an exit of its own."""


def answer(reply: Any) -> Answer:
    """Return the answer that a reply holds."""
    opened = tuple(Opened(str(path), str(mode)) for path, mode in reply["opened"])
    printed = "\n".join(map(escaped, str(reply["printed"]).splitlines()))
    changed = tuple(map(str, reply["changed"]))
    return Answer(reply["value"], changed, opened, printed, float(reply["seconds"]))


def failure(name: str, reply: Any) -> ProgramError | NoProgramError:
    """Return the error for what their code raised: a line of theirs, its text, the exception."""
    kind, text = str(reply["error"]), str(reply["text"]).strip()
    places = [
        f"{file}, line {line}, in {where}: {code.strip()}"
        for file, line, where, code in reply["lines"]
    ]
    printed = str(reply["printed"]).splitlines()[-5:]
    details = [one_line(line.strip()) for line in (*places, *printed)]
    if kind == "UntoldError":
        return ProgramError(f"{name} returned {one_line(text)}; {UNTOLD}", details)
    line = one_line(": ".join(filter(None, (name, *places[-1:], kind, text))))
    if kind == "SystemExit":
        return Died(f"{line}, which ends a program", details)
    if name == "import" and kind == "SyntaxError":
        return NoProgramError(line, details)
    return ProgramError(line, details)

"""The ledger: each look at a test split is a line that carries the hash of the line before it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from hw3.config.validate import build
from hw3.core.errors import ConfigError, DataError
from hw3.core.files import check_regular, write_text
from hw3.core.limits import Count, PositiveInt
from hw3.core.times import moment
from hw3.records.layout import LEDGER, OUTPUTS, outputs_of

LEDGER_PATH = Path(OUTPUTS, LEDGER)
OF_FILE = ", test file "  # between the label of own data and the start of the sha256


@dataclass(frozen=True)
class Opening:
    """One line of the ledger; `previous` is the sha256 of the line before, "" in the first."""

    time: str
    reason: str
    run: str
    config_hash: str | None
    weights_sha256: str
    dataset: str
    correct: Count
    n: PositiveInt
    previous: str = ""

    @property
    def label(self) -> str:
        """What the data are called, without which file of a person's own it was."""
        return self.dataset.partition(OF_FILE)[0]

    @property
    def split(self) -> str:
        """Which split it was: of own files by their content, whatever the data are called."""
        return self.dataset.rpartition(OF_FILE)[2]

    @property
    def moment(self) -> datetime:
        """When it was."""
        return moment(self.time)

    @property
    def line(self) -> str:
        """The line as it stands in the file."""
        return json.dumps(asdict(self))


def ledger_of(path: Path) -> Path:
    """Return the ledger of the outputs that a file lies in, else of those in this folder.

    So a look at a run's weights is written where its run is, from wherever it is taken.
    """
    outputs = outputs_of(path)
    return outputs / LEDGER if outputs else LEDGER_PATH


def link(openings: Sequence[Opening]) -> str:
    """Return what the next line carries: the sha256 of the last one, "" where there is none."""
    return digest_of(openings[-1]) if openings else ""


def digest_of(opening: Opening) -> str:
    """Return what the line after an opening carries."""
    return hashlib.sha256(opening.line.encode()).hexdigest()


def broken_links(openings: Sequence[Opening]) -> list[int]:
    """Return the numbers, from 1, of lines that do not follow the line before them.

    A line that was changed, removed or put in breaks the link behind it; what was cut off the end
    leaves no trace here, and is missed by the run whose look it was.
    """
    expected = ["", *map(digest_of, openings)]
    return [i + 1 for i, o in enumerate(openings) if o.previous != expected[i]]


def before(openings: Sequence[Opening], line: Opening) -> list[Opening]:
    """Return the openings of the same split that stand before a line."""
    return [o for o in openings[: openings.index(line)] if o.split == line.split]


def read_ledger(path: Path) -> list[Opening]:
    """Return all openings so far, oldest first.

    Raises:
        DataError: for a line that is no record of an opening; names it.
    """
    check_regular(path)
    if not path.exists():
        return []
    openings = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            opening = build(Opening, json.loads(line), "", {})
            _ = opening.moment
            openings.append(opening)
        except (ValueError, RecursionError, ConfigError) as error:
            raise DataError(
                f"{path}, line {number} is no record of an opening; mend it, so that none is lost"
            ) from error
    return openings


def enter(path: Path, opening: Opening, is_resumable: bool) -> tuple[Opening, int]:
    """Append an opening; return the line that stands there and how many of its split came before.

    With `is_resumable`, an opening by the same run with the same weights is not written again: it
    is the same look, taken up after an interruption, and its first reason stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        openings = read_ledger(path)
        earlier = [o for o in openings if o.split == opening.split]
        for i, other in enumerate(earlier):
            if is_resumable and is_same_look(other, opening):
                return other, i
        opening = replace(opening, previous=link(openings))
        write_text(path, "".join(f"{o.line}\n" for o in (*openings, opening)))
    return opening, len(earlier)


def is_same_look(a: Opening, b: Opening) -> bool:
    """Whether two openings measured the same weights of the same run."""
    return (a.run, a.weights_sha256) == (b.run, b.weights_sha256)

"""Files that are whole or not there: written beside their place, then moved into it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPORARY_PREFIX = ".writing-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; on success it becomes `path` in one step.

    A process killed at any moment leaves the old file or the new one, and at worst a temporary
    one (see `remove_temporaries`).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}-{path.name}")
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())  # the content must be on disk before the name points at it
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON in one step; NaN and infinities are refused, since JSON has none."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def save_figure(path: Path, figure: "Figure") -> None:
    """Write a figure as PNG in one step."""
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150)


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, or None if it is not there."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def remove_temporaries(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
        path.unlink(missing_ok=True)

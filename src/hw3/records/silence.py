"""weights.json of problem 3: which hidden units are silent, which takes the data to tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw3.config.validate import build
from hw3.records.layout import SILENT_UNITS
from hw3.records.read import needed, read_record, reading

UnitNumbers = tuple[tuple[int, ...], ...]  # for each hidden layer, from 0


@dataclass(frozen=True)
class Silence:
    """The silent units of a sweep's networks, by the name of the job; one job for each network."""

    jobs: Mapping[str, UnitNumbers]


def read_silence(folder: Path) -> Mapping[str, UnitNumbers]:
    """Return the silent units of the networks of the sweep in a folder.

    Raises:
        RunDirError: if weights.json is not there, or damaged.
    """
    path = folder / SILENT_UNITS
    record = needed(read_record(path), path)
    with reading(path):
        return build(Silence, record if "jobs" in record else upgraded(record), "", {}).jobs


def upgraded(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of schema 1, which held all measures and the words, in today's form."""
    nets = [record[key] for key in record if key not in ("words", "definitions")]
    return {
        "jobs": {net["job"]: [row["silent_units"] for row in net["layers"][:-1]] for net in nets}
    }

"""What was run, where, and by which commands."""

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hw3.records.layout import METRICS
from hw3.records.outcome import SCHEMA
from hw3.records.read import read_jobs
from hw3.report.parts import Part, Records


def machines(records: Records) -> dict[str, list[str]]:
    """Return, for each commit and machine that runs were made with, their experiments."""
    found: dict[str, dict[str, None]] = {}
    for part in records.parts:
        for run in records.runs(part):
            found.setdefault(str(run.environment), {})[part.experiment] = None
    return {line: list(experiments) for line, experiments in found.items()}


def older(records: Records) -> dict[str, int]:
    """Return how many runs of each experiment an older version of hw3 recorded."""
    found = {
        part.experiment: sum(run.outcome.schema < SCHEMA for run in records.runs(part))
        for part in records.parts
    }
    return {experiment: n for experiment, n in found.items() if n}


def span(numbers: Iterable[int]) -> str:
    """Return "0" or "0 to 4"."""
    found = sorted(set(numbers))
    return f"{found[0]} to {found[-1]}" if len(found) > 1 else str(*found)


def days(records: Records) -> list[str]:
    """Return the first and the last day on which a run ended; one for both, none without a run."""
    found = sorted(run.last_sign[:10] for run in records.all_runs)
    return list(dict.fromkeys((*found[:1], *found[-1:])))


def left_out(records: Records, part: Part[Any]) -> list[str]:
    """Return the names of ended runs beside the one that is reported; of a sweep none."""
    reported = {run.name for run in records.runs(part)}
    if part.is_summarised or not reported:
        return []
    folders = {path.parent.name for path in records.folder(part).glob(f"*/{METRICS}")}
    return sorted(folders - reported)


def place(records: Records, part: Part[Any]) -> str:
    """Return the folder that a part's figures and numbers stand in."""
    runs = [] if part.is_summarised else records.runs(part)
    return "/".join((part.experiment, *(run.name for run in runs[:1]), ""))


def command(records: Records, part: Part[Any]) -> str:
    """Return the command that made a part, else the one that makes it."""
    return made_by(records, part) or records.command(part)


def made_by(records: Records, part: Part[Any]) -> str | None:
    """Return the command that the records say made a part, None if they do not."""
    runs = records.runs(part)
    if not runs:
        return None
    if part.is_summarised:
        listed = read_jobs(records.folder(part)) or {}
        given = [o for o in listed.get("overrides", ()) if o != f"name={part.experiment}"]
        is_whole = any(o.startswith("experiment=") for o in given)
        flag = [] if is_whole else ["-m"]
        return shlex.join(["python", "-m", "hw3.run", *flag, *given]) if given else None
    program, *arguments = runs[0].environment.command or ("",)
    command = Path(program).stem
    if command == "homework":
        others = [a for a in arguments if not a.startswith("problem=")]
        arguments = [f"problem={part.problem}", *others]
    known = command in ("run", "homework")
    return shlex.join(["python", "-m", f"hw3.{command}", *arguments]) if known else None

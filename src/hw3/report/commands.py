"""By which command a part was made, and which runs beside it are not reported."""

import shlex
from pathlib import Path
from typing import Any

from hw3.records.layout import METRICS
from hw3.records.read import read_jobs
from hw3.report.parts import Part, Records


def left_out(records: Records, part: Part[Any]) -> list[str]:
    """Return the names of ended runs beside the one that is reported; of a sweep none."""
    reported = {run.name for run in records.runs(part)}
    if part.is_summarised or not reported:
        return []
    folders = {path.parent.name for path in records.folder(part).glob(f"*/{METRICS}")}
    return sorted(folders - reported)


def made_by(records: Records, part: Part[Any]) -> str | None:
    """Return the command that the records say made a part, None if they do not."""
    runs = records.runs(part)
    if not runs:
        return None
    if part.is_summarised:
        listed = read_jobs(records.folder(part)) or {}
        given = [o for o in listed.get("overrides", ()) if o != f"name={part.experiment}"]
        flag = [] if any(o.startswith("experiment=") for o in given) else ["-m"]
        return shlex.join(["python", "-m", "hw3.run", *flag, *given]) if given else None
    program, *arguments = runs[0].environment.command or ("",)
    command = Path(program).stem
    if command == "homework":
        others = [a for a in arguments if not a.startswith("problem=")]
        arguments = [f"problem={part.problem}", *others]
    known = command in ("run", "homework")
    return shlex.join(["python", "-m", f"hw3.{command}", *arguments]) if known else None

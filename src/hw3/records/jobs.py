"""jobs.json: which jobs a sweep's last command named, and by what."""

import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hw3.core.files import LONGEST_NAME, write_json
from hw3.core.words import counted, quoted
from hw3.records.layout import CONFIG, JOBS
from hw3.records.read import WRITTEN_ANEW, read_typed

LISTED = 3  # names of runs that a line has room for


@dataclass(frozen=True)
class JobList:
    """The jobs of a sweep's last command.

    Attributes:
        jobs: the names of their folders, in order.
        overrides: what named them, in full.
        settings: of each job those in which they differ, with the seed; none in older records.
    """

    jobs: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    settings: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        for name in self.jobs:
            if not name or Path(name).name != name or len(os.fsencode(name)) > LONGEST_NAME:
                raise ValueError(f"{quoted(name)} is no name of a job's folder")
        if len(set(self.jobs)) < len(self.jobs):
            raise ValueError("it lists a job twice")
        if self.settings and len(self.settings) != len(self.jobs):
            n_jobs = counted(len(self.jobs), "job")
            raise ValueError(f"it has the settings of {len(self.settings)} for {n_jobs}")


def read_jobs(folder: Path) -> JobList | None:
    """Return which jobs a sweep has, None before its first command.

    Raises:
        RunDirError: for a damaged record.
    """
    return read_typed(JobList, folder / JOBS, WRITTEN_ANEW)


def left_behind(folder: Path, jobs: Collection[str]) -> str | None:
    """Return which runs in a sweep's folder are none of its jobs, and what to do; None for none."""
    names = sorted(p.parent.name for p in folder.glob(f"*/{CONFIG}") if p.parent.name not in jobs)
    if not names:
        return None
    listed = ", ".join(names[:LISTED]) + ", ..." * (len(names) > LISTED)
    runs = "run in this folder is" if len(names) == 1 else "runs in this folder are"
    return (
        f"{len(names)} {runs} not of the last command: {listed}; name their values again to have "
        f"them in the summary, python -m hw3.compare {folder}/*/ shows all, or move them away"
    )


def save_jobs(folder: Path, listed: JobList) -> None:
    """Write jobs.json."""
    write_json(folder / JOBS, asdict(listed))

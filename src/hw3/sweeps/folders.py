"""What the folder of an experiment holds: its newest run, that with its seeds, or its sweep."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from hw3.core.errors import ConfigError, DataError, RunDirError, first_line
from hw3.records.layout import CONFIG
from hw3.records.run import Run, Sweep, load_run, load_sweep
from hw3.sweeps.groups import group_runs

DAMAGE = (RunDirError, DataError, ConfigError)  # what readers raise; all else is a bug
R = TypeVar("R")


@dataclass(frozen=True)
class Found(Generic[R]):
    """What a folder holds: its record, all runs of that, and a line for what cannot be read."""

    record: R | None = None
    runs: Sequence[Run] = ()
    broken: tuple[str, ...] = ()


def newest_run(folder: Path, epochs: int) -> Found[Run]:
    """Return the run that ended last; a whole one before any quick look."""
    runs, broken = ended_runs(folder, epochs)
    return Found(runs[-1], runs[-1:], broken) if runs else Found(broken=broken)


def newest_with_seeds(folder: Path, epochs: int) -> Found[Sweep]:
    """Return the newest run with those that differ from it in seed and split alone.

    The random split comes first, as in the assignment; of runs that differ in nothing, the newest.
    """
    runs, broken = ended_runs(folder, epochs)
    if not runs:
        return Found(broken=broken)
    newest = runs[-1]
    groups = group_runs(runs, apart_from={"dataset.split"})
    alike = next(group.runs for group in groups if newest in group.runs)
    by_place = {
        (run.config.dataset.split != "random", run.config.seed): run
        for run in alike
        if run.status == newest.status
    }
    found = [by_place[key] for key in sorted(by_place)]
    return Found(Sweep(folder, found), found, broken)


def started_sweep(folder: Path, epochs: int) -> Found[Sweep]:
    """Return the sweep in a folder, nothing while no job of it has ended."""
    try:
        sweep = checked_sweep(folder)
    except DAMAGE as error:
        return Found(broken=(f"{folder.name}: {first_line(error)}",))
    if sweep is None or len(sweep.unfinished) == len(sweep.runs):
        return Found()
    return Found(sweep, sweep.runs)


def checked_sweep(folder: Path) -> Sweep | None:
    """Return the sweep in a folder, its configs read; None before its first job."""
    if not any(folder.glob(f"*/{CONFIG}")):
        return None
    sweep = load_sweep(folder)
    for run in sweep.runs:
        _ = run.tree and run.config  # a job that has not started has neither
    return sweep


def ended_runs(folder: Path, epochs: int) -> tuple[list[Run], tuple[str, ...]]:
    """Return the runs in a folder that have ended, the one to report last; and what is broken."""
    found, broken = [], []
    for path in sorted(folder.glob(f"*/{CONFIG}")):
        try:
            run = load_run(path.parent)
            if not run.is_unfinished:
                found.append((rank(run, epochs), run))
        except DAMAGE as error:
            broken.append(f"{folder.name}: {first_line(error)}")
    return [run for _, run in sorted(found, key=lambda pair: pair[0])], tuple(broken)


def rank(run: Run, epochs: int) -> tuple[bool, bool, str, str]:
    """Return a key, largest for the completed run that ended last; a quick look comes before."""
    config = run.config
    is_all = config.dataset.subset is None and config.instead_of is None
    is_whole = is_all and config.epochs >= epochs
    return is_whole, run.is_completed, run.last_sign, run.name

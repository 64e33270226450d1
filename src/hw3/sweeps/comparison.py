"""Runs side by side: which settings differ, what each is called, what can be compared."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw3.core.errors import RunDirError
from hw3.core.words import escaped
from hw3.records.layout import CONFIG, OUTPUTS
from hw3.records.outcome import Failure
from hw3.records.read import read_tree
from hw3.records.run import Run, load_job, load_jobs
from hw3.sweeps.groups import (
    Configuration,
    best_first,
    group_runs,
    incomparable,
    label_of,
    telling,
    text,
    worth_showing,
)

MAX_RUNS = 12  # more single runs than this fill no table and no figure that can be read


@dataclass(frozen=True)
class Comparison:
    """Runs, and above MAX_RUNS the configurations that they are seeds of.

    Attributes:
        runs: all that have started, in the order given.
        keys: the settings that differ between any two runs, and the seed.
        configurations: one per run, or one for all that differ in nothing but the seed.
        places: the name of each folder that holds runs.
        n_waiting: how many jobs of the sweeps have not started.
    """

    runs: list[Run]
    keys: list[str]
    configurations: list[Configuration]
    places: dict[Path, str]
    n_waiting: int = 0

    @property
    def is_grouped(self) -> bool:
        """Whether a configuration stands for all of its seeds."""
        return len(self.runs) > MAX_RUNS

    @property
    def best_first(self) -> list[Configuration]:
        """The configurations by the rule of selection; last those that nothing can rank."""
        return best_first(self.configurations)

    @property
    def caution(self) -> str | None:
        """Why the accuracies are not comparable, None if they are."""
        return incomparable(self.configurations)


def compare_runs(runs: Sequence[Run]) -> Comparison:
    """Return what differs between runs; a run that is given twice counts once."""
    unique = list({run.folder.resolve(): run for run in runs}.values())
    places = place_names([place(run) for run in unique])
    at = [[run for run in unique if place(run) == where] for where in places]
    groups = [c.runs for held in at for c in group_runs(held)]
    if len(unique) <= MAX_RUNS:
        groups = [(run,) for held in at for run in held]
    keys = worth_showing([shown(run) for run in unique if run.settings])
    started = [run for run in unique if run.tree or run.ended]
    found = []
    for label, group in zip(labels(groups, places), groups, strict=True):
        if runs_of := tuple(run for run in group if run in started):
            found.append(Configuration(label, {}, runs_of))
    return Comparison(started, keys, found, places, len(unique) - len(started))


def shown(run: Run) -> Mapping[str, object]:
    """Return the settings of a run with its seed."""
    return {**run.settings, "seed": run.seed} if run.settings else {}


def runs_in(folder: Path) -> list[Run]:
    """Return the run in a folder, or the jobs of the sweep there.

    Raises:
        RunDirError: if the folder holds neither.
    """
    if (folder / CONFIG).exists():
        return [loaded(folder)]
    return load_jobs(folder, loaded)


def loaded(folder: Path) -> Run:
    """Return a run; of one that cannot be read, that it is broken and why."""
    try:
        return load_job(folder)
    except RunDirError as error:
        tree: Mapping[str, Any] = {}
        with suppress(RunDirError):  # only another file may be damaged
            tree = read_tree(folder / CONFIG)
        return Run(folder, tree, Failure(str(error), "broken"))


def place(run: Run) -> Path:
    """Return the folder that a run's folder is in: its experiment's."""
    return run.folder.resolve().parent


def place_names(places: Sequence[Path]) -> dict[Path, str]:
    """Return the folders' names, with as many parents as it takes to tell them apart."""
    unique, depth = list(dict.fromkeys(places)), 1
    while len({path.parts[-depth:] for path in unique}) < len(unique):
        depth += 1
    return {path: "/".join(path.parts[-depth:]) for path in unique}


def labels(groups: Sequence[Sequence[Run]], places: Mapping[Path, str]) -> list[str]:
    """Return a unique name for each group of runs: its folder's, where it is alone there.

    Else what differs within the folder, as "relu, lr 0.5", after the folder's name if another
    folder holds several groups too; and the run's folder where that is not enough.
    """
    at = {p: [group for group in groups if place(group[0]) == p] for p in places}
    is_crowded = sum(len(held) > 1 for held in at.values()) > 1
    told = {p: telling([shown(r) for g in held for r in g if r.settings]) for p, held in at.items()}
    found = []
    for group in groups:
        run, where = group[0], place(group[0])
        keys = [k for k in told[where] if not (k == "seed" and len(group) > 1)]
        label = label_of(shown(run), keys) if run.settings and keys else run.name
        prefix = f"{places[where]}: " if is_crowded else ""
        alone = run.name if places[where] == OUTPUTS else places[where]  # which says nothing
        found.append(alone if len(at[where]) == 1 else prefix + label)
    return [
        label if found.count(label) == 1 else f"{label} ({group[0].name})"
        for label, group in zip(found, groups, strict=True)
    ]


def values(keys: Sequence[str], runs: Sequence[Run]) -> dict[str, str]:
    """Return the values that each key takes in some runs, as "relu, tanh"."""
    found = [shown(run) for run in runs]
    return {
        key: ", ".join(dict.fromkeys(escaped(text(s[key])) for s in found if key in s)) or "-"
        for key in keys
    }

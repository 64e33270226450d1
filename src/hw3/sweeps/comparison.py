"""Runs side by side: which settings differ, what each is called, what can be compared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from pathlib import Path
from typing import Any

from hw3.analysis.selection import choose
from hw3.config.keys import flatten, role_of
from hw3.config.roles import Role
from hw3.config.schema import NAMED_GROUPS
from hw3.core.errors import RunDirError
from hw3.records.run import Run, job_folders, load_job
from hw3.records.rundir import CONFIG
from hw3.sweeps.choice import Configuration, is_measured, label_of

MAX_RUNS = 12  # more single runs than this fill no table and no figure that can be read
# What follows from other keys (lr.initial is the rate that was used), or names a run's place.
IMPLIED = (
    *("name", "task", "optimizer.default_lr"),
    *("dataset.batch_sizes", "dataset.whole_batches"),
)


@dataclass(frozen=True)
class Comparison:
    """Runs, and above MAX_RUNS the configurations that they are seeds of.

    Attributes:
        runs: all of them, in the order given.
        keys: the settings that differ between any two runs.
        configurations: one a run, or one for all that differ in nothing but the seed.
        places: the name of each folder that holds runs.
    """

    runs: list[Run]
    keys: list[str]
    configurations: list[Configuration]
    places: dict[Path, str]

    @property
    def is_grouped(self) -> bool:
        """Whether a configuration stands for all of its seeds."""
        return len(self.runs) > MAX_RUNS

    @property
    def best_first(self) -> list[Configuration]:
        """The configurations by the rule of selection; last those that nothing can rank."""
        ranked = {c.label: c for c in self.configurations if c.completed and is_measured(c)}
        best = [
            ranked[candidate.name] for candidate in choose(c.candidate for c in ranked.values())
        ]
        return best + [c for c in self.configurations if c.label not in ranked]


def compare_runs(runs: Sequence[Run]) -> Comparison:
    """Return what differs between runs; a run that is given twice counts once."""
    unique = list({run.folder.resolve(): run for run in runs}.values())
    keys = differing_keys(unique)
    places = place_names([place(run) for run in unique])
    told = [key for key in keys if key != "seed"] if len(unique) > MAX_RUNS else None
    groups: dict[Any, list[Run]] = {}
    for run in unique:
        one = told is None or not run.tree
        values = settings(run)
        same = run.folder if one else tuple(text(values.get(key, "-")) for key in told or ())
        groups.setdefault((place(run), same), []).append(run)
    found = list(groups.values())
    named = zip(labels(found, places), found, strict=True)
    return Comparison(unique, keys, [Configuration(n, {}, tuple(g)) for n, g in named], places)


def runs_in(folder: Path) -> list[Run]:
    """Return the run in a folder, or the jobs of the sweep there.

    Raises:
        RunDirError: if the folder holds neither.
    """
    if (folder / CONFIG).exists():
        return [loaded(folder)]
    if not folder.is_dir():
        raise RunDirError(f"{folder} is no folder")
    return [loaded(job) for job in job_folders(folder)]


def loaded(folder: Path) -> Run:
    """Return a run; of one that cannot be read, that it is broken and why."""
    try:
        return load_job(folder)
    except RunDirError as error:
        return Run(folder, {}, {"status": "broken", "error": str(error)})


def place(run: Run) -> Path:
    """Return the folder that a run's folder is in: its experiment's."""
    return run.folder.resolve().parent


def settings(run: Run) -> dict[str, Any]:
    """Return the config keys that a result could depend on, by full name."""
    return {
        key: value
        for key, value in flatten(run.tree).items()
        if key not in IMPLIED and role_of(key) is not Role.PLACE
    }


def text(value: Any) -> str:
    """Return a setting as one writes it: 0.1, null, [256, 128]; 2.0 is 2."""
    return value if isinstance(value, str) else json.dumps(value, default=str).removesuffix(".0")


def differing_keys(runs: Sequence[Run]) -> list[str]:
    """Return the settings in which any two runs differ."""
    trees = [settings(run) for run in runs if run.tree]
    keys = dict.fromkeys(key for tree in trees for key in tree)
    return [key for key in keys if is_differing(key, trees)]


def is_differing(key: str, trees: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a key has two values, or one that some lack and its group's name does not imply."""
    having = [tree for tree in trees if key in tree]
    if len({text(tree[key]) for tree in having}) > 1:
        return True
    return len(having) < len(trees) and not all(is_default(key, tree) for tree in having)


def is_default(key: str, tree: Mapping[str, Any]) -> bool:
    """Whether a key has its default in what its group's name picks, as act.slope_at_zero 0."""
    group, _, leaf = key.rpartition(".")
    name = tree.get(f"{group}.name")
    records = [r.get(name) for r in NAMED_GROUPS.values() if r.key == group and name in r]
    defaults = [f.default for record in records for f in fields(record) if f.name == leaf]
    return text(tree[key]) in [text(default) for default in defaults]


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
    differing = {p: differing_keys([run for g in held for run in g]) for p, held in at.items()}
    is_crowded = sum(len(held) > 1 for held in at.values()) > 1
    found = []
    for group in groups:
        run, tree, where = group[0], settings(group[0]), place(group[0])
        has_seeds = len({settings(r).get("seed") for r in group}) > 1
        keys = [k for k in differing[where] if k in tree and not (k == "seed" and has_seeds)]
        label = label_of(tree, keys) if tree else run.name
        prefix = f"{places[where]}: " if is_crowded else ""
        found.append(places[where] if len(at[where]) == 1 else prefix + label)
    return [
        label if found.count(label) == 1 else str(group[0].folder)
        for label, group in zip(found, groups, strict=True)
    ]


def caution(comparison: Comparison) -> str | None:
    """Return why the accuracies are not comparable, None if they are.

    Each configuration is validated on the rows of its seeds; one may have fewer seeds, but no
    two may each have rows that the other lacks.
    """
    names = dict.fromkeys(settings(run).get("dataset.name") for run in comparison.runs if run.tree)
    if len(names) > 1:
        return f"different data sets ({', '.join(map(text, names))})"
    rows: dict[str, set[str]] = {}
    for run in comparison.runs:
        if digest := run.metrics.get("val_rows_sha256"):
            same = {key: value for key, value in settings(run).items() if key != "seed"}
            rows.setdefault(json.dumps(same, sort_keys=True, default=str), set()).add(digest)
    sets = {frozenset(found) for found in rows.values()}
    if all(a <= b or b <= a for a, b in combinations(sets, 2)):
        return None
    why = [key for key in comparison.keys if key.startswith("dataset.")] or ["seed"]
    return f"validated on different rows ({', '.join(why)})"

"""Which configuration of a sweep is best, by a declared rule, and what cannot be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from hw3.analysis.selection import ALPHA, RULE, Candidate, Comparison, choose, compare, holm
from hw3.config.keys import flatten, role_of
from hw3.config.roles import Role
from hw3.core.errors import RunDirError
from hw3.records.run import Run, Sweep
from hw3.training.build import make_experiment

SELECTION = "selection.json"  # in the folder of the run that was chosen for


@dataclass(frozen=True)
class Configuration:
    """The jobs of a sweep that differ in nothing but their seed."""

    label: str
    values: dict[str, Any]
    runs: tuple[Run, ...]

    @property
    def completed(self) -> list[Run]:
        """The runs that count."""
        return [run for run in self.runs if run.status == "completed"]

    @property
    def status(self) -> str:
        """completed, if all seeds are; else what ails the first that is not."""
        return next((run.status for run in self.runs if run.status != "completed"), "completed")

    @property
    def candidate(self) -> Candidate:
        """What the rule of selection sees: the last epoch of each seed."""
        final = [run.metrics["final"] for run in self.completed]
        return Candidate(
            self.label,
            tuple(f["val_accuracy"] for f in final),
            tuple(f["val_loss"] if f["val_loss"] is not None else np.inf for f in final),
        )


def configurations(sweep: Sweep) -> list[Configuration]:
    """Return a sweep's configurations, best first; those without a completed run come last."""
    trees = {run.name: flatten(run.tree) for run in sweep.runs if run.tree}
    varying = varying_keys(list(trees.values()))
    groups: dict[str, list[Run]] = {}
    for run in sweep.runs:
        tree = trees.get(run.name)
        label = label_of(tree, varying) if tree else run.name
        groups.setdefault(label, []).append(run)
    found = [
        Configuration(label, {k: trees.get(runs[0].name, {}).get(k) for k in varying}, tuple(runs))
        for label, runs in groups.items()
    ]
    ranked = [c for c in found if any("val_accuracy" in r.metrics["final"] for r in c.completed)]
    order = [candidate.name for candidate in choose([c.candidate for c in ranked])]
    return sorted(found, key=lambda c: order.index(c.label) if c.label in order else len(order))


def varying_keys(trees: Sequence[dict[str, Any]]) -> list[str]:
    """Return the keys that all trees have and in which they differ, but for the seed."""
    if not trees:
        return []
    common = [key for key in trees[0] if all(key in tree for tree in trees)]
    compared = [key for key in common if role_of(key) is Role.IDENTITY]
    return [key for key in compared if len({repr(tree[key]) for tree in trees}) > 1]


def label_of(tree: dict[str, Any], varying: Sequence[str]) -> str:
    """Return "relu, lr 0.1": the varying values, named where the value alone says too little.

    A strength of 0.0 is left out where something else is named: no L1 needs no words.
    """
    parts = []
    for key in [k for k in varying if repr(tree[k]) != "0.0"] or varying:
        group, _, leaf = key.rpartition(".")
        name = group if leaf in ("name", "initial") else leaf
        value = tree[key]
        is_plain = isinstance(value, str) and leaf == "name"
        parts.append(str(value) if is_plain else f"{name} {value}")
    return ", ".join(parts) or "all"


@dataclass(frozen=True)
class Selection:
    """The outcome of the rule on a sweep."""

    winner: Configuration
    ranked: list[Configuration]
    record: dict[str, Any]


def select(sweep: Sweep, allow_unfinished: bool = False) -> Selection:
    """Return the best configuration of a sweep and how it compares with the others.

    Raises:
        RunDirError: for a sweep that is not finished, unless told, or without any candidate.
    """
    if sweep.unfinished and not allow_unfinished:
        names = ", ".join(run.name for run in sweep.unfinished)
        raise RunDirError(
            f"{sweep.folder} is not finished: {len(sweep.unfinished)} of {len(sweep.runs)} jobs "
            f"({names}); run the sweep again, or choose without them with allow_unfinished=true"
        )
    ranked = [c for c in configurations(sweep) if c.completed and is_measured(c)]
    ranked = [c for c in ranked if all(run.status != "diverged" for run in c.runs)]
    check_comparable(sweep, ranked)
    if not ranked:
        raise RunDirError(f"{sweep.folder} has no completed run with a validation split")
    winner, *others = ranked
    correct = {c.label: correct_by_seed(c) for c in ranked}
    table = [{"configuration": c.label, **c.values, **figures(c)} for c in ranked]
    rivals = [against(correct[winner.label], correct[other.label]) for other in others]
    for row, verdict in zip(table[1:], verdicts(rivals), strict=True):
        row |= verdict
    record = {
        "rule": RULE,
        "alpha": ALPHA,
        "correction": "Holm",
        "time": datetime.now().astimezone().isoformat(timespec="seconds"),
        "sweep": str(sweep.folder),
        "winner": winner.label,
        "winner_jobs": [run.name for run in winner.completed],
        "cannot_be_told_apart": [
            row["configuration"] for row in table[1:] if row["is_distinguishable"] is False
        ],
        "left_out": [run.name for run in sweep.runs if run.status != "completed"],
        "table": table,
    }
    return Selection(winner, ranked, record)


def check_comparable(sweep: Sweep, ranked: Sequence[Configuration]) -> None:
    """Raise RunDirError unless all runs of a seed were validated on the same rows."""
    rows: dict[int, set[tuple[str, str]]] = {}
    for run in (run for c in ranked for run in c.completed):
        held_out = (run.metrics["dataset"], run.metrics["val_rows_sha256"])
        rows.setdefault(run.tree["seed"], set()).add(held_out)
    if any(len(found) > 1 for found in rows.values()):
        raise RunDirError(
            f"{sweep.folder} has runs that were validated on different rows (dataset.name, .split, "
            ".val or .subset differ); their accuracies cannot be compared"
        )


def is_measured(configuration: Configuration) -> bool:
    """Whether its runs held out a validation split."""
    return all("val_accuracy" in run.metrics["final"] for run in configuration.completed)


def figures(configuration: Configuration) -> dict[str, Any]:
    """Return the means over seeds that the rule looks at."""
    candidate = configuration.candidate
    return {
        "n_seeds": len(candidate.val_accuracies),
        "val_accuracy": float(np.mean(candidate.val_accuracies)),
        "val_loss": float(np.mean(candidate.val_losses)),
        "jobs": [run.name for run in configuration.completed],
    }


def against(winner: dict[int, np.ndarray], other: dict[int, np.ndarray]) -> Comparison | None:
    """Return the test of two configurations over the seeds that both have, None without any."""
    seeds = sorted(winner.keys() & other.keys())
    return compare([winner[s] for s in seeds], [other[s] for s in seeds]) if seeds else None


def verdicts(rivals: Sequence[Comparison | None]) -> list[dict[str, str | float | bool | None]]:
    """Return what the table says of each rival; p is corrected for testing all of them."""
    corrected = iter(holm([rival.p for rival in rivals if rival]))
    found: list[dict[str, str | float | bool | None]] = []
    for rival in rivals:
        p = next(corrected) if rival else None
        test = rival.test if rival else None
        found.append({"test": test, "p": p, "is_distinguishable": None if p is None else p < ALPHA})
    return found


def correct_by_seed(configuration: Configuration) -> dict[int, np.ndarray]:
    """Return, for each seed, which validation examples are decided correctly, (n_val,) bool."""
    return {run.config.seed: correct_on_validation(run) for run in configuration.completed}


def correct_on_validation(run: Run) -> np.ndarray:
    """Return which validation examples a finished run decides correctly, (n_val,) bool."""
    experiment = make_experiment(run.config)
    val = experiment.dataset.val
    assert val is not None
    experiment.backend.set_params(run.weights)
    decided = experiment.loss.decide(experiment.backend.predict_logits(val.inputs))
    correct: np.ndarray = decided == val.labels
    return correct

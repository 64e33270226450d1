"""One of many short runs; the sweep of them is compared by split, configuration and factor."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hw3.analysis.exploration import (
    Standing,
    factor_sentence,
    marginal,
    split_sentence,
    standing_sentence,
    standings,
)
from hw3.config.schema import Config
from hw3.core.errors import RunDirError
from hw3.core.files import save_figure, write_text
from hw3.core.terminal import say
from hw3.records.run import Run, Sweep
from hw3.sweeps.summary import csv_text
from hw3.tasks import Task
from hw3.tasks.train import run

TABLE, SENTENCES, FIGURE = "exploration.csv", "conclusion.txt", "exploration.png"
Accuracies = dict[str, dict[str, dict[int, float]]]  # split -> configuration -> seed -> accuracy


def summarize_sweep(sweep: Sweep, config: Config) -> None:
    """Write the table, the figure and the sentences of an exploration, and print them."""
    by_split = accuracies(sweep)
    found = {split: standings(named) for split, named in by_split.items()}
    save_standings(sweep.folder / TABLE, found)
    sentences = " ".join(conclusions(sweep, by_split, found))
    write_text(sweep.folder / SENTENCES, sentences + "\n")
    from hw3.plots.exploration import exploration  # only a summary draws

    n = len({seed for named in by_split.values() for seeds in named.values() for seed in seeds})
    title = f"{sweep.folder.name}: {len(sweep.runs)} runs, {n} seeds"
    save_figure(sweep.folder / FIGURE, exploration(found, title))
    by_name = {f"{split} split": standing for split, standing in found.items()}
    say("\n".join([*table_lines(by_name), "", sentences]))


def names_of(job: Run) -> dict[str, str]:
    """Return the levels of a run's factors, in words."""
    tree, spec = job.tree, job.tree["regularizer"]
    penalty = " + ".join(f"{n} {spec[n]:g}" for n in ("l1", "l2", "dropout") if spec[n])
    sizes = "-".join(map(str, tree["model"]["hidden_sizes"]))
    return {
        "optimizer": str(tree["optimizer"]["name"]),
        "regularizer": penalty or "none",
        "net": f"{sizes} {tree['act']['name']}",
    }


def accuracies(sweep: Sweep) -> Accuracies:
    """Return the validation accuracy at the last epoch of each run."""
    found: Accuracies = {}
    for job in sweep.runs:
        name = ", ".join(names_of(job).values())
        by_seed = found.setdefault(job.tree["dataset"]["split"], {}).setdefault(name, {})
        if job.tree["seed"] in by_seed:
            raise RunDirError(
                f"{sweep.folder}: two runs of seed {job.tree['seed']} are both {name!r}; the table "
                "tells runs apart by optimizer, regularizer, net, split and seed only"
            )
        by_seed[job.tree["seed"]] = accuracy(job)
    return found


def accuracy(job: Run) -> float:
    """Return the validation accuracy that a finished run ended with."""
    return float(job.metrics["final"]["val_accuracy"])


def conclusions(
    sweep: Sweep, by_split: Accuracies, found: Mapping[str, list[Standing]]
) -> list[str]:
    """Return the sentences that the measured figures support."""
    sentences = [standing_sentence(split, standing) for split, standing in found.items()]
    for split in by_split:
        runs = [job for job in sweep.runs if job.tree["dataset"]["split"] == split]
        for factor in ("optimizer", "regularizer", "net"):
            levels = marginal(comparable(runs, factor))
            if len(levels) > 1:
                sentences.append(factor_sentence(factor, split, standings(levels)))
    if {"random", "contributor"} <= set(by_split):
        sentences.append(split_sentence(by_split["random"], by_split["contributor"]))
    return sentences


def comparable(runs: Sequence[Run], factor: str) -> list[tuple[str, int, float]]:
    """Return (level, seed, accuracy) of the runs whose other factors occur with every level.

    Of two crosses that overlap in part, this is the part that is crossed in full.
    """
    named = [(names_of(job), job) for job in runs]
    met: dict[tuple[str, ...], set[str]] = {}
    for names, _ in named:
        met.setdefault(others(names, factor), set()).add(names[factor])
    widest = max(map(len, met.values()))
    return [
        (names[factor], job.tree["seed"], accuracy(job))
        for names, job in named
        if len(met[others(names, factor)]) == widest
    ]


def others(names: Mapping[str, str], factor: str) -> tuple[str, ...]:
    """Return the levels of the other factors."""
    return tuple(level for key, level in names.items() if key != factor)


def save_standings(path: Path, found: Mapping[str, list[Standing]]) -> None:
    """Write standings as CSV, a row a contender of each group."""
    write_text(path, csv_text([row(g, s) for g, standing in found.items() for s in standing]))


def row(group: str, s: Standing) -> dict[str, Any]:
    """Return one row of exploration.csv."""
    return {
        "split": group,
        "configuration": s.name,
        "n_seeds": s.n_seeds,
        "val_accuracy": s.mean,
        "sd": s.sd,
        "standard_error": s.standard_error,
        "p_against_best": s.p,
        "not_distinguishable_from_best": s.keeps_up,
    }


def table_lines(found: Mapping[str, list[Standing]]) -> list[str]:
    """Return the table, a block a group; * is not distinguishable from the best of its group."""
    width = max(len(s) for group in found for s in (group, *(s.name for s in found[group])))
    lines = []
    for group, standing in found.items():
        lines.append(f"{group:<{width}}   val %     sd     se      p")
        for s in standing:
            sd, se = (
                f"{100 * v:7.2f}" if v is not None else f"{'-':>7}"
                for v in (s.sd, s.standard_error)
            )
            p = "      -" if s.p is None else "  <.001" if s.p < 0.0005 else f"{s.p:7.3f}"
            mark = "*" if s.keeps_up else " "
            lines.append(f"{s.name:<{width}} {mark}{100 * s.mean:7.2f}{sd}{se}{p}")
        lines.append("")
    return [*lines, "* not distinguishable from the best above (paired t, Holm, 5 %)"]


TASK = Task(run, study=summarize_sweep)

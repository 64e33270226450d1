"""One of many short runs; the sweep of them is compared by split, configuration and factor."""

from collections.abc import Mapping, Sequence

from hw3.analysis.exploration import (
    Standing,
    factor_sentence,
    marginal,
    split_sentence,
    standing_sentence,
    standings,
)
from hw3.config.schema import Config
from hw3.config.words import penalties
from hw3.core.errors import RunDirError
from hw3.core.files import save_figure, write_text
from hw3.core.terminal import say
from hw3.core.words import counted, shape
from hw3.records.layout import CONCLUSION, EXPLORATION, EXPLORATION_FIGURE
from hw3.records.run import Run, Sweep
from hw3.sweeps.standings import save_standings, table_lines
from hw3.tasks import Task
from hw3.tasks.train import run

FACTORS = ("optimizer", "regularizer", "net")
Accuracies = dict[str, dict[str, dict[int, float]]]  # split -> configuration -> seed -> accuracy


def study(sweep: Sweep, config: Config, is_fresh: bool) -> None:
    """Write the table, the figure and the sentences of an exploration, and print them."""
    found = standings_of(sweep)
    save_standings(sweep.folder / EXPLORATION, found)
    text = " ".join(conclusions(sweep))
    write_text(sweep.folder / CONCLUSION, text + "\n")
    if not is_fresh or not (sweep.folder / EXPLORATION_FIGURE).exists():
        from hw3.plots.exploration import exploration  # plotting libraries, when there is a figure

        n = len({job.config.seed for job in sweep.runs})
        title = f"{sweep.folder.name}: {len(sweep.runs)} runs, {counted(n, 'seed')}"
        save_figure(sweep.folder / EXPLORATION_FIGURE, exploration(found, title))
    by_name = {f"{split} split": standing for split, standing in found.items()}
    say("\n".join([*table_lines(by_name), "", text]))


def standings_of(sweep: Sweep) -> dict[str, list[Standing]]:
    """Return for each split its configurations, best first, each held against the best."""
    return {split: standings(named) for split, named in accuracies(sweep).items()}


def names_of(job: Run) -> dict[str, str]:
    """Return the levels of a run's factors, in words."""
    config = job.config
    return {
        "optimizer": config.optimizer.name,
        "regularizer": " + ".join(penalties(config.regularizer)) or "none",
        "net": f"{shape(config.model.hidden_sizes)} {config.act.name}",
    }


def accuracies(sweep: Sweep) -> Accuracies:
    """Return the validation accuracy that each run ended with."""
    found: Accuracies = {}
    for job in sweep.runs:
        name, seed = ", ".join(names_of(job).values()), job.config.seed
        by_seed = found.setdefault(job.config.dataset.split, {}).setdefault(name, {})
        if seed in by_seed:
            raise RunDirError(
                f"{sweep.folder}: two runs of seed {seed} are both {name!r}; the table tells runs "
                "apart by optimizer, regularizer, net, split and seed only"
            )
        by_seed[seed] = accuracy(job)
    return found


def accuracy(job: Run) -> float:
    """Return the validation accuracy that a run ended with.

    Raises:
        RunDirError: if it held nothing out.
    """
    val = job.outcome.val
    if val is None:
        raise RunDirError(f"{job.folder} held no validation split out, and cannot be compared")
    return val.accuracy


def conclusions(sweep: Sweep) -> list[str]:
    """Return the sentences that the measured figures support."""
    by_split = accuracies(sweep)
    found = [standing_sentence(split, standings(named)) for split, named in by_split.items()]
    for split in by_split:
        runs = [job for job in sweep.runs if job.config.dataset.split == split]
        for factor in FACTORS:
            levels = marginal(comparable(runs, factor))
            if len(levels) > 1:
                found.append(factor_sentence(factor, split, standings(levels)))
    if {"random", "contributor"} <= set(by_split):
        found.append(split_sentence(by_split["random"], by_split["contributor"]))
    return found


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
        (names[factor], job.config.seed, accuracy(job))
        for names, job in named
        if len(met[others(names, factor)]) == widest
    ]


def others(names: Mapping[str, str], factor: str) -> tuple[str, ...]:
    """Return the levels of the other factors."""
    return tuple(level for key, level in names.items() if key != factor)


TASK = Task(run, study=study)

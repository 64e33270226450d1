"""One of many short runs; the sweep of them is compared by split, configuration and factor."""

from collections.abc import Mapping, Sequence
from math import prod

from hw3.analysis.exploration import (
    Standing,
    factor_sentence,
    marginal,
    split_sentence,
    standing_sentence,
    standings,
)
from hw3.analysis.intervals import mean_text
from hw3.config.schema import Config
from hw3.config.words import penalties
from hw3.core.errors import RunDirError
from hw3.core.files import save_figure, write_text
from hw3.core.table import Table
from hw3.core.terminal import doing, say_kept
from hw3.core.words import counted, p_text, plural, shape
from hw3.records.layout import CONCLUSION, EXPLORATION, EXPLORATION_FIGURE
from hw3.records.run import Run, Sweep
from hw3.sweeps.groups import group_runs
from hw3.sweeps.standings import save_standings, table_lines
from hw3.tasks import Task
from hw3.tasks.train import run

FACTORS = ("optimizer", "regulariser", "net")
Levels = Mapping[str, str]  # factor -> its level in words
Accuracies = dict[str, dict[str, dict[int, float]]]  # split -> configuration -> seed -> accuracy


def study(sweep: Sweep, config: Config, is_fresh: bool) -> None:
    """Write the table, the figure and the sentences of an exploration, and print them."""
    found = standings_of(sweep)
    save_standings(sweep.folder / EXPLORATION, found)
    said = conclusions(sweep)
    write_text(sweep.folder / CONCLUSION, " ".join(said) + "\n")
    if not is_fresh or not (sweep.folder / EXPLORATION_FIGURE).exists():
        from hw3.plots.exploration import exploration  # plotting libraries, when there is a figure

        n = len({job.config.seed for job in sweep.runs})
        title = f"{len(sweep.runs)} runs from {counted(n, 'seed')}"
        with doing("drawing the exploration"):
            save_figure(sweep.folder / EXPLORATION_FIGURE, exploration(found, title))
    by_name = {f"{split} split": standing for split, standing in found.items()}
    lines = [*table_lines(by_name, EXPLORATION), "", *(f"- {sentence}" for sentence in said)]
    say_kept("\n".join(lines))


def exploration_table(sweep: Sweep) -> Table:
    """Return each configuration beside the best of its split."""
    found = standings_of(sweep)
    names = dict.fromkeys(s.name for standing in found.values() for s in standing)
    by_split = [{s.name: s for s in standing} for standing in found.values()]
    rows = [
        (name, *(cell for named in by_split for cell in cells(named.get(name)))) for name in names
    ]
    caption = (
        "Validation accuracy, mean ± standard deviation over seeds, by split; p: paired t over "
        "seeds against the best of the split, corrected by Holm; told apart: from that best, which "
        "of so many is best partly by luck"
    )
    header = [", ".join(FACTORS)]
    for split in found:
        header += [f"{split} split", "p", "told apart"]
    return Table("exploration", caption, header, rows)


def cells(found: Standing | None) -> tuple[str | None, ...]:
    """Return the mean of a contender, its p, and whether it is told apart from the best."""
    if found is None:
        return (None, None, None)
    verdict = None if found.p is None else "no" if found.keeps_up else "yes"
    return mean_text(found.mean, found.sd), p_text(found.p), verdict


def exploration_facts(sweep: Sweep) -> dict[str, str]:
    """Return how much was explored, of how much there was to explore, and the settings."""
    found, configs = levels_of(sweep), [run.config for run in sweep.runs]
    by_split = accuracies(found)
    seeds = {len(by_seed) for named in by_split.values() for by_seed in named.values()}
    ends = dict.fromkeys((min(seeds), max(seeds)))
    splits = [
        f"{counted(len(named), 'configuration')} by {split} split"
        for split, named in by_split.items()
    ]
    levels = [{level[factor] for level, _ in found} for factor in FACTORS]
    met = {tuple(level[factor] for factor in FACTORS) for level, _ in found}
    *most, last = (counted(len(s), factor) for s, factor in zip(levels, FACTORS, strict=True))
    rates = {f"{config.optimizer.name} {config.lr.initial:g}" for config in configs}
    settings = {f"batch {config.batch_size}, {config.epochs} epochs" for config in configs}
    return {
        "runs": f"{len(configs):,}, of {' and '.join(splits)}, "
        f"from {' to '.join(map(str, ends))} {plural('seed', max(seeds))} each",
        "combinations": f"{len(met)} of the {prod(map(len, levels))} that {', '.join(most)} and "
        f"{last} make",
        "rates": ", ".join(sorted(rates)),
        "settings": "; ".join(sorted(settings)),
    }


def standings_of(sweep: Sweep) -> dict[str, list[Standing]]:
    """Return for each split its configurations, best first, each held against the best."""
    return {split: standings(named) for split, named in accuracies(levels_of(sweep)).items()}


def names_of(job: Run) -> dict[str, str]:
    """Return the levels of a run's factors, in words."""
    config = job.config
    return {
        "optimizer": config.optimizer.name,
        "regulariser": " + ".join(penalties(config.regularizer)) or "none",
        "net": f"{shape(config.model.hidden_sizes)} {config.act.name}",
    }


def levels_of(sweep: Sweep) -> list[tuple[Levels, Run]]:
    """Return each run with the levels of its factors, and as "rest" what else tells it apart.

    Runs of equal factors may still be of several configurations: "lr 0.1" and "lr 1.0".
    """
    alike: dict[str, list[Run]] = {}
    for job in sweep.runs:
        alike.setdefault(", ".join(names_of(job).values()), []).append(job)
    found: list[tuple[Levels, Run]] = []
    for runs in alike.values():
        names, groups = names_of(runs[0]), group_runs(runs, apart_from={"dataset.split"})
        for group in groups:
            levels = names | ({"rest": group.label} if len(groups) > 1 else {})
            found += [(levels, job) for job in group.runs]
    return found


def accuracies(runs: Sequence[tuple[Levels, Run]]) -> Accuracies:
    """Return the validation accuracy that each run ended with; of a repeated seed, the first's."""
    found: Accuracies = {}
    for levels, job in runs:
        by_name = found.setdefault(job.config.dataset.split, {})
        by_seed = by_name.setdefault(", ".join(levels.values()), {})
        by_seed.setdefault(job.config.seed, accuracy(job))
    return found


def accuracy(job: Run) -> float:
    """Return the validation accuracy that a run ended with.

    Raises:
        RunDirError: if it held nothing out.
    """
    val = job.outcome.val
    if val is None:
        raise RunDirError(f"{job.folder} held out no validation rows and cannot be compared")
    return val.accuracy


def conclusions(sweep: Sweep) -> list[str]:
    """Return the sentences that the measured figures support."""
    runs = levels_of(sweep)
    by_split = accuracies(runs)
    found = [standing_sentence(split, standings(named)) for split, named in by_split.items()]
    for split in by_split:
        of_split = [(levels, job) for levels, job in runs if job.config.dataset.split == split]
        for factor in FACTORS:
            met = marginal(comparable(of_split, factor))
            if len(met) > 1:
                found.append(factor_sentence(factor, split, standings(met)))
    if {"random", "contributor"} <= set(by_split):
        found.append(split_sentence(by_split["random"], by_split["contributor"]))
    return found


def comparable(runs: Sequence[tuple[Levels, Run]], factor: str) -> list[tuple[str, int, float]]:
    """Return (level, seed, accuracy) of the runs whose other factors occur with every level.

    Of two crosses that overlap in part, this is the part that is crossed in full; nothing where
    each level has company of its own.
    """
    met: dict[tuple[str, ...], set[str]] = {}
    for levels, _ in runs:
        met.setdefault(others(levels, factor), set()).add(levels[factor])
    widest = max(map(len, met.values()))
    return [
        (levels[factor], job.config.seed, accuracy(job))
        for levels, job in runs
        if len(met[others(levels, factor)]) == widest > 1
    ]


def others(levels: Levels, factor: str) -> tuple[str, ...]:
    """Return the levels of the other factors."""
    return tuple(level for key, level in levels.items() if key != factor)


TASK = Task(run, study=study, has_table=True)

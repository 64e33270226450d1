"""Which configuration of a sweep is best, by a declared rule, and what cannot be told apart."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np

from hw3.analysis.selection import ALPHA, RULE, Comparison, compare, holm
from hw3.config.validate import build
from hw3.core.errors import RunDirError
from hw3.core.limits import Interval, Share
from hw3.core.table import Table
from hw3.core.times import moment
from hw3.core.words import counted, number, p_text, percent
from hw3.records.layout import SELECTION
from hw3.records.read import needed, read_record, reading
from hw3.records.run import Run, Sweep
from hw3.records.study import proposed_words
from hw3.sweeps.groups import Configuration, configurations, incomparable
from hw3.training.build import make_experiment


@dataclass(frozen=True)
class Choice:
    """One configuration as it stood when the choice was made: means over its seeds.

    Attributes:
        configuration: its label among the others.
        settings: the keys in which the sweep varied.
        val_accuracy, val_loss: what the rule looks at, means over the completed runs.
        jobs: the folders of those runs.
        test, p: the test of its difference from the winner, and its p, corrected by Holm; None
            for the winner, and where no seed is shared.
    """

    configuration: str
    settings: Mapping[str, object]
    val_accuracy: Share
    val_loss: Annotated[float, Interval(0)] | None
    jobs: tuple[str, ...]
    test: str | None = None
    p: Share | None = None

    @property
    def n_seeds(self) -> int:
        """How many runs the means are over."""
        return len(self.jobs)

    @property
    def is_told_apart(self) -> bool | None:
        """Whether it differs from the winner by more than chance, None where nothing was tested."""
        return None if self.p is None else self.p < ALPHA


@dataclass(frozen=True)
class Selection:
    """selection.json: what was chosen among what, and when.

    Attributes:
        time: when it was made, with the zone.
        sweep: the folder of the sweep.
        left_out: the folders of jobs that had not completed.
        table: the configurations by the rule, the winner first.
        proposed_by: what proposed the jobs, None where they were planned before the first ran.
    """

    time: str
    sweep: str
    left_out: tuple[str, ...]
    table: tuple[Choice, ...]
    proposed_by: str | None = None
    rule: ClassVar[str] = RULE
    alpha: ClassVar[float] = ALPHA

    def __post_init__(self) -> None:
        if not self.table or not self.winner_jobs:
            raise ValueError("nothing was chosen")
        _ = self.moment

    @property
    def winner(self) -> str:
        """The configuration that was chosen."""
        return self.table[0].configuration

    @property
    def winner_jobs(self) -> tuple[str, ...]:
        """The folders of its runs."""
        return self.table[0].jobs

    @property
    def among(self) -> str:
        """What it was chosen from, and whether that had been planned."""
        if self.proposed_by is None:
            return counted(len(self.table), "configuration")
        n_lost = len(self.left_out)
        n = sum(row.n_seeds for row in self.table) + n_lost
        return proposed_words(self.proposed_by, n, f"{n_lost} did not complete" if n_lost else "")

    @property
    def moment(self) -> datetime:
        """When it was made."""
        return moment(self.time)

    @property
    def alike(self) -> list[str]:
        """The configurations that cannot be told apart from the winner."""
        return [row.configuration for row in self.table[1:] if row.is_told_apart is False]

    @property
    def verdict(self) -> str:
        """How many others cannot be told apart from the winner, and how many were not tested."""
        others = self.table[1:]
        untested = sum(row.p is None for row in others)
        if not others:
            return "there was no other"
        if not self.alike and not untested:
            return "each of the others is told apart from it"
        alone = "the other one cannot be told apart from it"
        text = f"{len(self.alike)} of the {len(others)} others cannot be told apart from it"
        text = alone if len(others) == len(self.alike) == 1 else text
        lack = f", and {untested} could not be tested, for lack of a common seed"
        return text + lack if untested else text

    @property
    def by_loss(self) -> str:
        """The configuration that the lowest validation loss would have chosen."""
        return min(
            self.table, key=lambda r: np.inf if r.val_loss is None else r.val_loss
        ).configuration

    @property
    def rate_at_end(self) -> tuple[float, str] | None:
        """The winner's initial rate and which end of those tried it is; None if it is neither."""
        found = [row.settings.get("lr.initial") for row in self.table]
        rates = [float(rate) for rate in found if isinstance(rate, int | float)]
        if len(set(rates)) < 2 or len(rates) < len(found):
            return None
        ends = {min(rates): "smallest", max(rates): "largest"}
        return (rates[0], ends[rates[0]]) if rates[0] in ends else None


def choice_sentences(found: Selection) -> list[str]:
    """Return which configuration was chosen, by what, and how sure that is."""
    winner, level = found.table[0], f"{100 * found.alpha:.0f} %"
    said = [f"Rule: {found.rule}.", f"Chosen: {found.winner}."]
    if found.proposed_by:
        said.append(f"It was chosen from {found.among}; the results on validation led the search.")
    said.append(f"At the {level} level {found.verdict}.")
    if found.alike:
        said.append(f"Not told apart from it: {'; '.join(found.alike)}.")
    if winner.n_seeds == 1:
        said.append(
            "With one seed the test compares these networks as they were trained, on these images; "
            "from another seed configurations this close may come out in another order."
        )
    if found.by_loss != winner.configuration:
        said.append(f"By validation loss {found.by_loss} would have been chosen.")
    if found.rate_at_end:
        rate, end = found.rate_at_end
        said.append(f"{rate:g} is the {end} rate tried, so a better one may lie beyond.")
    return said


def choice_table(found: Selection) -> Table:
    """Return what there was to choose from, each held against the winner."""
    verdicts = {True: "yes", False: "no", None: None}
    rows = [
        (
            row.configuration,
            percent(row.val_accuracy),
            number(row.val_loss),
            "McNemar, exact" if row.test == "mcnemar" else row.test,
            p_text(row.p),
            verdicts[row.is_told_apart],
        )
        for row in found.table
    ]
    caption = (
        "The choice, made on validation images alone; p is corrected for all these tests (Holm)"
    )
    header = ("configuration", "validation", "loss", "test", "p", "told apart from the winner")
    return Table("choice", caption, header, rows)


def read_selection(folder: Path) -> Selection:
    """Return the choice that the run in a folder was made for.

    Raises:
        RunDirError: if it is not there, or damaged.
    """
    path = folder / SELECTION
    record = needed(read_record(path), path)
    with reading(path):
        return build(Selection, upgraded(record) if "winner" in record else record, "", {})


def upgraded(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of schema 1, which held words and verdicts too, in today's form."""
    rows = [{"settings": upgraded_settings(row), **row} for row in record["table"]]
    table = [{k: row[k] for k in Choice.__dataclass_fields__ if k in row} for row in rows]
    kept = {f.name: record[f.name] for f in fields(Selection) if f.name in record}
    if record["winner_jobs"] != table[0]["jobs"]:
        raise ValueError("the winner is not the first of the table")
    return {**kept, "table": table}


def upgraded_settings(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a row in which they lay loose."""
    known = {*Choice.__dataclass_fields__, "n_seeds", "is_distinguishable"}
    return {key: value for key, value in row.items() if key not in known}


def winner_of(sweep: Sweep, allow_unfinished: bool = False) -> Configuration:
    """Return the best configuration of a sweep."""
    return ranked_configurations(sweep, allow_unfinished)[0]


def ranked_configurations(sweep: Sweep, allow_unfinished: bool) -> list[Configuration]:
    """Return the configurations of a sweep that can be chosen, best first.

    Raises:
        RunDirError: for a sweep that is not finished, unless told, or without any candidate.
    """
    if sweep.unfinished and not allow_unfinished:
        names = ", ".join(run.name for run in sweep.unfinished)
        raise RunDirError(
            f"{sweep.folder} is not finished: {len(sweep.unfinished)} of "
            f"{counted(len(sweep.runs), 'job')} ({names}); run the sweep again, or choose without "
            "them with allow_unfinished=true"
        )
    ranked = [c for c in configurations(sweep) if c.is_measured]
    ranked = [c for c in ranked if all(run.status != "diverged" for run in c.runs)]
    if not ranked:
        raise RunDirError(f"{sweep.folder} has no completed run with a validation split")
    if reason := incomparable(ranked):
        raise RunDirError(f"{sweep.folder}: {reason}; their accuracies cannot be compared")
    return ranked


def select(sweep: Sweep, allow_unfinished: bool = False) -> Selection:
    """Return the choice among a sweep's configurations, each held against the winner."""
    winner, *others = ranked_configurations(sweep, allow_unfinished)
    correct = correct_by_seed(winner)
    rivals = [against(correct, correct_by_seed(other)) for other in others]
    corrected = iter(holm([rival.p for rival in rivals if rival]))
    table = [choice(winner)]
    for other, rival in zip(others, rivals, strict=True):
        p = next(corrected) if rival else None
        table.append(choice(other, rival.test if rival else None, p))
    return Selection(
        time=datetime.now().astimezone().isoformat(timespec="seconds"),
        sweep=str(sweep.folder),
        left_out=tuple(run.name for run in sweep.runs if not run.is_completed),
        table=tuple(table),
        proposed_by=sweep.study.by if sweep.study else None,
    )


def choice(c: Configuration, test: str | None = None, p: float | None = None) -> Choice:
    """Return a configuration's row of the table."""
    candidate = c.candidate
    loss = float(np.mean(candidate.val_losses))
    return Choice(
        c.label,
        c.settings,
        float(np.mean(candidate.val_accuracies)),
        loss if np.isfinite(loss) else None,
        tuple(run.name for run in c.completed),
        test,
        p,
    )


def against(winner: Mapping[int, np.ndarray], other: Mapping[int, np.ndarray]) -> Comparison | None:
    """Return the test of two configurations over the seeds that both have, None without any."""
    seeds = sorted(winner.keys() & other.keys())
    return compare([winner[s] for s in seeds], [other[s] for s in seeds]) if seeds else None


def correct_by_seed(configuration: Configuration) -> dict[int, np.ndarray]:
    """Return, for each seed, which validation examples are decided correctly, (n_val,) bool."""
    return {run.config.seed: correct_on_validation(run) for run in configuration.completed}


def correct_on_validation(run: Run) -> np.ndarray:
    """Return which validation examples a finished run decides correctly, (n_val,) bool."""
    experiment = make_experiment(run.config, params=run.weights)
    val = experiment.held_out
    decided = experiment.loss.decide(experiment.backend.predict_logits(val.inputs))
    correct: np.ndarray = decided == val.labels
    return correct

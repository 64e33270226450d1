"""The checklist of a paper: what it must say of data, choice, spread and compute, from records.

After the questions of Pineau et al. (2021, JMLR 22:164) and of the paper checklist of NeurIPS. An
item is a function whose docstring is its name; where records say nothing, it says that.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from hw3.analysis.intervals import accuracy_text, binomial_error, mean_sd, spread_text, t_interval
from hw3.analysis.selection import RULE
from hw3.core.words import counted, percent_range, span
from hw3.datasets.cautions import caution_lines
from hw3.records.layout import SELECTION
from hw3.records.outcome import SOUND
from hw3.records.run import Run, Sweep
from hw3.records.study import proposed_words
from hw3.report.clause import title_of
from hw3.report.code import code_check, code_of_runs
from hw3.report.parts import Part, Records, Stopped, undamaged
from hw3.report.ran import made_by
from hw3.sweeps.choice import choice_sentences, read_selection
from hw3.sweeps.groups import Configuration, configurations, incomparable, text
from hw3.sweeps.parameters import facts
from hw3.testset.ledger import Opening

SAID = ("data", "validation split")  # of the settings, by other items
NUMBERED = ("act.", "optimizer.", "lr.", "early_stopping.")  # settings of which words leave out
WORDED = ("name", "initial")  # all but these
LISTED = 8  # configurations, or values of a key, that a line has room for


@dataclass(frozen=True, eq=False)
class Subject:
    """The runs that a checklist is of, what looks their commands up, the looks at test splits."""

    name: str
    sweep: Sweep
    commands: Callable[[], Sequence[str]]
    ledger: Sequence[Opening]

    @cached_property
    def configurations(self) -> list[Configuration]:
        """The runs that differ in nothing but their seed, best first."""
        return configurations(self.sweep)


def data_sets(subject: Subject) -> Iterator[str]:
    """Data."""
    for run in {run.environment.data.sha256: run for run in subject.sweep.ended}.values():
        data, spec = run.environment.data, run.config.dataset
        low, high = data.range
        instead = f", instead of {run.outcome.instead_of}" if run.outcome.instead_of else ""
        done = [f"pixels {data.pixels}"] if data.pixels else []
        done += [f"shifted and divided by {text(spec.scale)}"] if spec.scale else []
        done += [f"{name} with sha256 {digest}" for name, digest in data.files]
        yield (
            f"{run.outcome.dataset}{instead}: {data.file}, {data.n_rows:,} rows in "
            f"{len(data.label_counts)} classes, sha256 {data.sha256}; "
            f"{', '.join([*done, f'values stored from {low:g} to {high:g} as {data.dtype}'])}"
        )
        yield from caution_lines(data)


def splits(subject: Subject) -> Iterator[str]:
    """Splits."""
    alike: dict[str, list[Run]] = {}
    for run in subject.sweep.ended:
        spec, outcome = run.config.dataset, run.outcome
        used = f", of the first {spec.subset:,} rows" if spec.subset else ""
        told = f"{outcome.n_train:,} examples train, {outcome.n_val:,} validate"
        of_split = "the last rows" if spec.split == "last" else f"by {spec.split} split"
        told += f" ({of_split})" if outcome.n_val else ""
        told += f", {outcome.test.n:,} test" if outcome.test else ""
        alike.setdefault(f"{told}{used}", []).append(run)
    for told, runs in alike.items():
        n = len({run.outcome.val_rows_sha256 for run in runs} - {None})
        sets = f", {counted(n, 'set')} of validation rows" if n else ""
        yield f"{told}{sets}; {seeds_of(runs)}"


def seeds_of(runs: Iterable[Run]) -> str:
    """Return which seeds some runs have, those that wait too."""
    found = {run.seed for run in runs if isinstance(run.seed, int)}
    return f"{'seed' if len(found) == 1 else 'seeds'} {span(found)}"


def settings(subject: Subject) -> Iterator[str]:
    """Settings."""
    runs = [run for c in subject.configurations for run in c.runs if run.status in SOUND]
    n = len(subject.configurations)
    listed = [f"those of {runs[0].name}, first of {n} configurations"] if runs and n > 1 else []
    if not runs:
        yield "no run ended soundly"
        return
    listed += [f"{k}: {v}" for k, v in facts(runs[0]).items() if k not in SAID]
    listed += [
        f"{key}: {text(value)}"
        for key, value in runs[0].settings.items()
        if value is not None and key.startswith(NUMBERED) and key.rpartition(".")[2] not in WORDED
    ]
    yield "; ".join(listed)


def ranges(subject: Subject) -> Iterator[str]:
    """Ranges."""
    found, study = subject.configurations, subject.sweep.study
    yield (
        f"{counted(len(found), 'configuration')}, {counted(len(subject.sweep.runs), 'run')}, "
        f"{seeds_of(subject.sweep.runs)}"
    )
    for key in found[0].settings:
        values = {text(v): v for c in found if (v := c.settings.get(key)) is not None}
        numbers = sorted(v for v in values.values() if isinstance(v, int | float))
        told = list(map(text, numbers)) if len(numbers) == len(values) else list(values)
        shown = ", ".join(told[:LISTED]) + f", ... {told[-1]}" * (len(told) > LISTED)
        yield f"{key}: {counted(len(values), 'value')}, {shown}"
    if study:
        yield from (f"{key}: searched in {space}" for key, space in study.space.items())


def selection(subject: Subject) -> Iterator[str]:
    """Selection."""
    chosen = [run.folder for run in subject.sweep.ended if (run.folder / SELECTION).exists()]
    for found in map(read_selection, chosen):
        yield f"from {found.among} of {found.sweep}, {found.time}, on validation"
        yield from choice_sentences(found)
    ranked = [c for c in subject.configurations if c.is_measured]
    if len(ranked) > 1:
        yield f'of {len(ranked)} configurations "{ranked[0].label}" comes first by {RULE}'
        if reason := incomparable(ranked):
            yield f"CAUTION: the accuracies are not comparable: {reason}"
    elif not chosen and len(subject.configurations) == 1:
        yield "one configuration, so there was nothing to select in these runs"
    if study := subject.sweep.study:
        yield proposed_words(study.by, len(subject.sweep.runs))
    if n_stopped := sum(run.outcome.early_stopping is not None for run in subject.sweep.ended):
        yield f"early stopping: {counted(n_stopped, 'run')} with the weights of the lowest loss"


def spread(subject: Subject) -> Iterator[str]:
    """Results."""
    measured = [c for c in subject.configurations if c.is_measured]
    yield from (f"{c.label}: {spread_of(c)}" for c in measured[:LISTED])
    if not measured:
        yield "no run that completed held out examples to validate on"
    if len(measured) > LISTED:
        yield f"and {len(measured) - LISTED} configurations more, in the table of the sweep"


def spread_of(configuration: Configuration) -> str:
    """Return a validation accuracy with what is uncertain of it: over seeds, and of one split."""
    found = [outcome.val for outcome in configuration.outcomes if outcome.val]
    k, n = found[0].n_correct, found[0].n_examples
    error = f"{100 * binomial_error(k, n):.2f} points" if 0 < k < n else "unknown, as all are alike"
    of_split = f"standard error of one split of {n:,}: {error}"
    over = mean_sd(metrics.accuracy for metrics in found)
    if over.standard_error is None:
        return f"{accuracy_text(k, n)} on validation, one seed; {of_split}"
    return (
        f"{spread_text(over)} on validation (mean ± standard deviation of {over.n} seeds); of the "
        f"mean the standard error is {100 * over.standard_error:.2f} points, the 95 % interval "
        f"{percent_range(*t_interval(over))}; {of_split}"
    )


def test_set(subject: Subject) -> Iterator[str]:
    """Test set."""
    for run in subject.sweep.ended:
        if look := run.outcome.test:
            after = counted(look.opened_before, "earlier look")
            yield (
                f"{accuracy_text(look.correct, look.n)}, opened {look.opened} after {after}; "
                f"{look.in_training:,} of the examples also occur in training"
            )
    names = {run.outcome.dataset for run in subject.sweep.ended}
    own = {(run.outcome.weights_sha256, run.outcome.config_hash) for run in subject.sweep.ended}
    looks = [line for line in subject.ledger if line.label in names]
    reasons = ", ".join(f"{why} ({n})" for why, n in Counter(o.reason for o in looks).items())
    n_own = sum((line.weights_sha256, line.config_hash) in own for line in looks)
    files = ", ".join(sorted({line.split for line in looks} - names))  # own files alone have one
    told = f", {n_own} of them at these networks; reasons: {reasons}" if looks else ""
    n_looks = f"{counted(len(looks), 'look')} at a test split of {' and '.join(sorted(names))}"
    yield f"the ledger has {n_looks}{told}; sha256 of a test file: {files or 'not recorded'}"


def compute(subject: Subject) -> Iterator[str]:
    """Compute."""
    seconds = [run.outcome.seconds for run in subject.sweep.ended]
    ended = Counter(run.status for run in subject.sweep.runs)
    told = ", ".join(f"{n} {status}" for status, n in ended.items())
    each = (
        f", {fmean(seconds):,.1f} s a run, from {min(seconds):,.1f} to {max(seconds):,.1f}; "
        "some may have run side by side"
    )
    several = each if len(seconds) > 1 else ""
    yield f"{told}; {sum(seconds):,.1f} s of training in all{several}; memory not recorded"
    for run in {run.environment.machine: run for run in subject.sweep.ended}.values():
        threads = run.environment.deciders(run.config.model.backend)["threads"]
        yield f"{run.environment.machine}; threads: {threads or 'not recorded'}"


def code(subject: Subject) -> Iterator[str]:
    """Code."""
    yield from code_check("code", code_of_runs(subject.sweep.ended)).evidence


def again(subject: Subject) -> Iterator[str]:
    """Run it again."""
    yield from subject.commands()


ITEMS = (data_sets, splits, settings, ranges, selection, spread, test_set, compute, code, again)


def of_parts(records: Records) -> str:
    """Return the checklist of all parts of the assignment."""
    return checklist(of_part(records, part) for part in records.parts)


def of_part(records: Records, part: Part[Any]) -> Subject:
    """Return what the checklist of a part is of."""

    def commands() -> Sequence[str]:
        return made_by(records, part) or [records.command(part)]

    sweep = Sweep(records.folder(part), records.found(part).runs)
    return Subject(f"Problem {part.problem}: {part.experiment}", sweep, commands, records.ledger)


def checklist(subjects: Iterable[Subject]) -> str:
    """Return the checklist of some runs as plain text, which is Markdown too."""
    return "\n\n".join(["# Reproducibility checklist, from the records", *map(section, subjects)])


def section(subject: Subject) -> str:
    """Return what is said of a subject, or why nothing is."""
    found = undamaged(lambda: "\n".join(lines(subject)), subject.sweep.folder)
    return f"## {subject.name}\n\n{found.reason if isinstance(found, Stopped) else found}"


def lines(subject: Subject) -> Iterator[str]:
    """Yield the lines of a subject: an item on one, or its parts below its name."""
    if not subject.sweep.ended:
        yield "no run has ended"
        return
    for item in ITEMS:
        first, *more = list(item(subject)) or ["not recorded"]
        yield f"- {title_of(item)}:{'' if more else f' {first}'}"
        yield from (f"  - {line}" for line in (first, *more) if more)

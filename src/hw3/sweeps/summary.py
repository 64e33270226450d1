"""The summary of a sweep: one table, one figure of all panels, and one figure per configuration."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from math import inf, isfinite
from pathlib import Path
from statistics import fmean

from hw3.analysis.intervals import MeanSd, mean_sd, spread_text, wilson
from hw3.core.files import sha256, table_text, write_json, write_text
from hw3.core.table import Table
from hw3.core.terminal import console, doing, is_brief, say, say_kept
from hw3.core.words import SHORT, counted, escaped, number, percent, percent_range
from hw3.records.integrity import changed_files
from hw3.records.jobs import left_behind
from hw3.records.layout import JOBS, METRICS, PARALLEL, SUMMARY, SUMMARY_RECORD, SWEEP_FILES
from hw3.records.outcome import Outcome
from hw3.records.read import WRITTEN_ANEW, file_digests, read_typed
from hw3.records.run import Sweep, load_job
from hw3.records.study import proposed_words
from hw3.sweeps.code import several_codes
from hw3.sweeps.figures import draw
from hw3.sweeps.groups import Configuration, configurations, several_files
from hw3.sweeps.parallel import draw_parallel
from hw3.training.metrics import Metrics

MAX_ROWS = 20
Study = Callable[[Sweep, bool], None]  # the bool: whether nothing has changed since the last one


@dataclass(frozen=True)
class SummaryRecord:
    """summary.json: the sha256 of the jobs' metrics.json and of the files of the summary."""

    outcomes: Mapping[str, str]
    files: Mapping[str, str]


def summarize(
    sweep: Sweep, study: Study | None = None, *, is_shown: bool = True
) -> list[Configuration]:
    """Write summary.csv and the figures into the sweep's folder, print the table, return it.

    Figures are drawn again only when a job has ended or a file of the summary was changed since:
    the hashes would vouch for the change. Once all jobs have completed, `study` adds what their
    task makes of them, and its table takes the place of one that is not to be shown.
    """
    found = configurations(sweep)
    rows = [Row.of(c) for c in found]
    before = read_summary(sweep.folder)
    is_fresh = before == record_of(sweep)
    cells = [row.cells for row in rows]
    write_text(sweep.folder / SUMMARY, table_text(list(cells[0]), [c.values() for c in cells]))
    if not is_fresh:
        remove_figures(sweep.folder, before)
        with doing("drawing the curves"):
            draw(sweep.folder, found)
            draw_parallel(sweep.folder, found)
    is_whole = all(run.is_completed for run in sweep.runs)
    if not is_brief() and (is_shown or not is_whole):
        print_table(rows)
    if sweep.study:
        say_kept(f"hw3: {proposed_words(sweep.study.by, len(sweep.runs))}")
    if left := left_behind(sweep.folder, {run.name for run in sweep.runs}):
        say_kept(f"hw3: {left}")
    if reason := several_files(sweep.runs):
        print(f"hw3: CAUTION: the accuracies are not comparable: {reason}")
    if reason := several_codes(sweep.runs):
        say_kept(f"hw3: CAUTION: {reason}")
    if study and is_whole:
        study(sweep, is_fresh)
    now = record_of(sweep)
    if now != before:
        write_json(sweep.folder / SUMMARY_RECORD, asdict(now))
    return found


def read_summary(folder: Path) -> SummaryRecord | None:
    """Return the hashes of a sweep's summary; None before the first.

    Raises:
        RunDirError: for a damaged record, which the next summary writes anew.
    """
    return read_typed(SummaryRecord, folder / SUMMARY_RECORD, WRITTEN_ANEW)


def record_of(sweep: Sweep) -> SummaryRecord:
    """Return the hashes of a sweep's summary as it is now."""
    files = {k: v for k, v in summary_digests(sweep.folder).items() if is_ours(k)}
    return SummaryRecord(outcome_digests(sweep), files)


def is_ours(name: str) -> bool:
    """Whether a sweep writes a file of this name; others may lie beside, and may change."""
    return name in SWEEP_FILES or fnmatch(name, "curves_*.png")


def summary_digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file that looks like one of a sweep's summary, by name."""
    return file_digests(folder, {JOBS, SUMMARY_RECORD})


def outcome_digests(sweep: Sweep) -> dict[str, str]:
    """Return the sha256 of the metrics.json of each job that has ended, by the job's name."""
    return {run.name: sha256(run.folder / METRICS) for run in sweep.runs if run.ended}


def summary_faults(sweep: Sweep, must_be: bool) -> Iterator[str]:
    """Yield what of a sweep's folder, or of its jobs' outcomes, is not as it was summarised.

    A folder of single runs has no summary unless seeds were swept into it.
    """
    record = read_summary(sweep.folder)
    if record is None:
        if must_be:
            yield f"it was never summarised: python -m hw3.sweep {shlex.quote(str(sweep.folder))}"
        return
    yield from changed_files(record.files, summary_digests(sweep.folder), "it was summarised")
    then = record.outcomes
    if not must_be:
        sweep = Sweep(sweep.folder, [load_job(sweep.folder / Path(name).name) for name in then])
    now = outcome_digests(sweep)
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            yield f"the outcome of {name} is not the one that was summarised"


@dataclass(frozen=True)
class Row:
    """One configuration in the table: means over its completed seeds, None where not measured."""

    configuration: Configuration
    val: MeanSd | None
    val_loss: float | None
    train: MeanSd | None
    train_loss: float | None
    best_val: float | None
    seconds: float | None

    @classmethod
    def of(cls, configuration: Configuration) -> "Row":
        """Return the row of a configuration."""
        outcomes = configuration.outcomes
        val, train = (measured(outcomes, part) for part in ("val", "train"))
        best = measured(outcomes, "best_val")
        return cls(
            configuration,
            accuracy(val),
            mean(m.loss for m in val),
            accuracy(train),
            mean(m.loss for m in train),
            mean(m.accuracy for m in best),
            mean(o.seconds for o in outcomes),
        )

    @property
    def spread(self) -> str | None:
        """The interval of one seed's validation accuracy, or the spread over several."""
        found = [outcome.val for outcome in self.configuration.outcomes if outcome.val]
        if len(found) == 1:
            return percent_range(*wilson(found[0].n_correct, found[0].n_examples))
        return f"± {100 * self.val.sd:.2f}" if self.val and self.val.sd is not None else None

    @property
    def cells(self) -> dict[str, object]:
        """The cells of summary.csv, by column."""
        c = self.configuration
        return {
            "configuration": c.label,
            **c.settings,
            "n_seeds": len(c.completed),
            "n_jobs": len(c.runs),
            "status": c.status,
            "val_accuracy": self.val and self.val.mean,
            "val_accuracy_sd": self.val and self.val.sd,
            "val_loss": self.val_loss,
            "train_accuracy": self.train and self.train.mean,
            "train_loss": self.train_loss,
            "best_val_accuracy": self.best_val,
            "seconds": self.seconds,
            "jobs": " ".join(run.name for run in c.runs),
        }


def measured(outcomes: Sequence[Outcome], part: str) -> list[Metrics]:
    """Return one part of some outcomes: train, val or best_val; nothing unless all have it."""
    found: list[Metrics | None] = [getattr(outcome, part) for outcome in outcomes]
    return [] if None in found else [m for m in found if m]


def accuracy(found: Sequence[Metrics]) -> MeanSd | None:
    """Return the mean accuracy and its spread over seeds, None for nothing."""
    return mean_sd([m.accuracy for m in found]) if found else None


def mean(values: Iterable[float]) -> float | None:
    """Return the mean, None for that of nothing, and where it is not finite."""
    numbers = list(values)
    found = fmean(numbers) if numbers else inf
    return found if isfinite(found) else None


def sweep_table(found: Sequence[Configuration]) -> Table:
    """Return the configurations as the page shows them."""
    rows = [
        (
            row.configuration.label,
            percent(row.val and row.val.mean),
            row.spread,
            number(row.val_loss),
            percent(row.train and row.train.mean),
            len(row.configuration.completed),
            number(row.seconds, 0),
        )
        for row in map(Row.of, found)
    ]
    interval = "95 % interval, or ± sd over seeds"
    header = ("configuration", "validation", interval, "loss", "training", "seeds", "seconds")
    return Table("sweep", "The sweep after the last epoch, best first", header, rows)


def print_table(rows: Sequence[Row]) -> None:
    """Print the rows of what has started, best first; of many, the best.

    Columns that say nothing of anyone are left out: names need the room on a narrow terminal.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    started = [row for row in rows if any(run.tree for run in row.configuration.runs)]
    if not any(row.configuration.completed for row in started):
        begun = [bool(run.tree) for row in rows for run in row.configuration.runs]
        text = f"{counted(sum(begun), 'job')} begun, {begun.count(False)} not started yet"
        say(f"hw3: no job has completed: {text}")
        return
    columns = {
        "validation": [spread_text(row.val) for row in started],
        "loss": [number(row.val_loss) for row in started],
        "training": [percent(row.train and row.train.mean) for row in started],
        "seeds": [str(len(row.configuration.completed)) for row in started],
        "seconds": [number(row.seconds, 1) for row in started],
        "status": [row.configuration.status for row in started],
    }
    told = {k: cells for k, cells in columns.items() if {*cells} - {"-", "1", "completed"}}
    names = max(len(row.configuration.label) for row in started)
    for least in ("seconds", "loss", "training"):  # summary.csv has them
        if needs(told) + min(names, SHORT) > console().width:
            told.pop(least, None)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("configuration", overflow="fold")
    for name in told:
        table.add_column(name, justify="right", no_wrap=True)
    for row, *cells in list(zip(started, *told.values(), strict=True))[:MAX_ROWS]:
        table.add_row(escaped(row.configuration.label), *cells)
    console().print(table)
    if len(started) > MAX_ROWS:
        say(f"hw3: and {len(started) - MAX_ROWS} more, in {SUMMARY}")
    if waiting := sum(not run.tree for row in rows for run in row.configuration.runs):
        say(f"hw3: {counted(waiting, 'job')} not started yet")


def needs(columns: Mapping[str, Sequence[str]]) -> int:
    """Return the characters that columns take in a line."""
    return sum(3 + max(map(len, (name, *cells))) for name, cells in columns.items())


def remove_figures(folder: Path, before: SummaryRecord | None) -> None:
    """Remove the figures of the last summary, as far as they are those that it wrote."""
    now = summary_digests(folder)
    for name, digest in before.files.items() if before else ():
        if (fnmatch(name, "curves*.png") or name == PARALLEL) and now.get(name) == digest:
            (folder / name).unlink()

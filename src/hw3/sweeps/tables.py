"""A comparison as a person reads it: tables, notes below them, and one figure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from hw3.analysis.intervals import mean_sd, mean_text, spread_text, wilson
from hw3.core.errors import RunDirError
from hw3.core.files import save_figure
from hw3.core.terminal import console, say
from hw3.core.words import counted, escaped, number, span
from hw3.plots.style import PALETTE
from hw3.records.outcome import Failure
from hw3.records.run import Run
from hw3.sweeps.comparison import Comparison, place, values
from hw3.sweeps.groups import Configuration

if TYPE_CHECKING:
    from hw3.plots.curves import Curve

MAX_COLUMNS = 3  # of a table whose cells are settings, in a terminal of 80 characters
MAX_LINES = len(PALETTE)  # curves in a figure: no colour is used twice
SOME_LINES = 5  # how many of them if there are more
USUAL = {"status": "completed", "runs": "1"}  # a row that says nothing else of anyone is left out


def print_tables(comparison: Comparison) -> None:
    """Print a column per configuration; of many, a column per folder and a row for each."""
    few = len(comparison.configurations) <= MAX_COLUMNS
    results = outcomes(comparison.configurations if few else comparison.best_first)
    if few:
        found = {c.label: c.runs for c in comparison.configurations}
        print_columns({k: values(comparison.keys, found[k]) | results[k] for k in found})
        return
    held: dict[str, list[Run]] = {}
    for run in comparison.runs:
        held.setdefault(comparison.places[place(run)], []).append(run)
    names = list(held)
    for start in range(0, len(names) if comparison.keys else 0, MAX_COLUMNS):
        part = names[start : start + MAX_COLUMNS]
        print_columns({name: values(comparison.keys, held[name]) for name in part})
    print_rows(results)


def print_columns(columns: Mapping[str, Mapping[str, str]]) -> None:
    """Print a table of {column: {row: cell}} with a column for each."""
    from rich.table import Table

    table = Table()
    table.add_column("", no_wrap=True)
    for header in columns:
        table.add_column(escaped(header), overflow="fold")
    for row in next(iter(columns.values())):
        table.add_row(row, *(column[row] for column in columns.values()))
    console().print(table)


def print_rows(rows: Mapping[str, Mapping[str, str]]) -> None:
    """Print a table of {row: {column: cell}} with a row for each, as narrow as can be."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("", overflow="fold")
    for header in next(iter(rows.values())):
        table.add_column(header.replace(" ", "\n"), justify="right", no_wrap=True)
    for label, cells in rows.items():
        table.add_row(escaped(label), *cells.values())
    console().print(table)


def outcomes(found: Sequence[Configuration]) -> dict[str, dict[str, str]]:
    """Return {label: {header: cell}}, without what says nothing of any of them."""
    rows = {c.label: outcome(c) for c in found}
    headers = next(iter(rows.values()))
    told = [h for h in headers if {row[h] for row in rows.values()} - {"-", USUAL.get(h)}]
    return {label: {h: row[h] for h in told} for label, row in rows.items()}


def outcome(configuration: Configuration) -> dict[str, str]:
    """Return what the completed runs ended with: counts, or means over seeds."""
    found, n = configuration.outcomes, len(configuration.runs)
    val = [o.val for o in found if o.val]
    return {
        "status": configuration.status,
        "runs": f"{n}" if len(found) in (0, n) else f"{len(found)} of {n}",
        "val %": accuracy([(m.n_correct, m.n_examples) for m in val]),
        "val loss": mean([m.loss for m in val], 4),
        "test %": accuracy([(o.test.correct, o.test.n) for o in found if o.test]),
        "train %": mean([100 * o.train.accuracy for o in found], 2),
        "train loss": mean([o.train.loss for o in found], 4),
        "epochs run": span(o.epochs for o in found),
        "time s": mean([o.seconds for o in found], 1),
    }


def accuracy(counts: Sequence[tuple[int, int]]) -> str:
    """Return (correct, n) in percent: of one run over its interval, of several mean ± sd."""
    if not counts:
        return "-"
    if len(counts) > 1:
        return spread_text(mean_sd(correct / n for correct, n in counts)).removesuffix(" %")
    ((correct, n),) = counts
    low, high = wilson(correct, n)
    return f"{100 * correct / n:.2f}\n{100 * low:.2f}-{100 * high:.2f}"


def mean(numbers: Sequence[float], digits: int) -> str:
    """Return the mean, a dash for that of nothing."""
    return number(fmean(numbers) if numbers else None, digits)


def notes(comparison: Comparison) -> list[str]:
    """Return the lines below the tables: how to read them, and what not to read into them."""
    n_runs = {len(c.completed) for c in comparison.configurations}
    found = ["a range below an accuracy is its 95 % Wilson interval"] if 1 in n_runs else []
    if n_runs - {0, 1}:
        found.append("± is one standard deviation over runs that differ in nothing but the seed")
    if not comparison.keys:
        found.append("no setting differs")
    if comparison.n_waiting:
        found.append(f"{counted(comparison.n_waiting, 'job')} not started yet")
    done = [run for c in comparison.configurations for run in c.runs if run.is_completed]
    if len(done) > sum(len(c.completed) for c in comparison.configurations):
        found.append("a seed that was run more than once counts once, as its first run")
    for configuration in comparison.configurations:
        for run in configuration.runs:
            if isinstance(run.ended, Failure):
                found.append(f"{configuration.label}: {run.status}: {run.ended.error}")
    if comparison.caution:
        found.append(f"CAUTION: the accuracies are not comparable: {comparison.caution}")
    return found


def draw(comparison: Comparison, path: Path) -> str:
    """Draw the curves of all, or of the best where all would be too many; return what is drawn."""
    found, title = chosen(comparison)
    named = {legend_text(c): lines for c in found if (lines := curves_of(c))}
    if not named:
        return "no figure: no epoch has ended"
    from hw3.plots.overlay import overlay

    path.parent.mkdir(parents=True, exist_ok=True)
    save_figure(path, overlay(named, title))
    return f"figure: {path} ({title})"


def chosen(comparison: Comparison) -> tuple[list[Configuration], str]:
    """Return what is drawn, best first, and the figure's title."""
    found = comparison.best_first
    names = ", ".join(comparison.places.values())
    if len(found) <= MAX_LINES:
        return found, names
    at = [place(c.runs[0]) for c in found]
    firsts = [c for i, c in enumerate(found) if at[i] not in at[:i]]
    kept = (firsts + [c for c in found if c not in firsts])[:SOME_LINES]
    what = "configurations" if comparison.is_grouped else "runs"
    title = f"{names}: the best {SOME_LINES} of {len(found)} {what}"
    title += ", each folder's best among them" if 1 < len(firsts) <= SOME_LINES else ""
    return [c for c in found if c in kept], title


def curves_of(configuration: Configuration) -> "list[Curve]":
    """Return the curves of the completed runs; where none is, of those with any epoch."""
    from hw3.plots.curves import Curve  # plotting libraries are imported when there is a figure

    lines = []
    for run in configuration.completed or configuration.runs:
        if run.has_history:
            try:
                lines.append(Curve.of(run.epochs))
            except RunDirError as error:
                say(f"hw3: {configuration.label} is not drawn: {error}")
    return lines


def legend_text(configuration: Configuration) -> str:
    """Return "relu, lr 0.5: 98.33 %", as it ended, or the status of what did not complete."""
    found = configuration.outcomes
    if not found:
        return f"{configuration.label}: {configuration.status}"
    is_validated = found[0].val is not None
    spread = mean_sd((o.val or o.train).accuracy for o in found)
    name = configuration.label if is_validated else f"{configuration.label} (training)"
    return f"{name}: {mean_text(spread.mean, spread.sd)}"

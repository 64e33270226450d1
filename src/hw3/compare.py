"""python -m hw3.compare <run or sweep> <run or sweep>...: what differs, in config and outcome."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from hw3.analysis.intervals import mean_sd, mean_text, wilson
from hw3.core.errors import ConfigError, RunDirError
from hw3.core.files import save_figure
from hw3.core.terminal import console, own_arguments, run_door
from hw3.records.run import Run
from hw3.records.rundir import HISTORY, reading
from hw3.sweeps.choice import Configuration
from hw3.sweeps.comparison import Comparison, caution, compare_runs, place, runs_in, settings, text

if TYPE_CHECKING:
    from hw3.plots.curves import Curve

USAGE = """\
usage: python -m hw3.compare <run or sweep> <run or sweep>... [figure=<path.png>]

Print the settings that differ and the results side by side, and draw the curves into one figure
(outputs/compare.png, unless told). A sweep stands for its jobs; of more than 12 runs, those that
differ in nothing but the seed are one row: mean and standard deviation, best first."""
FIGURE = "outputs/compare.png"
MAX_COLUMNS = 3  # of a table whose cells are settings, in a terminal of 80 characters
MAX_LINES, SOME_LINES = 10, 5  # curves in a figure, and how many of them if there are more
HEADERS = (
    *("status", "runs", "val %", "val loss", "test %"),
    *("train %", "train loss", "epochs run", "time s"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Print tables of the runs and draw their curves; return the exit status."""
    return run_door(compare, argv)


def compare(arguments: Sequence[str]) -> int:
    """Compare the runs in the folders; a sweep stands for all its jobs."""
    keyed = [argument for argument in arguments if argument.startswith("figure=")]
    path = Path(own_arguments(keyed, {"figure": FIGURE})[0]["figure"])
    if path.suffix != ".png":
        raise ConfigError(f"figure must be a path that ends in .png, got {path}")
    folders = [Path(argument) for argument in arguments if argument not in keyed]
    comparison = compare_runs([run for folder in folders for run in runs_in(folder)])
    if len(comparison.runs) < 2:
        raise ConfigError(f"needs two runs or more; {USAGE.splitlines()[0]}")
    print_tables(comparison)
    for note in notes(comparison):
        print(f"hw3: {note}")
    draw(comparison, path)
    return 0


def print_tables(comparison: Comparison) -> None:
    """Print a column a configuration, or for many a column a folder and a row a configuration."""
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
        table.add_column(header, overflow="fold")
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
        table.add_row(label, *cells.values())
    console().print(table)


def values(keys: Sequence[str], runs: Iterable[Run]) -> dict[str, str]:
    """Return the values that each key takes in some runs, as "relu, tanh"."""
    trees = [settings(run) for run in runs]
    return {
        key: ", ".join(dict.fromkeys(text(tree[key]) for tree in trees if key in tree)) or "-"
        for key in keys
    }


def outcomes(found: Sequence[Configuration]) -> dict[str, dict[str, str]]:
    """Return {label: {header: cell}}, without what says nothing of any of them."""
    rows = {c.label: outcome(c) for c in found}
    usual = {"status": "completed", "runs": "1"}
    told = [h for h in HEADERS if {row[h] for row in rows.values()} - {"-", usual.get(h)}]
    return {label: {h: row[h] for h in told} for label, row in rows.items()}


def outcome(configuration: Configuration) -> dict[str, str]:
    """Return what the completed runs ended with: counts, or means over seeds."""
    metrics = [run.metrics for run in configuration.completed]
    final = [m["final"] for m in metrics]
    val = [(m["final"]["val_correct"], m["n_val"]) for m in metrics if m["n_val"]]
    test = [(m["test"]["correct"], m["test"]["n"]) for m in metrics if "test" in m]
    epochs = sorted({m["epochs"] for m in metrics})
    n = len(configuration.runs)
    cells = (
        configuration.status,
        f"{n}" if len(metrics) in (0, n) else f"{len(metrics)} of {n}",
        accuracy(val),
        mean([f["val_loss"] for f in final if "val_loss" in f], 4),
        accuracy(test),
        mean([100 * f["train_accuracy"] for f in final], 2),
        mean([f["train_loss"] for f in final], 4),
        " to ".join(map(str, epochs[:1] + epochs[1:][-1:])) or "-",
        mean([m["seconds"] for m in metrics], 1),
    )
    return dict(zip(HEADERS, cells, strict=True))


def accuracy(counts: Sequence[tuple[int, int]]) -> str:
    """Return (correct, n) in percent: of one run over its interval, of several mean ± sd."""
    if not counts:
        return "-"
    if len(counts) > 1:
        spread = mean_sd(correct / n for correct, n in counts)
        return mean_text(spread.mean, spread.sd).removesuffix(" %")
    ((correct, n),) = counts
    low, high = wilson(correct, n)
    return f"{100 * correct / n:.2f}\n{100 * low:.2f}-{100 * high:.2f}"


def mean(numbers: Sequence[float], digits: int) -> str:
    """Return the mean, a dash for that of nothing."""
    return f"{fmean(numbers):.{digits}f}" if numbers else "-"


def notes(comparison: Comparison) -> list[str]:
    """Return the lines below the tables: how to read them, and what not to read into them."""
    n_runs = {len(c.completed) for c in comparison.configurations}
    found = ["a range below an accuracy is its 95 % Wilson interval"] if 1 in n_runs else []
    if n_runs - {0, 1}:
        found.append("± is one standard deviation over runs that differ in nothing but the seed")
    if not comparison.keys:
        found.append("no setting differs")
    for configuration in comparison.configurations:
        for run in configuration.runs:
            if "error" in run.metrics:
                found.append(f"{configuration.label}: {run.status}: {run.metrics['error']}")
    reason = caution(comparison)
    return found + [f"CAUTION: the accuracies are not comparable: {reason}"] * bool(reason)


def draw(comparison: Comparison, path: Path) -> None:
    """Draw the curves of all, or of the best where all would be too many; say what is drawn."""
    found, title = shown(comparison)
    named = {}
    for configuration in found:
        try:
            lines = curves_of(configuration)
        except RunDirError as error:
            print(f"hw3: {configuration.label} is not drawn: {error}")
            continue
        if lines:
            named[legend_text(configuration)] = lines
    if not named:
        print("hw3: no figure: no epoch has ended")
        return
    from hw3.plots.overlay import overlay

    save_figure(path, overlay(named, title))
    print(f"hw3: figure: {path} ({title})")


def shown(comparison: Comparison) -> tuple[list[Configuration], str]:
    """Return what is drawn, best first, and the figure's title."""
    found, places = comparison.best_first, comparison.places
    names = ", ".join(places.values())
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
    from hw3.plots.curves import Curve

    lines = []
    for run in configuration.completed or configuration.runs:
        if run.has_history:
            with reading(run.folder / HISTORY):
                if run.history.empty:
                    raise ValueError("no epoch")
                lines.append(Curve.from_frame(run.history))
    return lines


def legend_text(configuration: Configuration) -> str:
    """Return "relu, lr 0.5: 98.33 %", as it ended, or the status of what did not complete."""
    final = [run.metrics["final"] for run in configuration.completed]
    if not final:
        return f"{configuration.label}: {configuration.status}"
    part = "val" if "val_accuracy" in final[0] else "train"
    spread = mean_sd(f[f"{part}_accuracy"] for f in final)
    name = configuration.label if part == "val" else f"{configuration.label} (training)"
    return f"{name}: {mean_text(spread.mean, spread.sd)}"


if __name__ == "__main__":
    sys.exit(main())

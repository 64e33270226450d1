"""A sweep in one table, one figure of all panels, and one figure a configuration."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hw3.analysis.intervals import mean_sd
from hw3.core.files import save_figure, sha256, write_json, write_text
from hw3.core.terminal import console
from hw3.records.run import Sweep
from hw3.records.rundir import JOBS, METRICS, WRITTEN_ANEW, file_digests, read_record, reading
from hw3.sweeps.choice import Configuration, configurations

MAX_PANELS = 24
SUMMARY, PANELS = "summary.csv", "curves.png"
SUMMARY_RECORD = "summary.json"  # hashes of the summary's files and of the outcomes it is made of
FIGURES = (
    *("val_accuracy", "val_accuracy_sd", "val_loss", "train_accuracy", "train_loss"),
    *("best_val_accuracy", "seconds"),
)


def summarize(sweep: Sweep, study: Callable[[Sweep], None] | None = None) -> list[Configuration]:
    """Write summary.csv and the figures into the sweep's folder, print the table, return it.

    Figures are drawn again only when a job has ended since. Once all jobs have completed, `study`
    adds what their task makes of them.
    """
    found = configurations(sweep)
    rows = [summary_row(c) for c in found]
    write_text(sweep.folder / SUMMARY, csv_text(rows))
    if is_stale(sweep, sweep.folder / PANELS):
        draw(sweep.folder, found)
    print_table(rows)
    if study and all(run.status == "completed" for run in sweep.runs):
        study(sweep)
    record = {"outcomes": outcome_digests(sweep), "files": summary_digests(sweep.folder)}
    if read_summary(sweep.folder) != record:
        write_json(sweep.folder / SUMMARY_RECORD, record)
    return found


def read_summary(folder: Path) -> dict[str, Any] | None:
    """Return the hashes of a sweep's summary, `files` and `outcomes`; None before the first.

    Raises:
        RunDirError: for a damaged record, which the next summary writes anew.
    """
    record = read_record(folder / SUMMARY_RECORD, WRITTEN_ANEW)
    with reading(folder / SUMMARY_RECORD, WRITTEN_ANEW):
        if record and not all(isinstance(record[key], dict) for key in ("files", "outcomes")):
            raise ValueError("no hashes")
    return record


def summary_digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file of a sweep's summary, by name."""
    return file_digests(folder, {JOBS, SUMMARY_RECORD})


def outcome_digests(sweep: Sweep) -> dict[str, str]:
    """Return the sha256 of the metrics.json of each job that has ended, by the job's name."""
    ended = [run for run in sweep.runs if run.metrics]
    return {run.name: sha256(run.folder / METRICS) for run in ended}


def summary_row(configuration: Configuration) -> dict[str, Any]:
    """Return one row: the varying keys, the seeds, the status, and the figures' means."""
    runs = configuration.completed
    row: dict[str, Any] = {"configuration": configuration.label, **configuration.values}
    row |= {"n_seeds": len(runs), "n_jobs": len(configuration.runs)}
    row |= {"status": configuration.status, **dict.fromkeys(FIGURES)}
    row["jobs"] = " ".join(run.name for run in configuration.runs)
    if not runs:
        return row
    for name in ("val_accuracy", "val_loss", "train_accuracy", "train_loss"):
        values = [run.metrics["final"].get(name) for run in runs]
        if None not in values:
            row[name] = mean_sd(values).mean
            if name == "val_accuracy":
                row["val_accuracy_sd"] = mean_sd(values).sd
    best = [run.metrics["best_epoch"].get("val_accuracy") for run in runs]
    row["best_val_accuracy"] = None if None in best else mean_sd(best).mean
    row["seconds"] = mean_sd([run.metrics["seconds"] for run in runs]).mean
    return row


def csv_text(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    """Print the rows, best first."""
    from rich.table import Table

    table = Table()
    table.add_column("configuration", overflow="fold")
    for column in ("val %", "val loss", "train %", "seeds", "seconds", "status"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        accuracy = percent(row["val_accuracy"])
        if row["val_accuracy_sd"] is not None:
            accuracy += f" ± {100 * row['val_accuracy_sd']:.2f}"
        table.add_row(
            row["configuration"],
            accuracy,
            "-" if row["val_loss"] is None else f"{row['val_loss']:.4f}",
            percent(row["train_accuracy"]),
            str(row["n_seeds"]),
            "-" if row["seconds"] is None else f"{row['seconds']:.1f}",
            row["status"],
        )
    console().print(table)


def percent(share: float | None) -> str:
    """Return 98.10 for 0.981, or a dash for nothing."""
    return "-" if share is None else f"{100 * share:.2f}"


def is_stale(sweep: Sweep, file: Path) -> bool:
    """Whether a job has ended, or the jobs or any file of the summary changed, since it was drawn.

    A file that someone changed would be vouched for by the next summary's hashes.
    """
    recorded = (read_summary(sweep.folder) or {}).get("files", {})
    now = summary_digests(sweep.folder)
    if not file.exists() or any(now.get(name) != digest for name, digest in recorded.items()):
        return True
    watched = [run.folder / METRICS for run in sweep.runs] + [sweep.folder / JOBS]
    drawn = file.stat().st_mtime
    return any(path.exists() and path.stat().st_mtime > drawn for path in watched)


def draw(folder: Path, found: Sequence[Configuration]) -> None:
    """Write one figure a configuration, and last the panels of all; none for a large sweep."""
    from hw3.plots.curves import Curve, curves, panels

    if len(found) > MAX_PANELS:  # nobody could read them; the jobs' folders hold the curves
        return
    drawn = {
        c.label: [Curve.from_frame(run.history) for run in runs]
        for c in found
        if (runs := [run for run in c.runs if run.status in ("completed", "diverged")])
    }
    for old in folder.glob("curves_*.png"):  # of an earlier command, with other labels
        old.unlink()
    for label, lines in drawn.items():
        save_figure(folder / f"curves_{slug(label)}.png", curves(lines, f"{folder.name}: {label}"))
    if drawn:
        save_figure(folder / PANELS, panels(dict(sorted(drawn.items())), folder.name))


def slug(label: str) -> str:
    """Return a label as a part of a file's name: relu-lr-0.1."""
    return re.sub(r"[^\w.]+", "-", label).strip("-")

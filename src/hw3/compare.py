"""python -m hw3.compare <run or sweep> <run or sweep>...: what differs, in config and outcome."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hw3.config import PLACE_KEYS
from hw3.doors import run_door
from hw3.errors import ConfigError, RunDirError
from hw3.files import save_figure
from hw3.load import Run, load_run, load_sweep
from hw3.progress import console
from hw3.rundir import CONFIG, flatten

FIGURE = Path("outputs/compare.png")
RESULTS = ("status", "train_accuracy", "val_accuracy", "val_loss", "test_accuracy", "epochs_done")


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table of the runs and draw their curves; return the exit status."""
    return run_door(compare, argv)


def compare(folders: Sequence[str]) -> int:
    """Compare the runs in the folders; a sweep stands for all its jobs."""
    runs = [run for folder in folders for run in runs_in(Path(folder))]
    if len(runs) < 2:
        raise ConfigError("usage: python -m hw3.compare <run or sweep> <run or sweep>...")
    labels = unique_labels(runs)
    keys = differing_keys(runs)
    print_table(labels, keys, runs)
    trained = [(label, run) for label, run in zip(labels, runs, strict=True) if run.has_history]
    if trained:
        from hw3.plots.curves import Curve, overlay

        lines = {label: Curve.from_frame(run.history) for label, run in trained}
        save_figure(FIGURE, overlay(lines))
        print(f"hw3: curves: {FIGURE}")
    return 0


def runs_in(folder: Path) -> list[Run]:
    """Return the run in a folder, or the started jobs of the sweep there."""
    if (folder / CONFIG).exists():
        return [load_run(folder)]
    if not folder.is_dir():
        raise RunDirError(f"{folder} is no folder")
    return [run for run in load_sweep(folder).runs if run.tree]


def unique_labels(runs: Sequence[Run]) -> list[str]:
    """Return the folders' names, with their parents where two are named alike."""
    names = [run.name for run in runs]
    return [
        run.name if names.count(run.name) == 1 else str(Path(run.folder.parent.name, run.name))
        for run in runs
    ]


def differing_keys(runs: Sequence[Run]) -> list[str]:
    """Return the config keys in which any two runs differ; a key that one lacks differs."""
    trees = [flatten(run.tree) for run in runs]
    keys = dict.fromkeys(key for tree in trees for key in tree if key not in PLACE_KEYS)
    return [key for key in keys if len({repr(tree.get(key, "-")) for tree in trees}) > 1]


def results(run: Run) -> dict[str, Any]:
    """Return the outcome of a run: its last epoch, and the test split where it was opened."""
    final = run.metrics.get("final", {})
    test = run.metrics.get("test", {})
    return {
        "status": run.status,
        **{key: final.get(key) for key in ("train_accuracy", "val_accuracy", "val_loss")},
        "test_accuracy": test.get("accuracy"),
        "epochs_done": run.metrics.get("epochs"),
    }


def text(value: Any) -> str:
    """Return a cell: floats with four digits after the point, a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def print_table(labels: Sequence[str], keys: Sequence[str], runs: Sequence[Run]) -> None:
    """Print a column a run for two or three runs, else a row a run."""
    from rich.table import Table

    columns = [
        {key: str(flatten(run.tree).get(key, "-")) for key in keys}
        | {key: text(value) for key, value in results(run).items()}
        for run in runs
    ]
    table = Table()
    if len(runs) <= 3:
        for header in ("", *labels):
            table.add_column(header, overflow="fold")
        for key in (*keys, *RESULTS):
            table.add_row(key, *(column[key] for column in columns))
    else:
        for header in ("run", *keys, *RESULTS):
            table.add_column(header, overflow="fold")
        for label, column in zip(labels, columns, strict=True):
            table.add_row(label, *column.values())
    console().print(table)


if __name__ == "__main__":
    sys.exit(main())

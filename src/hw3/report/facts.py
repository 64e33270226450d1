"""What clauses ask of a run again and again: its rows, its start, its rates, its files."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from hw3.core.seeds import stream
from hw3.datasets.splits import rows_digest
from hw3.nn.initializers import initial_params
from hw3.records.run import Run
from hw3.report.clause import Finding


def check_rows(run: Run, finding: Finding, n_rows: int) -> None:
    """Hold the rows, drawn again, against the record: all, each once, with the same digests."""
    n = len(np.unique(np.concatenate(run.rows)))
    is_whole = n == sum(map(len, run.rows)) == n_rows
    finding.expect(is_whole, f"{run.name}: {n:,} of {n_rows:,} rows are used")
    recorded = run.outcome.train_rows_sha256, run.outcome.val_rows_sha256
    for part, rows, digest in zip(("train", "val"), run.rows, recorded, strict=True):
        is_its = digest == rows_digest(rows)
        finding.expect(is_its, f"{run.name}: its {part} rows are not the config's")


def check_data(runs: Sequence[Run], finding: Finding) -> None:
    """Find runs that read another data file than the others."""
    files = {run.environment.data.sha256 for run in runs}
    finding.expect(len(files) == 1, f"the runs read {len(files)} different data files")


def check_measured(run: Run, finding: Finding) -> None:
    """Find an epoch without a validation accuracy."""
    is_measured = all(epoch.val for epoch in run.epochs.epochs)
    finding.expect(is_measured, f"{run.name}: an epoch was not measured")


def check_file(path: Path, finding: Finding) -> None:
    """Find a missing file."""
    finding.expect(path.is_file(), f"{path} is missing")


@cache
def start_sds(sizes: tuple[int, ...], init: str, seed: int) -> list[float]:
    """Return the standard deviation of each layer's weights at their start, drawn again."""
    return [float(w.std()) for w, _ in initial_params(sizes, init, stream(seed, "init"))]

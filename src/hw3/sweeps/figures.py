"""The figures of a sweep: the curves of each configuration, and the panels of all."""

import re
from collections.abc import Sequence
from pathlib import Path

from hw3.core.files import save_figure, short_name
from hw3.core.words import counted
from hw3.records.layout import CURVES
from hw3.records.run import Run
from hw3.sweeps.groups import Configuration

MAX_PANELS = 24
MAX_LINES = 100  # runs of one configuration in a figure: of more, no eye tells one from another


def draw(folder: Path, found: Sequence[Configuration]) -> None:
    """Write one figure per configuration, and last the panels of all; none for a large sweep."""
    from hw3.plots.curves import Curve, curves, panels

    if len(found) > MAX_PANELS:  # nobody could read them; the jobs' folders hold the curves
        return
    ended = {c.label: [run for run in c.runs if not run.is_unfinished] for c in found}
    drawn = {
        label: [Curve.of(run.epochs) for run in runs[:MAX_LINES]]
        for label, runs in ended.items()
        if runs
    }
    name = ", ".join(sorted({run.outcome.dataset for runs in ended.values() for run in runs}))
    for label, lines in drawn.items():
        save_figure(
            folder / curves_file(label), curves(lines, f"{name}: {label}{part_of(ended[label])}")
        )
    if drawn:
        part = part_of(max(ended.values(), key=len))
        title = f"{name}, {counted(len(drawn), 'configuration')}{part}"
        save_figure(folder / CURVES, panels(dict(sorted(drawn.items())), title))


def part_of(runs: Sequence[Run]) -> str:
    """Return which of the runs of a configuration a figure draws, nothing where it is all."""
    return f", the first {MAX_LINES} of {len(runs):,} runs" if len(runs) > MAX_LINES else ""


def curves_file(label: str) -> str:
    """Return the name of a configuration's figure: curves_relu-lr-0.1.png."""
    words = re.sub(r"[^\w.+]+", "-", label).strip("-")
    return f"curves_{short_name(words)}.png"

"""Runs of different settings over each other."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hw3.plots.curves import Curve
from hw3.plots.style import PALETTE, literal

MAX_BANDS = 4  # bands of more lines than this hide each other
COLORS = PALETTE[:5]  # those that stand out on white
MARKERS = ("", "o")  # of the lines that repeat a colour
PARTS = ("training, since nothing is held out (dashed)", "validation (solid)")
WIDTH = 95  # characters of a line of text, the figure's width


def overlay(named: Mapping[str, Sequence[Curve]], title: str) -> Figure:
    """Draw one line per name: the mean of its runs, as far as all of them got.

    Solid is validation accuracy; training accuracy, of runs that hold nothing out, is dashed.
    The band of a few lines is one standard deviation over their runs.
    """
    labels = [literal(textwrap.fill(label, WIDTH - 10)) for label in named]
    columns = 2 if max(map(len, labels)) < WIDTH // 2 - 6 else 1
    height = 4.6 + 0.19 * "\n".join(labels).count("\n") + 0.19 * len(labels) / columns
    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.add_subplot()
    with_band = len(named) <= MAX_BANDS and any(len(runs) > 1 for runs in named.values())
    for i, (label, runs) in enumerate(zip(labels, named.values(), strict=True)):
        color, marker = COLORS[i % len(COLORS)], MARKERS[i // len(COLORS) % len(MARKERS)]
        draw_mean(axes, runs, label, (color, marker), with_band)
    set_limits(axes, [mean_of(runs) for runs in named.values()])
    n_lines = len(title) // WIDTH + 1
    filled = textwrap.fill(title, len(title) // n_lines + 10)
    axes.set_title(literal(filled), fontsize=10)
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy (%)")
    figure.legend(
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        fontsize=9,
        title=legend_title(list(named.values()), with_band),
        title_fontsize=9,
    )
    return figure


def draw_mean(
    axes: Axes, runs: Sequence[Curve], label: str, look: tuple[str, str], with_band: bool
) -> None:
    """Draw the mean of some runs, and their standard deviation around it; look: color, marker."""
    mean, (color, marker) = mean_of(runs), look
    epochs = np.arange(1, len(mean) + 1)
    line = "-" if runs[0].val else "--"
    if len(mean) == 1:  # which is no line
        marker = marker or "."
    every = max(1, len(mean) // 10)
    axes.plot(
        epochs,
        mean,
        line,
        color=color,
        marker=marker,
        mfc="white",
        markevery=every,
        label=label,
        lw=1.5,
        ms=5,
    )
    if with_band and len(runs) > 1:
        sd = values_of(runs).std(axis=0, ddof=1)
        axes.fill_between(epochs, mean - sd, mean + sd, color=color, alpha=0.15, lw=0)


def values_of(runs: Sequence[Curve]) -> np.ndarray:
    """Return what is drawn of each run, (n_runs, n_epochs), as far as all got."""
    lines = [run.val or run.train for run in runs]
    n = min(map(len, lines))
    return np.array([line[:n] for line in lines])


def mean_of(runs: Sequence[Curve]) -> np.ndarray:
    """Return the mean of the runs at each epoch, (n_epochs,)."""
    mean: np.ndarray = values_of(runs).mean(axis=0)
    return mean


def set_limits(axes: Axes, lines: Sequence[np.ndarray]) -> None:
    """Show what separates good runs: from a little below the lowest line's median."""
    low = max(min(line.min() for line in lines), min(np.median(line) for line in lines) - 3)
    high = axes.get_ylim()[1]
    axes.set_ylim(low - 0.05 * (high - low), high)
    axes.set_xlim(0.5, max(map(len, lines)) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)


def legend_title(groups: Sequence[Sequence[Curve]], with_band: bool) -> str:
    """Return what the lines are, and that the numbers are of the last epoch."""
    validated = {bool(runs[0].val) for runs in groups}
    parts = [PARTS[is_validated] for is_validated in sorted(validated, reverse=True)]
    seeds = ", mean of seeds" if any(len(runs) > 1 for runs in groups) else ""
    band = ", band ± 1 sd" if with_band else ""
    return f"accuracy at the end: {', '.join(parts)}{seeds}{band}"

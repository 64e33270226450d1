"""Runs of different settings over each other."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hw3.analysis.intervals import wilson
from hw3.plots.curves import Curve
from hw3.plots.style import PALETTE, epochs_label, literal, lowest_shown, whole_ticks

MAX_BANDS = 4  # bands of more lines than this hide each other
MARKERS = ("", "", "", "", "", "o", "s")  # of each colour: orange and sky blue are pale on white
PARTS = ("training, since nothing is held out", "validation")
LINES = (" (dashed)", " (solid)")
SHORT = 5  # epochs; such a line is shown from its start
WIDTH = 95  # characters of a line of text, the figure's width


def overlay(named: Mapping[str, Sequence[Curve]], title: str) -> Figure:
    """Draw one line per name, of seven at most: the mean of its runs, as far as all of them got.

    Solid is validation accuracy; training accuracy, of runs that hold nothing out, is dashed.
    The band of a few lines is one standard deviation over their runs.
    """
    if all(len(mean_of(runs)) == 1 for runs in named.values()):
        return dots(named, title)
    labels = [literal(textwrap.fill(label, WIDTH - 10)) for label in named]
    columns = 2 if max(map(len, labels)) < WIDTH // 2 - 6 else 1
    height = 4.6 + 0.19 * "\n".join(labels).count("\n") + 0.19 * len(labels) / columns
    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.add_subplot()
    with_band = len(named) <= MAX_BANDS and any(len(runs) > 1 for runs in named.values())
    means = [mean_of(runs) for runs in named.values()]
    for i, (label, runs) in enumerate(zip(labels, named.values(), strict=True)):
        n_hiding = sum(is_same(means[i], later) for later in means[i + 1 :])
        draw_mean(axes, runs, label, (PALETTE[i], MARKERS[i]), with_band, n_hiding)
    axes.set_xlabel(set_limits(axes, means))
    axes.set_title(filled(title), fontsize=10)
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


def dots(named: Mapping[str, Sequence[Curve]], title: str) -> Figure:
    """Draw a row per name: the mean of runs of one epoch, and one standard deviation around it.

    Around one run alone it is the 95 % Wilson interval.
    """
    figure = Figure(figsize=(8, 1.5 + 0.4 * len(named)), layout="constrained")
    axes = figure.add_subplot()
    for row, (runs, color) in enumerate(zip(named.values(), PALETTE, strict=False)):
        mean, (low, high) = float(mean_of(runs)[0]), around(runs)
        ends = [[mean - low], [high - mean]]
        axes.errorbar(mean, row, xerr=ends, fmt="o", color=color, capsize=3)
    labels = [literal(textwrap.fill(label, WIDTH // 2)) for label in named]
    axes.set_yticks(range(len(labels)), labels, fontsize=9)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_title(filled(title), fontsize=10)
    is_alone = any(len(runs) == 1 for runs in named.values())
    bars = ["95 % interval"] if is_alone else []
    bars += ["± 1 sd over seeds"] if any(len(runs) > 1 for runs in named.values()) else []
    text = legend_title(list(named.values()), False, "accuracy (%) after one epoch")
    axes.set_xlabel(f"{text}; bar: {' or '.join(bars)}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", alpha=0.3)
    return figure


def around(runs: Sequence[Curve]) -> tuple[float, float]:
    """Return the ends of the bar around the mean of runs of one epoch, in percent."""
    values = values_of(runs)[:, 0]
    if len(values) > 1:
        return values.mean() - values.std(ddof=1), values.mean() + values.std(ddof=1)
    n = runs[0].n
    low, high = wilson(round(values[0] / 100 * n), n) if n else (values[0] / 100,) * 2
    return 100 * low, 100 * high


def filled(title: str) -> str:
    """Return a title in lines of about the same length, none wider than the figure."""
    n_lines = len(title) // WIDTH + 1
    return literal(textwrap.fill(title, len(title) // n_lines + 10))


def draw_mean(
    axes: Axes,
    runs: Sequence[Curve],
    label: str,
    look: tuple[str, str],
    with_band: bool,
    n_hiding: int,
) -> None:
    """Draw the mean of some runs, and their standard deviation around it; look: color, marker.

    The more lines lie on this one, the wider it is: it shows at both sides of them.
    """
    mean, (color, marker) = mean_of(runs), look
    epochs = np.arange(1, len(mean) + 1)
    line = "-" if runs[0].val else "--"
    marker = marker or ("." if len(mean) == 1 else "")  # a single point is no line
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
        lw=1.5 + 2.5 * n_hiding,
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


def is_same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two lines cannot be told apart in a figure, as far as both go."""
    n = min(len(a), len(b))
    return bool(np.abs(a[:n] - b[:n]).max() < 0.01)


def set_limits(axes: Axes, lines: Sequence[np.ndarray]) -> str:
    """Show what separates good runs: from a little below the lowest median; short lines whole.

    Returns the label of the axis of epochs.
    """
    short = [float(line.min()) for line in lines if len(line) <= SHORT]
    low = min([lowest_shown([line.tolist() for line in lines]), *short])
    high = axes.get_ylim()[1]
    axes.set_ylim(low - 0.05 * (high - low), high)
    axes.set_xlim(0.5, max(map(len, lines)) + 0.5)
    axes.xaxis.set_major_locator(whole_ticks())
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    return epochs_label(axes, [line.tolist() for line in lines])


def legend_title(
    groups: Sequence[Sequence[Curve]], with_band: bool, what: str = "accuracy at the end"
) -> str:
    """Return what the lines or dots are, and that the numbers are of the last epoch."""
    validated = sorted({bool(runs[0].val) for runs in groups}, reverse=True)
    looks = LINES if len(mean_of(groups[0])) > 1 else ("", "")
    parts = [PARTS[is_validated] + looks[is_validated] for is_validated in validated]
    seeds = ", mean of seeds" if any(len(runs) > 1 for runs in groups) else ""
    band = ", band ± 1 sd" if with_band else ""
    return f"{what}: {', '.join(parts)}{seeds}{band}"

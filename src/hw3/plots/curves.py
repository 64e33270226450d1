"""Accuracy against epochs: of one run, of several seeds, of a whole sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hw3.plots.inline import InlineFigure
from hw3.plots.style import (
    MARK,
    MAX_MARKS,
    TRAIN,
    VAL,
    epochs_label,
    literal,
    lowest_shown,
    whole_ticks,
)
from hw3.training.history import History


@dataclass(frozen=True)
class Curve:
    """The accuracies of one run, in percent, one per epoch; val is empty without a split.

    `n` is how many examples validate, or train where none do; 0 where nobody needs it.
    """

    epochs: list[int]
    rates: list[float]
    train: list[float]
    val: list[float]
    best_epoch: int
    n: int = 0

    @classmethod
    def of(cls, history: History) -> "Curve":
        """Return the curve of a run."""
        return cls(
            [e.epoch for e in history.epochs],
            [e.lr for e in history.epochs],
            [100 * e.train.accuracy for e in history.epochs],
            [100 * e.val.accuracy for e in history.epochs if e.val],
            history.best.epoch,
            (history.last.val or history.last.train).n_examples,
        )


def curves(lines: Sequence[Curve], title: str) -> Figure:
    """Draw training and validation accuracy against epochs, of one run or of several seeds."""
    figure = InlineFigure(figsize=(8, 4.8), layout="constrained")
    axes = figure.add_subplot()
    draw_accuracies(axes, lines)
    set_limits(axes, *axes.get_ylim())
    axes.set_title(literal(title), fontsize=10)
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy (%)")
    if len(lines) == 1:
        write_figures(axes, lines[0])
    axes.legend(loc="best", fontsize=9)
    return figure


def write_figures(axes: Axes, line: Curve) -> None:
    """Write the final figure beside the curve's end, and the best one at its point."""
    values, color = (line.val, VAL) if line.val else (line.train, TRAIN)
    points = {(line.epochs[-1], values[-1]): ((6, 0), "left", "center")}
    if line.val and line.best_epoch != line.epochs[-1]:
        points[line.best_epoch, values[line.best_epoch - 1]] = ((0, 7), "center", "baseline")
    for point, (offset, ha, va) in points.items():
        axes.annotate(
            f"{point[1]:.2f}",
            point,
            offset,
            textcoords="offset points",
            ha=ha,
            va=va,
            annotation_clip=False,
            color=color,
            fontsize=9,
        )


def panels(named: Mapping[str, Sequence[Curve]], title: str) -> Figure:
    """Draw one panel per configuration, all on the same axes; one alone needs no name."""
    columns = min(3, len(named))
    rows = ceil(len(named) / columns)
    size = (3.6 * columns + 0.6, 2.9 * rows + 0.9) if len(named) > 1 else (8, 4.8)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, (label, lines) in zip(grid.flat, named.items(), strict=False):
        draw_accuracies(axes, lines)
        axes.set_title(literal(label) if len(named) > 1 else "", fontsize=10)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # over the dotted lines
        text, place = final_text(lines), axes.transAxes
        axes.text(0.97, 0.05, text, fontsize=9, transform=place, ha="right", bbox=box)
    for i, axes in enumerate(grid.flat):
        axes.set_visible(i < len(named))
        axes.tick_params(labelbottom=i + columns >= len(named))  # the lowest of its column
    below = set_common_limits(grid[0, 0], [line for lines in named.values() for line in lines])
    handles, labels = grid[0, 0].get_legend_handles_labels()
    names = [label.partition(":")[0] for label in labels]
    figure.legend(handles, names, loc="outside upper right", ncols=3, fontsize=9, frameon=False)
    figure.suptitle(literal(title), x=0.01, ha="left", fontsize=11)
    figure.supxlabel(below, fontsize=10)
    figure.supylabel("accuracy (%)", fontsize=10)
    return figure


def set_common_limits(axes: Axes, lines: Sequence[Curve]) -> str:
    """Show what separates good runs: from a little below the lowest run's median to the best.

    Returns the label of the axis of epochs.
    """
    parts = [part for line in lines for part in (line.train, line.val) if part]
    low = lowest_shown(parts)
    high = max(max(map(max, parts)), low + 1)
    set_limits(axes, low - 0.1 * (high - low), high)
    axes.set_xlim(0.5, max(max(line.epochs) for line in lines) + 0.5)
    return epochs_label(axes, parts)


def set_limits(axes: Axes, low: float, high: float) -> None:
    """Leave room above the curves for the rates; no tick is above 100 %."""
    high += 0.14 * (high - low)
    axes.set_ylim(low, high)
    axes.set_yticks([tick for tick in axes.get_yticks() if low <= tick <= min(100, high)])


def final_text(lines: Sequence[Curve]) -> str:
    """Return the final validation accuracy, the mean where seeds repeat."""
    finals = [(line.val or line.train)[-1] for line in lines]
    part = "validation" if lines[0].val else "training"
    return f"final {part} {np.mean(finals):.2f} %"


def draw_accuracies(axes: Axes, lines: Sequence[Curve]) -> None:
    """Draw both accuracies of each run with the changes of rate; figures go into the labels."""
    for line in lines:
        is_first = line is lines[0]
        marker = "o" if len(line.epochs) <= 20 else ""
        width = 1.6 if len(lines) == 1 else 0.9
        for name, color, style, values in (
            ("training", TRAIN, "--", line.train),
            ("validation", VAL, "-", line.val),
        ):
            if values:
                label = legend_label(name, lines) if is_first else None
                (drawn,) = axes.plot(line.epochs, values, style, color=color, label=label)
                drawn.set(linewidth=width, marker=marker, markersize=3.0)
        if len(lines) == 1 and line.val:
            best = line.val[line.best_epoch - 1]
            axes.plot(line.best_epoch, best, "D", color=VAL, markersize=6, label="best epoch")
    mark_rates(axes, lines[0])
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.xaxis.set_major_locator(whole_ticks())
    axes.set_xlim(0.5, max(max(line.epochs) for line in lines) + 0.5)


def legend_label(name: str, lines: Sequence[Curve]) -> str:
    """Return "validation: final 98.10 %, best 98.20 % (epoch 31)"; means where seeds repeat."""
    parts = [line.val if name == "validation" else line.train for line in lines]
    text = f"{name}: final {np.mean([part[-1] for part in parts]):.2f} %"
    if len(lines) > 1:
        return f"{text} (mean of {len(lines)} seeds)"
    line, values = lines[0], parts[0]
    if values is line.val:
        text += f", best {values[line.best_epoch - 1]:.2f} % (epoch {line.best_epoch})"
    return text


def mark_rates(axes: Axes, line: Curve) -> None:
    """Mark where the learning rate changes, between two epochs, with the new rate."""
    points = list(zip(line.epochs, line.rates, strict=True))
    changes = [((a + b) / 2, new) for (a, old), (b, new) in pairwise(points) if old != new]
    if len(changes) > MAX_MARKS:
        return
    for x, rate in changes:
        axes.axvline(x, color=MARK, linewidth=0.8, linestyle=":")
        axes.annotate(
            f"lr {rate:g}",
            (x, 0.99),
            xycoords=("data", "axes fraction"),
            xytext=(3, 0),
            textcoords="offset points",
            fontsize=8,
            color=MARK,
            va="top",
        )

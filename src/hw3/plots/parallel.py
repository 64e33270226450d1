"""Parallel coordinates: a line per configuration through its settings to its accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from statistics import median
from typing import Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hw3.plots.chart import Scale, steps
from hw3.plots.style import MARK, literal

FEW = 8  # values of a key that are levels at equal distances, with lines side by side
MAP = "viridis_r"  # which colour-blind readers see in order; its dark end, on white, is the best
PALEST = 0.15  # of the map, its end that white paper hides
THIN, BEST = 1.2, 2.6  # widths of lines
MANY = 100  # lines, and more are drawn thin
APART = 0.04  # of an axis, between two ticks that can be read
LEAST = 1.0  # points of accuracy that the last axis spans


@dataclass(frozen=True)
class Column:
    """An axis: where each line crosses it, from 0 at the bottom to 1, and its ticks."""

    label: str
    places: Sequence[float]
    ticks: Sequence[tuple[float, str]]


def column(key: str, values: Sequence[object], rank: Sequence[int]) -> Column:
    """Return the axis of a key: few values as levels, many numbers on a scale.

    `rank` orders the lines; those through one level lie side by side in that order.
    """
    label = key.removesuffix(".name")
    levels = list({repr(v): v for v in sorted(values, key=in_order)}.values())
    numbers = [float(v) for v in values if isinstance(v, int | float)]
    if len(levels) > FEW and len(numbers) == len(values):
        scale = Scale(min(numbers), max(numbers), is_log=0 < 10 * min(numbers) <= max(numbers))
        ticks = [(share(scale, tick), f"{tick:g}") for tick in scale.ticks]
        label += "\n(log scale)" if scale.is_log else ""
        return Column(label, [share(scale, number) for number in numbers], ticks)
    gap, places = 1 / max(1, len(levels) - 1), [0.0] * len(values)
    for level, value in enumerate(levels):
        here = [i for i in range(len(values)) if repr(values[i]) == repr(value)]
        for n, i in enumerate(sorted(here, key=lambda i: rank[i])):
            places[i] = gap * level + min(0.4 * gap, 0.15) * ((n + 0.5) / len(here) - 0.5)
    every = -(-len(levels) // int(1 / APART))  # of many words some have room
    names = ["-" if value is None else str(value) for value in levels]
    return Column(label, places, [(gap * i, names[i]) for i in range(0, len(names), every)])


def share(scale: Scale, value: float) -> float:
    """Return where a value lies between the ends of a scale."""
    low, high, at = ((log10(v) if scale.is_log else v) for v in (scale.low, scale.high, value))
    return (at - low) / (high - low)


def in_order(value: object) -> tuple[bool, str, float, list[float]]:
    """Return a key that sorts numbers by size, words by the alphabet, networks by their sizes.

    Nothing is last: a setting that others have and these lack.
    """
    number = float(value) if isinstance(value, int | float) else 0.0
    word, sizes = str(value) * isinstance(value, str), value if type(value) is list else []
    return value is None, word, number, sizes


def parallel(
    keys: Mapping[str, Sequence[object]], accuracies: Sequence[float | None], title: str
) -> Figure:
    """Draw a line for each configuration, the best on top and dark.

    Args:
        keys: the value that each configuration has of each key, best first.
        accuracies: in percent, on validation; None for one that has none: dotted, no farther.
        title: what is drawn.
    """
    order = sorted(range(len(accuracies)), key=lambda i: (accuracies[i] or -1.0, -i))
    rank = [order.index(i) for i in range(len(order))]
    columns = [column(key, values, rank) for key, values in keys.items()]
    measured = [a for a in accuracies if a is not None]
    scale = accuracy_scale(measured)
    figure = Figure(figsize=(max(8.0, 1.35 * (len(columns) + 1)), 4.8), layout="constrained")
    axes, width = figure.add_subplot(), THIN if len(order) <= MANY else THIN / 2
    for i in order:
        places, accuracy = [c.places[i] for c in columns], accuracies[i]
        if accuracy is None:
            axes.plot(places, ":", color=MARK, lw=0.8, alpha=0.6)
            continue
        end = max(0.0, share(scale, accuracy))
        color = colormaps[MAP](PALEST + (1 - PALEST) * end)
        axes.plot([*places, end], color=color, lw=width, alpha=0.8)
    axes.lines[-1].set(linewidth=BEST, alpha=1)
    draw_axes(axes, [*columns, accuracy_column(measured, scale)])
    axes.set_title(literal(title), fontsize=10, loc="left")
    return figure


def accuracy_scale(measured: Sequence[float]) -> Scale:
    """Return the scale of accuracies, on which a few bad ones do not press the good together."""
    middle, high = median(measured), max(measured)
    low = max(min(measured), middle - 3 * max(high - middle, LEAST / 3))
    return Scale(min(low, high - LEAST), high)


def accuracy_column(measured: Sequence[float], scale: Scale) -> Column:
    """Return the last axis: round values and the best; its lower end says if some lie below."""
    ticks = [(share(scale, value), f"{value:g}") for value in steps(scale.low, scale.high)]
    if min(measured) < scale.low:
        ticks = [(0.0, f"≤ {scale.low:.1f}"), *(tick for tick in ticks if tick[0] > APART)]
    ticks = [*(tick for tick in ticks if tick[0] < 1 - APART), (1.0, f"{scale.high:.2f}")]
    return Column("validation\naccuracy (%)", [], ticks)


def draw_axes(axes: Axes, columns: Sequence[Column]) -> None:
    """Draw the vertical axes with their names below and their ticks at the left."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
    for x, found in enumerate(columns):
        axes.axvline(x, color=MARK, lw=0.8, zorder=3)
        offset, side = ((6, 0), "left") if x == len(columns) - 1 else ((-5, 0), "right")
        style: dict[str, Any] = {"ha": side, "va": "center", "fontsize": 8, "bbox": box}
        for place, text in found.ticks:
            axes.plot([x], [place], "_", color=MARK, ms=7, zorder=4)
            word = literal(text)
            axes.annotate(word, (x, place), offset, textcoords="offset points", zorder=5, **style)
    axes.set_xticks(range(len(columns)), [literal(c.label) for c in columns], fontsize=9)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=0, pad=6)
    axes.set(xlim=(-0.45, len(columns) - 0.6), ylim=(-0.09, 1.09))
    axes.spines[:].set_visible(False)

"""Parallel coordinates: a line per configuration through its settings to its accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10
from statistics import median

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from hw3.plots.chart import Scale, steps
from hw3.plots.style import MARK, literal

FEW = 8  # values of a key that all get a tick, and lines through one that lie side by side
CROWDED = 0.25  # of a linear axis: where half of the values lie below, it is logarithmic
APART = 0.04  # of an axis, between two ticks that can be read
MAP = "viridis_r"  # which colour-blind readers see in order; its dark end, on white, is the best
THIN, BEST = 1.2, 2.6  # widths of lines
MANY = 100  # lines, and more are drawn thin
PALEST = 0.15  # of the map, its end that white paper hides
LEAST = 1.0  # points of accuracy that the last axis spans


@dataclass(frozen=True)
class Column:
    """An axis: where each line crosses it, from 0 at the bottom to 1, and its ticks."""

    label: str
    places: Sequence[float]
    ticks: Sequence[tuple[float, str]]


def column(key: str, values: Sequence[object], rank: Sequence[int]) -> Column:
    """Return the axis of a key: numbers on a linear or logarithmic one, words as levels.

    `rank` orders the lines; those through one of few values lie side by side in that order.
    """
    label, levels = key.removesuffix(".name"), {repr(v): v for v in sorted(values, key=in_order)}
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) == len(values):
        low, high = min(numbers), max(numbers)
        is_log = 0 < 10 * low <= high and median(numbers) < low + CROWDED * (high - low)
        scale = Scale(low, high, is_log)
        ticks = sorted({*map(float, numbers)}) if len(levels) <= FEW else scale.ticks
        at = {repr(number): share(scale, number) for number in numbers}
        named = [(share(scale, tick), f"{tick:g}") for tick in ticks]
        label += "\n(log scale)" if is_log else ""
    else:
        at = {level: i / max(1, len(levels) - 1) for i, level in enumerate(levels)}
        named = [(at[level], told(value)) for level, value in levels.items()]
    places = [at[repr(value)] for value in values]
    return Column(label, side_by_side(places, rank) if len(levels) <= FEW else places, apart(named))


def share(scale: Scale, value: float) -> float:
    """Return where a value lies between the ends of a scale."""
    low, high, at = ((log10(v) if scale.is_log else v) for v in (scale.low, scale.high, value))
    return (at - low) / (high - low)


def in_order(value: object) -> tuple[bool, str, list[float]]:
    """Return a key that sorts words by the alphabet, networks by their sizes, nothing last."""
    return value is None, str(value) * isinstance(value, str), value if type(value) is list else []


def told(value: object) -> str:
    """Return a value in words; a setting that others have and these lack is a dash."""
    return "-" if value is None else str(value)


def apart(ticks: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return the ticks that have room for their words."""
    kept: list[tuple[float, str]] = []
    for tick in ticks:
        if not kept or tick[0] - kept[-1][0] >= APART:
            kept.append(tick)
    return kept


def side_by_side(places: Sequence[float], rank: Sequence[int]) -> list[float]:
    """Return places where lines through one value lie beside each other, by rank."""
    levels = sorted({*places})
    gap = min((b - a for a, b in pairwise(levels)), default=1.0)
    width, found = min(0.4 * gap, 0.15), list(places)
    for level in levels:
        here = sorted(
            (i for i, place in enumerate(places) if place == level), key=lambda i: rank[i]
        )
        for n, i in enumerate(here):
            found[i] += width * ((n + 0.5) / len(here) - 0.5)
    return found


def parallel(
    keys: Mapping[str, Sequence[object]], accuracies: Sequence[float | None], title: str
) -> Figure:
    """Draw a line for each configuration, the best on top and dark.

    Args:
        keys: the value that each configuration has of each key.
        accuracies: in percent, on validation; None for one that has none, which is a grey line.
        title: what is drawn.
    """
    order = sorted(range(len(accuracies)), key=lambda i: accuracies[i] or -1.0)
    rank = [order.index(i) for i in range(len(order))]
    columns = [column(key, values, rank) for key, values in keys.items()]
    measured = [a for a in accuracies if a is not None]
    scale = accuracy_scale(measured)
    figure = Figure(figsize=(max(8.0, 1.35 * (len(columns) + 1)), 4.8), layout="constrained")
    axes = figure.add_subplot()
    for i in order:
        draw_line(axes, [c.places[i] for c in columns], accuracies[i], scale, len(order))
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


def draw_line(
    axes: Axes, places: Sequence[float], accuracy: float | None, scale: Scale, n_lines: int
) -> None:
    """Draw one of some lines, in the colour of its accuracy; without one, dotted and no farther."""
    if accuracy is None:
        axes.plot(range(len(places)), places, ":", color=MARK, lw=0.8, alpha=0.6)
        return
    shown = max(accuracy, scale.low)
    pale = scale.low - PALEST * (scale.high - scale.low)
    color = colormaps[MAP](Normalize(pale, scale.high)(shown))
    ends, width = [*places, share(scale, shown)], THIN if n_lines <= MANY else THIN / 2
    axes.plot(range(len(ends)), ends, color=color, lw=width, alpha=0.8)


def draw_axes(axes: Axes, columns: Sequence[Column]) -> None:
    """Draw the vertical axes with their names below and their ticks at the left."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
    for x, found in enumerate(columns):
        axes.axvline(x, color=MARK, lw=0.8, zorder=3)
        is_last = x == len(columns) - 1
        offset, side = ((6, 0), "left") if is_last else ((-5, 0), "right")
        for place, text in found.ticks:
            axes.plot([x], [place], "_", color=MARK, ms=7, zorder=4)
            axes.annotate(
                literal(text),
                (x, place),
                offset,
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8,
                bbox=box,
                zorder=5,
            )
    axes.set_xticks(range(len(columns)), [literal(c.label) for c in columns], fontsize=9)
    axes.yaxis.set_major_locator(NullLocator())
    axes.tick_params(axis="x", length=0, pad=6)
    axes.set_xlim(-0.45, len(columns) - 0.6)
    axes.set_ylim(-0.09, 1.09)
    axes.spines[:].set_visible(False)

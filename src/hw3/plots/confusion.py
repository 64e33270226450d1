"""A confusion matrix as a picture."""

import textwrap
from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hw3.analysis.confusion import most_confused_pairs
from hw3.plots.style import literal

LETTERS = 12.5  # of a title, for each inch
RIGHT = "#E5E7EB"  # the diagonal stands back: it is the mistakes that are looked for


def confusion(counts: np.ndarray, class_names: Sequence[str], title: str) -> Figure:
    """Draw a confusion matrix: rates and counts as text, rows the truth.

    Colour shows the mistakes, from 0 to the largest; the most confused pair is outlined.
    """
    rates = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    text = [
        [f"{r:.3f}\n({n})" if n else "" for r, n in zip(row, ns, strict=True)]
        for row, ns in zip(rates, counts.tolist(), strict=True)
    ]
    size = max(5.0, 0.58 * len(class_names) + 1.6)  # a page's width for ten classes
    figure = Figure(figsize=(size, size * 0.88), layout="constrained")
    axes = figure.add_subplot()
    is_right = np.eye(len(rates), dtype=bool)
    shared = {"ax": axes, "annot": text, "fmt": "", "square": True, "vmin": 0}
    shared |= {"linewidths": 0.5, "linecolor": "#BBBBBB", "annot_kws": {"fontsize": 7.5}}
    names = {axis: list(map(literal, class_names)) for axis in ("xticklabels", "yticklabels")}
    bar = {"label": "rate of the mistake within the true class", "shrink": 0.8}
    largest = float(rates[~is_right].max(initial=0)) or 1.0
    sns.heatmap(rates, mask=is_right, cmap="Blues", vmax=largest, cbar_kws=bar, **names, **shared)
    sns.heatmap(rates, mask=~is_right, cmap=[RIGHT], vmax=1, cbar=False, **names, **shared)
    outline_pair(axes, counts)
    axes.set_xlabel("decided class")
    axes.set_ylabel("true class")
    axes.tick_params(axis="x", rotation=45 if max(map(len, class_names)) > 3 else 0, labelsize=9)
    axes.tick_params(axis="y", rotation=0, labelsize=9)
    lines = (textwrap.fill(line, int(LETTERS * size)) for line in title.splitlines())
    axes.set_title(literal("\n".join(lines)), fontsize=8)
    return figure


def outline_pair(axes: Axes, counts: np.ndarray) -> None:
    """Outline the two cells of the most confused pair."""
    for pair in most_confused_pairs(counts)[:1]:
        for row, column in ((pair.a, pair.b), (pair.b, pair.a)) if pair.measure else ():
            axes.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor="black", lw=1.8))

"""Human or machine: how the net learned, and its weights from bits to hidden units."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hw3.analysis.overfitting import WINDOW, smoothed
from hw3.core.words import number, percent
from hw3.nn.arrays import FloatArray
from hw3.plots.style import MARK, TRAIN, VAL, literal
from hw3.training.history import History


def learning(history: History, onset: int | None, title: str) -> Figure:
    """Draw the probability of correct classification, and the losses below, against epochs.

    onset: the epoch after which the net over-fits, see analysis.overfitting; the means that it is
    found by are drawn beside the validation loss.
    """
    figure = Figure(figsize=(8, 7.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    draw_measure(upper, history, "accuracy")
    draw_measure(lower, history, "loss")
    upper.set_ylabel("probability of correct classification")
    lower.set_ylabel("cross-entropy (nats)")
    val = [e.val.loss for e in history.epochs if e.val]
    if val:
        means = smoothed(val)
        text = f"validation, mean of {WINDOW} epochs"
        lower.plot(
            [e.epoch for e in history.epochs], means, color=VAL, alpha=0.45, lw=3, label=text
        )
    lower.axhline(np.log(2), color=MARK, lw=0.8, ls="--", label="ln 2: chance")
    lower.set_xlabel("epoch")
    lower.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    lower.set_xlim(0.5, len(history) + 0.5)
    for axes in (upper, lower):
        if onset is not None:
            label = f"over-fitting begins after epoch {onset}"
            axes.axvline(onset, color=MARK, lw=1, ls=":", label=label)
            axes.axvspan(onset, len(history) + 0.5, color=MARK, alpha=0.08, lw=0)
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "ncols": 2, "frameon": False}
        axes.legend(fontsize=9, **place)
        axes.grid(axis="y", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(literal(title), fontsize=10)
    return figure


def draw_measure(axes: Axes, history: History, measure: Literal["accuracy", "loss"]) -> None:
    """Draw one measure of both splits, its last value in the legend and its best epoch marked."""
    epochs = [e.epoch for e in history.epochs]
    text = partial(percent, digits=1) if measure == "accuracy" else number
    train = [getattr(e.train, measure) for e in history.epochs]
    axes.plot(epochs, train, "--", color=TRAIN, label=f"training: last {text(train[-1])}")
    val = [getattr(e.val, measure) for e in history.epochs if e.val]
    if not val:
        return
    axes.plot(epochs, val, color=VAL, label=f"validation: last {text(val[-1])}")
    best = history.best if measure == "accuracy" else history.lowest_loss
    label = f"best validation: {text(val[best.epoch - 1])} (epoch {best.epoch})"
    axes.plot(best.epoch, val[best.epoch - 1], "D", color=VAL, markersize=6, label=label)


def input_weights(
    units: Sequence[int], weight: FloatArray, outgoing: FloatArray, title: str
) -> Figure:
    """Draw the weights from bits to hidden units as a heatmap, white at 0.

    units are their numbers, weight is (n_units, n_bits), one row per unit, in the order to draw;
    outgoing (n_units,) is the weight of each unit in the output, positive towards human.
    """
    n_units, n_bits = weight.shape
    limit = float(np.abs(weight).max()) or 1.0
    figure = Figure(figsize=(0.36 * n_bits + 3, 0.3 * n_units + 1.8), layout="constrained")
    axes, beside = figure.subplots(1, 2, sharey=True, width_ratios=[n_bits, 4])
    sns.heatmap(
        weight,
        ax=axes,
        cmap="RdBu_r",
        vmin=-limit,
        vmax=limit,
        linewidths=0.3,
        xticklabels=[str(i) for i in range(1, n_bits + 1)],
        yticklabels=list(map(str, units)),
        cbar=False,
    )
    axes.set_ylabel("hidden unit")
    axes.tick_params(axis="y", rotation=0, labelsize=8)
    axes.set_xlabel("position of the bit")
    axes.tick_params(axis="x", rotation=0, labelsize=8)
    axes.set_title(literal(title), fontsize=10, loc="left")
    colors = ["#B2182B" if w > 0 else "#2166AC" for w in outgoing]
    beside.barh(np.arange(n_units) + 0.5, outgoing, color=colors, height=0.7)
    beside.axvline(0, color=MARK, lw=0.8)
    beside.set_xlabel("outgoing weight\n(+ human)", fontsize=9)
    beside.spines[["top", "right", "left"]].set_visible(False)
    beside.tick_params(axis="y", left=False)
    bar = figure.colorbar(axes.collections[0], ax=[axes, beside], shrink=0.7, pad=0.02)
    bar.set_label("weight of the bit in the unit")
    return figure

"""Weights as pictures: their distribution layer by layer, and what a unit looks for in an image."""

from collections.abc import Mapping, Sequence
from math import ceil, isqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hw3.analysis.weights import NEAR_ZERO, TrainedLayer, shared_bins
from hw3.plots.style import MARK, VAL

N_BINS = 120
SHOWN = 0.998  # the share of a layer's weights that a panel of plain densities spans
COLUMNS = 16  # tiles a row


def histograms(
    nets: Mapping[str, Sequence[TrainedLayer]], title: str, log_counts: bool = False
) -> Figure:
    """Draw the weights over their initial distribution: a row a layer, a column a net.

    The panels of a row share bins and axes, so that they can be compared; densities, since the
    nets differ in width. With `log_counts` the density is logarithmic, which shows the tails.
    """
    n_layers = max(map(len, nets.values()))
    figure = Figure(figsize=(max(6, 3.8 * len(nets)), 2.7 * n_layers + 0.9), layout="constrained")
    grid = figure.subplots(n_layers, len(nets), sharex="row", sharey="row", squeeze=False)
    for i, row in enumerate(grid):
        present = {net: layers[i] for net, layers in nets.items() if i < len(layers)}
        bins = shared_bins([a for p in present.values() for a in (p.weights, p.initial)], N_BINS)
        for axes, net in zip(row, nets, strict=True):
            axes.set_visible(net in present)
            if net in present:
                draw_histogram(axes, net, present[net], bins)
        if log_counts:
            row[0].set_yscale("log")
        else:
            sizes = np.concatenate([np.abs(p.weights).ravel() for p in present.values()])
            limit = float(np.quantile(sizes, SHOWN))
            row[0].set_xlim(-limit, limit)
            for axes in row:
                axes.set_xlabel(f"weight (those beyond, {1 - SHOWN:.1%} of the row, are not shown)")
        row[0].set_ylabel("density (log)" if log_counts else "density")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9, frameon=False)
    figure.suptitle(title, fontsize=7.5, x=0.01, ha="left")
    return figure


def draw_histogram(axes: Axes, net: str, layer: TrainedLayer, bins: np.ndarray) -> None:
    """Draw one layer's weights over where they started, with their figures."""
    trained: dict[str, Any] = {"color": VAL, "alpha": 0.6, "label": "after training"}
    start: dict[str, Any] = {"color": MARK, "histtype": "step", "lw": 1.2, "label": "initial"}
    axes.hist(layer.weights.ravel(), bins.tolist(), density=True, **trained)
    axes.hist(layer.initial.ravel(), bins.tolist(), density=True, **start)
    stats = layer.stats
    kurtosis = "-" if stats.excess_kurtosis is None else f"{stats.excess_kurtosis:.2f}"
    text = (
        f"sd {stats.sd:.4f}\n(initial {stats.sd_initial:.4f})\nexcess\nkurtosis {kurtosis}\n"
        f"|w| < {NEAR_ZERO}:\n{stats.share_near_zero:.1%}"
    )
    axes.text(0.98, 0.96, text, fontsize=8, ha="right", va="top", transform=axes.transAxes)
    axes.set_title(f"{net}, {layer.name}", fontsize=9)
    axes.set_xlabel("weight")
    axes.xaxis.label.set_fontsize(8)
    axes.spines[["top", "right"]].set_visible(False)


def filters(nets: Mapping[str, np.ndarray], title: str) -> Figure:
    """Draw the incoming weights (n_pixels, n_units) of each unit as a square image, net by net.

    One diverging scale for all, symmetric about 0; 1 weight in 100 is beyond it and takes an end.
    """
    limit = float(np.quantile(np.abs(np.concatenate([w.ravel() for w in nets.values()])), 0.99))
    heights = [ceil(w.shape[1] / COLUMNS) for w in nets.values()]
    figure = Figure(figsize=(8, 0.44 * sum(heights) + 0.3 * len(nets) + 0.5), layout="constrained")
    grid = figure.subplots(len(nets), 1, squeeze=False, height_ratios=heights)
    for axes, (net, weights) in zip(grid.flat, nets.items(), strict=True):
        tiles = mosaic(weights, COLUMNS)
        image = axes.imshow(tiles, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        axes.set_title(net, fontsize=9, loc="left")
        axes.set_axis_off()
    bar = figure.colorbar(image, ax=list(grid.flat), shrink=0.6, extend="both")
    bar.set_label("weight", fontsize=9)
    figure.suptitle(title, fontsize=7.5, x=0.01, ha="left")
    return figure


def mosaic(weights: np.ndarray, columns: int) -> np.ndarray:
    """Return the units' images side by side, `columns` a row, NaN between and after them.

    (side * side, n_units) -> (n_rows * (side + 1), columns * (side + 1)).
    """
    side, n_units = isqrt(len(weights)), weights.shape[1]
    n_rows = ceil(n_units / columns)
    tiles = np.full((n_rows * columns, side + 1, side + 1), np.nan)
    tiles[:n_units, :side, :side] = weights.T.reshape(n_units, side, side)
    grid = tiles.reshape(n_rows, columns, side + 1, side + 1).swapaxes(1, 2)
    return grid.reshape(n_rows * (side + 1), columns * (side + 1))

"""Weights as pictures: their distribution layer by layer, and what a unit looks for in an image."""

from collections.abc import Mapping, Sequence
from math import ceil, isqrt
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hw3.analysis.weights import TrainedLayer, shared_bins
from hw3.plots.style import TRAIN, VAL, literal

N_BINS = 120
SHOWN = 0.998  # the share of a layer's weights that a panel of plain densities spans
COLUMNS = 16  # tiles per row
LIVE, SILENT, START = VAL, TRAIN, "black"


def histograms(nets: Mapping[str, Sequence[TrainedLayer]], log_counts: bool = False) -> Figure:
    """Draw the weights over their initial distribution: one row per layer, one column per net.

    The panels of a row share bins and axes, so that they can be compared; densities, since the
    nets differ in width. The weights of silent units are stacked on the others. With `log_counts`
    the density is logarithmic, which shows the tails.
    """
    n_layers = max(map(len, nets.values()))
    figure = Figure(figsize=(max(6, 3.8 * len(nets)), 2.8 * n_layers + 1.0), layout="constrained")
    grid = figure.subplots(n_layers, len(nets), sharex="row", sharey="row", squeeze=False)
    for i, row in enumerate(grid):
        present = {net: layers[i] for net, layers in nets.items() if i < len(layers)}
        bins = shared_bins([a for p in present.values() for a in (p.weights, p.initial)], N_BINS)
        for axes, net in zip(row, nets, strict=True):
            axes.set_visible(net in present)
            if net in present:
                draw_histogram(axes, present[net], bins)
                head = f"{fill(net, 48)}\n\n" if i == 0 else ""
                axes.set_title(literal(f"{head}{growth_text(present[net])}"), fontsize=10)
        if log_counts:
            row[0].set_yscale("log")
        else:
            span({a: present[n].weights for a, n in zip(row, nets, strict=True) if n in present})
        row[0].set_ylabel("density (log scale)" if log_counts else "density")
    (silent, live, start), _ = grid[0, 0].get_legend_handles_labels()
    figure.legend(
        handles=[live, silent, start],
        loc="outside lower center",
        ncols=3,
        fontsize=10,
        frameon=False,
    )
    return figure


def span(panels: Mapping[Axes, np.ndarray]) -> None:
    """Let the panels of a layer span most of its weights, and say how many lie outside."""
    sizes = np.concatenate([np.abs(weights).ravel() for weights in panels.values()])
    limit = float(np.quantile(sizes, SHOWN))
    for axes, weights in panels.items():
        axes.set_xlim(-limit, limit)
        outside = 100 * (np.abs(weights) > limit).mean()
        axes.set_xlabel(f"weight ({outside:.1f} % of them lie outside)")


def growth_text(layer: TrainedLayer) -> str:
    """Return a panel's title: the layer, and how wide its weights were and became."""
    stats = layer.stats
    text = f"{layer.name}\nsd {stats.sd_initial:.3f} → {stats.sd:.3f}"
    return text if stats.growth is None else f"{text}, {stats.growth:.2f} times as wide"


def draw_histogram(axes: Axes, layer: TrainedLayer, bins: np.ndarray) -> None:
    """Draw one layer's weights, live and silent, over where they started."""
    parts = [layer.weights[layer.is_live], layer.weights[~layer.is_live]]
    labels = ["trained", "trained, of silent units"]
    edges, start = bins.tolist(), layer.initial.ravel()
    # stepfilled: one polygon, where bars would be a patch for each bin
    axes.hist(
        parts,
        edges,
        density=True,
        histtype="stepfilled",
        stacked=True,
        color=[LIVE, SILENT],
        label=labels,
    )
    axes.hist(start, edges, density=True, color=START, histtype="step", lw=1.2, label="initial")
    axes.set_xlabel("weight")
    axes.spines[["top", "right"]].set_visible(False)


def filters(nets: Mapping[str, TrainedLayer]) -> Figure:
    """Draw the incoming weights (n_pixels, n_units) of each unit as a square image, net by net.

    One diverging scale for all, symmetric about 0; 1 weight in 100 is beyond it and takes an end.
    Silent units are crossed out.
    """
    sizes = np.concatenate([np.abs(layer.weights).ravel() for layer in nets.values()])
    limit = float(np.quantile(sizes, 0.99))
    heights = [ceil(layer.is_silent.size / COLUMNS) for layer in nets.values()]
    figure = Figure(figsize=(8, 0.44 * sum(heights) + 0.5 * len(nets) + 0.4), layout="constrained")
    grid = figure.subplots(len(nets), 1, squeeze=False, height_ratios=heights)
    for axes, (net, layer) in zip(grid.flat, nets.items(), strict=True):
        tiles = mosaic(layer.weights, COLUMNS)
        image = axes.imshow(tiles, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        cross_out(axes, np.flatnonzero(layer.is_silent), isqrt(len(layer.weights)))
        crossed = f"crossed out: the {layer.n_silent} of {layer.is_silent.size} that are silent"
        title = f"{net}\n{crossed}" if layer.n_silent else net
        axes.set_title(literal(title), fontsize=10, loc="left")
        axes.set_axis_off()
    bar = figure.colorbar(image, ax=list(grid.flat), shrink=0.6, extend="both")
    bar.set_label("weight", fontsize=10)
    return figure


def cross_out(axes: Axes, units: np.ndarray, side: int) -> None:
    """Draw both diagonals over the tiles of some units."""
    top, left = (place * (side + 1) for place in divmod(units, COLUMNS))
    for ends in ((top, top + side - 1), (top + side - 1, top)):
        axes.plot([left, left + side - 1], ends, color=START, linewidth=0.8)


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

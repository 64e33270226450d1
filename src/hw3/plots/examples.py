"""Images beside what a network took them for."""

from collections.abc import Sequence
from math import ceil, isqrt

import numpy as np
from matplotlib.figure import Figure

from hw3.plots.style import literal

COLUMNS = 8


def examples(images: np.ndarray, captions: Sequence[str], title: str) -> Figure:
    """Draw images (n, side * side), 8 a row, each under its caption."""
    side, n_rows = isqrt(images.shape[1]), ceil(len(images) / COLUMNS)
    height = 1.0 + 0.17 * max(caption.count("\n") for caption in captions)
    figure = Figure(figsize=(8, 0.5 + height * n_rows), layout="constrained")
    grid = figure.subplots(n_rows, COLUMNS, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, image, caption in zip(grid.flat, images, captions, strict=False):
        axes.imshow(image.reshape(side, side), cmap="gray_r", interpolation="nearest")
        axes.set_title(literal(caption), fontsize=7, pad=2)
    figure.suptitle(literal(title), fontsize=9, x=0.01, ha="left")
    return figure

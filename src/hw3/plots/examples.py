"""Images beside what a network took them for."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.figure import Figure

from hw3.plots.style import literal

COLUMNS = 8
COLOURS = (3, 4)  # channels of an image


def examples(images: np.ndarray, captions: Sequence[str], title: str) -> Figure:
    """Draw images (n, height, width), or with colours last or first, 8 a row, under captions."""
    n_rows = ceil(len(images) / COLUMNS)
    if images.ndim == 4 and images.shape[-1] not in COLOURS:
        images = np.moveaxis(images, 1, -1)
    if images.ndim == 4:  # matplotlib wants colours in [0, 1]
        images = (images - images.min()) / (np.ptp(images) or 1)
    height = 1.0 + 0.17 * max(caption.count("\n") for caption in captions)
    figure = Figure(figsize=(8, 0.5 + height * n_rows), layout="constrained")
    grid = figure.subplots(n_rows, COLUMNS, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, image, caption in zip(grid.flat, images, captions, strict=False):
        axes.imshow(image, cmap="gray_r", interpolation="nearest")
        axes.set_title(literal(caption), fontsize=7, pad=2)
    figure.suptitle(literal(title), fontsize=9, x=0.01, ha="left")
    return figure

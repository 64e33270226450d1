"""A confusion matrix as a picture."""

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure


def confusion(counts: np.ndarray, class_names: Sequence[str], title: str) -> Figure:
    """Draw a confusion matrix: rates by colour from 0 to 1, counts as text; rows are the truth."""
    rates = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    text = [
        [f"{r:.3f}\n({n})" if n else "" for r, n in zip(row, ns, strict=True)]
        for row, ns in zip(rates, counts.tolist(), strict=True)
    ]
    size = max(5.0, 0.58 * len(class_names) + 1.6)  # a page's width for ten classes
    figure = Figure(figsize=(size, size * 0.88), layout="constrained")
    axes = figure.add_subplot()
    sns.heatmap(
        rates,
        ax=axes,
        annot=text,
        fmt="",
        vmin=0,
        vmax=1,
        cmap="Blues",
        square=True,
        linewidths=0.5,
        linecolor="#DDDDDD",
        annot_kws={"fontsize": 7.5},
        xticklabels=list(class_names),
        yticklabels=list(class_names),
        cbar_kws={"label": "rate within the true class", "shrink": 0.8},
    )
    axes.set_xlabel("decided class")
    axes.set_ylabel("true class")
    axes.tick_params(axis="x", rotation=45 if max(map(len, class_names)) > 3 else 0, labelsize=9)
    axes.tick_params(axis="y", rotation=0, labelsize=9)
    axes.set_title(title, fontsize=8)
    return figure

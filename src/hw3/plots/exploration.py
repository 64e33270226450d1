"""Many configurations beside each other: mean validation accuracy with its uncertainty."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hw3.analysis.exploration import Standing
from hw3.plots.style import MARK, VAL, literal


def exploration(by_split: Mapping[str, Sequence[Standing]], title: str) -> Figure:
    """Draw one panel per split: the mean of each configuration, its standard error, its sd thin.

    Rows keep the first split's order in all panels, so that a change of rank shows. Filled points
    cannot be told apart from the best of their panel.
    """
    names = [s.name for s in next(iter(by_split.values()))]
    figure = Figure(figsize=(9, 0.27 * len(names) + 1.9), layout="constrained")
    panels = figure.subplots(1, len(by_split), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (split, found) in zip(panels, by_split.items(), strict=True):
        for s in found:
            y = names.index(s.name)
            face = VAL if s.keeps_up else "white"
            axes.errorbar(100 * s.mean, y, xerr=100 * (s.sd or 0), color=VAL, lw=0.7, alpha=0.6)
            axes.errorbar(100 * s.mean, y, xerr=100 * (s.standard_error or 0), color=VAL, lw=2.4)
            axes.plot(100 * s.mean, y, "o", color=VAL, markerfacecolor=face, markersize=6)
        axes.axvline(100 * found[0].mean, color=MARK, lw=0.8, ls=":")
        axes.set_title(literal(f"{split} split"), fontsize=10)
        axes.set_xlabel("validation accuracy (%)")
        axes.grid(axis="x", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_yticks(range(len(names)), list(map(literal, names)), fontsize=9)
    panels[0].invert_yaxis()
    alike = "not told apart from the best (paired over seeds)"
    handles = [
        Line2D([], [], marker="o", color=VAL, ls="", label=alike),
        Line2D([], [], marker="o", color=VAL, ls="", mfc="white", label="told apart"),
        Line2D([], [], color=VAL, lw=2.4, label="standard error"),
        Line2D([], [], color=VAL, lw=0.7, label="sd over seeds"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    figure.suptitle(literal(title), fontsize=10)
    return figure

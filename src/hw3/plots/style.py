"""What all figures share."""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import MaxNLocator

# Okabe & Ito's palette, which stays apart for colour-blind readers and in grey. The two of most
# figures have a contrast of more than 3 on white; its orange and sky blue have not.
TRAIN, VAL, MARK = "#D55E00", "#0072B2", "#555555"
PALETTE = (VAL, TRAIN, "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")


MAX_MARKS = 6  # a schedule with more changes of the rate than this is not marked


def lowest_shown(lines: Sequence[Sequence[float]]) -> float:
    """Return where an axis of accuracies in percent begins, so that good runs stand apart.

    That is 3 points below the lowest median, or at the lowest value where that is higher.
    """
    return max(min(map(min, lines)), min(map(median, lines)) - 3)


def epochs_label(axes: "Axes", lines: Sequence[Sequence[float]]) -> str:
    """Return what stands below an axis of epochs: also that some accuracies lie beneath it."""
    low = axes.get_ylim()[0]
    is_cut = min(map(min, lines)) < low
    return f"epoch (accuracies below {low:.1f} % are off the axis)" if is_cut else "epoch"


def whole_ticks() -> "MaxNLocator":
    """Return ticks for epochs: whole numbers in steps of 1, 2, 5, 10, 20 and so on."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10])


def literal(text: str) -> str:
    """Return a text of the user as matplotlib shows it: no formula, no label that stays hidden."""
    return (" " if text.startswith("_") else "") + text.replace("$", r"\$")

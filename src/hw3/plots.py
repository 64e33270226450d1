"""All figures: each function takes data and returns a Figure. The only matplotlib import."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hw3.history import History

# Okabe & Ito's palette, which stays apart for colour-blind readers and in grey.
TRAIN, VAL, MARK = "#E69F00", "#0072B2", "#555555"
MAX_MARKS = 6  # a schedule with more changes than this is not marked


def rate_changes(history: History) -> list[tuple[float, float]]:
    """Return (x, new rate) of each change of the learning rate, between two epochs."""
    return [
        ((before.epoch + after.epoch) / 2, after.lr)
        for before, after in pairwise(history.epochs)
        if before.lr != after.lr
    ]


def curves(history: History, title: str) -> Figure:
    """Draw training and validation accuracy against epochs."""
    figure = Figure(figsize=(8, 4.8), layout="constrained")
    axes = figure.add_subplot()
    draw_accuracies(axes, history)
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy (%)")
    axes.legend(loc="best", fontsize=9)
    return figure


def draw_accuracies(axes: Axes, history: History) -> None:
    """Draw both curves with the halvings; the legend holds the final and best figures."""
    epochs = [e.epoch for e in history.epochs]
    marker = "o" if len(epochs) <= 20 else ""
    parts = [("training", TRAIN, "--", [e.train for e in history.epochs])]
    if history.last.val:
        parts.append(("validation", VAL, "-", [e.val for e in history.epochs if e.val]))
    for name, color, line, measured in parts:
        values = [100 * m.accuracy for m in measured]
        label = f"{name}: final {values[-1]:.2f} %"
        if name == "validation" or not history.last.val:
            best = history.best.epoch
            label += f", best {values[best - 1]:.2f} % (epoch {best})"
            axes.plot(best, values[best - 1], "D", color=color, markersize=7)
        axes.plot(epochs, values, line, color=color, label=label, marker=marker, markersize=3)
    mark_rates(axes, history)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(0.5, max(epochs) + 0.5)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.08 * (high - low))  # room above the curves for the rates


def mark_rates(axes: Axes, history: History) -> None:
    """Mark where the learning rate changes, with the new rate."""
    changes = rate_changes(history)
    if len(changes) > MAX_MARKS:
        return
    for x, rate in changes:
        axes.axvline(x, color=MARK, linewidth=0.8, linestyle=":")
        axes.annotate(
            f"lr {rate:g}",
            (x, 0.98),
            xycoords=("data", "axes fraction"),
            xytext=(3, 0),
            textcoords="offset points",
            va="top",
            fontsize=8,
            color=MARK,
        )

"""Which settings of a sweep its parallel coordinates show, and what they lead to."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from hw3.core.files import save_figure
from hw3.core.words import counted
from hw3.records.layout import PARALLEL
from hw3.sweeps.groups import Configuration, text

LEAST, MOST = 3, 8  # keys: fewer need no such figure, more do not fit on a page
BINS = 4  # of the values of a key, to see what it tells
MAX_LINES = 1000


def draw_parallel(folder: Path, found: Sequence[Configuration]) -> None:
    """Write the parallel coordinates of a sweep over three keys or more, if any has a result.

    `found` are its configurations, best first.
    """
    keys = list(found[0].settings) if found else []
    measured = [c for c in found if c.is_measured]
    if len(keys) < LEAST or len(measured) < 2:
        return
    from hw3.plots.parallel import parallel  # plotting libraries, when there is a figure

    shown = sorted(sorted(keys, key=lambda key: -weight(measured, key))[:MOST], key=keys.index)
    drawn = found[:MAX_LINES]
    values = {key: [c.settings[key] for c in drawn] for key in shown}
    accuracies = [accuracy(c) if c.is_measured else None for c in drawn]
    save_figure(folder / PARALLEL, parallel(values, accuracies, title(found, drawn, keys, shown)))


def title(
    found: Sequence[Configuration],
    drawn: Sequence[Configuration],
    keys: Sequence[str],
    shown: Sequence[str],
) -> str:
    """Return what is drawn: how many lines, what is left out, how to read them."""
    name = ", ".join(sorted({o.dataset for c in found for o in c.outcomes}))
    parts = [
        f"{name}, {counted(len(found), 'configuration')}; dark: more accurate, thick: the best"
    ]
    if any(len(c.completed) > 1 for c in found):
        parts[0] += "; means of seeds"
    if n_without := sum(not c.is_measured for c in drawn):
        parts.append(f"dotted: {n_without} without a result (failed, diverged, pruned or waiting)")
    if len(shown) < len(keys):
        parts.append(f"the {len(shown)} keys that tell most, of {len(keys)}")
    if len(drawn) < len(found):
        parts.append(f"the best {len(drawn):,}")
    return "\n".join([parts[0], "; ".join(parts[1:])]).strip()


def accuracy(configuration: Configuration) -> float:
    """Return the validation accuracy in percent, the mean of its seeds."""
    return 100 * fmean(configuration.candidate.val_accuracies)


def weight(found: Sequence[Configuration], key: str) -> float:
    """Return how far apart a key's values are in mean accuracy, values of many in BINS groups."""
    values = [c.settings[key] for c in found]
    levels = sorted({text(v): v for v in values}.items(), key=lambda pair: number_of(pair[1]))
    place = {
        level: i * min(BINS, len(levels)) // len(levels) for i, (level, _) in enumerate(levels)
    }
    groups: dict[int, list[float]] = {}
    for value, c in zip(values, found, strict=True):
        groups.setdefault(place[text(value)], []).append(accuracy(c))
    means = [fmean(group) for group in groups.values()]
    return max(means) - min(means)


def number_of(value: object) -> float:
    """Return a number as it is, and of what is none something that keeps the order."""
    return float(value) if isinstance(value, int | float) else 0.0

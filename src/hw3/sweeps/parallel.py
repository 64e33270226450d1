"""Which settings of a sweep its parallel coordinates show, and what they lead to."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from hw3.core.files import save_figure
from hw3.core.words import counted
from hw3.records.layout import PARALLEL
from hw3.sweeps.groups import Configuration

LEAST, MOST = 3, 12  # keys: fewer need no such figure, more do not fit on a page
MAX_LINES = 1000


def draw_parallel(folder: Path, found: Sequence[Configuration]) -> None:
    """Write the parallel coordinates of a sweep over three keys or more, if two have a result.

    `found` are its configurations, best first.
    """
    keys, drawn = list(found[0].settings) if found else [], found[:MAX_LINES]
    if len(keys) < LEAST or sum(c.is_measured for c in drawn) < 2:
        return
    from hw3.plots.parallel import parallel  # plotting libraries, when there is a figure

    values = {key: [c.settings[key] for c in drawn] for key in keys[:MOST]}
    accuracies = [100 * fmean(c.candidate.val_accuracies) if c.is_measured else None for c in drawn]
    save_figure(folder / PARALLEL, parallel(values, accuracies, title(found, drawn, len(keys))))


def title(found: Sequence[Configuration], drawn: Sequence[Configuration], n_keys: int) -> str:
    """Return what is drawn: how many lines, what is left out, how to read them."""
    name = ", ".join(sorted({o.dataset for c in found for o in c.outcomes}))
    n_without = sum(not c.is_measured for c in drawn)
    parts = {
        "means of seeds": any(len(c.completed) > 1 for c in found),
        f"dotted: {n_without} without a result (failed, diverged, pruned or waiting)": n_without,
        f"the first {MOST} of {n_keys} keys": n_keys > MOST,
        f"the best {len(drawn):,}": len(drawn) < len(found),
    }
    first = f"{name}, {counted(len(found), 'configuration')}; dark: more accurate, thick: the best"
    return "\n".join([first, "; ".join(part for part, is_so in parts.items() if is_so)]).strip()

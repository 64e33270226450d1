"""Standings, contenders over seeds beside the best of their group, as a file and as lines."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hw3.analysis.exploration import Standing
from hw3.core.files import table_text, write_text
from hw3.core.words import p_text

MAX_ROWS = 10  # of a group, in a terminal
Standings = Mapping[str, Sequence[Standing]]  # by group: a split, or a configuration
COLUMNS = (
    "split",
    "configuration",
    "n_seeds",
    "val_accuracy",
    "sd",
    "standard_error",
    "p_against_best",
    "not_distinguishable_from_best",
)


def save_standings(path: Path, found: Standings) -> None:
    """Write standings as CSV, a row per contender of each group."""
    rows = [
        (group, s.name, s.n_seeds, s.mean, s.sd, s.standard_error, s.p, s.keeps_up)
        for group, standing in found.items()
        for s in standing
    ]
    write_text(path, table_text(COLUMNS, rows))


def table_lines(found: Standings, file: str) -> list[str]:
    """Return the table, a block per group; * is not distinguishable from the best of its group.

    Of many contenders the best are listed; the file has them all.
    """
    width = max(len(s) for group in found for s in (group, *(s.name for s in found[group])))
    lines = []
    for group, standing in found.items():
        lines.append(f"{group:<{width}}   val %     sd     se       p")
        for s in standing[:MAX_ROWS]:
            sd, se = (
                f"{100 * v:7.2f}" if v is not None else f"{'-':>7}"
                for v in (s.sd, s.standard_error)
            )
            mark = "*" if s.keeps_up else " "
            lines.append(f"{s.name:<{width}} {mark}{100 * s.mean:7.2f}{sd}{se}{p_text(s.p):>8}")
        if len(standing) > MAX_ROWS:
            lines.append(f"and {len(standing) - MAX_ROWS} more, in {file}")
        lines.append("")
    return [*lines, "* not distinguishable from the best above (paired t, Holm, 5 %)"]

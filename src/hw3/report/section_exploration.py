"""The page's part on the exploration of problem 4."""

import csv
from collections.abc import Sequence

from hw3.analysis.intervals import mean_text
from hw3.records.read import reading
from hw3.records.run import Run
from hw3.report.blocks import Block, facts, figure, items, table
from hw3.report.records import Records


def exploration(records: Records) -> list[Block]:
    """Return the design, the conclusion, the figure and the table."""
    assert records.exploration
    folder = records.exploration.folder
    path = folder / "exploration.csv"
    with reading(path):
        rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
        splits = list(dict.fromkeys(row["split"] for row in rows))
        named = {(row["configuration"], row["split"]): row for row in rows}
        cells = [
            [name, *(cell for split in splits for cell in standing_cells(named.get((name, split))))]
            for name in dict.fromkeys(row["configuration"] for row in rows)
        ]
    words = (folder / "conclusion.txt").read_text(encoding="utf-8").strip()
    columns = [(f"{split} split", "p", "told apart") for split in splits]
    caption = (
        "Validation accuracy, mean ± standard deviation over seeds, by split; p: paired t over "
        "seeds against the best of the split, corrected by Holm; told apart: from that best, which "
        "of so many is best partly by luck"
    )
    return [
        facts(design(records.runs("exploration"))),
        items(f"{sentence}." for sentence in words.removesuffix(".").split(". ")),
        figure(
            folder / "exploration.png",
            f"{len(records.exploration.runs)} runs: validation accuracy by configuration",
            f"Validation accuracy of {len(cells)} configurations, each with its standard error and "
            f"its spread over seeds, a panel a split. {words.partition('. ')[0]}.",
        ),
        table(caption, ["optimizer, regulariser, net", *sum(columns, ())], cells),
    ]


def standing_cells(row: dict[str, str] | None) -> list[str | None]:
    """Return mean ± sd, p, and the verdict of one configuration on one split."""
    if row is None:
        return [None] * 3
    p = row["p_against_best"]
    verdict = {"True": "no", "False": "yes"}.get(row["not_distinguishable_from_best"])
    mean = mean_text(float(row["val_accuracy"]), float(row["sd"]) if row["sd"] else None)
    return [mean, f"{float(p):.2g}" if p else None, verdict if p else None]


def design(runs: Sequence[Run]) -> dict[str, str]:
    """Return what the exploration varied, and what all its runs share."""
    rates = {(run.tree["optimizer"]["name"], run.tree["lr"]["initial"]) for run in runs}
    shared = {f"batch {run.tree['batch_size']}, {run.tree['epochs']} epochs" for run in runs}
    seeds = len({run.tree["seed"] for run in runs})
    splits = {run.tree["dataset"]["split"] for run in runs}
    n = len(runs) // (seeds * len(splits))
    return {
        "runs": f"{n} configurations from {seeds} seeds, by {' and '.join(sorted(splits))} split; "
        "the list below names them all, it is no full cross",
        "rates": ", ".join(f"{name} {rate:g}" for name, rate in sorted(rates)),
        "settings": "; ".join(sorted(shared)),
    }

"""The page's section on problem 4."""

import csv
from collections.abc import Sequence
from typing import Any

from hw3.analysis.exploration import standings
from hw3.analysis.intervals import mean_sd, mean_text
from hw3.analysis.overfitting import WINDOW, smoothed
from hw3.records.read import reading
from hw3.records.run import Run
from hw3.report.blocks import Block, Section, facts, figure, paragraph, percent, table
from hw3.report.records import Records, needed
from hw3.report.section_exploration import exploration
from hw3.report.words import network_facts
from hw3.tasks.sequences import NET, contenders

N_SHOWN = 4  # sets of features in the table over seeds
GLOSSARY = {
    "ones": "how many of the 20 bits are 1",
    "alternations": "how often neighbours differ; the same information as lag_1",
    "longest_run": "the longest stretch of equal bits",
    "lag_k": "how far bits k places apart agree: the sum of their products, with 0 as -1",
    "pattern_b": "how many windows of three neighbours read b",
}


def section(records: Records) -> Section:
    """Return problem 4: curves, weights, insight, exploration, leakage."""
    found = Section("problem-4", "Problem 4: human or machine")
    found.part(records, "sequences", "Network and learning curves", curves)
    found.part(records, "sequences", "The same network from other seeds", seeds)
    found.part(records, "sequences", "The weights from inputs to hidden units", weights)
    found.part(records, "sequences", "Do the weights give insight into features?", insight)
    found.part(records, "exploration", "Exploration", exploration)
    found.part(records, "sequences", "What the split leaks", leakage)
    return found


def told(records: Records) -> dict[str, Any]:
    """Return insight.json of problem 4."""
    return needed(records.runs("sequences")[0].folder / "insight.json")


def curves(records: Records) -> list[Block]:
    """Return the network and its learning curves."""
    run = records.runs("sequences")[0]
    final, best, n = run.metrics["final"], run.metrics["best_epoch"], run.metrics["n_val"]
    text = (
        f"After {final['epoch']} epochs {percent(final['train_accuracy'])} of the training and "
        f"{percent(final['val_accuracy'])} of the {n:,} validation sequences are decided "
        f"correctly; the best validation epoch is {best['epoch']} with "
        f"{percent(best['val_accuracy'])}. {onset_text(run)}"
    )
    alt = f"Probability of correct classification and loss against epochs. {text}"
    pairs = network_facts(run) | {"split": f"{run.tree['dataset']['split']}, {n:,} validate"}
    caption = "Probability of correct classification, and losses, on training and validation"
    return [facts(pairs), paragraph(text), figure(run.folder / "curves.png", caption, alt)]


def onset_text(run: Run) -> str:
    """Return where over-fitting begins, and by which rule."""
    onset = run.metrics.get("overfitting_onset")
    if onset is None:
        return (
            "Over-fitting is not seen: the validation loss, as a mean of "
            f"{WINDOW} epochs, is about as low at the end as anywhere."
        )
    means = smoothed(run.history["val_loss"].tolist())
    return (
        f"The validation loss, as a mean of {WINDOW} epochs, is lowest at epoch {onset} "
        f"({means[onset - 1]:.4f}) and ends at {means[-1]:.4f}, while the training loss falls on: "
        f"over-fitting begins after epoch {onset}."
    )


def seeds(records: Records) -> list[Block]:
    """Return what other seeds, and the other split, make of the network and of the features."""
    found = by_split(records.runs("sequences"))
    rows, tables = [], []
    for split, runs in found.items():
        values = [run.metrics["final"]["val_accuracy"] for run in runs]
        span = f"{percent(min(values))} to {percent(max(values))}"
        rows.append([split, len(runs), mean_text(*mean_sd(values)[:2]), span])
        if len(runs) > 1:
            tables.append(contest(split, runs))
    if not tables:
        return [
            paragraph(
                "One seed is one draw of split, initial weights and order; another gives another "
                f"figure. How far they lie apart: `{records.command('sequences', '_seeds')}`"
            )
        ]
    header = ["split", "seeds", "validation, mean ± sd", "lowest to highest"]
    return [table("Validation accuracy over seeds", header, rows), *tables]


def by_split(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs of each split."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.tree["dataset"]["split"], []).append(run)
    return found


def over_seeds(records: Records) -> list[Block]:
    """Return how the best features and the network compare over seeds, nothing for one seed."""
    runs = next(iter(by_split(records.runs("sequences")).values()))
    if len(runs) < 2:
        return []
    best, *others = standings(contenders(runs))
    rival = next((s for s in others if NET in (best.name, s.name)), best)
    p = "" if rival.p is None else f", p = {rival.p:.2g}"
    return [
        paragraph(
            f"Over {best.n_seeds} seeds: {best.name} {mean_text(best.mean, best.sd)}, {rival.name} "
            f"{mean_text(rival.mean, rival.sd)}{p}."
        )
    ]


def contest(split: str, runs: Sequence[Run]) -> Block:
    """Return the table of the best sets of features and the network, over seeds."""
    ranked = standings(contenders(runs))
    shown = [s for i, s in enumerate(ranked) if i < N_SHOWN or s.name == NET]
    rows = [[s.name, mean_text(s.mean, s.sd), None if s.p is None else f"{s.p:.2g}"] for s in shown]
    caption = (
        f"{split.capitalize()} split: the network beside logistic regression on the best of "
        f"{len(ranked) - 1} sets of features, over {ranked[0].n_seeds} seeds; p of the paired t "
        "test against the first row, corrected by Holm"
    )
    return table(caption, ["classifier", "validation, mean ± sd", "p"], rows)


def weights(records: Records) -> list[Block]:
    """Return the 20 x 20 matrix as a table and as a heatmap."""
    run = records.runs("sequences")[0]
    path = run.folder / "input_weights.csv"
    with reading(path):
        header, *lines = csv.reader(path.read_text("utf-8").splitlines())
        rows = [[line[0], *(f"{float(cell):+.2f}" for cell in line[1:])] for line in lines]
    caption = "Weights from bits (columns) to hidden units (rows), ordered by the outgoing weight"
    return [
        table(caption, [name.removeprefix("bit ") for name in header], rows),
        figure(
            run.folder / "input_weights.png",
            "The same on a diverging scale; units with a positive outgoing weight, the upper rows, "
            "push towards human, the others towards machine",
            "Heatmap of the 20 by 20 weights of the table above, a row a hidden unit, beside bars "
            "of the outgoing weights.",
        ),
    ]


def insight(records: Records) -> list[Block]:
    """Return what units follow, what features reach, and the conclusion."""
    found = told(records)
    units = [
        [
            unit["unit"],
            f"{unit['outgoing']:+.2f}",
            unit["feature"] or "constant",
            None if unit["correlation"] is None else f"{unit['correlation']:+.2f}",
        ]
        for unit in found["units"]
    ]
    spreads = {spread["name"]: spread for spread in found.get("spreads", [])}
    features = [
        [
            feature["name"],
            percent(feature["val_accuracy"]),
            *(
                f"{value:.2f}" if (value := spreads.get(feature["name"], {}).get(key)) else None
                for key in ("shift", "spread_ratio")
            ),
        ]
        for feature in found["features"]
    ]
    features.append(["this network, on the bits", percent(found["val_accuracy"]), None, None])
    return [
        paragraph(found["conclusion"]),
        *over_seeds(records),
        facts(GLOSSARY),
        table(
            "Logistic regression on hand-made features, beside the network; shift: human mean "
            "minus machine mean, in standard deviations; spread: standard deviation of the human "
            "rows over that of the machine's. Less than 50 %: a few extreme human rows move the "
            "mean, and with it the decision, away from where most rows lie",
            ["feature", "validation", "shift", "spread"],
            features,
        ),
        table(
            "The feature that each hidden unit's response follows best: Pearson's r on training "
            "rows, the largest of 16",
            ["unit", "outgoing weight", "feature", "r"],
            units,
        ),
    ]


def leakage(records: Records) -> list[Block]:
    """Return how many validation rows also occur in training."""
    shares = told(records)["leakage"]
    header = ["split", *(f"{name} rows" for name in ("human", "machine", "all"))]
    rows = [
        [split, *(percent(values[name], 1) for name in ("human", "machine", "all"))]
        for split, values in shares.items()
    ]
    text = (
        "Some sequences occur more than once, and those of one contributor resemble each other, so "
        "a random split of rows can flatter. The contributor split holds out whole contributors, "
        "taken to be 25 consecutive rows of the file; what still occurs in training are sequences "
        "that different contributors wrote. What the difference costs is measured under "
        "Exploration."
    )
    return [paragraph(text), table("Validation rows that also occur in training", header, rows)]

"""The page's section on problem 1."""

import numpy as np

from hw3.choice import SELECTION, configurations
from hw3.load import Run
from hw3.report.blocks import Block, Section, facts, figure, interval, paragraph, percent, table
from hw3.report.integrity import halvings, history, init_of, sizes_of
from hw3.report.records import Records, read_confusion
from hw3.rundir import read_record
from hw3.summary import PANELS, summary_row


def section(records: Records) -> Section:
    """Return problem 1: network, sweep, choice, retrain, test."""
    found = Section("problem-1", "Problem 1: MNIST with hand-written backpropagation")
    found.part(records, "sweep", "Network and training", configuration)
    found.part(records, "sweep", "The sweep: training and validation accuracy", panels)
    found.part(records, "final", "The choice", choice)
    found.part(records, "final", "The final network on the test set", final)
    return found


def network_facts(run: Run) -> dict[str, str]:
    """Return the layers of a network and its training, in words."""
    tree, sizes = run.tree, sizes_of(run)
    spec = tree["regularizer"]
    used = [f"{n} {spec[n]:g}" for n in ("l1", "l2", "dropout") if spec[n]]
    n = run.metrics["n_train"]
    return {
        "layers": "-".join(map(str, sizes)) + ", fully connected",
        "neurons": f"{' + '.join(map(str, sizes[1:-1])) or 'none'} hidden, {sizes[-1]} output",
        "parameters": f"{run.metrics['n_parameters']:,} weights and biases",
        "batch size": f"{tree['batch_size']}: {n / tree['batch_size']:g} updates an epoch",
        "epochs": str(run.metrics["epochs"]),
        "regulariser": ", ".join(used) or "none",
        "backend": f"{tree['model']['backend']}, {tree['dtype']}, seed {tree['seed']}",
    }


def configuration(records: Records) -> list[Block]:
    """Return what all jobs of the sweep have in common, and what they vary."""
    runs = [run for run in records.runs("sweep") if run.metrics]
    pairs = network_facts(runs[0])
    rates = sorted({run.tree["lr"]["initial"] for run in runs})
    applied = history(runs[0])["lr"].tolist()
    pairs["initial learning rates"] = ", ".join(map(str, rates))
    pairs["schedule"] = (
        f"{runs[0].tree['optimizer']['name']}; the rate is halved after epochs "
        f"{' and '.join(map(str, halvings(applied)))}"
    )
    inits = {f"{run.tree['act']['name']}: {init_of(run)}" for run in runs}
    pairs["initialisation"] = ", ".join(sorted(inits))
    pairs["split"] = (
        f"{runs[0].metrics['n_train']:,} train, {runs[0].metrics['n_val']:,} validate "
        f"({runs[0].tree['dataset']['split']} rows of the file)"
    )
    return [facts(pairs)]


def panels(records: Records) -> list[Block]:
    """Return the figure of all panels, and the table of the sweep."""
    assert records.sweep
    rows = [summary_row(c) for c in configurations(records.sweep)]
    ends = "; ".join(f"{r['configuration']} ends at {percent(r['val_accuracy'])}" for r in rows)
    picture = figure(
        records.sweep.folder / PANELS,
        f"Accuracy against epochs, {len(rows)} configurations on common axes",
        f"{len(rows)} panels of training and validation accuracy against epochs, dotted lines "
        f"where the rate is halved. Validation: {ends}.",
    )
    header = ["configuration", "validation", "validation loss", "training", "seeds", "seconds"]
    cells = [
        [
            row["configuration"],
            percent(row["val_accuracy"]),
            None if row["val_loss"] is None else f"{row['val_loss']:.4f}",
            percent(row["train_accuracy"]),
            row["n_seeds"],
            None if row["seconds"] is None else f"{row['seconds']:.0f}",
        ]
        for row in rows
    ]
    return [picture, table("The sweep, best first; figures of the last epoch", header, cells)]


def choice(records: Records) -> list[Block]:
    """Return the rule, the winner, and what cannot be told apart from it."""
    assert records.final
    selection = read_record(records.final.folder / SELECTION) or {}
    alike = selection["cannot_be_told_apart"]
    verdict = (
        f"It cannot be told apart from {'; '.join(alike)} at the {selection['alpha']:.0%} level."
        if alike
        else f"Each other configuration differs from it at the {selection['alpha']:.0%} level."
    )
    rows = [
        [
            row["configuration"],
            percent(row["val_accuracy"]),
            f"{row['val_loss']:.4f}",
            {"mcnemar": "McNemar, exact"}.get(name := row.get("test"), name),
            f"{row['p']:.2g}" if row.get("p") is not None else None,
            {True: "yes", False: "no", None: None}[row.get("is_distinguishable")],
        ]
        for row in selection["table"]
    ]
    header = ["configuration", "validation", "loss", "test", "p", "differs from the winner"]
    return [
        paragraph(f"Rule: {selection['rule']}. Chosen: {selection['winner']}. {verdict}"),
        table("The choice, made on validation images alone", header, rows),
    ]


def final(records: Records) -> list[Block]:
    """Return the retrained network, its figure on the test set, and its mistakes."""
    run = records.final
    assert run
    test = run.metrics["test"]
    names, counts = read_confusion(run)
    n_wrong = int(counts.sum() - counts.trace())
    text = (
        f"{test['correct']} correct out of {test['n']} means accuracy is "
        f"{percent(test['accuracy'])} (95 % Wilson interval {percent(test['wilson_95'][0])} to "
        f"{percent(test['wilson_95'][1])}). Trained on {run.metrics['n_train']:,} images from a "
        f"fresh initialisation for {run.metrics['epochs']} epochs."
    )
    return [
        paragraph(text),
        figure(
            run.folder / "curves.png",
            "The final training; nothing is held out any more",
            f"Training accuracy against epochs, {run.metrics['epochs']} epochs, ending at "
            f"{percent(run.metrics['final']['train_accuracy'])}; there is no validation curve.",
        ),
        paragraph("No test image is misclassified.")
        if not n_wrong
        else figure(
            run.folder / "mistakes.png",
            f"Misclassified digits, the first of {n_wrong} in the file's order: true → decided",
            f"Images of misclassified test digits, each with its class and the decision; "
            f"{worst_text(names, counts)}",
        ),
        figure(
            run.folder / "confusion.png",
            "Confusion on the test set: rows are the true class",
            f"Heatmap of a {len(names)} by {len(names)} confusion matrix, {interval(test)} on the "
            f"diagonal; {worst_text(names, counts)}",
        ),
    ]


def worst_text(names: list[str], counts: np.ndarray) -> str:
    """Return the most frequent mistake of a confusion matrix in words."""
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return "no mistake was made."
    i, j = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return f"the most frequent mistake is {names[i]} taken for {names[j]}, {wrong[i, j]} times."

"""The page's section on problem 1."""

from collections.abc import Iterator
from typing import Any

from hw3.analysis.intervals import mean_sd, wilson
from hw3.records.read import read_record
from hw3.report.blocks import Block, Section, facts, figure, paragraph, percent, table
from hw3.report.integrity import halvings, init_of
from hw3.report.records import Records, read_confusion
from hw3.report.words import CONFUSION_CAPTION, network_facts, worst_text
from hw3.sweeps.choice import SELECTION, Configuration, configurations
from hw3.sweeps.summary import PANELS, summary_row
from hw3.testset.look import N_EXAMPLES


def section(records: Records) -> Section:
    """Return problem 1: network, sweep, choice, retrain, test."""
    found = Section("problem-1", "Problem 1: MNIST with hand-written backpropagation")
    found.part(records, "sweep", "Network and training", configuration)
    found.part(records, "sweep", "The sweep: training and validation accuracy", panels)
    found.part(records, "final", "The choice", choice)
    found.part(records, "final", "The final network on the test set", final)
    return found


def configuration(records: Records) -> list[Block]:
    """Return what all jobs of the sweep have in common, and what they vary."""
    runs = records.runs("sweep")
    pairs = network_facts(runs[0])
    rates = sorted({run.tree["lr"]["initial"] for run in runs})
    acts = sorted({run.tree["act"]["name"] for run in runs})
    inits = sorted({f"{run.tree['act']['name']}: {init_of(run)}" for run in runs})
    applied = runs[0].history["lr"].tolist()
    hidden = " + ".join(map(str, runs[0].layer_sizes[1:-1]))
    pairs["neurons"] = f"{hidden} hidden, {' or '.join(acts)}; 10 softmax outputs"
    pairs["initial weights"] = ", ".join(inits).replace("_", " ")
    pairs["optimizer"] = (
        f"{runs[0].tree['optimizer']['name']} from the rates {', '.join(map(str, rates))}, halved "
        f"after epochs {' and '.join(map(str, halvings(applied)))}"
    )
    return [facts(pairs)]


def panels(records: Records) -> list[Block]:
    """Return the figure of all panels, and the table of the sweep."""
    assert records.sweep
    found = configurations(records.sweep)
    rows = [summary_row(c) | {"spread": spread_text(c)} for c in found]
    ends = "; ".join(f"{r['configuration']} ends at {percent(r['val_accuracy'])}" for r in rows)
    picture = figure(
        records.sweep.folder / PANELS,
        f"Accuracy against epochs, {len(rows)} configurations on common axes, which begin where "
        "the good ones come apart",
        f"{len(rows)} panels of training and validation accuracy against epochs, dotted lines "
        f"where the rate is halved. Validation: {ends}.",
    )
    cells = [
        [
            row["configuration"],
            percent(row["val_accuracy"]),
            row["spread"],
            None if row["val_loss"] is None else f"{row['val_loss']:.4f}",
            percent(row["train_accuracy"]),
            row["n_seeds"],
            None if row["seconds"] is None else f"{row['seconds']:.0f}",
        ]
        for row in rows
    ]
    header = [
        *("configuration", "validation", "95 % interval, or ± sd over seeds", "validation loss"),
        *("training", "seeds", "seconds"),
    ]
    return [picture, table("The sweep after the last epoch, best first", header, cells)]


def spread_text(configuration: Configuration) -> str | None:
    """Return the interval of one seed's accuracy, or the spread over several."""
    runs = configuration.completed
    if len(runs) > 1:
        sd = mean_sd(run.metrics["final"]["val_accuracy"] for run in runs).sd
        return None if sd is None else f"± {100 * sd:.2f}"
    for run in runs:
        low, high = wilson(run.metrics["final"]["val_correct"], run.metrics["n_val"])
        return f"{100 * low:.2f} to {percent(high)}"
    return None


def choice(records: Records) -> list[Block]:
    """Return the rule, the winner, and what cannot be told apart from it."""
    assert records.final
    selection = read_record(records.final.folder / SELECTION) or {}
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
    header = ["configuration", "validation", "loss", "test", "p", "told apart from the winner"]
    caption = (
        "The choice, made on validation images alone; p is corrected for all these tests (Holm)"
    )
    return [
        paragraph(f"Rule: {selection['rule']}. Chosen: {selection['winner']}."),
        paragraph(" ".join(caveats(selection))),
        table(caption, header, rows),
    ]


def caveats(selection: dict[str, Any]) -> Iterator[str]:
    """Yield what a reader should know before taking the winner for the best."""
    winner, *others = selection["table"]
    alike, level = selection["cannot_be_told_apart"], f"{selection['alpha']:.0%}".replace("%", " %")
    if alike:
        yield f"It cannot be told apart from {'; '.join(alike)} at the {level} level."
    elif others:
        yield f"Each other one is told apart from it at the {level} level."
    if winner["n_seeds"] == 1:
        yield (
            "With one seed the test compares these networks as they were trained, on these images; "
            "from another seed configurations this close may come out in another order."
        )
    lowest = min(selection["table"], key=lambda row: row["val_loss"])
    if lowest is not winner:
        yield f"By validation loss {lowest['configuration']} would have been chosen."
    rates = sorted({row["lr.initial"] for row in selection["table"] if "lr.initial" in row})
    if len(rates) > 1 and winner["lr.initial"] in (rates[0], rates[-1]):
        end = "largest" if winner["lr.initial"] == rates[-1] else "smallest"
        yield f"{winner['lr.initial']:g} is the {end} rate tried, so a better one may lie beyond."


def final(records: Records) -> list[Block]:
    """Return the retrained network, its figure on the test set, and its mistakes."""
    run = records.final
    assert run
    test = run.metrics["test"]
    names, counts = read_confusion(run)
    n_wrong = int(counts.sum() - counts.trace())
    low, high = wilson(test["correct"], test["n"])
    text = (
        f"{test['correct']} correct out of {test['n']} means accuracy is "
        f"{percent(test['accuracy'])} (95 % Wilson interval {percent(low)} to {percent(high)})."
    )
    return [
        paragraph(text),
        facts(network_facts(run)),
        figure(
            run.folder / "curves.png",
            f"Training accuracy of the final network; all {run.metrics['n_train']:,} images train, "
            "so there is no validation curve",
            f"Training accuracy against epochs, {run.metrics['epochs']} epochs, ending at "
            f"{percent(run.metrics['final']['train_accuracy'])}; there is no validation curve.",
        ),
        paragraph("No test image is misclassified.")
        if not n_wrong
        else figure(
            run.folder / "mistakes.png",
            f"Misclassified digits, the first {min(n_wrong, N_EXAMPLES)} of {n_wrong} in the order "
            "of the file: true → decided",
            f"Images of misclassified test digits, each with its class and the decision; "
            f"{worst_text(names, counts)}",
        ),
        figure(
            run.folder / "confusion.png",
            CONFUSION_CAPTION,
            f"Heatmap of a {len(names)} by {len(names)} confusion matrix, {test['correct']} of "
            f"{test['n']} on the diagonal; {worst_text(names, counts)}",
        ),
    ]

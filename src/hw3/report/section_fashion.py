"""The page's sections on problems 2 and 3."""

from typing import Any

from hw3.analysis.confusion import likely_mistakes
from hw3.analysis.selection import ALPHA
from hw3.errors import RunDirError
from hw3.files import read_json
from hw3.report.blocks import (
    Block,
    Section,
    facts,
    figure,
    interval,
    items,
    paragraph,
    percent,
    table,
)
from hw3.report.records import Records, read_confusion
from hw3.report.words import CONFUSION_CAPTION, network_facts, worst_text
from hw3.rundir import read_record


def confusion_section(records: Records) -> Section:
    """Return problem 2: the matrix and what it answers."""
    found = Section("problem-2", "Problem 2: Fashion-MNIST, which classes are confused")
    found.part(records, "confusion", "Network and result", result)
    found.part(records, "confusion", "The confusion matrix", matrix)
    found.part(records, "confusion", "What each class is taken for", mistakes)
    found.part(records, "confusion", "The two classes most likely to be confused", pair)
    found.part(records, "confusion", "Class by class", classes)
    return found


def answers(records: Records) -> dict[str, Any]:
    """Return answers.json of problem 2."""
    assert records.confusion
    path = records.confusion.folder / "answers.json"
    found = read_record(path)
    if found is None:
        raise RunDirError(f"{path} is missing")
    return found


def result(records: Records) -> list[Block]:
    """Return the network and its accuracy on the test set."""
    assert records.confusion
    run = records.confusion
    test = run.metrics["test"]
    return [facts(network_facts(run) | {"test accuracy": interval(test["correct"], test["n"])})]


def matrix(records: Records) -> list[Block]:
    """Return the heatmap."""
    assert records.confusion
    names, counts = read_confusion(records.confusion)
    alt = (
        f"Heatmap of the {len(names)} by {len(names)} confusion matrix; rows are the true class, "
        f"columns the decision, each row sums to 1. {counts.trace()} of {counts.sum()} test images "
        f"are on the diagonal; {worst_text(names, counts)}"
    )
    return [figure(records.confusion.folder / "confusion.png", CONFUSION_CAPTION, alt)]


def mistakes(records: Records) -> list[Block]:
    """Return the answer for each class, and whether the next one may as well be it."""
    assert records.confusion
    names, counts = read_confusion(records.confusion)
    rows = []
    for m in likely_mistakes(counts):
        decided, runner_up = ("-" if i is None else names[i] for i in (m.decided, m.runner_up))
        p = None if m.p is None else f"{m.p:.2g}"
        rows.append(
            [
                names[m.true],
                decided,
                percent(m.rate, 1),
                f"{m.count} of {m.n}",
                f"{runner_up}, {m.runner_up_count}",
                p,
                None if m.p is None else "yes" if m.p < ALPHA else "no",
            ]
        )
    header = ["true class", "most often taken for", "rate", "images", "next", "p", "told apart"]
    caption = (
        "For each class, the class most likely decided for it by mistake; p: exact binomial test "
        "that the next one is as likely"
    )
    return [table(caption, header, rows)]


def pair(records: Records) -> list[Block]:
    """Return the pair, the runner-up, and pictures of the pair."""
    assert records.confusion
    found = answers(records)["most_confused_pair"]
    if found is None:
        return [paragraph("No two classes were confused.")]
    first, second = found["first"], found["runner_up"]
    names = " and ".join(first["classes"])
    verdict = "within" if found["is_within_noise"] else "larger than"
    ways = f"{first['counts'][0]} and {first['counts'][1]} images, one way and the other"
    text = (
        f"{names}: the rates of taking one for the other, both ways, sum to {first['measure']:.3f} "
        f"({ways}). The runner-up is {' and '.join(second['classes'])} with "
        f"{second['measure']:.3f}; for this network the difference is {verdict} the noise of the "
        f"test set (two-sided p = {found['p']:.2g})."
    )
    alt = f"Test images of {names} that were taken for the other: {ways}."
    picture = records.confusion.folder / "worst_pair.png"
    return [
        paragraph(text),
        figure(picture, f"{names}: test images taken for the other, true → decided", alt),
    ]


def classes(records: Records) -> list[Block]:
    """Return precision, recall and F1 of each class."""
    rows = [
        [
            c["class"],
            percent(c["precision"], 1),
            percent(c["recall"], 1),
            f"{percent(c['recall_low'], 1)} to {percent(c['recall_high'], 1)}",
            percent(c["f1"], 1),
        ]
        for c in answers(records)["classes"]
    ]
    header = ["class", "precision", "recall", "95 % interval of the recall", "F1"]
    return [table("Precision, recall and F1 on the test set", header, rows)]


def weights_section(records: Records) -> Section:
    """Return problem 3: histograms of the weights of two networks."""
    found = Section("problem-3", "Problem 3: what regularisation does to the weights")
    found.part(records, "nets", "The two networks", nets)
    found.part(records, "nets", "Histograms of the weights", histograms)
    return found


def measures(records: Records) -> dict[str, Any]:
    """Return weights.json of problem 3."""
    assert records.nets
    path = records.nets.folder / "weights.json"
    found = read_json(path)
    if not isinstance(found, dict):
        raise RunDirError(f"{path} is missing or damaged")
    return found


def nets(records: Records) -> list[Block]:
    """Return the two networks with their accuracies."""
    rows = [
        [
            f"{name}: {net['network']}",
            percent(net["final"]["train_accuracy"]),
            percent(net["final"].get("val_accuracy")),
            None if net["accuracy_gap"] is None else f"{100 * net['accuracy_gap']:.2f} points",
        ]
        for name, net in measures(records).items()
    ]
    header = ["network", "training", "validation", "gap"]
    return [table("Accuracy after the last epoch", header, rows)]


def histograms(records: Records) -> list[Block]:
    """Return the figures, the measures, and the description computed from them."""
    assert records.nets
    folder, found = records.nets.folder, measures(records)
    layers = [(name, layer) for name, net in found.items() for layer in net["layers"]]
    spreads = "; ".join(f"{n} {layer['layer']} sd {layer['sd']:.3f}" for n, layer in layers)
    rows = [
        [
            f"{name}, {layer['layer']}",
            f"{layer['sd']:.4f}",
            f"{layer['sd_initial']:.4f}",
            None if layer["excess_kurtosis"] is None else f"{layer['excess_kurtosis']:.2f}",
            percent(layer["share_near_zero"], 1),
            f"{layer['n_dead_units']} / {layer['n_pruned_inputs']}",
        ]
        for name, layer in layers
    ]
    header = ["layer", "sd", "initial sd", "excess kurtosis", "|w| < 0.01", "dead / pruned"]
    words = (folder / "description.txt").read_text(encoding="utf-8").splitlines()
    return [
        figure(
            folder / "histograms.png",
            "Weights of each layer, with equal bins for a layer; the initial distribution overlaid",
            f"{len(layers)} histograms of weights over their initial distribution: {spreads}.",
        ),
        table("The same in figures; dead units and pruned inputs are counted", header, rows),
        items(line for line in words if line.strip()),
        figure(
            folder / "filters.png",
            "Incoming weights of each unit of the first layer as 28 x 28 images",
            "Tiles of first-layer weights on a diverging scale, a tile a hidden unit, of both "
            "networks.",
        ),
    ]

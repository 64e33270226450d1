"""The page's sections on problems 2 and 3."""

from collections.abc import Sequence
from typing import Any

from hw3.analysis.confusion import likely_mistakes
from hw3.analysis.selection import ALPHA
from hw3.analysis.weights import NEAR_ZERO
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
from hw3.report.records import Records, needed, read_confusion
from hw3.report.words import CONFUSION_CAPTION, network_facts, worst_text
from hw3.tasks.confusion import answers
from hw3.tasks.weights import RECORD, networks, over_seeds


def confusion_section(records: Records) -> Section:
    """Return problem 2: the matrix and what it answers."""
    found = Section("problem-2", "Problem 2: Fashion-MNIST, which classes are confused")
    found.part(records, "confusion", "Network and result", result)
    found.part(records, "confusion", "The confusion matrix", matrix)
    found.part(records, "confusion", "What each class is taken for", mistakes)
    found.part(records, "confusion", "The two classes most likely to be confused", pair)
    found.part(records, "confusion", "Class by class", classes)
    return found


def found_answers(records: Records) -> dict[str, Any]:
    """Return the answers of problem 2, from the counts."""
    assert records.confusion
    names, counts = read_confusion(records.confusion)
    return answers(counts, names)


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
    found = found_answers(records)["most_confused_pair"]
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
        for c in found_answers(records)["classes"]
    ]
    header = ["class", "precision", "recall", "95 % interval of the recall", "F1"]
    return [table("Precision, recall and F1 on the test set", header, rows)]


def weights_section(records: Records) -> Section:
    """Return problem 3: histograms of the weights of two networks."""
    found = Section("problem-3", "Problem 3: the weights of a plain and a regularised network")
    found.part(records, "nets", "The two networks", nets)
    found.part(records, "nets", "Histograms of the weights", histograms)
    return found


def measures(records: Records) -> dict[str, Any]:
    """Return weights.json of problem 3."""
    assert records.nets
    return needed(records.nets.folder / RECORD)


def nets(records: Records) -> list[Block]:
    """Return the two networks with their accuracies."""
    keys = ("train_accuracy", "val_accuracy", "accuracy_gap")
    found = networks(measures(records))
    rows = [
        [f"{name}: {net['network']}", *(over_seeds(net["by_seed"], key) for key in keys)]
        for name, net in found.items()
    ]
    has_seeds = any(len(net["by_seed"]) > 1 for net in found.values())
    caption = "Accuracy after the last epoch" + ", mean ± sd over seeds" * has_seeds
    return [table(caption, ["network", "training", "validation", "gap"], rows)]


def histograms(records: Records) -> list[Block]:
    """Return the answer, the figures, and the measures."""
    assert records.nets
    folder, told = records.nets.folder, measures(records)
    layers = [
        (f"{name}, {layer['layer']}", layer, layer is not net["layers"][-1])
        for name, net in networks(told).items()
        for layer in net["layers"]
    ]
    growths = "; ".join(
        f"{name} from sd {layer['sd_initial']:.3f} to {layer['sd']:.3f}"
        for name, layer, _ in layers
    )
    return [
        items(told["words"]),
        figure(
            folder / "histograms.png",
            "Weights of each layer before (line) and after training (filled), with equal bins for "
            "a layer; weights into and out of silent units are stacked in another "
            "colour, and the standard deviations are of the others",
            f"{len(layers)} histograms of weights over their initial distribution: {growths}.",
        ),
        layer_table(layers),
        figure(
            folder / "filters.png",
            "Incoming weights of each unit of the first layer as 28 x 28 images; crossed out: "
            "silent units",
            "Tiles of first-layer weights on a diverging scale, a tile a hidden unit, of both "
            "networks; silent units are crossed out.",
        ),
    ]


def layer_table(layers: Sequence[tuple[str, dict[str, Any], bool]]) -> Block:
    """Return the measures, a row a layer: its name, its record, and whether it is hidden."""
    rows = [
        [
            name.partition(" (")[0],
            silent_text(layer) if is_hidden else None,
            f"{layer['sd_initial']:.3f}",
            f"{layer['sd']:.3f}",
            None if layer["growth"] is None else f"{layer['growth']:.2f}",
            None if layer["excess_kurtosis"] is None else f"{layer['excess_kurtosis']:.2f}",
            percent(layer["share_near_zero_initial"], 1),
            percent(layer["share_near_zero"], 1),
            percent(layer["share_near_zero_all"], 1),
        ]
        for name, layer, is_hidden in layers
    ]
    caption = (
        "The weights in numbers, without those into and out of silent units (units that give every "
        "training image the same response; shrunk: all their incoming weights near 0); near 0: "
        f"|w| < {NEAR_ZERO}"
    )
    header = [
        *("layer", "silent units (shrunk)", "sd before", "sd after"),
        *("sd after / before", "excess kurtosis"),
        *("near 0 before", "near 0 after", "near 0 after, with silent units"),
    ]
    return table(caption, header, rows)


def silent_text(layer: dict[str, Any]) -> str:
    """Return "8 of 128 (0)": the silent units, and those with weights shrunk to 0."""
    return f"{len(layer['silent_units'])} of {layer['n_units']} ({layer['n_shrunk']})"

"""The clauses of problems 2 and 3."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hw3.analysis.confusion import confusion_rates, likely_mistakes, most_confused_pairs
from hw3.analysis.weights import trained_layers
from hw3.records.read import read_record
from hw3.records.run import Run
from hw3.report.audit import Clauses, Finding
from hw3.report.integrity import check_integrity, same, start_of
from hw3.report.openings import check_counts, check_opening
from hw3.report.records import Records, read_confusion, read_matrix
from hw3.tasks.weights import RECORD, nets_of, recorded_silence

CLAUSES = Clauses()


def check_net(run: Run, wanted: tuple[int, float, float], finding: Finding) -> None:
    """Hold a network against hidden units, L2 coefficient and dropout; on Fashion-MNIST, ReLU."""
    hidden, l2, dropout = wanted
    tree, spec = run.tree, run.tree["regularizer"]
    finding.expect(tree["dataset"]["name"] == "fashion_mnist", f"{run.name}: not Fashion-MNIST")
    used = run.metrics["n_train"] + run.metrics["n_val"]
    finding.expect(used == 60_000, f"{run.name} used {used:,} of 60,000 images")
    finding.expect(tree["act"]["name"] == "relu", f"{run.name}: {tree['act']['name']}, not ReLU")
    sizes = (784, hidden, 10)
    finding.expect(run.layer_sizes == sizes, f"{run.name} is {run.layer_sizes}, not {sizes}")
    found = (spec["l1"], spec["l2"], spec["dropout"])
    finding.expect(
        all(same(a, b) for a, b in zip(found, (0, l2, dropout), strict=True)),
        f"{run.name}: L1, L2, dropout are {found}, not (0, {l2:g}, {dropout:g})",
    )
    finding.say(
        f"784-{hidden}-10 ReLU, L2 {l2:g} ({spec['convention']}), dropout {dropout:g}, "
        f"{len(run.history)} epochs by {tree['optimizer']['name']}"
    )


@CLAUSES.add("2", "confusion")
def network(records: Records, finding: Finding) -> None:
    """One hidden layer of 100 ReLU, dropout 0.3, L2 1e-4."""
    for run in records.runs("confusion"):
        check_net(run, (100, 1e-4, 0.3), finding)


@CLAUSES.add("2a", "confusion")
def matrix(records: Records, finding: Finding) -> None:
    """Confusion matrix on the test set; its rows sum to 1."""
    run, *_ = records.runs("confusion")
    names, counts = read_confusion(run)
    header, rates = read_matrix(run.folder / "confusion_rates.csv")
    finding.expect(len(names) == 10 and header == names, f"{len(names)} classes")
    finding.expect(np.abs(rates.sum(axis=1) - 1).max() < 1e-9, "a row does not sum to 1")
    expected = confusion_rates(counts).reshape(rates.shape)
    finding.expect(np.allclose(rates, expected, atol=1e-12), "the rates are not the counts'")
    check_counts(run, finding)
    finding.say(
        f"10 x 10, rows sum to 1, {np.trace(counts)} of {counts.sum()} on the diagonal; "
        f"{run.metrics['test']['in_training']} test images occur in training"
    )


@CLAUSES.add("2b", "confusion")
def mistakes(records: Records, finding: Finding) -> None:
    """For each class, the class most likely decided for it by mistake."""
    run, *_ = records.runs("confusion")
    names, counts = read_confusion(run)
    told = (read_record(run.folder / "answers.json") or {})["mistakes"]
    finding.expect(len(told) == len(names), f"{len(told)} answers for {len(names)} classes")
    for answer, found in zip(told, likely_mistakes(counts), strict=False):
        decided = None if found.decided is None else names[found.decided]
        finding.expect(
            (answer["true"], answer["decided"], answer["count"])
            == (names[found.true], decided, found.count),
            f"{names[found.true]}: the matrix says {decided} ({found.count}), "
            f"the answer {answer['decided']} ({answer['count']})",
        )
    finding.say(f"{len(told)} answers, found again in confusion.csv")


@CLAUSES.add("2c", "confusion")
def pair(records: Records, finding: Finding) -> None:
    """The two classes most likely to be confused."""
    run, *_ = records.runs("confusion")
    names, counts = read_confusion(run)
    told = (read_record(run.folder / "answers.json") or {})["most_confused_pair"]
    found = most_confused_pairs(counts)[0]
    classes = {names[found.a], names[found.b]}
    finding.expect(
        told and set(told["first"]["classes"]) == classes,
        f"the matrix says {' and '.join(sorted(classes))}",
    )
    finding.say(f"{' and '.join(sorted(classes))}, {found.measure:.3f}, by {told['measure']}")


@CLAUSES.add("2 test", "confusion")
def opening(records: Records, finding: Finding) -> None:
    """The test set is opened once for it, after its training."""
    for run in records.runs("confusion"):
        check_opening(records, run, finding)


@CLAUSES.add("2 records", "confusion")
def confusion_agrees(records: Records, finding: Finding) -> None:
    """The record of problem 2 agrees with itself."""
    check_integrity(records, ["confusion"], finding)


@CLAUSES.add("3", "nets")
def nets(records: Records, finding: Finding) -> None:
    """128 ReLU without, 48 ReLU with L2 1e-4 and dropout 0.2."""
    assert records.nets
    found = nets_of(records.nets).values()
    finding.expect(len(found) == 2, f"{len(found)} networks of 2")
    by_size = sorted(found, key=lambda net: -net.runs[0].layer_sizes[1])
    for net, wanted in zip(by_size, ((128, 0.0, 0.0), (48, 1e-4, 0.2)), strict=False):
        checks = [Finding() for _ in net.runs]
        for run, each in zip(net.runs, checks, strict=True):
            check_net(run, wanted, each)
            finding.faults += each.faults
        seeds = ", ".join(str(run.tree["seed"]) for run in net.runs)
        finding.say(f"{'; '.join(checks[0].evidence)}, seed{'s' * (len(checks) > 1)} {seeds}")


@CLAUSES.add("3 weights", "nets")
def histograms(records: Records, finding: Finding) -> None:
    """Histograms of the weights of each layer, and what differs."""
    assert records.nets
    folder = records.nets.folder
    for name in ("histograms.png", "description.txt"):
        finding.expect((folder / name).is_file(), f"{folder / name} is missing")
    told = read_record(folder / RECORD) or {}
    finding.expect(told, f"{folder / RECORD} is missing")
    for name, net in nets_of(records.nets).items() if told else ():
        check_measures(name, told[name], net.runs[0], finding)


def check_measures(name: str, told: Mapping[str, Any], run: Run, finding: Finding) -> None:
    """Hold what is told of a net's weights against params.h5; which units are silent needs data."""
    finding.expect(told["job"] == run.name, f"{name} is told of {told['job']}, not {run.name}")
    layers = trained_layers(run.weights, start_of(run), recorded_silence(told))
    for found, layer in zip(layers, told["layers"], strict=True):
        wrong = [key for key, value in found.measures.items() if not alike(layer[key], value)]
        finding.expect(
            not wrong,
            f"{run.name}, {found.name}: params.h5 gives another {', '.join(wrong)} than {RECORD}",
        )
        finding.say(f"{name} {found.name} sd {found.stats.sd:.4f}")


def alike(told: Any, found: Any) -> bool:
    """Whether two measures are equal, numbers but for rounding."""
    if isinstance(told, float) and isinstance(found, float):
        return math.isclose(told, found, rel_tol=1e-6, abs_tol=1e-9)
    return bool(told == found)


@CLAUSES.add("3 records", "nets")
def nets_agree(records: Records, finding: Finding) -> None:
    """The records of problem 3 agree with themselves."""
    check_integrity(records, ["nets"], finding)

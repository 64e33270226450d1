"""The checklist of a paper: each line is from records, and what they do not say is said."""

import json
import math
import re

import pytest

from hw3.records.run import Sweep, load_run, load_sweep
from hw3.report import checklist
from hw3.report.__main__ import main
from hw3.report.checklist import ITEMS, Subject
from hw3.report.problems import find_records
from hw3.sweeps.groups import configurations
from hw3.sweeps.summary import Row
from hw3.testset.ledger import read_ledger
from tests.assignment import write
from tests.unit.report.test_page import Page

NAMES = ["Data", "Splits", "Settings", "Ranges", "Selection", "Results", "Test set", "Compute"]
NAMES += ["Code", "Run it again"]


def subject(outputs, name, run=None):
    folder = outputs / name
    sweep = load_sweep(folder) if run is None else Sweep(folder / run, [load_run(folder / run)])
    return Subject(
        name, sweep, lambda: ["python -m hw3.run x=1"], read_ledger(outputs / "test_ledger.jsonl")
    )


def told(outputs, name, run=None):
    """What is said of each item."""
    of = subject(outputs, name, run)
    return {checklist.title_of(item): " | ".join(item(of)) for item in ITEMS}


def test_every_item_is_asked_of_each_part(outputs):
    text = checklist.of_parts(find_records(outputs))
    assert re.findall(r"(?m)^## (.*)$", text) == [
        *("Problem 1: mnist_sweep", "Problem 1: mnist_final", "Problem 2: fashion_confusion"),
        *("Problem 3: fashion_weights", "Problem 4: human_machine"),
        "Problem 4: human_machine_explore",
    ]
    assert re.findall(r"(?m)^- ([\w ]+):", text) == 6 * NAMES


def test_a_sweep_tells_its_ranges_its_rule_and_its_spread(outputs):
    found = told(outputs, "mnist_sweep")
    assert (
        "mnist: made_up.hdf5, 60,000 rows in 2 classes, sha256 5a; pixels as they" in found["Data"]
    )
    assert found["Splits"] == (
        "50,000 examples train, 10,000 validate (the last rows), 1 set of validation rows; seed 0"
    )
    assert found["Ranges"] == (
        "6 configurations, 6 runs, seed 0 | act.name: 2 values, relu, tanh | "
        "lr.initial: 3 values, 0.02, 0.1, 0.5"
    )
    assert 'of 6 configurations "relu, lr 0.5" comes first by the highest' in found["Selection"]
    assert found["Settings"].startswith("those of relu-0.5, first of 6 configurations; layers")
    error = f"{100 * math.sqrt(0.905 * 0.095 / 10_000):.2f}"
    assert found["Results"].startswith(
        "relu, lr 0.5: 90.50 % (9050 of 10000; 95 % interval 89.91 to 91.06 %) on validation, one "
        f"seed; standard error of one split of 10,000: {error} points | relu, lr 0.1: 90.40 %"
    )
    assert "6 completed; 300.0 s of training in all, 50.0 s a run, from 50.0 to" in found["Compute"]
    assert "memory not recorded" in found["Compute"]
    assert "threads: 1 of blas" in found["Compute"]
    assert found["Code"].endswith("and 3 more: not recorded")
    assert "lr.after: [0.4, 0.8]" in found["Settings"]  # which no word of the table tells
    assert found["Run it again"] == "python -m hw3.run x=1"


def test_seeds_have_a_spread_and_splits_of_their_own(outputs):
    """By hand: 90.00 and 90.49 % of 2,040; t(0.975, 1) = 12.706."""
    found = told(outputs, "human_machine")
    assert "2 sets of validation rows; seeds 0, 1" in found["Splits"]
    a, b = (run.val.accuracy for run in load_sweep(outputs / "human_machine").runs)
    mean, error = 50 * (a + b), 50 * abs(a - b)
    assert found["Results"].startswith(
        f"relu, lr 0.1: {mean:.2f} ± {math.sqrt(2) * error:.2f} % on validation (mean ± standard "
        f"deviation of 2 seeds); of the mean the standard error is {error:.2f} points, the 95 % "
        f"interval {mean - 12.706 * error:.2f} to {mean + 12.706 * error:.2f} %; standard error"
    )
    assert found["Selection"] == "one configuration, so there was nothing to select in these runs"
    assert found["Test set"] == (
        "the ledger has 0 looks at a test split of human_machine; "
        "sha256 of a test file: not recorded"
    )


def test_the_figures_are_those_of_the_table(outputs):
    of, found = (
        subject(outputs, "mnist_sweep"),
        told(outputs, "mnist_sweep")["Results"].split(" | "),
    )
    for line, configuration in zip(found, configurations(of.sweep), strict=True):
        row = Row.of(configuration)
        assert line.startswith(f"{configuration.label}: {100 * row.val.mean:.2f} %")
        assert row.spread in line


def test_a_final_run_tells_its_choice_and_its_looks(outputs):
    found = told(outputs, "mnist_final", "relu-0.5")
    assert "60,000 examples train, 0 validate, 10,000 test; seed 0" in found["Splits"]
    assert found["Selection"].startswith(
        "from 6 configurations of outputs/mnist_sweep, 2026-01-01T11"
    )
    assert "Chosen: relu, lr 0.5." in found["Selection"]
    assert "nothing to select" not in found["Selection"]
    assert found["Results"] == "no run that completed held out examples to validate on"
    assert "side by side" not in found["Compute"]  # of one run
    assert found["Test set"].startswith(
        "90.00 % (9000 of 10000; 95 % interval 89.40 to 90.57 %), ope"
    )
    assert (
        "has 1 look at a test split of mnist, 1 of them at these networks; reasons: r (1)"
        in (found["Test set"])
    )
    assert found["Test set"].endswith("sha256 of a test file: not recorded")
    assert "null" not in found["Settings"]


def test_looks_at_other_networks_count_too(outputs):
    found = told(outputs, "mnist_sweep")["Test set"]
    assert found.startswith("the ledger has 1 look at a test split of mnist, 0 of them at these")


def test_what_else_a_reviewer_asks_is_said(outputs):
    """Test images seen in training, rankings across splits, and all right, whose error is 0."""
    edit(outputs / "mnist_final/relu-0.5/metrics.json", ("test", "in_training"), 7)
    found = told(outputs, "mnist_final", "relu-0.5")["Test set"]
    assert "after 0 earlier looks; 7 of the examples also occur in training" in found
    best = outputs / "mnist_sweep/relu-0.5/metrics.json"
    edit(best, ("val_rows_sha256",), "another")
    edit(best, ("final", "val_correct"), 10_000)
    found = told(outputs, "mnist_sweep")
    assert "CAUTION: the accuracies are not comparable: validated on diff" in found["Selection"]
    assert "standard error of one split of 10,000: unknown, as all" in found["Results"]


def test_a_machine_is_one_in_whatever_order_its_libraries_were_loaded(outputs):
    for i, path in enumerate(sorted((outputs / "mnist_sweep").glob("*/environment.json"))):
        edit(path, ("kernels",), ["blas 1", "blas 2"][:: 1 if i else -1])
    assert told(outputs, "mnist_sweep")["Compute"].count("blas 1, blas 2") == 1


def edit(path, keys, value):
    """Set a value of a record by its keys."""
    record = tree = json.loads(path.read_text())
    for key in keys[:-1]:
        tree = tree[key]
    tree[keys[-1]] = value
    write(path, record)


def test_many_values_are_told_by_their_ends(outputs):
    of = subject(outputs, "mnist_sweep")
    run = of.sweep.runs[0]
    trees = [{**run.tree, "lr": {**run.tree["lr"], "initial": (i + 1) / 10}} for i in range(12)]
    many = Sweep(of.sweep.folder, [type(run)(run.folder, tree, run.ended) for tree in trees])
    lines = list(checklist.ranges(Subject("many", many, list, [])))
    assert lines[1].startswith("lr.initial: 12 values, 0.1, 0.2, ")
    assert lines[1].endswith(", ... 1.2")


def test_a_study_tells_what_it_searched(outputs):
    folder = outputs / "mnist_sweep"
    study = {"by": "TPE", "seed": 0, "n_startup_trials": 1, "prune": False, "n_warmup_epochs": 1}
    write(folder / "study.json", study | {"space": {"lr.initial": "interval(0.01,1)"}})
    found = told(outputs, "mnist_sweep")
    assert "lr.initial: searched in interval(0.01,1)" in found["Ranges"]
    assert "6 trials that TPE proposed one after another, not planned" in found["Selection"]


def test_what_was_stopped_early_or_failed_is_said(outputs):
    folder = outputs / "mnist_sweep"
    path = folder / "relu-0.1/metrics.json"
    stopping = {"patience": 3, "stopped_after": None, "restored_epoch": 50}
    write(path, json.loads(path.read_text()) | {"early_stopping": stopping})
    write(folder / "tanh-0.1/metrics.json", {"status": "failed", "error": "by hand"})
    found = told(outputs, "mnist_sweep")
    assert "early stopping: 1 run with the weights of the lowest loss" in found["Selection"]
    assert "5 completed, 1 failed" in found["Compute"] or "1 failed, 5 compl" in found["Compute"]


@pytest.mark.parametrize("name", ["environment.json", "params.h5"])
def test_a_damaged_record_spoils_its_own_part_alone(name, outputs):
    write(outputs / "fashion_confusion/net" / name, "nothing of ours")
    text = checklist.of_parts(find_records(outputs))
    assert "## Problem 2: fashion_confusion\n\na record in " in text
    assert text.count("- Run it again:") == 5


def test_what_has_not_run_says_so(outputs):
    (outputs / "fashion_confusion/net/metrics.json").unlink()
    text = checklist.of_parts(find_records(outputs))
    assert "## Problem 2: fashion_confusion\n\nno run has ended" in text


def test_it_stands_on_the_page_as_it_is_to_be_copied(outputs):
    for folder, text in {
        outputs: checklist.of_parts(find_records(outputs)),
        outputs / "mnist_sweep": None,
    }.items():
        main([str(folder)])
        raw = (folder / "report.html").read_text()
        (shown,) = re.findall(r"(?s)<pre>(# Repro.*?)</pre>", raw)
        assert "\u00a0" not in shown
        assert "90.50 % (9050 of 10000;" in shown
        assert Page(raw).open == []
        if text:
            assert len(shown.splitlines()) == len(text.splitlines())

"""Runs side by side, from records made by hand: no run is trained."""

import re
from pathlib import Path

import pytest
from tests.builders import outcome, write_run

from hw3 import compare
from hw3.analysis.intervals import wilson
from hw3.plots.curves import Curve
from hw3.plots.overlay import overlay
from hw3.records.outcome import Look
from hw3.sweeps import tables
from hw3.sweeps.comparison import compare_runs, runs_in

TREE = {
    "act": {"name": "relu", "slope_at_zero": 0.0},
    "optimizer": {"name": "sgd", "default_lr": 0.1},
    "lr": {"name": "constant", "initial": 0.1},
    "dataset": {"name": "mnist", "split": "last", "val": 1000, "batch_sizes": [50, 1000]},
    "name": "any",
    "task": "train",
    "epochs": 2,
    "seed": 0,
    "record": {"figures": True},
}
TANH = {"act": {"name": "tanh"}}
MOMENTUM = {"optimizer": {"name": "momentum", "momentum": 0.9, "default_lr": 0.02}}


def write(folder, *, correct=900, rows="rows", test=None, **changes):
    """Write a completed run of two epochs; without `correct` it holds nothing out."""
    look = None if test is None else Look(test, 10_000, "2026-01-01T12:00:00+00:00", 0, 0)
    return write_run(folder, {**TREE, **changes}, outcome(correct=correct, rows=rows, test=look))


def compared(*folders):
    return compare_runs([run for folder in folders for run in runs_in(Path(folder))])


def labels(*folders):
    return [c.label for c in compared(*folders).configurations]


def seeds(root, n=7, **changes):
    """Write a configuration's runs, with 900, 901, ... correct of 1,000."""
    for seed in range(n):
        name = "-".join([*(str(v) for v in changes.values()), str(seed)])
        name = re.sub(r"\W+", "", name)
        write(f"{root}/{name}", correct=900 + seed, rows=f"rows{seed}", seed=seed, **changes)


def test_keys_that_follow_from_others_are_left_out():
    a = write("x/a")
    keys = ["act.name", "act.slope_at_zero"]
    assert compared(a, write("x/b", name="other", task="final", **TANH)).keys == keys
    assert compared(a, write("x/d", record={"figures": False})).keys == []
    assert compared(a, write("x/e", epochs=2.0)).keys == []


def test_a_setting_that_only_one_of_them_has_is_a_difference():
    a = write("x/a")
    slow = {"optimizer": {**MOMENTUM["optimizer"], "momentum": 0.5}}
    keys = ["optimizer.name", "optimizer.momentum"]
    assert compared(a, write("x/b", **slow)).keys == keys
    assert compared(write("x/c", **MOMENTUM), write("x/d", **slow)).keys == keys[1:]
    old = write("x/e", early_stopping={"patience": None})
    assert compared(a, old).keys == ["early_stopping.patience"]


def test_labels_say_what_differs_within_a_folder_and_the_folder_elsewhere():
    write("sweep/a")
    write("sweep/b", **TANH)
    write("final/c", correct=None)
    write("quick/sweep/a")
    write("quick/sweep/b", **TANH)
    assert labels("sweep", "final/c") == ["relu", "tanh", "final"]
    crowded = labels("sweep", "quick/sweep")
    assert [label.rpartition(": ")[2] for label in crowded] == ["relu", "tanh"] * 2
    assert crowded[2].startswith("quick/sweep: ")
    assert len(set(crowded)) == 4


def test_runs_of_one_config_are_told_apart_by_their_folder():
    assert labels(write("single/a"), write("single/b")) == ["single/a", "single/b"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dataset": {"name": "digits"}}, "different data sets (mnist, digits)"),
        ({"rows": "others", "dataset": {**TREE["dataset"], "split": "random"}},
         "validated on different rows (dataset.split)"),
        ({"rows": "others", "seed": 1, **TANH}, "validated on different rows (seed)"),
        ({"rows": "others", "seed": 1}, None),
        ({"correct": None, **TANH}, None),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said(changes, reason):
    """Seeds of one configuration may have their own rows; two configurations may not."""
    assert compared(write("x/a"), write("x/b", **changes)).caution == reason


def test_accuracies_are_percent_with_their_interval(capsys):
    final = write("final/a", correct=None, test=9849)
    assert compare.main([str(write("sweep/a")), str(final)]) == 0
    out = capsys.readouterr().out
    low, high = (100 * end for end in wilson(900, 1000))
    assert re.search(r"val % +│ 90.00 +│ - ", out)
    assert f"{low:.2f}-{high:.2f}" in out
    assert re.search(r"test % +│ - +│ 98.49 ", out)
    assert re.search(r"train loss +│ 0.2500 +│ 0.2500 ", out)
    assert re.search(r"epochs run +│ 2 +│ 2 ", out)
    assert re.search(r"time s +│ 3.2 +│ 3.2 ", out)


def test_above_twelve_runs_a_row_is_a_configuration(capsys):
    """By hand: 900 to 906 of 1,000 are 90.30 ± 0.22 %."""
    for lr in (0.1, 0.2, 0.3):
        seeds("sweep", lr={"name": "constant", "initial": lr})
    write("best/a", correct=950, rows="rows0", **TANH)
    assert compare.main(["sweep", "best"]) == 0
    out = capsys.readouterr().out
    assert len(re.findall(r"^lr 0\.[123] +7 +90.30 ± 0.22 ", out, re.MULTILINE)) == 3
    assert out.index("95.00") < out.index("90.30")
    assert "CAUTION" not in out  # the one run's rows are among those of the others
    assert re.search(r"seed +│ 0, 1, 2, 3, 4, 5, 6 +│ 0 ", out)


def test_too_many_lines_are_the_best_few_with_each_folder_s_best(capsys):
    for i in range(12):
        write(f"sweep/{i}", correct=900 + i, epochs=10 + i)
    write("poor/a", correct=100)
    found, title = tables.chosen(compared("sweep", "poor"))
    assert [c.label for c in found] == ["epochs 21", "epochs 20", "epochs 19", "epochs 18", "poor"]
    assert title == "sweep, poor: the best 5 of 13 configurations, each folder's best among them"


def test_a_bad_run_has_a_row_that_says_so(capsys):
    for name, lr in (("good", 1), ("broken", 2), ("failed", 3), ("running", 4), ("cut", 5)):
        write(f"sweep/{name}", lr={"name": "constant", "initial": lr})
    Path("sweep/broken/metrics.json").write_text("{")
    Path("sweep/failed/metrics.json").write_text('{"status": "failed", "error": "by hand"}')
    Path("sweep/running/metrics.json").unlink()
    Path("sweep/cut/history.csv").write_text("")
    assert compare.main(["sweep"]) == 0
    out = capsys.readouterr().out
    for row in ("broken +broken", "lr 3 +failed", "lr 4 +unfinished", "lr 5 +completed"):
        assert re.search(f"^{row} ", out, re.MULTILINE)
    assert "lr 3: failed: by hand" in out
    assert "broken: broken: sweep/broken/metrics.json is damaged" in out
    assert "lr 5 is not drawn: sweep/cut/history.csv is damaged" in out


def test_nothing_that_has_ended_is_no_figure(capsys):
    for name in "ab":
        folder = write(f"x/{name}")
        (folder / "metrics.json").unlink()
        (folder / "history.csv").unlink()
    assert compare.main(["x"]) == 0
    assert "no figure: no epoch has ended" in capsys.readouterr().out
    assert not Path("outputs").exists()


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_is_the_usage(word, capsys):
    assert compare.main([word]) == 0
    assert "usage: python -m hw3.compare" in capsys.readouterr().out


def curve(values, has_val=True):
    epochs = list(range(1, len(values) + 1))
    train = [100.0] * len(values) if has_val else values
    return Curve(epochs, [0.1] * len(values), train, values if has_val else [], 1)


def drawn(named):
    figure = overlay(named, "title")
    figure.draw_without_rendering()
    return figure, figure.axes[0]


def test_training_accuracy_is_dashed_and_named():
    figure, axes = drawn({"a": [curve([90.0, 95.0])], "b": [curve([91.0, 99.0], False)]})
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]
    assert axes.get_ylabel() == "accuracy (%)"
    heading = figure.legends[0].get_title().get_text()
    assert "validation (solid), training, since nothing is held out (dashed)" in heading
    low, high = axes.get_xlim()
    assert all(tick >= 1 for tick in axes.get_xticks() if low <= tick <= high)


def test_the_line_of_several_runs_is_their_mean_as_far_as_all_got():
    _, axes = drawn({"a": [curve([50.0, 60.0, 70.0]), curve([60.0, 70.0])]})
    assert axes.lines[0].get_ydata().tolist() == [55.0, 65.0]
    assert len(axes.collections) == 1  # the band
    _, axes = drawn({str(i): [curve([50.0, 60.0]), curve([60.0, 70.0])] for i in range(5)})
    assert not axes.collections


def test_ten_lines_look_different():
    _, axes = drawn({str(i): [curve([50.0 + i, 60.0 + i])] for i in range(10)})
    assert len({(line.get_color(), line.get_marker()) for line in axes.lines}) == 10

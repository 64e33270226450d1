"""Runs side by side, from records made by hand: no run is trained."""

import pytest

from tests.builders import MOMENTUM, TANH, TREE, compared, write_run


def labels(*folders):
    return [c.label for c in compared(*folders).configurations]


def test_keys_that_follow_from_others_are_left_out():
    a = write_run("x/a")
    assert compared(a, write_run("x/b", name="other", task="final", **TANH)).keys == ["act.name"]
    assert compared(a, write_run("x/c", **MOMENTUM)).keys == ["optimizer.name"]
    assert compared(a, write_run("x/d", record={"figures": False})).keys == []
    assert compared(a, write_run("x/e", epochs=2.0)).keys == []


def test_a_setting_that_no_name_implies_is_shown():
    """Momentum 0.5 is not momentum's default; an unknown group has no defaults to go by."""
    a = write_run("x/a")
    slow = {"optimizer": {**MOMENTUM["optimizer"], "momentum": 0.5}}
    keys = ["optimizer.name", "optimizer.momentum"]
    assert compared(a, write_run("x/b", **slow)).keys == keys
    assert compared(write_run("x/c", **MOMENTUM), write_run("x/d", **slow)).keys == keys[1:]
    old = write_run("x/e", early_stopping={"patience": None})
    assert compared(a, old).keys == ["early_stopping.patience"]


def test_labels_say_what_differs_within_a_folder_and_the_folder_elsewhere():
    write_run("sweep/a")
    write_run("sweep/b", **TANH)
    write_run("final/c", correct=None)
    write_run("quick/sweep/a")
    write_run("quick/sweep/b", **TANH)
    assert labels("sweep", "final/c") == ["relu", "tanh", "final"]
    crowded = labels("sweep", "quick/sweep")
    assert [label.rpartition(": ")[2] for label in crowded] == ["relu", "tanh"] * 2
    assert crowded[2].startswith("quick/sweep: ")
    assert len(set(crowded)) == 4


def test_runs_of_one_config_are_told_apart_by_their_folder():
    assert labels(write_run("single/a"), write_run("single/b")) == ["a", "b"]


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
    assert compared(write_run("x/a"), write_run("x/b", **changes)).caution == reason

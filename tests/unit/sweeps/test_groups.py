"""The one way to group runs, from records made by hand: what is one configuration, and what not."""

import json

import pytest

from hw3.records.run import load_sweep
from hw3.sweeps.groups import configurations, incomparable
from hw3.sweeps.summary import Row, summarize
from tests.builders import MOMENTUM, write_run


def found(folder="s"):
    return configurations(load_sweep(folder))


def rate(initial, **more):
    return {"lr": {"name": "constant", "initial": initial}, **more}


def momentum(value):
    return {"optimizer": {**MOMENTUM["optimizer"], "momentum": value}}


def test_a_key_that_only_some_have_tells_them_apart():
    write_run("s/a", correct=700)
    write_run("s/b", correct=800, **momentum(0.5))
    write_run("s/c", correct=900, **momentum(0.9))
    assert [c.label for c in found()] == ["momentum, momentum 0.9", "momentum, momentum 0.5", "sgd"]


def test_a_place_groups_nothing():
    write_run("s/a")
    write_run("s/b", seed=1, record={"figures": False})
    (one,) = found()
    assert len(one.completed) == 2


def test_a_whole_number_is_one_value_however_it_was_written():
    """1 and 1.0 are one rate: its seeds are of one configuration, and no run is lost."""
    for i, (value, seed) in enumerate([(1, 0), (1.0, 1), (0.5, 0), (0.5, 1)]):
        write_run(f"s/{i}", correct=800 + i, **rate(value, seed=seed))
    assert sorted(len(c.completed) for c in found()) == [2, 2]
    assert {run.name for c in found() for run in c.runs} == set("0123")


def test_whole_numbers_in_lists_are_too():
    for i, sizes in enumerate([[1, 2.0], [1.0, 2], [1, 3]]):
        write_run(f"s/{i}", seed=i, model={"hidden_sizes": sizes})
    assert sorted(len(c.runs) for c in found()) == [1, 2]


@pytest.mark.parametrize("change", [{"name": "other"}, {"task": "weights"}])
def test_a_seed_that_was_run_twice_counts_once(change):
    write_run("s/a", correct=700)
    write_run("s/b", correct=900, **change)
    (one,) = found()
    assert (len(one.runs), [run.name for run in one.completed]) == (2, ["a"])
    row = Row.of(one)
    assert (row.val.mean, row.val.sd) == (0.7, None)
    assert (row.cells["n_seeds"], row.cells["n_jobs"]) == (1, 2)


def test_no_two_labels_are_equal():
    """A strength of 0.0 needs no words; where the words would be equal, the folder's name helps."""
    for i, (l2, slope) in enumerate([(0.0, "a"), ({}, "a"), (0.0, "b")]):
        regularizer = {"l2": l2} if l2 != {} else {}
        write_run(f"s/{i}", regularizer=regularizer, act={"name": slope})
    labels = [c.label for c in found()]
    assert len(set(labels)) == 3, labels


def test_other_data_under_the_same_name_cannot_be_compared(capsys):
    for name, seed, sha in (("a", 0, "11"), ("b", 1, "22")):
        folder = write_run(f"s/{name}", seed=seed)
        data = {"file": "mnist.hdf5", "sha256": sha, "n_rows": 1, "dtype": "u1", "range": [0, 1]}
        facts = {"data": {**data, "label_counts": [1]}, "packages": {}, "threads": {}}
        more = {"python": "3", "platform": "x", "commit": None, "processor": "x", "gpu": None}
        (folder / "environment.json").write_text(
            json.dumps({**facts, **more, "cores": 1, "command": []})
        )
    assert incomparable(found()) == "trained on 2 different files: mnist.hdf5"
    summarize(load_sweep("s"))
    assert "CAUTION" in capsys.readouterr().out

"""Parallel coordinates: which sweeps have them, and what they show."""

from pathlib import Path

import pytest

from hw3.plots.parallel import column, parallel
from hw3.records.run import load_sweep
from hw3.sweeps import parallel as deciding
from hw3.sweeps.groups import configurations
from hw3.sweeps.summary import summarize
from tests.builders import MOMENTUM, TANH, write_run


def sweep_of_three_keys():
    for i, rate in enumerate((0.01, 0.1)):
        for j, epochs in enumerate((1, 2)):
            for k, act in enumerate(({}, TANH)):
                lr = {"lr": {"name": "constant", "initial": rate}}
                changes = {"epochs": epochs, **lr, **act}
                write_run(f"sweep/{i}{j}{k}", correct=900 + 10 * i + j, **changes)
    return load_sweep("sweep")


def test_three_keys_have_a_figure_that_stays_until_something_changes():
    sweep = sweep_of_three_keys()
    summarize(sweep)
    path = Path("sweep/parallel.png")
    before = path.stat().st_mtime_ns
    summarize(sweep)
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"changed")
    summarize(sweep)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_two_keys_have_none():
    for name, act in (("a", {}), ("b", TANH)):
        for optimizer in ({}, {"epochs": 3}):
            write_run(f"sweep/{name}{len(optimizer)}", **act, **optimizer)
    summarize(load_sweep("sweep"))
    assert not Path("sweep/parallel.png").exists()


def test_what_is_left_out_is_said(monkeypatch):
    found = configurations(sweep_of_three_keys())
    monkeypatch.setattr(deciding, "MOST", 2)
    text = deciding.title(found, found[:5], 3)
    assert "8 configurations" in text
    assert "the first 2 of 3 keys; the best 5" in text


def test_numbers_have_an_axis_that_fits_and_words_are_levels():
    few = column("lr.initial", [0.001, 0.5, 0.01], [0, 1, 2])
    assert few.places == pytest.approx([0, 1, 0.5], abs=1e-9)
    assert [text for _, text in few.ticks] == ["0.001", "0.01", "0.5"]
    wide = column("lr.initial", [10 ** (i / 10) for i in range(-30, 1)], range(31))
    assert wide.label == "lr.initial\n(log scale)"
    assert wide.places == pytest.approx([i / 30 for i in range(31)])
    assert [text for _, text in wide.ticks] == ["0.001", "0.01", "0.1", "1"]
    words = column("act.name", ["tanh", "relu", None], [0, 1, 2])
    assert words.label == "act"
    assert [text for _, text in words.ticks] == ["relu", "tanh", "-"]
    sizes = column("model.hidden_sizes", [[128], [32], [32, 8]], [0, 1, 2])
    assert [text for _, text in sizes.ticks] == ["[32]", "[32, 8]", "[128]"]


def test_lines_through_one_value_lie_side_by_side_best_above():
    places = column("act.name", ["relu", "relu", "tanh"], [1, 0, 2]).places
    assert places[0] > 0 > places[1]
    assert places[2] == pytest.approx(1)


def test_what_has_no_result_is_dotted_and_the_best_is_on_top():
    keys = {"a": [1, 2, 3], "b": [1, 2, 3], "c": ["x", "y", "z"]}
    (axes,) = parallel(keys, [None, 95.0, 90.0], "title").axes
    lines = [line for line in axes.lines if len(line.get_xdata()) > 2]
    assert [line.get_linestyle() for line in lines] == [":", "-", "-"]
    assert len(lines[0].get_xdata()) == 3
    assert lines[-1].get_ydata()[-1] == 1.0


def test_of_equal_accuracies_the_first_is_the_best():
    (axes,) = parallel({"a": [1, 2], "b": [2, 1], "c": [1, 2]}, [95.0, 95.0], "title").axes
    (best,) = [line for line in axes.lines if line.get_linewidth() > 2]
    assert best.get_ydata()[:3] == pytest.approx([0, 1, 0], abs=0.01)


def test_equal_accuracies_and_a_key_that_some_lack_are_drawn():
    write_run("sweep/a", **TANH, epochs=3)
    write_run("sweep/b", **MOMENTUM)
    write_run("sweep/c", **MOMENTUM, epochs=5)
    summarize(load_sweep("sweep"))
    assert Path("sweep/parallel.png").exists()

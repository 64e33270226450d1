"""A run in a notebook: predictions, figures and tables."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hw3
from hw3.core.errors import DataError, RunDirError
from hw3.records.weights import save_params
from hw3.training.build import make_experiment


@pytest.fixture
def run():
    return hw3.train("dataset=digits", "epochs=2", "lr=constant", folder="a<b")


def test_predictions_are_those_that_were_counted(run):
    val = make_experiment(run.config).dataset.val
    assert (run.predict(val.inputs) == val.labels).sum() == run.val.n_correct
    p = run.predict_proba(val.inputs)
    assert p.shape == (len(val.labels), 10)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    loss = -np.log(p[np.arange(len(p)), val.labels]).mean()
    np.testing.assert_allclose(loss, run.val.loss, rtol=1e-4)


def test_rows_are_predicted_in_blocks_and_none_are_none(run):
    rows = np.random.default_rng(0).random((2500, 64))
    found = run.predict_proba(rows)
    np.testing.assert_allclose(found[2400:], run.predict_proba(rows[2400:]), rtol=1e-4)
    assert run.predict_proba(np.empty((0, 64))).shape == (0, 10)
    assert run.predict(rows.tolist()).shape == (2500,)


def test_one_output_has_two_classes():
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(20, 5)), rng.normal(size=5)), (rng.normal(size=(5, 1)), np.ones(1))]
    Path("out").mkdir()
    save_params(Path("out/params.h5"), layers, {"name": "tanh"})
    run = hw3.Run(Path("out"), {}, None)
    rows = rng.choice([-1.0, 1.0], (7, 20))
    (w1, b1), (w2, b2) = layers
    wanted = 1 / (1 + np.exp(-(np.tanh(rows @ w1 + b1) @ w2 + b2)))
    np.testing.assert_allclose(run.predict_proba(rows), np.hstack([1 - wanted, wanted]))
    assert (run.predict(rows) == (wanted[:, 0] > 0.5)).all()


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (np.zeros(64), r"needs inputs \(n, 64\) of numbers, .*one row is inputs\[None\]"),
        (np.zeros((2, 63)), r"shape \(2, 63\)"),
        (np.zeros((2, 1, 64)), r"shape \(2, 1, 64\)"),
        ([["a"] * 64], "of numbers"),
        (None, "of numbers"),
        ([[1.0], [1.0, 2.0]], "differ in length"),
        (np.full((3, 64), [[0.0], [np.nan], [0.0]]), "row 2 of the inputs holds NaN"),
        (np.zeros((1, 64), complex), "of numbers"),
    ],
)
def test_inputs_that_do_not_fit_are_one_line(run, inputs, text):
    with pytest.raises(DataError, match=text) as caught:
        run.predict(inputs)
    assert "\n" not in str(caught.value)


def test_a_run_stays_where_it_is_when_the_process_goes_elsewhere(run, monkeypatch, tmp_path):
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "b")
    assert run.predict(np.zeros((1, 64))).shape == (1,)
    assert repr(run) == "Run('../a<b', completed)"


def test_columns_of_a_frame_are_taken_by_their_names():
    file = Path(__file__).parents[3] / "examples" / "data" / "iris.csv"
    own = ("dataset=file", f"dataset.train={file}", "dataset.labels=species", "batch_size=16")
    run = hw3.train(*own, "epochs=5", "record.figures=false", folder="out")
    frame = pd.read_csv(file)
    found = run.predict_proba(frame)
    assert (run.predict_proba(frame[frame.columns[::-1]]) == found).all()
    assert run.classes == ("setosa", "versicolor", "virginica")
    assert (np.array(run.classes)[run.predict(frame)] == frame.species).mean() > 0.8
    with pytest.raises(DataError, match="the inputs have no column 'sepal_length'"):
        run.predict(frame.drop(columns="sepal_length"))
    with pytest.raises(DataError, match="or the numbers of row 1 are so large"):
        run.predict(np.full((1, 4), 1e300))


def test_a_run_shows_itself_in_a_table_and_in_short(run):
    assert repr(run) == "Run('a<b', completed)"
    html = run._repr_html_()
    assert "a&lt;b" in html
    assert "64-256-128-10 relu" in html
    assert f"{run.val.n_correct} of 297; 95 % interval" in html


def test_a_run_without_validation_or_an_end_shows_itself_too(run):
    assert "unfinished" in replace(run, ended=None)._repr_html_()
    waiting = hw3.Run(Path("out"), {}, None)
    assert "unfinished" in waiting._repr_html_()
    with pytest.raises(RunDirError, match="no epoch of this run has ended"):
        waiting.curves()
    with pytest.raises(DataError, match="no such file"):
        waiting.predict(np.zeros((1, 64)))


def test_curves_are_a_figure_that_a_notebook_shows(run):
    figure = run.curves()
    assert figure.axes[0].get_title().startswith("64-256-128-10 relu")
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_sweep_shows_its_jobs_escaped_and_those_that_wait():
    sweep = hw3.sweep("dataset=digits", "epochs=1", "lr=constant", "seed=0,1", folder="s<i>")
    html = sweep._repr_html_()
    assert "s&lt;i&gt;" in html
    assert "<i>" not in html
    waiting = hw3.Run(Path("w"), {}, None, {"act.name": "relu", "seed": 5})
    frame = hw3.Sweep(sweep.folder, [*sweep.runs, waiting]).frame
    assert frame.status.iloc[-1] == "unfinished"
    assert frame.seed.iloc[-1] == 5

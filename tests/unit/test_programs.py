"""The programs of examples/museum are right."""

import csv
import importlib.util
import runpy
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from hw3.backends.base import Network
from hw3.backends.numpy_backend import NumpyBackend
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.losses import loss_for
from hw3.nn.optimizers import OPTIMIZERS
from tests.builders import preset_record, regularizer
from tests.oracles import central_difference
from tests.programs import PATCHES, STYLES, Patch, right
from tests.programs.behaviour import arrays, given, same, seen

EXAMPLES = Path(__file__).parents[2] / "examples"
SIZES = ((6, 5, 4, 3), (6, 5, 1))
L2 = 0.1


def program(style):
    spec = importlib.util.spec_from_file_location(style, EXAMPLES / "museum" / f"{style}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def case(style, sizes):
    """Return a program, weights with no unit at its kink, and a batch."""
    module, rng = program(style), np.random.default_rng(1)
    weights = module.init(sizes)
    for array in arrays(weights):
        array += 0.1 * rng.standard_normal(array.shape)
    x, y = rng.standard_normal((7, sizes[0])), rng.integers(0, max(2, sizes[-1]), 7)
    return module, weights, x, y


@pytest.mark.parametrize("act", ["relu", "tanh"])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("style", STYLES)
def test_gradients_are_central_differences_and_those_of_our_backend(style, sizes, act):
    module, weights, x, y = case(style, sizes)
    batch = given(style, x, y, sizes[-1])
    found = module.gradients(weights, *batch, L2, act)
    stepped = module.step(weights, *batch, 0.5, L2, act)
    ours = gradient_of_our_backend(style, sizes, act, weights, x, y)
    assert [a.shape for a in arrays(found)] == [a.shape for a in arrays(weights)]
    for array, d, after, own in zip(*map(arrays, (weights, found, stepped)), ours, strict=True):
        numeric = central_difference(lambda: module.loss(weights, *batch, L2, act), array)
        np.testing.assert_allclose(d, numeric, rtol=0, atol=1e-8)
        np.testing.assert_allclose(d, own, rtol=0, atol=1e-14)
        np.testing.assert_allclose(after, array - 0.5 * d, rtol=0, atol=1e-14)


def gradient_of_our_backend(style, sizes, act, weights, x, y):
    """Return what a step of rate 1 takes away, in the shapes of a style."""
    l2 = {"functions": L2, "layers": L2 / 2, "columns": L2 / 2 / len(x)}[style]
    loss, sgd = loss_for(max(2, sizes[-1])), preset_record(OPTIMIZERS, "sgd")
    act = preset_record(ACTIVATIONS, act)
    net = Network(sizes, act, loss, sgd, regularizer(l2=l2), "float64", "cpu", 1, len(x))
    backend, all_arrays = NumpyBackend(net), arrays(weights)
    is_turned = style != "functions"
    params = [
        (w.T if is_turned else w, b.ravel())
        for w, b in zip(all_arrays[::2], all_arrays[1::2], strict=True)
    ]
    backend.set_params(params)
    backend.join([backend]).train_epoch(
        x,
        y,
        np.arange(len(x))[None],
        batch_size=len(x),
        learning_rates=[1.0],
        dropout_rngs=[np.random.default_rng()],
    )
    for (w, b), (w_after, b_after) in zip(params, backend.get_params(), strict=True):
        yield (w - w_after).T if is_turned else w - w_after
        yield (b - b_after)[:, None] if style == "columns" else b - b_after


@pytest.mark.parametrize("act", ["relu", "tanh"])
@pytest.mark.parametrize("style", STYLES)
def test_digits_are_learnt_and_a_saved_net_predicts_the_same(style, act, tmp_path):
    with h5py.File(EXAMPLES / "data" / "digits.h5") as file:
        x, y = file["images"][:].reshape(600, 64) / 16, file["digit"][:].astype(int)
    module, sizes = program(style), (64, 30, 10)
    x_train, y_train, x_val, y_val = parts(module, *given(style, x, y, 10))
    start = {"activation": act, "epochs": 12, "lr": 0.2, "batch_size": 16, "sizes": sizes}
    history, losses = module.train(x_train, y_train, x_val, y_val, **start)
    assert len(history) == len(losses) == 12
    assert losses[-1] < losses[0] / 4
    logits = module.outputs(history[-1], x_val, act)
    logits, labels = (logits.T, y_val.argmax(0)) if style == "columns" else (logits, y_val)
    assert np.mean(logits.argmax(axis=1) == labels) > 0.9
    matrix = module.confusion(labels, logits.argmax(axis=1))
    np.testing.assert_allclose(
        module.class_accuracy(matrix),
        [np.mean(logits.argmax(axis=1)[labels == k] == k) for k in range(10)],
    )
    module.save(history[-1], act, tmp_path / "net")
    again = module.outputs(module.load(tmp_path / "net"), x_val)
    assert np.array_equal(again.T if style == "columns" else again, logits)


def parts(module, x, y):
    found = module.split(x, y)
    if len(found) == 4:
        return found
    train, val = found
    return x[train], y[train], x[val], y[val]


@pytest.mark.parametrize("style", STYLES)
def test_the_final_run_takes_all_rows_and_fresh_weights(style):
    module, rng = program(style), np.random.default_rng(2)
    x, y = rng.standard_normal((24, 6)), np.arange(24) % 3
    halves = *given(style, x[:20], y[:20], 3), *given(style, x[20:], y[20:], 3)
    (weights, *_), _ = module.retrain(*halves, (6, 5, 3), epochs=1, lr=0.1, batch_size=5)
    seed = {"functions": 1, "layers": 1, "columns": 0}[style]
    whole = given(style, x, y, 3)
    (wanted, *_), _ = module.train(*whole, *whole, (6, 5, 3), 1, 0.1, 5, seed=seed)
    for ours, theirs in zip(arrays(weights), arrays(wanted), strict=True):
        assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("style", STYLES)
def test_the_last_epoch_decides_and_logits_may_be_large(style):
    module = program(style)
    assert module.choose([[0.9, 0.1], [0.2, 0.3], [0.1, 0.2]]) == 1
    z = np.array([[1e4, 0.0, -1e4], [1.0, 1.0, 1.0]])
    p = module.softmax(z.T).T if style == "columns" else module.softmax(z)
    np.testing.assert_allclose(p, [[1, 0, 0], [1 / 3] * 3], rtol=0, atol=1e-15)


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.file)
def test_a_bug_shows_in_what_the_program_does(patch, tmp_path):
    wrong, well = (
        seen(text, patch.style, tmp_path) for text in (patch.source(), right(patch.style))
    )
    assert {name for name in well if not same(wrong[name], well[name])}


def test_each_style_has_all_the_bugs():
    assert {style: {p.bug for p in PATCHES if p.style == style} for style in STYLES} == {
        style: set(range(1, 21)) for style in STYLES
    }
    assert len({patch.file for patch in PATCHES}) == len(PATCHES)


@pytest.mark.parametrize("style", STYLES)
def test_a_right_program_does_the_same_twice(style, tmp_path):
    one, other = (seen(right(style), style, tmp_path) for _ in range(2))
    assert all(
        same(one[name], other[name]) and len(one[name]) > 1 for name in one if name != "logits"
    )


def test_a_patch_whose_text_is_not_there_once_is_refused():
    patch = Patch("functions", 1, "none", (("np.", "numpy."),))
    with pytest.raises(ValueError, match=r"functions/01_none.py: \d+ times in the program: np\."):
        patch.source()


def test_the_script_writes_each_program_once_with_its_bug(tmp_path, monkeypatch, capsys):
    path = EXAMPLES.parent / "scripts" / "museum.py"
    monkeypatch.setattr(sys, "argv", ["museum", str(tmp_path / "programs")])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(str(path), run_name="__main__")
    with (tmp_path / "programs" / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    written = {str(p.relative_to(tmp_path / "programs")) for p in tmp_path.rglob("*.py")}
    assert written == {row["file"] for row in rows}
    assert len(rows) == len(written)
    assert all(row["bug"] in ("", row["file"].split("/")[1][:2].lstrip("0")) for row in rows)
    assert "103 right programs" in capsys.readouterr().out

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kurtosis

from hw3.analysis import weights as module
from hw3.analysis.weights import (
    WeightStats,
    describe_growth,
    describe_shape,
    describe_silence,
    shared_bins,
    silent_units,
    trained_layers,
    weight_stats,
)
from hw3.nn.activations import ACTIVATIONS
from tests.builders import preset_record

STATS = WeightStats(
    n=200,
    mean=0.0,
    sd=0.05,
    sd_initial=0.05,
    growth=1.0,
    excess_kurtosis=0.0,
    max_abs=0.2,
    share_near_zero=0.1,
    share_near_zero_initial=0.2,
)
NAMES = ("relu", "tanh")


def net(weights, initial, silent):
    """Layers without biases, from lists of matrices."""
    end, start = (
        [(np.array(w, float), np.zeros(len(w[0]))) for w in ws] for ws in (weights, initial)
    )
    return trained_layers(end, start, [np.array(s) for s in silent])


def test_stats_by_hand():
    weights = np.array([[0.009, -0.009, 0.0], [3.0, 0.0, -0.011], [0.0, 0.0, 0.0]])
    initial = np.array([[1.0, -1.0, 0.0]] * 3)
    stats = weight_stats(weights, initial)
    assert (stats.n, stats.max_abs) == (9, 3.0)
    assert stats.mean == pytest.approx(2.989 / 9)
    assert stats.share_near_zero == pytest.approx(7 / 9)
    assert stats.share_near_zero_initial == pytest.approx(3 / 9)
    assert stats.sd_initial == pytest.approx(np.sqrt(2 / 3))
    assert stats.growth == pytest.approx(stats.sd / np.sqrt(2 / 3))


def test_spread_and_tails():
    weights = np.array([[-2.0, 2.0], [1.0, 3.0]], np.float32)  # deviations -3, 1, 0, 2
    stats = weight_stats(weights, weights)
    assert stats.sd == pytest.approx(np.sqrt(14 / 4))
    assert stats.excess_kurtosis == pytest.approx(98 / 4 / (14 / 4) ** 2 - 3)
    rng = np.random.default_rng(0)
    for draw in (rng.normal, rng.uniform, rng.laplace):
        weights = draw(0.3, 2, (30, 20))
        assert weight_stats(weights, weights).excess_kurtosis == pytest.approx(
            kurtosis(weights, axis=None)
        )


def test_equal_weights_have_no_tails_and_no_growth():
    stats = weight_stats(np.full((2, 3), 0.5), np.zeros((2, 3)))
    assert (stats.sd, stats.excess_kurtosis, stats.growth) == (0, None, None)


@pytest.mark.parametrize(("shape", "initial"), [((2, 3), (3, 2)), ((0,), (0,))])
def test_stats_refuse(shape, initial):
    with pytest.raises(ValueError, match="of one shape"):
        weight_stats(np.ones(shape), np.ones(initial))


def test_units_that_never_respond_are_silent_whatever_their_weights(monkeypatch):
    monkeypatch.setattr(module, "ROWS", 2)  # the third row, alone in its batch, wakes unit 1
    inputs = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 3.0]])
    weight = np.array([[1.0, -9.0, 0.0, -1.0], [0.0, 1.0, 0.0, -1.0]])
    bias = np.array([0.0, -1.0, 0.5, 0.0])
    params = [(weight, bias), (np.ones((4, 1)), np.zeros(1))]
    (found,) = silent_units(params, preset_record(ACTIVATIONS, "relu"), inputs)
    assert found.tolist() == [False, False, True, True]  # constant 0.5, and dead
    (found,) = silent_units(params, preset_record(ACTIVATIONS, "leaky_relu"), inputs)
    assert found.tolist() == [False, False, True, False]


def test_deeper_and_saturated_units():
    inputs = np.array([[0.0], [1.0]])
    first = (np.array([[1.0, -1.0]]), np.array([0.0, 0.0]))  # the second is dead
    second = (np.array([[0.0, 1.0], [5.0, 5.0]]).T, np.zeros(2))  # listens to the second, to both
    last = (np.ones((2, 1)), np.zeros(1))
    found = silent_units(
        [first, (second[0].T, second[1]), last], preset_record(ACTIVATIONS, "relu"), inputs
    )
    assert [f.tolist() for f in found] == [[False, True], [True, False]]
    saturated = [(np.array([[1.0, 1.0]]), np.array([0.0, 60.0])), last]
    (sigmoid,) = silent_units(saturated, preset_record(ACTIVATIONS, "sigmoid"), inputs)
    assert sigmoid.tolist() == [False, True]
    assert silent_units([last], preset_record(ACTIVATIONS, "relu"), np.ones((3, 2))) == []


SMALL = net(
    weights=[[[1.0, 0.001, 5.0], [-1.0, 0.0, 0.0]], [[2.0], [0.0], [9.0]]],
    initial=[[[0.5, 7.0, 8.0], [-0.5, 7.0, 8.0]], [[1.0], [7.0], [8.0]]],
    silent=[[False, True, True]],
)


def test_weights_of_silent_units_are_left_out():
    first, second = SMALL
    assert first.is_live.tolist() == [[True, False, False]] * 2
    assert second.is_live.tolist() == [[True], [False], [False]]
    assert (first.n_silent, first.n_shrunk, second.n_silent) == (2, 1, 0)
    assert (first.stats.n, first.stats.sd, first.stats.sd_initial) == (2, 1.0, 0.5)
    assert first.measures["growth"] == 2.0
    assert first.measures["n_silent"] == 2
    assert first.measures["n_units"] == 3
    assert first.measures["share_near_zero"] == 0
    assert first.measures["share_near_zero_all"] == 0.5
    assert (second.stats.n, second.stats.max_abs) == (1, 2.0)


def test_without_any_live_weight_all_are_described():
    weights = [[[3.0]], [[2.0]]]
    first, second = net(weights, weights, [[True]])
    assert (first.stats.max_abs, second.stats.max_abs) == (3.0, 2.0)


def test_bins_span_all_nets_and_are_equal():
    edges = shared_bins([np.array([[0.0, 1.0]]), np.array([[-3.0], [0.5], [0.2]])], 4)
    np.testing.assert_allclose(edges, [-3, -2, -1, 0, 1])


def test_growth_in_words_names_the_net_that_grew_more_first():
    slow = [replace(STATS, growth=0.5), replace(STATS, growth=1.2)]
    fast = [replace(STATS, growth=1.8), replace(STATS, growth=2.0)]
    text = describe_growth(slow, fast, NAMES)
    assert text.startswith(
        "The weights of tanh grew more than those of relu in every layer: "
        "1.80 against 0.50 times in layer 1, 2.00 against 1.20 times in layer 2 "
        "(standard deviation after training over that before)."
    )
    partial = describe_growth(slow, [fast[0], replace(STATS, growth=None)], NAMES)
    assert "tanh grew more" in partial  # what is undefined contradicts nothing
    assert "undefined against 1.20 times in layer 2" in partial


def test_growth_that_is_alike_or_mixed_is_called_so():
    grown = replace(STATS, growth=1.09)
    for pair in (([STATS], [grown]), ([STATS, grown], [grown, replace(STATS, growth=0.5)])):
        assert describe_growth(*pair, NAMES).startswith(
            "Neither net's weights grew more in every layer: 1.00 against 1.09 times in layer 1"
        )


def test_shape_in_words():
    other = replace(STATS, excess_kurtosis=0.25, share_near_zero=0.31)
    assert describe_shape([STATS], [other], NAMES) == [
        "Weights near zero, |w| < 0.01: layer 1, 10.0 % in relu (20.0 % before training) and "
        "31.0 % in tanh (20.0 % before training).",
        "The tails of tanh are heavier than those of relu in every layer: 0.25 against 0.00 in "
        "layer 1 (excess kurtosis; a normal distribution has 0).",
    ]
    flat = replace(STATS, excess_kurtosis=None)
    assert (
        "Neither net has heavier tails in every layer: undefined against"
        in (describe_shape([flat], [STATS], NAMES)[1])
    )


def test_silence_in_words():
    loud = net([[[1.0]], [[1.0]]], [[[1.0]], [[1.0]]], [[False]])
    assert describe_silence({"a": SMALL, "b": loud}) == (
        "Hidden units that give every training image the same response (silent): 2 of 3 (1 of them "
        "with weights shrunk to 0) in a; 0 of 1 in b. The shrunk ones are the spike at 0 in the "
        "histograms of a."
    )
    deep = net([[[1.0]]] * 3, [[[1.0]]] * 3, [[False], [True]])
    assert "0 of 1 in c, layer 1; 1 of 1 (0 of them" in describe_silence({"c": deep})
    assert "spike" not in describe_silence({"c": deep})
    assert "no hidden layer" in describe_silence({"d": net([[[1.0]]], [[[1.0]]], [])})

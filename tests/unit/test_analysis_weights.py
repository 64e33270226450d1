from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kurtosis

from hw3.analysis.weights import WeightStats, describe_difference, shared_bins, weight_stats

STATS = WeightStats(
    n=200,
    mean=0.0,
    sd=0.05,
    excess_kurtosis=0.0,
    share_near_zero=0.1,
    max_abs=0.2,
    sd_initial=0.05,
    growth=1.0,
    n_dead_units=0,
    n_frozen_units=0,
    n_pruned_inputs=0,
)


def test_stats_by_hand():
    weights = np.array([[0.009, -0.009, 0.0], [3.0, 0.0, -0.011], [0.0, 0.0, 0.0]])
    initial = np.array([[1.0, -1.0, 0.0]] * 3)
    stats = weight_stats(weights, initial)
    assert (stats.n, stats.max_abs) == (9, 3.0)
    assert stats.mean == pytest.approx(2.989 / 9)
    assert stats.share_near_zero == pytest.approx(7 / 9)
    assert (stats.n_dead_units, stats.n_pruned_inputs) == (1, 2)
    assert stats.sd_initial == pytest.approx(np.sqrt(2 / 3))
    assert stats.growth == pytest.approx(stats.sd / np.sqrt(2 / 3))


def test_a_frozen_unit_moved_by_less_than_half_its_length():
    initial = np.array([[3.0, 3.0, 3.0, 0.0], [4.0, 4.0, 4.0, 0.0]])  # length 5, but for the last
    weights = np.array([[3.0, 3.0, 0.0, 0.0], [6.4, 6.5, 0.0, 0.0]])  # moved by 2.4, 2.5, 5, 0
    assert weight_stats(weights, initial).n_frozen_units == 1


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
    assert (stats.n_dead_units, stats.n_pruned_inputs) == (0, 0)


@pytest.mark.parametrize(("shape", "initial"), [((2, 3), (3, 2)), ((6,), (6,))])
def test_stats_refuse(shape, initial):
    with pytest.raises(ValueError, match="fan_in, fan_out"):
        weight_stats(np.ones(shape), np.ones(initial))


def test_bins_span_all_nets_and_are_equal():
    edges = shared_bins([np.array([[0.0, 1.0]]), np.array([[-3.0], [0.5], [0.2]])], 4)
    np.testing.assert_allclose(edges, [-3, -2, -1, 0, 1])


def describe(net_a, net_b):
    return describe_difference(net_a, net_b, ("relu", "tanh"), "Layer 1")


def test_a_difference_in_words():
    net_a = replace(
        STATS, sd=0.09, growth=1.8, excess_kurtosis=4.0, n_pruned_inputs=1, n_frozen_units=3
    )
    net_b = replace(
        STATS,
        growth=0.5,
        sd_initial=0.1,
        excess_kurtosis=-1.2,
        share_near_zero=0.31,
        n_dead_units=2,
    )
    assert describe(net_a, net_b) == [
        "Layer 1, spread: the weights of relu are 1.8 times as wide as those of tanh "
        "(standard deviation 0.0900 and 0.0500).",
        "Layer 1, growth: relu grew to 1.80 times its initial spread of 0.0500; "
        "tanh shrank to 0.50 times its initial spread of 0.1000.",
        "Layer 1, tails: relu has tails heavier than a normal distribution "
        "(excess kurtosis 4.00); tanh has tails lighter than a normal distribution "
        "(excess kurtosis -1.20).",
        "Layer 1, |w| < 0.01: tanh has 3.1 times as large a share of its weights there as relu "
        "(31.0% and 10.0%).",
        "Layer 1, unused: relu has no dead units (all |w| < 0.01), 3 that hardly moved from the "
        "start, and 1 pruned input; tanh has 2 dead units (all |w| < 0.01), none that hardly "
        "moved from the start, and no pruned inputs.",
    ]


def test_what_is_alike_is_called_so():
    spread, growth, tails, near_zero, _ = describe(STATS, replace(STATS, sd=0.054))
    assert "of tanh are about as wide as those of relu (standard deviation 0.0540 and" in spread
    assert growth.count("stayed close to 1.00 times its initial spread") == 2
    assert tails.count("tails about those of a normal distribution (excess kurtosis 0.00)") == 2
    assert "has about as large a share" in near_zero
    assert "are 1.1 times as wide" in describe(STATS, replace(STATS, sd=0.056))[0]


def test_words_for_what_is_zero():
    flat = replace(STATS, sd=0.0, excess_kurtosis=None, growth=None, share_near_zero=0.0)
    spread, growth, tails, near_zero, _ = describe(flat, STATS)
    assert "tanh are infinitely many times as wide" in spread
    assert "relu started without spread and reached 0.0000" in growth
    assert "relu has none, its weights are all equal" in tails
    assert "tanh has infinitely many times as large" in near_zero
    assert "about as wide" in describe(flat, flat)[0]

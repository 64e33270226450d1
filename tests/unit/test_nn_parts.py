"""Schedules, initialisers, regularizers, parameters and random streams."""

import numpy as np
import pytest

from hw3.core.seeds import stream
from hw3.nn.arrays import Parameters
from hw3.nn.initializers import INITIALIZERS, initial_params
from hw3.nn.regularizers import Regularizer, dropout_masks
from hw3.nn.schedules import SCHEDULES, Cosine, HalveTwice, Step


def trace(schedule, epochs):
    return [schedule.rate(epoch, epochs) for epoch in range(epochs)]


def test_halve_twice_of_the_assignment():
    expected = [0.1] * 20 + [0.05] * 20 + [0.025] * 10
    assert trace(HalveTwice(0.1), 50) == pytest.approx(expected)
    assert trace(HalveTwice(0.1, (20, 40)), 50) == pytest.approx(expected)


@pytest.mark.parametrize("epochs", [2, 3, 4, 5, 7, 10, 49, 50, 51])
def test_the_last_rate_is_a_quarter_of_the_first(epochs):
    rates = trace(HalveTwice(0.4), epochs)
    assert rates[0] == 0.4
    assert rates[-1] == 0.1
    assert rates == sorted(rates, reverse=True)


def test_a_single_epoch_has_no_room_to_halve():
    assert trace(HalveTwice(0.4), 1) == [0.4]


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_start_at_initial_and_stay_in_its_range(name):
    rates = trace(SCHEDULES.get(name)(initial=0.3), 40)
    assert rates[0] == 0.3
    assert all(0 < rate <= 0.3 for rate in rates)


def test_step_and_cosine_by_hand():
    assert trace(Step(1.0, every=2, factor=0.1), 5) == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert trace(Cosine(1.0), 4) == pytest.approx([1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2])
    assert trace(Cosine(1.0, final_share=0.5), 2) == pytest.approx([1, 0.75])


VARIANCES = {
    "he_normal": 2 / 300,
    "he_uniform": 2 / 300,
    "glorot_normal": 2 / 500,
    "glorot_uniform": 2 / 500,
    "lecun_normal": 1 / 300,
}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_variance_of_the_initialisation(name):
    """From fan_in 300 and fan_out 200: He with fan_out would be 1.5 times as wide."""
    weight = INITIALIZERS.get(name)(np.random.default_rng(0), 300, 200)
    assert weight.shape == (300, 200)
    assert weight.var() == pytest.approx(VARIANCES[name], rel=0.03)
    assert abs(weight.mean()) < 3 * (VARIANCES[name] / weight.size) ** 0.5
    if name.endswith("uniform"):
        assert np.abs(weight).max() <= (3 * VARIANCES[name]) ** 0.5
    else:
        assert np.abs(weight).max() > 3 * VARIANCES[name] ** 0.5


def test_units_start_different_and_biases_at_zero():
    (weight, bias), _ = initial_params((5, 4, 3), "he_normal", np.random.default_rng(0))
    assert len(np.unique(weight)) == weight.size
    assert not bias.any()


def test_parameters_are_views_of_one_vector_weights_first():
    params = Parameters((3, 2, 4), "float32")
    params.vector[:] = np.arange(params.vector.size)
    assert [w.shape for w in params.weights] == [(3, 2), (2, 4)]
    assert [b.shape for b in params.biases] == [(2,), (4,)]
    np.testing.assert_array_equal(params.weights[1], [[6, 7, 8, 9], [10, 11, 12, 13]])
    np.testing.assert_array_equal(params.biases[1], [16, 17, 18, 19])
    assert params.weight_vector.size == 14


def test_penalty_and_its_gradient_by_hand():
    weights = np.array([3.0, -2.0, 0.0])
    full, half = Regularizer(l2=0.1), Regularizer(l2=0.1, convention="half")
    assert full.penalty(weights) == pytest.approx(0.1 * 13)
    assert half.penalty(weights) == pytest.approx(0.05 * 13)
    assert Regularizer(l1=0.1).penalty(weights) == pytest.approx(0.5)
    for regularizer, expected in (
        (full, [0.6, -0.4, 0]),
        (half, [0.3, -0.2, 0]),
        (Regularizer(l1=0.1), [0.1, -0.1, 0]),
    ):
        gradient = np.ones(3)
        regularizer.add_gradient(weights, gradient)
        np.testing.assert_allclose(gradient - 1, expected, atol=1e-15)


def test_dropout_keeps_the_mean_and_the_same_masks_for_both_dtypes():
    masks = {
        dtype: dropout_masks(np.random.default_rng(0), 500, (40, 30), 0.3, dtype)
        for dtype in ("float32", "float64")
    }
    for mask32, mask64 in zip(masks["float32"], masks["float64"], strict=True):
        assert mask32.dtype == "float32"
        np.testing.assert_array_equal(mask32 > 0, mask64 > 0)
        assert set(np.unique(mask64)) == {0, 1 / 0.7}
        assert mask64.mean() == pytest.approx(1, abs=0.02)


def test_initial_weights_depend_on_the_seed():
    from hw3.config.compose import compose_config
    from hw3.config.schema import parse
    from hw3.training.build import make_experiment

    def first_weight(seed):
        config = parse(compose_config(["dataset=digits", f"seed={seed}"]))
        return make_experiment(config).backend.get_params()[0][0]

    np.testing.assert_array_equal(first_weight(0), first_weight(0))
    assert (first_weight(0) != first_weight(1)).all()


def test_streams_are_reproducible_and_independent():
    def draw(*args):
        return stream(*args).integers(0, 2**60, 4).tolist()

    assert draw(0, "order", 3) == draw(0, "order", 3)
    different = [(0, "order", 3), (0, "order", 4), (1, "order", 3), (0, "dropout", 3), (0, "init")]
    assert len({tuple(draw(*args)) for args in different}) == len(different)

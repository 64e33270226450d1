import numpy as np
import pytest

from hw3.nn.initializers import INITIALIZERS, initial_params

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

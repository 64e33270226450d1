import numpy as np
import pytest

from hw3.nn.regularizers import Penalties, dropout_masks
from tests.builders import regularizer


def test_penalty_and_its_gradient_by_hand():
    weights = np.array([3.0, -2.0, 0.0])
    full, half = regularizer(l2=0.1), regularizer(l2=0.1, convention="half")
    assert full.penalty(weights) == pytest.approx(0.1 * 13)
    assert half.penalty(weights) == pytest.approx(0.05 * 13)
    assert regularizer(l1=0.1).penalty(weights) == pytest.approx(0.5)
    for spec, expected in (
        (full, [0.6, -0.4, 0]),
        (half, [0.3, -0.2, 0]),
        (regularizer(l1=0.1), [0.1, -0.1, 0]),
    ):
        gradient = np.ones((1, 3))
        Penalties([spec], "float64").add_gradient(weights[None], gradient)
        np.testing.assert_allclose(gradient[0] - 1, expected, atol=1e-15)


def test_dropout_keeps_the_mean_and_the_same_masks_for_both_dtypes():
    masks = {
        dtype: dropout_masks([np.random.default_rng(0)], 500, (40, 30), [0.3], dtype)
        for dtype in ("float32", "float64")
    }
    for mask32, mask64 in zip(masks["float32"], masks["float64"], strict=True):
        assert mask32.dtype == "float32"
        np.testing.assert_array_equal(mask32 > 0, mask64 > 0)
        assert set(np.unique(mask64)) == {0, 1 / 0.7}
        assert mask64.mean() == pytest.approx(1, abs=0.02)

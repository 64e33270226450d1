import numpy as np
import pytest

from hw3.nn.regularizers import Regularizer, dropout_masks


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

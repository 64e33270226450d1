import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from hw3.analysis.intervals import MeanSd, binomial_error, mean_sd, t_interval, wilson


def test_wilson_by_hand():
    # z^2 = 4 at this confidence: (1 + 2 -+ 2 sqrt(3/4 + 1)) / 8
    low, high = wilson(1, 4, confidence=math.erf(math.sqrt(2)))
    assert low == pytest.approx((3 - math.sqrt(7)) / 8)
    assert high == pytest.approx((3 + math.sqrt(7)) / 8)


@given(st.data(), st.integers(1, 10_000), st.sampled_from([0.5, 0.95, 0.99]))
def test_wilson_equals_scipy(data, n, confidence):
    n_correct = data.draw(st.integers(0, n))
    low, high = wilson(n_correct, n, confidence)
    expected = binomtest(n_correct, n).proportion_ci(confidence, method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low <= n_correct / n <= high <= 1


@given(st.integers(1, 10_000), st.floats(0.01, 0.999))
def test_wilson_ends_where_the_counts_do(n, confidence):
    assert wilson(0, n, confidence).low == 0
    assert wilson(n, n, confidence).high == 1


def test_wilson_of_a_test_set_is_95_percent_by_default():
    assert wilson(9834, 10_000) == pytest.approx((0.98070, 0.98572), abs=1e-5)


@pytest.mark.parametrize(
    ("n_correct", "n", "confidence"),
    [(0, 0, 0.95), (0, -1, 0.95), (-1, 5, 0.95), (6, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0)],
)
def test_wilson_refuses(n_correct, n, confidence):
    with pytest.raises(ValueError, match=f"got n_correct {n_correct}, n {n} and conf"):
        wilson(n_correct, n, confidence)


def test_mean_sd_by_hand():
    # deviations -3, -1, 1, 3: squares sum to 20
    assert mean_sd([2, 4, 6, 8]) == pytest.approx((5, math.sqrt(20 / 3), math.sqrt(5 / 3), 4))


def test_what_has_no_spread():
    assert mean_sd([0.7]) == MeanSd(0.7, None, None, 1)
    assert mean_sd([1.0, math.inf]) == MeanSd(math.inf, None, None, 2)
    assert mean_sd([0.5] * 3) == MeanSd(0.5, 0, 0, 3)
    with pytest.raises(ValueError, match="at least one"):
        mean_sd([])


def test_the_interval_of_a_mean_is_students():
    """By hand: t of 3 degrees of freedom is 3.182; shares end at 0 and 1."""
    low, high = t_interval(MeanSd(0.5, 0.2, 0.1, 4))
    assert (low, high) == pytest.approx((0.1818, 0.8182), abs=1e-4)
    assert t_interval(MeanSd(0.9, 0.2, 0.1, 4)).high == 1.0
    assert t_interval(MeanSd(0.9, None, None, 1)) == (0.0, 1.0)


def test_the_standard_error_of_a_share_by_hand():
    """sqrt(0.2 * 0.8 / 100) = 0.04; that of a sample of 0 and 1 is the same but for n - 1."""
    assert math.isclose(binomial_error(20, 100), 0.04)
    assert binomial_error(100, 100) == 0
    sample = mean_sd([1] * 20 + [0] * 80).standard_error
    assert math.isclose(binomial_error(20, 100), sample * math.sqrt(99 / 100))

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw3.analysis.selection import Candidate, Comparison, choose, compare, holm, mcnemar, paired_t


def right(*bits):
    return np.array(bits, bool)


def pair_of_nets(n_both, only_a, only_b):
    a = right(*[1] * n_both, *[1] * only_a, *[0] * only_b)
    b = right(*[1] * n_both, *[0] * only_a, *[1] * only_b)
    return a, b


def test_choose_ranks_by_accuracy_then_loss_then_name():
    ranked = [
        Candidate("most accurate", (0.9, 0.8), (9.0, 9.0)),
        Candidate("z lower loss", (0.1, 0.7), (0.2, 0.4)),  # 0.1 + 0.7 != 0.4 + 0.4 in floats
        Candidate("a", (0.4, 0.4), (0.5, 0.3)),
        Candidate("b", (0.4, 0.4), (0.4, 0.4)),
        Candidate("diverged", (0.4, 0.4), (math.nan, 0.1)),
    ]
    for rows in permutations(ranked):
        assert choose(rows) == ranked


@pytest.mark.parametrize(("accuracies", "losses"), [((), ()), ((0.5,), (1.0, 1.0))])
def test_a_candidate_has_both_numbers_of_each_seed(accuracies, losses):
    with pytest.raises(ValueError, match="relu needs one accuracy and one loss per seed"):
        Candidate("relu", accuracies, losses)


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [
        (1, 5, 2 * (1 + 6) / 2**6),
        (5, 1, 2 * (1 + 6) / 2**6),
        (0, 6, 2 / 2**6),
        (3, 3, 1.0),
        (0, 0, 1.0),
    ],
)
def test_mcnemar_by_hand(only_a, only_b, p):
    for n_both in (0, 100):
        assert mcnemar(*pair_of_nets(n_both, only_a, only_b)) == pytest.approx(p)


def test_mcnemar_needs_the_same_examples():
    with pytest.raises(ValueError, match="same examples"):
        mcnemar(right(1, 0), right(1, 0, 1))


def test_paired_t_by_hand():
    # one degree of freedom is Cauchy: t = 2; two: P(|T| > t) = 1 - t / sqrt(2 + t^2), t^2 = 12
    assert paired_t([5, 5], [4, 2]) == pytest.approx(1 - 2 / math.pi * math.atan(2))
    assert paired_t([1, 2, 3], [0, 0, 0]) == pytest.approx(1 - math.sqrt(12 / 14))


def test_paired_t_of_equal_differences():
    assert paired_t([0.9, 0.8], [0.9, 0.8]) == 1
    assert paired_t([0.9, 0.8, 0.7], [0.8, 0.7, 0.6]) == 0  # equal but for rounding


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
        min_size=2,
        max_size=6,
    )
)
def test_paired_t_is_symmetric_and_a_probability(counts):
    a, b = (np.array(c) / 10_000 for c in zip(*counts, strict=True))
    assert 0 <= paired_t(a, b) <= 1
    assert paired_t(a, b) == pytest.approx(paired_t(b, a))


@pytest.mark.parametrize(("a", "b"), [([1], [2]), ([1, 2], [1, 2, 3]), ([[1, 2]], [[3, 4]])])
def test_paired_t_refuses(a, b):
    with pytest.raises(ValueError, match="same n >= 2 seeds"):
        paired_t(a, b)


def test_compare_one_seed_looks_at_the_examples():
    a, b = pair_of_nets(10, 0, 6)
    assert compare([a], [b]) == Comparison("mcnemar", pytest.approx(1 / 32))
    a, b = pair_of_nets(10, 0, 5)
    assert compare([a], [b]) == Comparison("mcnemar", pytest.approx(1 / 16))


def test_compare_several_seeds_looks_at_the_accuracies():
    # accuracies 1, 3/4 against 3/4, 1/4: differences 1/4, 1/2, so t = 3 with 1 degree
    a = [right(1, 1, 1, 1), right(1, 1, 1, 0)]
    b = [right(1, 1, 0, 1), right(0, 0, 1, 0)]
    p = 1 - 2 / math.pi * math.atan(3)
    assert compare(a, b) == Comparison("paired t", pytest.approx(p))
    # the same accuracy lead in each seed, however different the seeds
    a = [right(1, 1, 1, 1), right(1, 1, 0, 0)]
    b = [right(1, 1, 1, 0), right(0, 0, 1, 0)]
    assert compare(a, b) == Comparison("paired t", 0)


def test_compare_refuses():
    with pytest.raises(ValueError, match="same seeds"):
        compare([right(1, 0)], [right(1, 0), right(1, 1)])
    with pytest.raises(ValueError, match="same seeds and examples"):
        compare([right(1, 0)] * 2, [right(1, 0, 1)] * 2)
    with pytest.raises(ValueError, match="seeds"):
        compare([], [])


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.6]) == [1, 1]
    assert holm([]) == []

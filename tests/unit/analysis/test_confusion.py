import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from hw3.analysis.confusion import (
    ClassScore,
    Mistake,
    Pair,
    confusion_counts,
    confusion_rates,
    likely_mistakes,
    most_confused,
    most_confused_pairs,
    pairs_differ,
    per_class,
)
from tests.builders import GOLDEN

# asymmetric: 0 is taken for 1, 1 for 2, 2 for 0; by column the answers would be 2, 0, 1
TRUTH = np.repeat([0, 1, 2], [10, 20, 5])
DECIDED = np.repeat([0, 1, 2, 1, 0, 2, 2, 0], [6, 3, 1, 14, 2, 4, 3, 2])

labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


def test_counts_by_hand():
    np.testing.assert_array_equal(confusion_counts(TRUTH, DECIDED, 3), GOLDEN)


@given(labels)
def test_counts_equal_scikit_learn(pairs):
    truth, decided = np.array(pairs, np.uint8).T
    counts = confusion_counts(truth, decided, 5)
    np.testing.assert_array_equal(counts, confusion_matrix(truth, decided, labels=range(5)))


@pytest.mark.parametrize(
    ("truth", "decided", "message"),
    [
        ([0, 1], [0, 1, 1], "two .n,. arrays"),
        ([[0], [1]], [[0], [1]], "two .n,. arrays"),
        ([0, 1], [0, 3], r"\[0, 3\), got 0..3"),
        ([0, -1], [0, 1], r"\[0, 3\), got -1..1"),
    ],
)
def test_counts_refuse(truth, decided, message):
    with pytest.raises(ValueError, match=message):
        confusion_counts(np.array(truth), np.array(decided), 3)


def test_rates_are_of_the_row():
    expected = [[0.6, 0.3, 0.1], [0.1, 0.7, 0.2], [0.4, 0, 0.6]]
    np.testing.assert_allclose(confusion_rates(GOLDEN), expected)
    empty = confusion_rates(np.array([[3, 1], [0, 0]]))
    np.testing.assert_array_equal(empty, [[0.75, 0.25], [math.nan, math.nan]])


def test_likely_mistakes_are_read_from_the_row():
    assert likely_mistakes(GOLDEN) == [
        Mistake(0, 1, 3, 10, 0.3, 2, 1, 1.0),  # 10 / 16 of 4 coins, of three tests
        Mistake(1, 2, 4, 20, 0.2, 0, 2, 1.0),
        Mistake(2, 0, 2, 5, 0.4, None, 0, 1.0),
    ]


def test_p_of_the_mistakes_is_corrected_for_the_number_of_classes():
    """12 to 1 of 13 coins, and 8 to 2 of 10."""
    found = likely_mistakes(np.array([[50, 12, 1], [2, 50, 8], [0, 0, 9]]))
    raw = [binomtest(12, 13).pvalue, binomtest(8, 10).pvalue]
    assert [m.p for m in found] == [pytest.approx(2 * raw[0]), pytest.approx(raw[1]), None]
    assert [m.is_told_apart for m in found] == [True, False, False]


def test_likely_mistakes_at_the_edges():
    assert likely_mistakes(np.array([[1, 2, 2], [0, 9, 0], [0, 0, 0]])) == [
        Mistake(0, 1, 2, 5, 0.4, 2, 2, 1.0),  # a tie
        Mistake(1, None, 0, 9, 0.0, None, 0, None),
        Mistake(2, None, 0, 0, None, None, 0, None),
    ]


def test_pairs_by_hand():
    pairs = most_confused_pairs(GOLDEN)
    assert [(p.a, p.b) for p in pairs] == [(0, 2), (0, 1), (1, 2)]
    assert [p.measure for p in pairs] == pytest.approx([0.5, 0.4, 0.2])


def test_pairs_are_rates_not_counts_and_leave_out_an_empty_class():
    counts = np.array([[90, 10, 0, 0], [0, 100, 0, 0], [5, 0, 5, 0], [0, 0, 0, 0]])
    assert most_confused_pairs(counts) == [Pair(0, 2, 0.5), Pair(0, 1, 0.1), Pair(1, 2, 0)]


@given(labels, st.permutations(range(5)))
def test_pairs_do_not_depend_on_the_numbering(pairs, order):
    truth, decided = np.array(pairs).T
    renumber = np.array(order)

    def measures(*classes):
        found = most_confused_pairs(confusion_counts(*classes, 5))
        assert found == sorted(found, key=lambda p: -p.measure)
        assert all(p.a < p.b for p in found)
        return {(p.a, p.b): p.measure for p in found}

    expected = {
        tuple(sorted((order[a], order[b]))): m for (a, b), m in measures(truth, decided).items()
    }
    assert measures(renumber[truth], renumber[decided]) == pytest.approx(expected)


def test_pairs_differ_by_hand():
    counts = np.diag([90, 80, 95, 95, 0])
    counts[0, 1], counts[1, 0], counts[2, 3], counts[3, 2] = 10, 20, 5, 5
    # 0.3 - 0.1, variances p (1 - p) / 100: 0.0009 + 0.0016 + 2 * 0.000475
    p = pairs_differ(counts, Pair(0, 1, 0.3), Pair(2, 3, 0.1))
    assert p == pytest.approx(2 * norm.sf(0.2 / math.sqrt(0.00345)), rel=1e-9)


def test_pairs_that_share_a_class_are_correlated():
    counts = np.array([[50, 40, 10], [0, 80, 20], [20, 0, 20]])
    # 0.4 - 0.6 from the rows 0: {+1: 40, -1: 10, 0: 50}, 1: none, 2: {-1: 20, 0: 20}
    scores = [np.repeat([1, -1, 0], [40, 10, 50]), np.repeat([-1, 0], [20, 20])]
    z = sum(s.mean() for s in scores) / math.sqrt(sum(s.var() / s.size for s in scores))
    p = pairs_differ(counts, Pair(0, 1, 0.4), Pair(0, 2, 0.6))
    assert p == pytest.approx(2 * norm.sf(abs(z)))
    assert p == pytest.approx(pairs_differ(counts, Pair(0, 2, 0.6), Pair(0, 1, 0.4)))


def test_pairs_differ_without_variance():
    certain = np.array([[0, 5, 0], [5, 0, 0], [0, 0, 5]])
    first, second, third = most_confused_pairs(certain)
    assert pairs_differ(certain, first, second) == 0
    assert pairs_differ(certain, second, third) == 1
    assert pairs_differ(certain, first, first) == 1


@given(labels)
def test_per_class_equals_scikit_learn(pairs):
    truth, decided = np.array(pairs).T
    scores = per_class(confusion_counts(truth, decided, 5))
    precision, recall, f1, n = precision_recall_fscore_support(
        truth, decided, labels=range(5), zero_division=math.nan
    )
    for k, score in enumerate(scores):
        got = [score.precision, score.recall, score.f1, score.n]
        expected = [precision[k], recall[k], f1[k], n[k]]
        assert got == [None if math.isnan(e) else pytest.approx(e) for e in expected]


def test_per_class_by_hand():
    scores = per_class(GOLDEN)
    interval = binomtest(14, 20).proportion_ci(method="wilson")
    assert scores[1] == ClassScore(
        precision=pytest.approx(14 / 17),
        recall=0.7,
        f1=pytest.approx(28 / 37),
        recall_low=pytest.approx(interval.low),
        recall_high=pytest.approx(interval.high),
        n=20,
    )
    assert per_class(np.array([[3, 0], [0, 0]]))[1] == ClassScore(None, None, None, None, None, 0)


def test_the_only_confused_pair_is_found():
    found = most_confused(np.array([[5, 1, 0], [0, 6, 0], [0, 0, 6]]))
    assert (found.first.a, found.first.b, found.runner_up.measure) == (0, 1, 0)

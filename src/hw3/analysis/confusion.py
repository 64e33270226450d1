"""Which classes are taken for which. In every matrix row = the truth, column = the decision."""

from dataclasses import dataclass, replace
from itertools import combinations
from math import sqrt
from statistics import NormalDist

import numpy as np

from hw3.analysis.intervals import wilson
from hw3.analysis.selection import ALPHA, halves, holm
from hw3.nn.arrays import FloatArray, IntArray

DRAWN = 30  # classes of which a matrix can be read on a page
N_EXAMPLES = 40  # of the mistakes are drawn: five rows of a figure
MEASURE = "rate(i -> j) + rate(j -> i)"  # of a pair of classes


@dataclass(frozen=True)
class Mistake:
    """The most frequent wrong decision for the n examples of a class; None if there is none.

    Attributes:
        runner_up: the second most frequent, with its count.
        p: of the exact two-sided binomial test that both are equally likely, corrected by Holm for
            the number of classes (as in `pairs_differ`, picking the two needs no correction); None
            without mistakes.
    """

    true: int
    decided: int | None
    count: int
    n: int
    rate: float | None
    runner_up: int | None
    runner_up_count: int
    p: float | None

    @property
    def is_told_apart(self) -> bool:
        """Whether more than chance puts it before its runner-up."""
        return self.p is not None and self.p < ALPHA


@dataclass(frozen=True)
class Pair:
    """Two classes a < b; measure = rate(b decided | a true) + rate(a decided | b true)."""

    a: int
    b: int
    measure: float


@dataclass(frozen=True)
class MostConfused:
    """The most confused pair beside its runner-up.

    Attributes:
        counts: the mistakes of the pair, a taken for b and b taken for a.
        p: of the test that both pairs are equally confused, see `pairs_differ`.
    """

    first: Pair
    runner_up: Pair
    counts: tuple[int, int]
    p: float

    @property
    def is_within_noise(self) -> bool:
        """Whether chance can put the one before the other."""
        return self.p >= ALPHA


@dataclass(frozen=True)
class ClassScore:
    """How well a class is recognised; what has a zero denominator is None."""

    precision: float | None
    recall: float | None
    f1: float | None
    recall_low: float | None
    recall_high: float | None
    n: int


def confusion_counts(truth: IntArray, decided: IntArray, n_classes: int) -> IntArray:
    """Return (n_classes, n_classes): how often j is decided when the truth is i, at (i, j).

    Raises:
        ValueError: unless both are (n,) with integers in [0, n_classes).
    """
    if truth.ndim != 1 or truth.shape != decided.shape:
        raise ValueError(f"needs two (n,) arrays, got {truth.shape} and {decided.shape}")
    both = np.stack([truth, decided])
    if both.size and not 0 <= both.min() <= both.max() < n_classes:
        raise ValueError(f"needs classes in [0, {n_classes}), got {both.min()}..{both.max()}")
    counts: IntArray = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(counts, (truth, decided), 1)
    return counts


def confusion_rates(counts: IntArray) -> FloatArray:
    """Return counts / row sums: P(j decided | i true) at (i, j).

    Each row sums to 1; the row of a class without examples is NaN.
    """
    n = counts.sum(axis=1, keepdims=True)  # (n_classes, 1)
    rates: FloatArray = np.divide(counts, n, out=np.full(counts.shape, np.nan), where=n > 0)
    return rates


def likely_mistakes(counts: IntArray) -> list[Mistake]:
    """Return the most frequent mistake for each true class; the lower class wins a tie."""
    wrong = counts - np.diag(np.diag(counts))
    mistakes = []
    for true, row in enumerate(wrong):
        first, second = (-row).argsort(kind="stable")[:2].tolist() if len(row) > 1 else (0, 0)
        count, next_count, n = int(row[first]), int(row[second]), int(counts[true].sum())
        mistakes.append(
            Mistake(
                true,
                first if count else None,
                count,
                n,
                count / n if n else None,
                second if next_count else None,
                next_count,
                halves(count, next_count) if count else None,
            )
        )
    corrected = iter(holm([m.p for m in mistakes if m.p is not None]))
    return [m if m.p is None else replace(m, p=next(corrected)) for m in mistakes]


def most_confused_pairs(counts: IntArray) -> list[Pair]:
    """Return the pairs of classes, most confused first; pairs with an empty class are left out."""
    rates = confusion_rates(counts)
    present = np.flatnonzero(counts.sum(axis=1)).tolist()
    pairs = [Pair(a, b, float(rates[a, b] + rates[b, a])) for a, b in combinations(present, 2)]
    return sorted(pairs, key=lambda pair: (-pair.measure, pair.a, pair.b))


def most_confused(counts: IntArray) -> MostConfused | None:
    """Return the most confused pair, None where no two classes are confused or too few compare."""
    pairs = most_confused_pairs(counts)[:2]
    if len(pairs) < 2 or not pairs[0].measure:
        return None
    first, second = pairs
    ways = int(counts[first.a, first.b]), int(counts[first.b, first.a])
    return MostConfused(first, second, ways, pairs_differ(counts, first, second))


def pairs_differ(counts: IntArray, first: Pair, second: Pair) -> float:
    """Return the two-sided p that both pairs are equally confused, by a normal approximation.

    The difference of the measures is a sum over true classes of mean(x), where an example scores
    x = +1 for a mistake of the first pair, -1 for one of the second and 0 otherwise. Each class is
    a multinomial sample, so mean(x) has the variance (mean(x^2) - mean(x)^2) / n, which holds the
    covariance when the pairs share a class. For the leader and its runner-up the same p holds that
    the leader is the most confused pair of all: picking the two needs no correction, as long as p
    is two-sided (Hung and Fithian 2019, Rank verification for exponential families).
    """
    score = np.zeros(counts.shape)
    for pair, sign in ((first, 1), (second, -1)):
        score[pair.a, pair.b] += sign
        score[pair.b, pair.a] += sign
    rows = [first.a, first.b, *{second.a, second.b} - {first.a, first.b}]
    score, rates, n = score[rows], confusion_rates(counts)[rows], counts[rows].sum(axis=1)
    means = (score * rates).sum(axis=1)
    variance = float((((score**2 * rates).sum(axis=1) - means**2) / n).sum())
    difference = abs(float(means.sum()))
    if variance <= 0:
        return 0.0 if difference else 1.0
    return 2 * NormalDist().cdf(-difference / sqrt(variance))


def per_class(counts: IntArray) -> list[ClassScore]:
    """Return precision, recall, F1 = 2 TP / (2 TP + FP + FN) and n of each class.

    The recall has its 95 % Wilson interval.
    """
    scores = []
    for k, n in enumerate(counts.sum(axis=1).tolist()):
        correct, n_decided = int(counts[k, k]), int(counts[:, k].sum())
        low, high = wilson(correct, n) if n else (None, None)
        scores.append(
            ClassScore(
                precision=correct / n_decided if n_decided else None,
                recall=correct / n if n else None,
                f1=2 * correct / (n + n_decided) if n + n_decided else None,
                recall_low=low,
                recall_high=high,
                n=n,
            )
        )
    return scores

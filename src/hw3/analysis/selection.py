"""Which candidate wins, and whether its lead is more than noise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from statistics import fmean
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

BoolArray = NDArray[np.bool_]

ALPHA = 0.05
RULE = (
    "the highest mean validation accuracy at the last epoch over the seeds; "
    "a tie goes to the lower mean validation loss, then to the name"
)


@dataclass(frozen=True)
class Candidate:
    """What one configuration reached on validation at its last epoch, one number per seed."""

    name: str
    val_accuracies: tuple[float, ...]
    val_losses: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.val_accuracies) == len(self.val_losses) > 0:
            raise ValueError(
                f"{self.name} needs one accuracy and one loss per seed, "
                f"got {len(self.val_accuracies)} and {len(self.val_losses)}"
            )


@dataclass(frozen=True)
class Comparison:
    """A test of whether two nets differ by more than chance explains."""

    test: Literal["mcnemar", "paired t"]
    p: float


def choose(rows: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates by RULE, best first.

    Means that agree to 12 decimals tie: 0.1 + 0.7 and 0.4 + 0.4 differ in the last bit. A loss
    that is NaN or infinite loses every tie.
    """

    def rank(candidate: Candidate) -> tuple[float, float, str]:
        loss = fmean(candidate.val_losses)
        return (
            -round(fmean(candidate.val_accuracies), 12),
            round(loss, 12) if isfinite(loss) else inf,
            candidate.name,
        )

    return sorted(rows, key=rank)


def mcnemar(correct_a: BoolArray, correct_b: BoolArray) -> float:
    """Return the exact two-sided p of equal error rates on the same examples (McNemar 1947).

    Of the examples that one net alone gets right, each net should own half: a binomial test. No
    such example gives 1.

    Raises:
        ValueError: if the shapes differ.
    """
    if correct_a.shape != correct_b.shape:
        raise ValueError(f"needs the same examples, got {correct_a.shape} and {correct_b.shape}")
    only_a = int(np.sum(correct_a & ~correct_b))
    only_b = int(np.sum(correct_b & ~correct_a))
    return halves(only_a, only_b)


def halves(a: int, b: int) -> float:
    """Return the exact two-sided p that a and b are equally likely: a binomial test at 1/2."""
    from scipy.special import bdtr  # scipy.stats would take a second to import

    return min(1.0, 2 * float(bdtr(min(a, b), a + b, 0.5)))


def paired_t(a: ArrayLike, b: ArrayLike) -> float:
    """Return the two-sided p of a zero mean difference, a[i] and b[i] from the same seed.

    t = mean(d) / (sd(d) / sqrt(n)) on n - 1 degrees of freedom, d = a - b (Student 1908).
    Differences that are equal but for rounding have no t: p is 1 if they are zero, else 0.

    Raises:
        ValueError: unless both are (n,) with n >= 2.
    """
    from scipy.special import stdtr

    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise ValueError(f"needs two vectors of the same n >= 2 seeds, got {a.shape} and {b.shape}")
    differences = a - b
    rounding = 1e-12 * max(np.abs(a).max(), np.abs(b).max())
    if np.ptp(differences) <= rounding:
        return 0.0 if np.abs(differences).max() > rounding else 1.0
    n = len(differences)
    t = differences.mean() / (differences.std(ddof=1) / np.sqrt(n))
    return 2 * float(stdtr(n - 1, -abs(t)))


def compare(
    correct_by_seed_a: Sequence[BoolArray], correct_by_seed_b: Sequence[BoolArray]
) -> Comparison:
    """Return the test of two nets, from which examples each got right, one array per seed.

    One seed: McNemar's test on the examples, which says nothing of other seeds. Several: the
    paired t test on the accuracies.

    Raises:
        ValueError: if the seeds or the examples differ in number, or there are none.
    """
    shapes_a, shapes_b = ([c.shape for c in by] for by in (correct_by_seed_a, correct_by_seed_b))
    if shapes_a != shapes_b:
        raise ValueError(f"needs the same seeds and examples, got {shapes_a} and {shapes_b}")
    if len(shapes_a) == 1:
        return Comparison("mcnemar", mcnemar(correct_by_seed_a[0], correct_by_seed_b[0]))
    p = paired_t([c.mean() for c in correct_by_seed_a], [c.mean() for c in correct_by_seed_b])
    return Comparison("paired t", p)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p corrected for several tests, in the order given (Holm 1979).

    The i-th smallest of m, i from 0, is multiplied by m - i, kept rising and at most 1.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = highest
    return corrected

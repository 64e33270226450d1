"""How far a measured number may be from the truth."""

from collections.abc import Iterable
from math import isfinite, sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

from hw3.core.words import percent, percent_range


class Interval(NamedTuple):
    """The two ends of a confidence interval."""

    low: float
    high: float


class MeanSd(NamedTuple):
    """Mean and spread of n values; the spread of one value, or of inf and NaN, is None."""

    mean: float
    sd: float | None
    standard_error: float | None
    n: int


def wilson(n_correct: int, n: int, confidence: float = 0.95) -> Interval:
    """Return the score interval of a proportion (Wilson 1927).

    (k + z^2 / 2 -+ z sqrt(k (n - k) / n + z^2 / 4)) / (n + z^2), k = n_correct and z the normal
    quantile of (1 + confidence) / 2. Unlike k / n -+ z sqrt(p (1 - p) / n), it stays inside [0, 1]
    and keeps a width at k = 0 and k = n.

    Raises:
        ValueError: unless 0 <= n_correct <= n, n > 0 and 0 < confidence < 1.
    """
    if not (0 <= n_correct <= n and n > 0 and 0 < confidence < 1):
        raise ValueError(
            "needs 0 <= n_correct <= n, n > 0 and 0 < confidence < 1, "
            f"got n_correct {n_correct}, n {n} and confidence {confidence}"
        )
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = n_correct + z**2 / 2
    half_width = z * sqrt(n_correct * (n - n_correct) / n + z**2 / 4)
    low, high = ((centre + sign * half_width) / (n + z**2) for sign in (-1, 1))
    # rounding may miss the ends by a bit
    return Interval(low if n_correct else 0.0, high if n_correct < n else 1.0)


def binomial_error(n_correct: int, n: int) -> float:
    """Return the standard error of a proportion, sqrt(p (1 - p) / n) with p = n_correct / n."""
    return sqrt(n_correct * (n - n_correct) / n) / n


def mean_sd(values: Iterable[float]) -> MeanSd:
    """Return the mean, the sample standard deviation (divisor n - 1) and sd / sqrt(n).

    Raises:
        ValueError: if there are no values.
    """
    numbers = [float(value) for value in values]
    n = len(numbers)
    mean = fmean(numbers)
    if n == 1 or not isfinite(mean):
        return MeanSd(mean, None, None, n)
    sd = stdev(numbers)
    return MeanSd(mean, sd, sd / sqrt(n), n)


def t_interval(found: MeanSd) -> Interval:
    """Return the 95 % interval of a mean of shares, by Student's t; all of [0, 1] for one value."""
    if found.standard_error is None:
        return Interval(0.0, 1.0)
    from scipy.special import stdtrit

    half_width = float(stdtrit(found.n - 1, 0.975)) * found.standard_error
    return Interval(max(found.mean - half_width, 0.0), min(found.mean + half_width, 1.0))


def mean_text(mean: float, sd: float | None, unit: str = "%") -> str:
    """Return shares as "59.51 ± 0.62 %"."""
    spread = "" if sd is None else f" ± {100 * sd:.2f}"
    return f"{100 * mean:.2f}{spread} {unit}"


def spread_text(found: MeanSd | None) -> str:
    """Return a mean of shares with its spread, a dash for nothing."""
    return "-" if found is None else mean_text(found.mean, found.sd)


def accuracy_text(correct: int, n: int) -> str:
    """Return "98.49 % (9849 of 10000; 95 % interval 98.23 to 98.71 %)"."""
    return f"{percent(correct / n)} ({correct} of {n}; {interval_text(correct, n)})"


def interval_text(correct: int, n: int) -> str:
    """Return "95 % interval 98.23 to 98.71 %", which is Wilson's."""
    return f"95 % interval {percent_range(*wilson(correct, n))}"

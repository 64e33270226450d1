"""Which runs and which epochs are trained again."""

from collections.abc import Mapping, Sequence
from math import inf, isfinite, log, sqrt
from random import Random
from statistics import fmean, linear_regression
from typing import TypeVar

from hw3.training.history import History

T = TypeVar("T")
NEAR = 6  # epochs that one is compared with
LEAST = 3  # epochs of a sample: the first, the most unlike, and one that nobody can foresee


def drawn_runs(runs: Sequence[T], n: int | None, random: Random) -> list[T]:
    """Return so many of the runs at random, in their order; all without a number."""
    n = len(runs) if n is None else min(n, len(runs))
    return [runs[i] for i in sorted(random.sample(range(len(runs)), n))]


def drawn_epochs(
    history: History, n: int | None, steps: Mapping[int, float], random: Random
) -> tuple[int, ...]:
    """Return so many epochs of a run; all without a number.

    The first is among them, which starts from the config's fresh weights, and the one that is most
    unlike its neighbours: by the steps of `Claim` where some are known, else by its loss. The
    others nobody can foresee.
    """
    epochs = range(1, len(history) + 1)
    if n is None or n >= len(epochs):
        return tuple(epochs)
    losses = {e.epoch: e.train.loss for e in history.epochs}
    is_unusual = inf in steps.values()
    chosen = {1, most_unlike(steps if is_unusual or len(steps) > LEAST else losses, random)}
    rest = [epoch for epoch in epochs if epoch not in chosen]
    return tuple(sorted(chosen | set(random.sample(rest, n - len(chosen)))))


def most_unlike(values: Mapping[int, float], random: Random) -> int:
    """Return the epoch after the first whose value stands out from those of the epochs near it.

    It is the one whose logarithm is furthest from the straight line through those of the six
    nearest, in units of that line's error of prediction, which grows with the distance from their
    middle. So what falls steadily does not stand out. The first epoch is no measure: it is unlike
    all others. A step of zero stands out, and one that is not known; of several any. It is no
    proof: a network that fits its rows to the last bit of float32 has no gradient.
    """
    later = {epoch: value for epoch, value in values.items() if epoch > 1}
    logs = {epoch: log(value) if 0 < value < inf else inf for epoch, value in later.items()}

    def distance(epoch: int) -> float:
        near = sorted(range(epoch - NEAR, epoch + NEAR + 1), key=lambda e: abs(e - epoch))
        known = [e for e in near[1:] if isfinite(logs.get(e, inf))][:NEAR]
        if len(known) < 2 or not isfinite(logs[epoch]):
            return 0.0 if isfinite(logs[epoch]) else inf
        line, mean = linear_regression(known, [logs[e] for e in known]), fmean(known)
        spread = sum((e - mean) ** 2 for e in known)
        error = sqrt(1 + 1 / len(known) + (epoch - mean) ** 2 / spread)
        return abs(logs[epoch] - line.intercept - line.slope * epoch) / error

    return max(logs, key=lambda epoch: (distance(epoch), random.random()))

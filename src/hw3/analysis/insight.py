"""Whether hidden units or hand-made features tell human from machine, in measured words."""

from collections.abc import Sequence
from math import sqrt

from hw3.analysis.sequences import FeatureScore, FeatureSpread, UnitPattern
from hw3.core.words import percent
from hw3.nn.arrays import FloatArray, IntArray


def ordered_by_outgoing(outgoing: FloatArray) -> IntArray:
    """Return the order of units by their weight in the output, (n_units,), largest first."""
    return (-outgoing).argsort(kind="stable")


CLOSE, LOOSE = 0.5, 0.2  # |r| from which a unit follows a feature, and below which it follows none


def units_answer(patterns: Sequence[UnitPattern]) -> str:
    """Return whether the weights give insight into features: how many units follow one.

    Each |r| is the largest over all features, so that even a unit of chance has some.
    """
    found = [(abs(p.correlation or 0.0), i) for i, p in enumerate(patterns)]
    n_close, n_loose = sum(r >= CLOSE for r, _ in found), sum(r < LOOSE for r, _ in found)
    answer = (
        "Yes" if 2 * n_close >= len(found) else "In part" if 4 * n_close >= len(found) else "Hardly"
    )
    strongest, i = max(found, key=lambda pair: pair[0])
    return (
        f"{answer}: of {len(found)} hidden units, {n_close} {verb(n_close)} a "
        f"hand-made feature closely (|r| at least {CLOSE}) and {n_loose} "
        f"{verb(n_loose)} none (|r| below {LOOSE}); the closest "
        f"follows {patterns[i].feature or 'none'} with |r| = {strongest:.2f}."
    )


def verb(n: int) -> str:
    """Return "follows" for one unit and "follow" for any other number."""
    return "follows" if n == 1 else "follow"


def conclusion(
    scores: Sequence[FeatureScore],
    spreads: Sequence[FeatureSpread],
    net_accuracy: float,
    n_val: int,
) -> str:
    """Return what the comparison of features with the net supports.

    Two accuracies p, q on the same n_val rows count as different beyond two standard errors of
    the difference of independent shares, sqrt((p (1 - p) + q (1 - q)) / n_val): wider than the
    paired error, so that it never says too much.
    """
    best = max(scores, key=lambda s: s.accuracy)
    single = max(
        (s for s in scores if s.name in {f.name for f in spreads}), key=lambda s: s.accuracy
    )
    raw = next((s for s in scores if s.name == "raw bits"), None)
    shifted = max(spreads, key=lambda s: abs(s.shift))
    varied = max((s for s in spreads if s.spread_ratio), key=spread_of, default=None)
    parts = [
        f"The best features ({best.name}) reach {percent(best.accuracy, 1)}, "
        f"{verdict(best.accuracy, net_accuracy, n_val)} the net's {percent(net_accuracy, 1)} on "
        f"{n_val:,} validation rows; the best single feature ({single.name}) "
        f"reaches {percent(single.accuracy, 1)}"
    ]
    if raw:
        parts[0] += f" and the raw bits without a hidden layer {percent(raw.accuracy, 1)}"
    parts[0] += "."
    if varied and varied.spread_ratio:
        parts.append(
            f"The largest shift of a mean is {abs(shifted.shift):.2f} sd ({shifted.name}), while "
            f"the spread of {varied.name} is {varied.spread_ratio:.2f} times as large in human "
            "rows: a linear model, and a linear correlation with a unit, cannot see that, and "
            "squares of features can."
        )
    return " ".join(parts)


def spread_of(spread: FeatureSpread) -> float:
    """Return how far the ratio of spreads is from 1, whichever class varies more."""
    ratio = spread.spread_ratio or 1.0
    return max(ratio, 1 / ratio)


def verdict(accuracy: float, other: float, n: int) -> str:
    """Return "above", "below" or "on this seed not told apart from", by two standard errors."""
    error = sqrt((accuracy * (1 - accuracy) + other * (1 - other)) / n)
    if abs(accuracy - other) <= 2 * error:
        return "on this seed not told apart from"
    return "above" if accuracy > other else "below"

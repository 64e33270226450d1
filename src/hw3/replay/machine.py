"""What may follow from other code or another machine."""

from hw3.analysis.intervals import wilson
from hw3.core.words import percent, percent_range
from hw3.records.environment import Environment
from hw3.training.history import Measured


def other_code(then: Environment, now: Environment) -> str:
    """Return a remark where the code is another, "" where it is the same."""
    there, here = then.codes[-1], now.codes[-1]
    return "" if there.sha256 == here.sha256 else f" (its code was {there}, this is {here})"


def apart_text(claimed: Measured, got: Measured) -> str:
    """Return how far apart two accuracies are, and whether the split could tell them apart."""
    a, b = claimed.val or claimed.train, got.val or got.train
    part = "validation" if claimed.val else "training"
    interval = wilson(a.n_correct, a.n_examples)
    is_within = interval.low <= b.accuracy <= interval.high
    return (
        f"after epoch {got.epoch} {percent(a.accuracy)} of the {part} rows are right in the record "
        f"and {percent(b.accuracy)} here, {100 * abs(a.accuracy - b.accuracy):.2f} points apart, "
        f"{'within' if is_within else 'outside'} its 95 % interval "
        f"({percent_range(*interval)})"
    )

"""Whether what an epoch measured is what the record says of it."""

from collections.abc import Iterator
from math import isfinite

from hw3.records.integrity import same
from hw3.replay.verdict import Divergence
from hw3.training.history import EpochRecord

LOSS, SHARE = 1e-3, 2e-3  # how far equal weights may measure apart on two machines


def unlike(claimed: EpochRecord, got: EpochRecord, is_same_machine: bool) -> Divergence | None:
    """Return the first quantity that differs: rate, weights, losses, counts; None for none.

    Weights of which both digests are known must be equal; those that are no numbers have no bits
    to rely on. On another machine equal weights may measure a little apart.
    """
    for name, a, b in quantities(claimed, got):
        if isinstance(a, str) or isinstance(b, str):
            is_same = a == b or not isfinite(got.train.loss_sum)
        elif a is None or b is None:
            is_same = a is b
        else:
            is_same = same(a, b) or not (isfinite(a) or isfinite(b))
            if not is_same and not is_same_machine and name != "lr":
                n = (got.val or got.train).n_examples
                margin = LOSS * abs(a) if name.endswith("loss") else 1 + SHARE * n
                is_same = abs(a - b) <= margin
        if not is_same:
            return Divergence(claimed.epoch, name, told(a), told(b))
    return None


def told(value: str | float | None) -> str | float | None:
    """Return a value that JSON has a word for."""
    return value if value is None or isinstance(value, str) or isfinite(value) else str(value)


def quantities(
    a: EpochRecord, b: EpochRecord
) -> Iterator[tuple[str, str | float | None, str | float | None]]:
    """Yield the name of each quantity with its two values."""
    yield "lr", a.lr, b.lr
    if a.weights_sha256 and b.weights_sha256:
        yield "weights_sha256", a.weights_sha256, b.weights_sha256
    for part, x, y in (("train", a.train, b.train), ("val", a.val, b.val)):
        yield f"{part}_loss", x.loss if x else None, y.loss if y else None
        yield f"{part}_correct", x.n_correct if x else None, y.n_correct if y else None

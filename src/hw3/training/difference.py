"""Where two computations of the same numbers differ the most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hw3.nn.arrays import FloatArray

HEADER = ("array", "compared", "relative difference", "allowed", "at", "values")


@dataclass(frozen=True)
class Difference:
    """The largest relative difference of two arrays, as a line of a table.

    Attributes:
        array: what was compared, such as W1.
        compared: how many numbers of it.
        relative: |a - b| / max(|a|, |b|, floor); infinite where one of them is not finite.
        allowed: up to where that is rounding.
        at: where in the array.
        a, b: the two numbers there.
    """

    array: str
    compared: str
    relative: float
    allowed: float
    at: str
    a: float
    b: float

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands below HEADER."""
        values = f"{self.a:.9g} and {self.b:.9g}"
        return (
            self.array,
            self.compared,
            f"{self.relative:.1e}",
            f"{self.allowed:g}",
            self.at,
            values,
        )


def largest(
    array: str,
    compared: str,
    a: FloatArray,
    b: FloatArray,
    at: Callable[[int], object],
    *,
    floor: float,
    allowed: float,
) -> Difference:
    """Return the largest relative difference of a and b, (n,) each, at places that `at` names."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    with np.errstate(invalid="ignore"):
        relative = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), floor)
    if not len(relative):
        return Difference(array, compared, np.inf, allowed, "no place", np.nan, np.nan)
    relative[~np.isfinite(relative)] = np.inf
    i = int(relative.argmax())
    pair = float(a[i]), float(b[i])
    return Difference(array, compared, float(relative[i]), allowed, str(at(i)), *pair)


def lines(found: Sequence[Difference]) -> list[str]:
    """Return a table of differences as lines of text."""
    rows = [HEADER, *(difference.cells for difference in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ([cell.ljust(n) for cell, n in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(row).rstrip() for row in padded]


def verdict(found: Sequence[Difference]) -> tuple[str, int]:
    """Return PASS or FAIL in a line with the worst of all, and the exit status, 0 or 1."""
    worst = max(found, key=lambda difference: difference.relative / difference.allowed)
    is_fine = worst.relative <= worst.allowed
    return (
        f"{'PASS' if is_fine else 'FAIL'}: at worst {worst.relative:.1e}, in {worst.array} at "
        f"{worst.at}, where {worst.allowed:g} is allowed"
    ), int(not is_fine)

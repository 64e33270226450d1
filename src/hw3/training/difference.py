"""Where two computations of the same numbers differ the most, as a table with a verdict."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from hw3.core.terminal import say
from hw3.nn.arrays import FloatArray, LayerParams

HEADER = ("array", "compared", "relative difference", "allowed", "at", "values")


@dataclass(frozen=True)
class Difference:
    """The largest relative difference of two arrays, |a - b| / max(|a|, |b|, floor).

    Attributes:
        array: what was compared, such as W1.
        compared: how many numbers of it.
        relative: infinite where one of the two is not finite, or where nothing was compared.
        allowed: up to where that is rounding.
        at: where in the array.
        values: the two numbers there.
    """

    array: str
    compared: str
    relative: float
    allowed: float
    at: str
    values: str


def largest(
    array: str,
    a: FloatArray,
    b: FloatArray,
    limits: tuple[float, float],
    at: Callable[[Sequence[int]], object] = list,
) -> Difference:
    """Return the largest relative difference of two arrays of a shape, at a place `at` names.

    limits: the floor, and what is allowed.
    """
    floor, allowed = limits
    if not a.size:
        return Difference(array, "0", np.inf, allowed, "no place", "none")
    with np.errstate(invalid="ignore"):
        relative = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), floor)
    relative[~np.isfinite(relative)] = np.inf
    i = np.unravel_index(relative.argmax(), a.shape)
    values = f"{a[i]:.9g} and {b[i]:.9g}"
    place = str(at([int(n) for n in i]))
    return Difference(array, f"{a.size:,}", float(relative[i]), allowed, place, values)


def named(layers: Iterable[LayerParams]) -> Iterator[tuple[str, FloatArray]]:
    """Yield the arrays of a network with their names: W1, b1, W2 and so on."""
    for i, pair in enumerate(layers, 1):
        yield from zip((f"W{i}", f"b{i}"), pair, strict=True)


def worst(found: Iterable[Difference]) -> Difference:
    """Return the difference that is the most times what is allowed."""
    return max(found, key=lambda difference: difference.relative / difference.allowed)


def report(title: str, found: Sequence[Difference]) -> int:
    """Print the differences below a title, and PASS or FAIL; return the exit status, 0 or 1."""
    say(title)
    rows = [
        (a, n, f"{r:.1e}", f"{limit:g}", *rest) for a, n, r, limit, *rest in map(astuple, found)
    ]
    widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
    for row in (HEADER, *rows):
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    top = worst(found)
    is_fine = top.relative <= top.allowed
    say(
        f"{'PASS' if is_fine else 'FAIL'}: at worst {top.relative:.1e}, in {top.array} at "
        f"{top.at}, where {top.allowed:g} is allowed"
    )
    return int(not is_fine)

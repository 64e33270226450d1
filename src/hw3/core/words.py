"""How numbers stand in text: one percentage, one plural, one shape, in terminal, page and files."""

import re
from collections.abc import Iterable


def percent(share: float | None, digits: int = 2) -> str:
    """Return "98.33 %" for 0.9833, a dash for nothing."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with so many decimals, a dash for nothing."""
    return "-" if value is None else f"{value:.{digits}f}"


def counted(n: int, noun: str) -> str:
    """Return "1 run" or "1,000 runs"."""
    return f"{n:,} {plural(noun, n)}"


def plural(noun: str, n: int) -> str:
    """Return "run" for one and "runs" for any other number."""
    return noun if n == 1 else f"{noun}s"


def shape(sizes: Iterable[int]) -> str:
    """Return "784-200-10": the sizes of a network's layers."""
    return "-".join(map(str, sizes))


def visible(text: str) -> str:
    """Return a text in which control characters of a user's names are seen, and do nothing."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda m: repr(m[0])[1:-1], text)

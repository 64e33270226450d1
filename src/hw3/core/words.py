"""How numbers and values stand in text: in terminal, page and files, and in one line of error."""

from collections.abc import Iterable
from itertools import pairwise

SHORT = 80  # characters of a value that an error quotes
LINE = 560  # characters of an error


def percent(share: float | None, digits: int = 2) -> str:
    """Return "98.33 %" for 0.9833, a dash for nothing."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"


def percent_range(low: float | None, high: float | None, digits: int = 2) -> str:
    """Return "98.23 to 98.71 %", a dash for nothing."""
    return "-" if low is None else f"{100 * low:.{digits}f} to {percent(high, digits)}"


def p_text(p: float | None) -> str:
    """Return "0.0504" or "< 0.001", a dash for no test; no other p reads as the level 0.05."""
    if p is None or p < 0.001:
        return "-" if p is None else "< 0.001"
    digits = next(n for n in range(3, 18) if p == 0.05 or float(f"{p:.{n}g}") != 0.05)
    return f"{p:#.{digits}g}"


def p_is(p: float | None) -> str:
    """Return "p = 0.0504" or "p < 0.001"."""
    return f"p {p_text(p)}" if p is not None and p < 0.001 else f"p = {p_text(p)}"


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with so many decimals, a dash for nothing."""
    return "-" if value is None else f"{value:.{digits}f}"


def points(gap: float, above: str, below: str, same: str) -> str:
    """Return "1.67 points less": a difference of shares by its sign; `same` where it reads 0.00."""
    size = f"{100 * abs(gap):.2f}"
    return same if float(size) == 0 else f"{size} points {above if gap > 0 else below}"


def counted(n: int, noun: str) -> str:
    """Return "1 run" or "1,000 runs"."""
    return f"{n:,} {plural(noun, n)}"


def plural(noun: str, n: int) -> str:
    """Return "run" for one and "runs" for any other number."""
    return noun if n == 1 else f"{noun}s"


def size(n_bytes: int) -> str:
    """Return "3.7 GB": bytes in the largest unit of which there is one."""
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if n_bytes >= 1000**power:
            return f"{n_bytes / 1000**power:,.3g} {unit}"
    return f"{n_bytes} bytes"


def span(numbers: Iterable[int]) -> str:
    """Return "0 to 4" for numbers without a gap, "0, 4" for a few others; a dash for none."""
    found = sorted(set(numbers))
    if len(found) > 2 and all(b - a == 1 for a, b in pairwise(found)):
        return f"{found[0]} to {found[-1]}"
    if len(found) > 6:
        return f"{len(found)} from {found[0]} to {found[-1]}"
    return ", ".join(map(str, found)) or "-"


def shape(sizes: Iterable[int]) -> str:
    """Return "784-200-10": the sizes of a network's layers."""
    return "-".join(map(str, sizes))


def is_number(text: str) -> bool:
    """Whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def escaped(text: str) -> str:
    """Return a text whose line breaks, control characters and lone surrogates can be seen."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def one_line(text: str, limit: int = LINE) -> str:
    """Return a text without line breaks and control characters, its middle cut out if long."""
    plain = escaped(text)
    if len(plain) <= limit:
        return plain
    return f"{plain[: limit // 2]} ... {plain[-limit // 4 :]} ({len(plain):,} characters)"


def quoted(value: object, limit: int = SHORT) -> str:
    """Return a value as an error shows it: as Python writes it, cut short."""
    try:
        return one_line(repr(value), limit)
    except (ValueError, RecursionError):  # Python writes no number of over 4,300 digits
        return f"a {type(value).__name__} too long to show"

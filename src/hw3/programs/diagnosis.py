"""What is wrong with a gradient: what was observed against what each bug predicts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan, log

import numpy as np

from hw3.nn.arrays import FloatArray
from hw3.programs import bugs
from hw3.programs.compare import (
    Gradients,
    Step,
    arrays,
    factors,
    matching_bug,
    one_factor,
)
from hw3.programs.faulty import SlopeOne
from hw3.programs.reference import Net
from hw3.programs.verdict import Bug


@dataclass(frozen=True)
class Diagnosis:
    """Which bug predicts a gradient, and what was observed, in a sentence."""

    observed: str
    bug: Bug | None = None


def diagnosed(
    theirs: Gradients, true: Gradients, at: Step, net: Net | None, tolerance: float
) -> Diagnosis:
    """Return what is wrong with a gradient that is not the true one."""
    found = factors(theirs, true, tolerance)
    if None not in found:
        return by_factors([1.0 if c is None or isnan(c) else c for c in found], at, tolerance)
    if offset := constant_offset(theirs, true):
        text = f"each entry is the true gradient + {offset:.6g}: the sum does not start from 0"
        return Diagnosis(text, bugs.NOT_RESET)
    if found_penalty := penalty_like(theirs, true, at, tolerance):
        return found_penalty
    if match := matching_bug(theirs, at, tolerance, net):
        faulty, scale = match
        bug = faulty.bug
        if bug is bugs.WRONG_SLOPE and faulty.act != "relu" and "overwritten" not in faulty.says:
            bug = bugs.AT_ACTIVATION if faulty.says != SlopeOne.says else bugs.WRONG_SLOPE
        n = len(at.rows)
        of = "" if abs(scale - 1) < tolerance else f", times {scale:.4g}"
        if abs(scale * n - 1) < 1e-3:
            of = f"; and it is divided by the batch size, {n}, once too often"
        return Diagnosis(f"{faulty.says}: that predicts every entry{of}", bug)
    names = [name for (name, _), c in zip(arrays(theirs), found, strict=True) if c == 0]
    if not names:
        return Diagnosis(located(theirs, found))
    rest = located(theirs, [1.0 if c == 0 else c for c in found])
    return Diagnosis(f"{'; '.join(names)} is never updated; and {rest}", bugs.NOT_UPDATED)


def by_factors(found: Sequence[float], at: Step, tolerance: float) -> Diagnosis:
    """Return which bug gives each array the true gradient times a number."""
    n, near = len(at.rows), max(tolerance, 1e-4)

    def is_(c: float, wanted: float) -> bool:
        return abs(c - wanted) <= near * max(abs(wanted), 1e-3)

    weights, biases = found[::2], found[1::2]
    if any(c == 0 for c in found):
        zero = [i for i, pair in enumerate(zip(weights, biases, strict=True), 1) if pair == (0, 0)]
        if zero:
            names = " and ".join(map(str, zero))
            is_last = " (the output layer)" if len(found) // 2 in zero else ""
            return Diagnosis(f"layer {names}{is_last} is never updated", bugs.NOT_UPDATED)
        which = "biases" if not any(biases) else "some arrays"
        return Diagnosis(f"{which} are never updated", bugs.NOT_UPDATED)
    odd = max(found, key=lambda c: abs(c - 1))
    all_are = one_factor(found, near) is not None
    where = "everywhere" if all_are else "in some arrays"
    if any(is_(c, 1 / n) for c in found):
        text = f"the true gradient / {n} {where}: divided by the batch size once more"
        return Diagnosis(text, bugs.AVERAGED_TWICE)
    if any(is_(c, 1 / n**2) for c in found):
        text = f"the true gradient / {n}^2 {where}"
        return Diagnosis(text, bugs.AVERAGED_TWICE)
    if any(is_(c, -1) for c in found):
        return Diagnosis(f"the sign is turned {where}: the step goes uphill")
    for value, words in constants(n, at.rows.n_outputs):
        if is_(odd, value):
            return Diagnosis(f"{words} {where}", bugs.OTHER_LOSS if all_are else None)
    bug = bugs.OTHER_LOSS if all_are else None
    return Diagnosis(f"the true gradient * {odd:.6g} {where}", bug)


def constants(n: int, n_outputs: int) -> Iterator[tuple[float, str]]:
    """Yield factors that have a known cause, with words for them."""
    yield log(2), "the true gradient * ln 2: the loss is reported in bits (log2)"
    yield 1 / log(2), "the true gradient / ln 2: the loss is differentiated in bits (log2)"
    yield log(10), "the true gradient * ln 10: the loss is reported with log10"
    yield 2.0, "the true gradient * 2"
    yield 0.5, "the true gradient / 2"
    yield float(n), f"the true gradient * {n}, the batch size: a sum where the loss is a mean"
    if n_outputs > 1:
        yield float(n_outputs), f"the true gradient * {n_outputs}, the number of outputs"
        yield 1 / n_outputs, f"the true gradient / {n_outputs}, the number of outputs"


def constant_offset(theirs: Gradients, true: Gradients) -> float | None:
    """Return by which one number all entries of some arrays differ, the others not at all."""
    gaps = [a - b for (_, a), (_, b) in zip(arrays(theirs), arrays(true), strict=True)]
    wrong = [g[np.isfinite(g)] for g in gaps if np.nanmax(np.abs(g), initial=0) > 1e-6]
    values = np.concatenate(wrong) if wrong else np.zeros(1)
    mean = float(values.mean())
    is_one = abs(mean) > 1e-6 and np.abs(values - mean).max() < 1e-5 * max(1, abs(mean))
    return mean if is_one and len(values) > 1 else None


def penalty_like(
    theirs: Gradients, true: Gradients, at: Step, tolerance: float
) -> Diagnosis | None:
    """Return a diagnosis if what a gradient has too much is a multiple of the weights."""
    gaps = [
        (a - b, c)
        for (_, a), (_, b), (_, c) in zip(*map(arrays, (theirs, true, at.params)), strict=True)
    ]
    found = []
    for gap, own in gaps:
        known = np.isfinite(gap)
        g, w = gap[known], own[known]
        c = float((g * w).sum() / ((w * w).sum() or 1))
        is_multiple = np.abs(g - c * w).max(initial=0) <= 1e-6 + tolerance * abs(c) * np.abs(w).max(
            initial=0
        )
        found.append(c if is_multiple else None)
    known_c = [c for c in found if c is not None]
    if None in found or max(map(abs, known_c)) < 1e-4:  # less is rounding
        return None
    if all(min(abs(c), abs(c - 1)) < 1e-4 for c in known_c):
        return Diagnosis("the sum starts from the weights themselves, not from 0", bugs.NOT_RESET)
    texts = ", ".join(f"{name} {c:.4g}" for (name, _), c in zip(arrays(true), found, strict=True))
    text = f"it has a penalty that the loss has not: so many times the parameter: {texts}"
    return Diagnosis(text, bugs.PENALTY)


def located(theirs: Gradients, found: Sequence[float | None]) -> str:
    """Return from which layer on, counted from the outputs, a gradient is not the true one."""
    right = [c is not None and not abs(c - 1) >= 1e-3 for c in found]
    names = [name for name, _ in arrays(theirs)]
    wrong = [name for name, is_right in zip(names, right, strict=True) if not is_right]
    top = max(i for i, is_right in enumerate(right) if not is_right) // 2 + 1
    if top == len(found) // 2:
        return f"it is wrong from the output layer down: in {'; '.join(wrong)}"
    text = f"layer {top + 1} is right and layer {top} is not"
    return f"{text}: look at how delta is carried from {top + 1} to {top}"


def table(theirs: Gradients, true: Gradients, tolerance: float) -> tuple[str, ...]:
    """Return a line an array: shape, factor, its largest difference; and a row in numbers."""
    lines, worked = [], ""
    for (name, a), (_, b), c in zip(
        arrays(theirs), arrays(true), factors(theirs, true, tolerance), strict=True
    ):
        is_right = c is not None and not abs(c - 1) > tolerance
        of = (
            "right"
            if is_right
            else "no multiple of the true one"
            if c is None
            else f"{c:.6g} times the true one"
        )
        if not b.size:
            continue
        if np.isnan(b).all():
            lines.append(f"{name} {a.shape}: no parameter could be compared, all are near a kink")
            continue
        lines.append(f"{name} {a.shape}: {of}, largest difference {np.nanmax(np.abs(a - b)):.3g}")
        if not is_right and (a.ndim > 1 or not worked):  # W nearest to the outputs, or a bias
            row = np.nanargmax(np.abs(a - b)) // a.shape[-1] if a.ndim > 1 else 0
            mine, right = (m[row] if m.ndim > 1 else m for m in (a, b))
            where = f"{name}[{row}]" if a.ndim > 1 else name
            worked = f"{where}: yours {numbers(mine)}; true {numbers(right)}"
    return (*lines, worked) if worked else tuple(lines)


def numbers(row: FloatArray) -> str:
    """Return the first few numbers of a row."""
    more = " ..." if len(row) > 5 else ""
    return " ".join(f"{v:.4g}" if np.isfinite(v) else "(kink)" for v in row[:5]) + more

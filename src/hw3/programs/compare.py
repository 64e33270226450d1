"""How a gradient differs from the true one: by a factor, array by array, and by which bug's."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.faulty import IN_BACKWARD, Faulty
from hw3.programs.faulty_loss import IN_LOSS
from hw3.programs.reference import Net, Rows, right_nets

Gradients = Sequence[LayerParams]
ROUNDED = 1e-9  # the error of a central difference in float64: 1e-16 * loss / 1e-5, and more
DOUBLE, SINGLE = 1e-5, 2e-3  # how far apart two computations of a gradient may be, relatively


def arrays(params: Gradients) -> Iterator[tuple[str, FloatArray]]:
    """Yield the arrays with their names: layer 1's W, layer 1's b, and so on."""
    for i, (weight, bias) in enumerate(params, 1):
        yield f"layer {i}, W", weight
        yield f"layer {i}, b", bias


def factor(theirs: FloatArray, true: FloatArray, tolerance: float) -> float | None:
    """Return c if theirs = c * true up to the tolerance of the largest, or None; NaN is left out.

    Zeros are any number times zeros: NaN.
    """
    known = np.isfinite(true)
    a, b = theirs[known], true[known]
    if not np.isfinite(theirs).all():
        return None
    size = float(np.abs(b).max(initial=0))
    if size < 1e-12:
        return nan if np.abs(a).max(initial=0) < 1e-9 else None
    c = float((a * b).sum() / (b * b).sum())
    off = float(np.abs(a - c * b).max(initial=0))
    return (
        c if off <= tolerance * size * max(abs(c), 1e-3) else 0.0 if abs(c) * size < 1e-12 else None
    )


def factors(theirs: Gradients, true: Gradients, tolerance: float) -> list[float | None]:
    """Return the factor of each array: of W1, b1, W2 and so on."""
    pairs = zip(arrays(theirs), arrays(true), strict=True)
    return [factor(a, b, tolerance) for (_, a), (_, b) in pairs]


def one_factor(found: Iterable[float | None], tolerance: float) -> float | None:
    """Return the factor that all arrays have, which is not 0; None if they have none."""
    known = list(found)
    numbers = [c for c in known if c is not None and not isnan(c)]
    if None in known or not numbers or not numbers[0]:
        return None
    first = numbers[0]
    return first if all(abs(c - first) <= tolerance * abs(first) for c in numbers) else None


def with_decay(
    theirs: Gradients, true: Gradients, params: Gradients, tolerance: float
) -> tuple[float, float] | None:
    """Return (c, d) if a gradient is c * the true one + d * w, of biases c * the true one alone."""
    found, decays = [], []
    for (a, b), (t, u), (w, _) in zip(theirs, true, params, strict=True):
        if not np.isfinite(a).all() or np.abs(t[np.isfinite(t)]).max(initial=0) < 1e-9:
            return None
        if (fit := fitted(a, t, w, tolerance)) is None:
            return None
        found += [fit[0], factor(b, u, tolerance)]
        decays.append(fit[1])
    c = one_factor(found, 10 * tolerance)
    return (c, decays[0]) if c and is_one(decays, tolerance) else None


def decay_alone(theirs: Gradients, true: Gradients, params: Gradients, tolerance: float) -> float:
    """Return d if each array of weights has a multiple of the true gradient, and d * w more; or 0.

    The multiple may be another for each array.
    """
    decays = []
    for (a, _), (t, _), (w, _) in zip(theirs, true, params, strict=True):
        if (fit := fitted(a, t, w, tolerance)) is None:
            return 0
        decays.append(fit[1])
    return decays[0] if is_one(decays, tolerance) else 0


def fitted(
    a: FloatArray, t: FloatArray, w: FloatArray, tolerance: float
) -> tuple[float, float] | None:
    """Return (c, d) if a = c * t + d * w up to the tolerance of the largest; NaN is left out."""
    known = np.isfinite(t)
    columns = np.stack([t[known], w[known]], axis=1)
    (c, d), *_ = np.linalg.lstsq(columns, a[known], rcond=None)
    off = np.abs(columns @ (c, d) - a[known]).max(initial=0)
    if known.sum() < 4 or off > tolerance * max(np.abs(a[known]).max(initial=0), 1e-6):
        return None
    return float(c), float(d)


def is_one(decays: Sequence[float], tolerance: float) -> bool:
    """Whether all arrays have one decay."""
    return bool(np.ptp(decays) <= 10 * tolerance * max(map(abs, decays)))


def step_back(before: Gradients, after: Gradients, lr: float) -> list[LayerParams]:
    """Return the gradient of a step, (w - w') / lr."""
    pairs = zip(before, after, strict=True)
    return [((w - v) / lr, (b - d) / lr) for (w, b), (v, d) in pairs]


@dataclass(frozen=True)
class Step:
    """A place where a gradient was taken: the weights, the rows, the rate of the step if any."""

    params: Gradients
    rows: Rows
    lr: float = 0


def matching_net(theirs: Gradients, at: Step, tolerance: float) -> Net | None:
    """Return the right network that a gradient belongs to: all arrays by a factor, or the most.

    Of networks that explain as many arrays, the likeliest; none explains nothing.
    """
    nets = right_nets(at.rows.n_outputs)
    found = [factors(theirs, net.gradients(at.params, at.rows), tolerance) for net in nets]
    known = [sum(bool(c) and not isnan(c or 0) for c in each) for each in found]
    best = int(np.argmax(known))
    if known[best] < 2 * len(at.params):
        for net in nets:
            if with_decay(theirs, net.gradients(at.params, at.rows), at.params, tolerance):
                return net
    tells = any(bool(c) and not isnan(c or 0) for c in found[best][::2])  # a bias may be one number
    return nets[best] if tells else None


def matching_bug(
    theirs: Gradients, at: Step, tolerance: float, net: Net | None
) -> tuple[Faulty, float] | None:
    """Return the faulty network whose gradient this is, and by which factor.

    net: which network the program computes, if that is known.
    """
    nets = [net] if net else right_nets(at.rows.n_outputs)
    for kind in (*IN_BACKWARD, *IN_LOSS):
        for right in nets:
            faulty = kind(right.act, right.head)
            predicted = faulty.gradients(at.params, at.rows, at.lr)
            if factor(theirs[-1][0], predicted[-1][0], tolerance) is None:
                continue  # most end here
            found = factors(theirs, predicted, tolerance)
            if one_factor(factors(predicted, right.gradients(at.params, at.rows), tolerance), 1e-3):
                continue  # a bug that changes nothing here, such as relu's slope taken at relu
            if scale := one_factor(found, tolerance):
                return faulty, scale
    return None


def relative(a: Gradients, b: Gradients) -> float:
    """Return the largest difference of two gradients over the largest entry of each array."""
    pairs = zip(arrays(a), arrays(b), strict=True)
    return max(
        float(np.nanmax(np.abs(x - y), initial=0) / max(np.nanmax(np.abs(y), initial=0), 1e-6))
        for (_, x), (_, y) in pairs
    )


def is_near(theirs: Gradients, true: Gradients, tolerance: float) -> bool:
    """Whether a gradient is the true one where that is known, up to what differences round away."""
    gaps = (
        (np.abs(a - b), np.abs(b))
        for (_, a), (_, b) in zip(arrays(theirs), arrays(true), strict=True)
    )
    return all(
        np.nanmax(gap, initial=0) <= tolerance * np.nanmax(size, initial=0) + ROUNDED
        for gap, size in gaps
    )


def less(gradient: Gradients, decay: float, at: Step) -> list[LayerParams]:
    """Return a gradient less a multiple of the weights."""
    return [(g - decay * w, b) for (g, b), (w, _) in zip(gradient, at.params, strict=True)]

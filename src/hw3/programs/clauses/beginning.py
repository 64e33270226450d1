"""The first weights of a network."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, wrong
from hw3.programs.subject import Subject, taken
from hw3.programs.wire import Tree

SWAPPED = {"2 / fan_out", "1 / fan_out", "1 / (3 fan_out)"}


def first_weights(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at the spread of the first weights, layer by layer."""
    c = subject.convention
    sizes = (
        c.sizes
        if "sizes" in subject.program.constants
        else (400, *([100] * (len(c.sizes) - 2)), c.sizes[-1])
    )
    drawn = [first_of(subject, sizes, seed) for seed in range(1, 9)]
    lines, matches = [], []
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        w = np.array([params[i][0] for params in drawn])
        if all(np.ptp(one) == 0 or is_repeated(one) for one in w):
            yield wrong(
                f"layer {i + 1}: all units have the same weights, so they stay the same unit",
                bugs.FIRST_WEIGHTS,
            )
            return
        std, n = (
            float(w.std()),
            max(1, len({params[i][0].tobytes() for params in drawn})) * fan_in * fan_out,
        )
        near = 6 / np.sqrt(2 * n) + 0.02
        of = f"layer {i + 1}: standard deviation {std:.4g}; 2 / fan_in gives"
        lines.append(f"{of} {np.sqrt(2 / fan_in):.4g}, 2 / fan_out {np.sqrt(2 / fan_out):.4g}")
        matches.append(
            {
                name
                for name, value in spreads(fan_in, fan_out).items()
                if abs(std / value - 1) < near
            }
        )
    usual = set.intersection(*matches)
    right, swapped = usual - SWAPPED, usual & SWAPPED
    if swapped and not right:
        yield wrong(
            f"the variance is {min(swapped)}, which belongs to the other side of the layer",
            bugs.FIRST_WEIGHTS,
            *lines,
        )
    else:
        named = f": the variance is {min(right)}" if right else ""
        yield fine(f"units begin with weights of their own{named}", *lines)


def spreads(fan_in: int, fan_out: int) -> dict[str, float]:
    """Return the standard deviations of usual initialisations."""
    both = (("fan_in", fan_in), ("fan_out", fan_out))
    of = {f"{k} / {side}": k / n for k in (2, 1) for side, n in both}
    of |= {f"1 / (3 {side})": 1 / (3 * n) for side, n in both}
    of["2 / (fan_in + fan_out)"] = 2 / (fan_in + fan_out)
    return {name: float(np.sqrt(v)) for name, v in of.items()}


def is_repeated(w: FloatArray) -> bool:
    """Whether the units of a layer of several have equal weights, (fan_in, fan_out)."""
    return w.shape[1] > 1 and bool((w == w[:, :1]).all())


def first_of(subject: Subject, sizes: Sequence[int], seed: int) -> list[LayerParams]:
    """Return first weights of layers."""
    known: dict[str, Tree] = {
        "sizes": list(sizes),
        "seed": seed,
        "activation": subject.convention.act,
    }
    value = subject.program.call("init", **taken(subject.program, "init", known)).value
    return subject.convention.form.unpack(value, sizes)

"""Which arrays of a weight file are whose: paired into layers, in order, turned or not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from hw3.nn.arrays import LayerParams
from hw3.programs.form import Form, WrongForm, skeleton_of
from hw3.programs.verdict import Verdict

IS_WEIGHT = dict.fromkeys(("w", "weight", "weights", "kernel", "theta", "coef", "coefs"), True)
IS_WEIGHT |= dict.fromkeys(("b", "bias", "biases", "intercept", "intercepts"), False)
Arrays = Mapping[str, np.ndarray]
Names = tuple[list[str], list[str]]  # of weights, and of their biases if there are any


class Unfit(Exception):
    """Arrays that make no network: a text, and whether that is wrong, or cannot be told."""


@dataclass(frozen=True)
class Layout:
    """The layers of a file, and how it keeps them; without biases, those of params are 0."""

    params: list[LayerParams]
    names: Names
    conventions: tuple[str, ...]


def layout_of(arrays: Arrays) -> Layout:
    """Return the layers that arrays are: as names tell, else as places do, if shapes fit.

    Errors: Unfit.
    """
    found = {n: np.atleast_1d(a) for n, a in arrays.items() if a.dtype.kind in "fiu" and a.size}
    named = by_name(found)
    for names, is_turned in product((named, *by_place(found)), (False, True)):
        weights, biases = ([found[name] for name in part] for part in names)
        weights = [
            w.reshape((1, -1) if is_turned else (-1, 1)) if w.ndim == 1 else w for w in weights
        ]
        if not weights or any(w.ndim != 2 for w in weights):
            continue
        sizes = [weights[0].shape[is_turned], *(w.shape[not is_turned] for w in weights)]
        tree = [*weights, *(biases or map(np.zeros, sizes[1:]))]
        form = Form(skeleton_of(tree), True, is_turned, str(biases[-1].shape) if biases else "none")
        try:
            params = form.unpack(tree, sizes)
        except WrongForm:
            continue
        used = [*names[0], *names[1]]
        others = ", ".join(name for name in arrays if name not in used)
        lines = [f"layers are {', '.join(f'{n} {arrays[n].shape}' for n in used)}", str(form)]
        lines[1] += "; square ones may be turned" if len(set(sizes)) == 1 else ""
        return Layout(params, names, (*lines, *([f"of no layer: {others}"] if others else [])))
    refuse_misfits(found, named)
    held = ", ".join(f"{name} {a.shape}" for name, a in arrays.items())
    text = f"which arrays are weights and biases of which layer cannot be told: {held}"
    raise Unfit(text, Verdict.INCONCLUSIVE)


def told(name: str) -> tuple[bool | None, tuple[tuple[int, ...], tuple[str, ...]]]:
    """Return whether a name is that of weights or, False, of a bias; its numbers, other words."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)  # dW1: d, W and 1
    words = [part.lower() for part in parts if not part.isdecimal()]
    at = max((i for i, word in enumerate(words) if word in IS_WEIGHT), default=len(words))
    numbers = tuple(int(part) for part in parts if part.isdecimal())
    is_weight = IS_WEIGHT[words[at]] if words[at:] else None
    return is_weight, (numbers, tuple(words[:at] + words[at + 1 :]))


def by_name(arrays: Arrays) -> Names:
    """Return layers as names tell, W10 after W9; none unless weights and biases go in pairs."""
    names = sorted(arrays, key=lambda name: told(name)[1])
    weights, biases = ([n for n in names if told(n)[0] is kind] for kind in (True, False))
    keys = [[told(name)[1] for name in part] for part in (weights, biases)]
    is_told = len(set(keys[0])) == len(keys[0]) and keys[1] in ([], keys[0])
    return (weights, biases) if is_told else ([], [])


def by_place(arrays: Arrays) -> Iterator[Names]:
    """Yield layers as W, b, W, b; as W, W, b, b; and as W, W; by numbers, and as in the file."""
    floats = [n for n, a in arrays.items() if a.dtype.kind == "f"]  # integers may be anything
    for names in (sorted(floats, key=lambda n: told(n)[1]), floats):
        if names and arrays[names[0]].ndim == 2:
            yield names[::2], names[1::2]
            yield names[: len(names) // 2], names[len(names) // 2 :]
            yield names, []


def refuse_misfits(arrays: Arrays, named: Names) -> None:
    """Raise Unfit for W1, b1, W2, ..., and no other names, that fit in no layout whatever."""
    weights, biases = named
    stems = {(numbers[:-1], words) for _, (numbers, words) in map(told, weights)}
    if len(stems) != 1 or any(arrays[name].ndim != 2 for name in weights):
        return
    for a, b in (*zip(weights, biases, strict=False), *pairwise(weights)):
        sizes = {arrays[b].size} if b in biases else set(arrays[b].shape)
        sizes |= {n - 1 for n in sizes} if not biases else set()  # a bias may be one more input
        if not sizes & set(arrays[a].shape):
            text = " and ".join(f"{name} {arrays[name].shape}" for name in (a, b))
            raise Unfit(f"{text} have no side in common", Verdict.FAIL)

"""Which arrays of a weight file are whose: paired into layers, in order, turned or not."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise, product

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.form import WEIGHTS_FIRST, Form, WrongForm, skeleton_of

IS_WEIGHT = dict.fromkeys(("w", "weight", "weights", "kernel", "theta", "coef", "coefs"), True)
IS_WEIGHT |= dict.fromkeys(("b", "bias", "biases", "intercept", "intercepts"), False)
Arrays = Mapping[str, np.ndarray]
Names = list[str]


class Misfit(WrongForm):
    """Names tell what the arrays are, and in no layout are they a network."""


def layers_of(arrays: Arrays) -> tuple[list[LayerParams], list[str]]:
    """Return the layers that arrays are, and how they are kept; a bias is (0,) where none is.

    Errors: Misfit; WrongForm where nothing tells what is what.
    """
    found = {n: np.atleast_1d(a) for n, a in arrays.items() if a.dtype.kind in "fiu" and a.size}
    for names, is_turned in product(proposals(found), (False, True)):
        weights, biases = ([found[name] for name in part] for part in names)
        column = (1, -1) if is_turned else (-1, 1)  # of weights to one unit
        weights = [w.reshape(column) if w.ndim == 1 else w for w in weights]
        if not weights or any(w.ndim != 2 for w in weights):
            continue
        sizes = [weights[0].shape[is_turned], *(w.shape[not is_turned] for w in weights)]
        tree = [*weights, *(biases or map(np.zeros, sizes[1:]))]
        of_biases = bias_kind(biases[-1]) if biases else "(n,)"  # zeros stand for them
        form = Form(skeleton_of(tree), WEIGHTS_FIRST, is_turned, of_biases)
        try:
            params = form.unpack(tree, sizes)
        except WrongForm:
            continue
        used = [*names[0], *names[1]]
        lines = [f"layers are {', '.join(f'{n} {arrays[n].shape}' for n in used)}", str(form)]
        others = ", ".join(name for name in arrays if name not in used)
        lines += [f"of no layer: {others}"] if others else []
        return [(w, b if biases else b[:0]) for w, b in params], lines
    refuse_misfits(found, *next(iter(proposals(found))))
    held = ", ".join(f"{name} {a.shape}" for name, a in arrays.items())
    raise WrongForm(f"which arrays are weights and biases of which layer cannot be told: {held}")


def told(name: str) -> tuple[bool | None, tuple[tuple[int, ...], tuple[str, ...]]]:
    """Return whether a name is that of weights or, False, of a bias; its numbers, other words."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)  # dW1: d, W and 1
    words = [part.lower() for part in parts if not part.isdecimal()]
    at = max((i for i, word in enumerate(words) if word in IS_WEIGHT), default=len(words))
    numbers = tuple(int(part) for part in parts if part.isdecimal())
    is_weight = IS_WEIGHT[words[at]] if words[at:] else None
    return is_weight, (numbers, tuple(words[:at] + words[at + 1 :]))


def proposals(arrays: Arrays) -> Iterator[tuple[Names, Names]]:
    """Yield weights and their biases as names tell, else as W, b or W, W, b, b; W10 after W9."""
    for names in (sorted(arrays, key=lambda name: told(name)[1]), list(arrays)):
        weights, biases = ([n for n in names if told(n)[0] is kind] for kind in (True, False))
        yield weights, biases
        floats = [n for n in names if arrays[n].dtype.kind == "f"]  # integers may be anything
        if not weights and floats and arrays[floats[0]].ndim == 2:
            yield floats[::2], floats[1::2]
            yield floats[: len(floats) // 2], floats[len(floats) // 2 :]
            yield floats, []


def refuse_misfits(arrays: Arrays, weights: Names, biases: Names) -> None:
    """Raise Misfit for W1, b1, W2, ..., and no other names, that fit in no layout whatever."""
    stems = {(numbers[:-1], words) for _, (numbers, words) in map(told, weights)}
    if len(stems) != 1 or any(arrays[name].ndim != 2 for name in weights):
        return
    for a, b in (*zip(weights, biases, strict=False), *pairwise(weights)):
        sizes = [arrays[b].size] if b in biases else arrays[b].shape
        more = () if biases else [n - 1 for n in sizes]  # a bias may be one more input
        if not {*sizes, *more} & set(arrays[a].shape):
            text = " and ".join(f"{name} {arrays[name].shape}" for name in (a, b))
            raise Misfit(f"{text} have no side in common")


def bias_kind(bias: FloatArray) -> str:
    """Return the kind of a bias by its shape."""
    if bias.ndim < 2:
        return "(n,)"
    return "(n, 1)" if bias.shape[1] == 1 else "(1, n)"

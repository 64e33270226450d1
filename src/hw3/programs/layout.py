"""Which arrays of a weight file are whose: paired into layers, in order, turned or not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hw3.nn.arrays import FloatArray
from hw3.programs.verdict import Verdict

IS_WEIGHT = dict.fromkeys(("w", "weight", "weights", "kernel", "theta", "coef", "coefs"), True)
IS_WEIGHT |= dict.fromkeys(("b", "bias", "biases", "intercept", "intercepts"), False)
Arrays = Mapping[str, np.ndarray]
Pairs = list[tuple[str, str | None]]  # the names of weights, and of their bias


class Unfit(Exception):
    """Arrays that make no network (FAIL), or of which nothing tells whose they are."""


@dataclass(frozen=True)
class Layer:
    """A layer: its weights (fan_in, fan_out) and their name, its bias (fan_out,) if it has one."""

    name: str
    weight: FloatArray
    bias: FloatArray | None


@dataclass(frozen=True)
class Layout:
    """The layers of a file, and how it keeps them; is_sure: whether shapes tell if W is turned."""

    layers: list[Layer]
    is_sure: bool
    conventions: tuple[str, ...]


def layout_of(arrays: Arrays) -> Layout:
    """Return the layers that arrays are: as names tell, else as places do, if shapes fit.

    Errors: Unfit, with a text and a verdict.
    """
    found = {n: a for n, a in arrays.items() if a.dtype.kind in "fiu" and a.size}
    named = pairs_by_name(found)
    in_file = sorted(named, key=lambda pair: list(found).index(pair[0]))
    for pairs in (named, in_file, *pairs_by_place(found)):
        for bias_rows in (0,) if len(pairs) < 2 or any(b for _, b in pairs) else (0, 1):
            both = {turn: fitted(found, pairs, turn, bias_rows) for turn in (False, True)}
            if fits := {turn: layers for turn, layers in both.items() if layers}:
                turn = max(fits, key=lambda turn: len(fits[turn][0].weight))  # inputs are many
                used = [n for pair in pairs for n in pair if n]
                lines = [f"the layers are {', '.join(f'{n} {found[n].shape}' for n in used)}"]
                lines += [f"weights are {'(fan_out, fan_in)' if turn else '(fan_in, fan_out)'}"]
                lines[1] += ", or turned, which the shapes leave open" if len(fits) > 1 else ""
                lines += ["each W holds its bias as one more input"] if bias_rows else []
                others = ", ".join(n for n in arrays if n not in used)
                lines += [f"no part of a layer: {others}"] if others else []
                return Layout(fits[turn], len(fits) == 1, tuple(lines))
    refuse_misfits(found, named)
    held = ", ".join(f"{name} {a.shape}" for name, a in arrays.items())
    text = f"which arrays are weights and biases of which layer cannot be told: {held}"
    raise Unfit(text, Verdict.INCONCLUSIVE)


def fitted(arrays: Arrays, pairs: Pairs, is_turned: bool, bias_rows: int) -> list[Layer]:
    """Return layers whose shapes chain, all turned or none; else none."""
    layers: list[Layer] = []
    for name, bias_name in pairs:
        w, bias = arrays[name], arrays[bias_name].ravel() if bias_name else None
        w = w.reshape(-1, 1) if w.ndim < 2 else w.T if is_turned else w
        if w.ndim != 2 or (layers and len(w) != layers[-1].weight.shape[1] + bias_rows):
            return []
        if bias is not None and len(bias) != w.shape[1]:
            return []
        layers.append(Layer(name, w, bias))
    return layers


def told(name: str) -> tuple[bool | None, tuple[tuple[int, ...], tuple[str, ...]]]:
    """Return whether a name is that of weights or, False, of a bias; its numbers, other words."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)  # dW1: d, W and 1
    words = [part.lower() for part in parts if not part.isdecimal()]
    at = max((i for i, word in enumerate(words) if word in IS_WEIGHT), default=len(words))
    numbers = tuple(int(part) for part in parts if part.isdecimal())
    is_weight = IS_WEIGHT[words[at]] if words[at:] else None
    return is_weight, (numbers, tuple(words[:at] + words[at + 1 :]))


def pairs_by_name(arrays: Arrays) -> Pairs:
    """Return layers as names tell, W10 after W9; none if two have one name, or a bias is alone."""
    kinds: dict[bool | None, dict[object, str]] = {True: {}, False: {}, None: {}}
    for name in sorted(arrays, key=lambda name: told(name)[1]):
        is_weight, key = told(name)
        if kinds[is_weight].setdefault(key, name) != name and is_weight is not None:
            return []
    is_told = kinds[False].keys() <= kinds[True].keys()
    return [(name, kinds[False].get(key)) for key, name in kinds[True].items() if is_told]


def pairs_by_place(arrays: Arrays) -> Iterator[Pairs]:
    """Yield layers as W, b, W, b; as W, W, b, b; and as W, W; by numbers, and as in the file."""
    floats = [n for n, a in arrays.items() if a.dtype.kind == "f"]  # integers may be anything
    for names in (sorted(floats, key=lambda n: told(n)[1]), floats):
        if names and arrays[names[0]].ndim == 2:
            if len(names) % 2 == 0:
                half = len(names) // 2
                yield list(zip(names[::2], names[1::2], strict=True))
                yield list(zip(names[:half], names[half:], strict=True))
            yield [(n, None) for n in names]


def refuse_misfits(arrays: Arrays, named: Pairs) -> None:
    """Raise Unfit for W1, b1, W2, ..., and no other names, that fit in no layout whatever."""
    stems = {(numbers[:-1], words) for numbers, words in (told(name)[1] for name, _ in named)}
    if len(stems) != 1 or any(arrays[name].ndim != 2 for name, _ in named):
        return
    alone = [(w, b) for w, b in named if b and arrays[b].size not in arrays[w].shape]
    apart = [
        (a, b)
        for (a, _), (b, _) in pairwise(named)
        if not {n + rows for n in arrays[a].shape for rows in (0, 1)} & set(arrays[b].shape)
    ]
    for a, b in (*alone, *apart):
        texts = [f"{name} {arrays[name].shape}" for name in (a, b)]
        raise Unfit(f"{texts[0]} and {texts[1]} have no side in common", Verdict.FAIL)

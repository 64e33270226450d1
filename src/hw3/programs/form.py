"""How a program keeps its weights and its examples: layouts, orders and containers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.reference import Rows
from hw3.programs.wire import Tree

BIASES = {"(n,)": (-1,), "(n, 1)": (-1, 1), "(1, n)": (1, -1)}
LABELS = ("whole numbers", "one-hot", "whole numbers (n, 1)", "whole numbers (1, n)")


class WrongForm(Exception):
    """What came back is not what the weights are kept as; the message says what it is."""


class Leaf(NamedTuple):
    """Where an array of the weights stands in their container: its number in their order."""

    number: int


Skeleton: TypeAlias = Any  # a Tree with a Leaf for each array


def leaves(tree: Tree) -> list[FloatArray]:
    """Return the arrays of numbers in a tree, in its order; a lone number is none."""
    if isinstance(tree, np.ndarray):
        return [tree] if tree.ndim and tree.dtype.kind in "fiu" else []
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in leaves(value)]
    if isinstance(tree, list | tuple):
        return [leaf for value in tree for leaf in leaves(value)]
    return []


def skeleton_of(tree: Tree) -> Skeleton:
    """Return a tree with its arrays numbered."""
    numbers = iter(range(len(leaves(tree))))

    def numbered(part: Tree) -> Skeleton:
        if isinstance(part, dict):
            return {key: numbered(value) for key, value in part.items()}
        if isinstance(part, list | tuple):
            return type(part)(map(numbered, part))
        return Leaf(next(numbers)) if leaves(part) else part

    return numbered(tree)


@dataclass(frozen=True)
class Form:
    """How weights are kept.

    Attributes:
        skeleton: their container.
        is_grouped: W1, W2, ..., b1, b2, ... and not W1, b1, W2, b2, ...
        is_turned: W is (fan_out, fan_in).
        bias: the shape of b, a key of BIASES.
    """

    skeleton: Skeleton
    is_grouped: bool
    is_turned: bool
    bias: str

    def pack(self, params: Sequence[LayerParams]) -> Tree:
        """Return weights as the program keeps them."""
        ours = [
            (np.array(w.T if self.is_turned else w, order="C"), b.reshape(BIASES[self.bias]).copy())
            for w, b in params
        ]
        arrays = [
            a for pair in (zip(*ours, strict=True) if self.is_grouped else ours) for a in pair
        ]

        def filled(part: Skeleton) -> Any:
            if isinstance(part, Leaf):
                return arrays[part.number]
            if isinstance(part, dict):
                return {key: filled(value) for key, value in part.items()}
            if isinstance(part, list | tuple):
                return type(part)(map(filled, part))
            return part  # what is no array stays as it was

        packed: Tree = filled(self.skeleton)
        return packed

    def unpack(self, tree: Tree, sizes: Sequence[int]) -> list[LayerParams]:
        """Return what a program returned as (fan_in, fan_out) and (fan_out,), in float64.

        Errors: WrongForm.
        """
        found, n = leaves(tree), len(sizes) - 1
        shapes = list(pairwise(sizes))
        if len(found) != 2 * n:
            raise WrongForm(f"{len(found)} arrays, where {n} layers have {2 * n}")
        pairs = (
            zip(found[:n], found[n:], strict=True)
            if self.is_grouped
            else zip(*[iter(found)] * 2, strict=True)
        )
        params = []
        for i, ((w, b), shape) in enumerate(zip(pairs, shapes, strict=True), 1):
            wanted = shape[::-1] if self.is_turned else shape
            if w.shape != wanted:
                raise WrongForm(f"W{i} is {w.shape}, where the layer's weights are {wanted}")
            if b.size != shape[1]:
                raise WrongForm(f"b{i} is {b.shape}, where the layer has {shape[1]} units")
            params.append(
                (np.array(w.T if self.is_turned else w, float), np.array(b, float).ravel())
            )
        return params

    def __str__(self) -> str:
        layout = "(fan_out, fan_in)" if self.is_turned else "(fan_in, fan_out)"
        return f"weights are {layout}, biases {self.bias}"


def forms_of(tree: Tree, sizes: Sequence[int]) -> list[Form]:
    """Return the forms that weights of these sizes may have, seen in an example; none fits none."""
    skeleton, n, forms = skeleton_of(tree), len(sizes) - 1, []
    both = list(tree.values()) if isinstance(tree, dict) else tree
    are_two = isinstance(both, list | tuple) and [len(leaves(part)) for part in both] == [n, n]
    orders = (True, False) if are_two and n > 1 else (False, True)
    for is_grouped, is_turned, bias in product(orders, (False, True), BIASES):
        form = Form(skeleton, is_grouped, is_turned, bias)
        try:
            form.unpack(tree, sizes)
        except WrongForm:
            continue
        found = leaves(tree)
        biases = found[n:] if is_grouped else found[1::2]
        if all(b.shape == b.reshape(BIASES[bias]).shape for b in biases):
            forms.append(form)
    # where W2 may have the shape of b1: first the forms in which no weights are all equal
    return sorted(forms, key=lambda form: any(np.ptp(w) == 0 for w, _ in form.unpack(tree, sizes)))


def usual_forms(n_layers: int) -> Iterator[Form]:
    """Yield all usual forms for a program that shows no example."""
    pairs = [(Leaf(2 * i), Leaf(2 * i + 1)) for i in range(n_layers)]
    flat = [leaf for pair in pairs for leaf in pair]
    front, back = flat[:n_layers], flat[n_layers:]
    numbered = range(1, n_layers + 1)
    in_turn: list[Skeleton] = [
        flat,
        pairs,
        {
            f"{kind}{i}": leaf
            for i, pair in zip(numbered, pairs, strict=True)
            for kind, leaf in zip("Wb", pair, strict=True)
        },
        [dict(zip("Wb", pair, strict=True)) for pair in pairs],
    ]
    grouped: list[Skeleton] = [flat, (front, back), {"W": front, "b": back}]
    for bias, is_turned in product(BIASES, (False, True)):
        yield from (Form(skeleton, False, is_turned, bias) for skeleton in in_turn)
        yield from (Form(skeleton, True, is_turned, bias) for skeleton in grouped)


@dataclass(frozen=True)
class DataForm:
    """How examples are handed over: in rows or in columns, and the labels as what."""

    in_columns: bool
    labels: str

    def x(self, x: FloatArray) -> FloatArray:
        """Return inputs (n, inputs) as the program takes them."""
        return np.array(x.T if self.in_columns else x, order="C")

    def y(self, rows: Rows) -> Tree:
        """Return labels as the program takes them."""
        if self.labels == "one-hot":
            return self.x(rows.targets)
        if self.labels == LABELS[0]:
            return rows.y.copy()
        return rows.y.reshape((-1, 1) if self.labels.endswith("(n, 1)") else (1, -1))

    def __str__(self) -> str:
        return f"examples are {'columns' if self.in_columns else 'rows'}, labels {self.labels}"


DATA_FORMS = tuple(DataForm(*chosen) for chosen in product((False, True), LABELS))

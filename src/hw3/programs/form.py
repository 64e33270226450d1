"""How a program keeps its weights and its examples: layouts, orders and containers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.reference import Rows
from hw3.programs.wire import Tree

BIASES = {"(n,)": (-1,), "(n, 1)": (-1, 1), "(1, n)": (1, -1)}
FIRST, LAST, NONE = "in front of the weights in W", "behind the weights in W", "left out"
IN_TURN, WEIGHTS_FIRST, BIASES_FIRST = "W1, b1, W2, ...", "W1, W2, ..., b1, ...", "b1, ..., W1, ..."
LABELS = ("whole numbers", "one-hot", "whole numbers (n, 1)", "whole numbers (1, n)")


class WrongForm(Exception):
    """What came back is not what the weights are kept as; the message says what it is."""


class NotFinite(WrongForm):
    """A loss that is no number, though the program ran."""


class Leaf(NamedTuple):
    """Where an array of the weights stands in their container: its number in their order."""

    number: int
    is_list: bool = False  # kept as a list of numbers, or of lists of them


Skeleton: TypeAlias = Any  # a Tree with a Leaf for each array


def mapped(tree: Any, is_leaf: Callable[[Any], bool], of_leaf: Callable[[Any], Any]) -> Any:
    """Return a tree with something else for each of its leaves, in its order."""
    if is_leaf(tree):
        return of_leaf(tree)
    if isinstance(tree, dict):
        return {key: mapped(value, is_leaf, of_leaf) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(mapped(value, is_leaf, of_leaf) for value in tree)
    if isinstance(tree, np.ndarray) and tree.dtype.kind == "O":
        made = np.empty(tree.shape, object)
        for i, value in enumerate(tree.flat):
            made.flat[i] = mapped(value, is_leaf, of_leaf)
        return made
    return tree


def is_array(tree: Tree) -> bool:
    """Whether a tree is an array of numbers; a lone number is none."""
    return isinstance(tree, np.ndarray) and tree.ndim > 0 and tree.dtype.kind in "fiu"


def is_listed(tree: Tree) -> bool:
    """Whether a tree is a list of numbers, or a rectangle of such lists."""
    if not isinstance(tree, list | tuple) or not tree:
        return False
    if all(isinstance(value, int | float) for value in tree):
        return True
    rows = [value for value in tree if isinstance(value, list | tuple)]
    is_rectangle = len(rows) == len(tree) and len({len(row) for row in rows}) == 1
    return is_rectangle and all(isinstance(v, int | float) for row in rows for v in row)


def leaves(tree: Tree) -> list[FloatArray]:
    """Return the arrays of numbers in a tree, in its order; if it has none, its lists of them."""
    found: list[FloatArray] = []
    mapped(tree, is_array, found.append)
    if not found:
        mapped(tree, is_listed, lambda part: found.append(np.array(part, float)))
    return found


def skeleton_of(tree: Tree) -> Skeleton:
    """Return a tree with its arrays numbered, or its lists of numbers if it has no array."""
    numbers = iter(range(len(leaves(tree))))
    skeleton = mapped(tree, is_array, lambda part: Leaf(next(numbers)))
    if next(numbers, 1) == 0:
        numbers = iter(range(len(leaves(tree))))
        return mapped(tree, is_listed, lambda part: Leaf(next(numbers), True))
    return skeleton


def aligned(skeleton: Skeleton, tree: Tree) -> Tree:
    """Return what a program returned with dictionaries in the order of its weights.

    A gradient of W1 may be called W1 or end so, as dW1; what has no name among the weights is left
    out, if all of these are there.
    """
    if not isinstance(skeleton, dict) or not isinstance(tree, dict):
        return tree
    found: dict[Any, Tree] = {}
    for key, part in skeleton.items():
        names = [k for k in tree if k == key] or [k for k in tree if str(k).endswith(str(key))]
        if len(names) != 1:
            return tree
        found[names[0]] = aligned(part, tree[names[0]])
    return found


@dataclass(frozen=True)
class Form:
    """How weights are kept.

    Attributes:
        skeleton: their container.
        order: of the arrays in it.
        is_turned: W is (fan_out, fan_in).
        bias: the shape of b, a key of BIASES; or where in W it is, or that there is none.
    """

    skeleton: Skeleton
    order: str
    is_turned: bool
    bias: str

    @property
    def has_biases(self) -> bool:
        """Whether layers have biases."""
        return self.bias != NONE

    def n_arrays(self, sizes: Sequence[int]) -> int:
        """Return how many arrays the weights of layers are."""
        return (len(sizes) - 1) * (2 if self.bias in BIASES else 1)

    def pack(self, params: Sequence[LayerParams]) -> Tree:
        """Return weights as the program keeps them."""
        arrays = list(self._ordered([self._kept(w, b) for w, b in params]))

        def of_leaf(leaf: Leaf) -> Tree:
            array = arrays[leaf.number]
            listed: Tree = array.tolist()
            return listed if leaf.is_list else array

        packed: Tree = mapped(self.skeleton, lambda part: isinstance(part, Leaf), of_leaf)
        return packed

    def _kept(self, w: FloatArray, b: FloatArray) -> tuple[FloatArray, ...]:
        """Return the arrays of one layer, W first."""
        if self.bias in (FIRST, LAST):
            w = np.vstack([b, w] if self.bias == FIRST else [w, b])
        w = np.array(w.T if self.is_turned else w, order="C")
        return (w, b.reshape(BIASES[self.bias]).copy()) if self.bias in BIASES else (w,)

    def _ordered(self, layers: Sequence[tuple[FloatArray, ...]]) -> Iterator[FloatArray]:
        """Yield the arrays of all layers in their order."""
        groups: Iterable[tuple[FloatArray, ...]] = layers
        if self.order != IN_TURN:
            kinds = list(zip(*layers, strict=True))
            groups = kinds[::-1] if self.order == BIASES_FIRST else kinds
        for group in groups:
            yield from group

    def unpack(self, tree: Tree, sizes: Sequence[int]) -> list[LayerParams]:
        """Return what a program returned as (fan_in, fan_out) and (fan_out,), in float64.

        Errors: WrongForm.
        """
        found, n = leaves(aligned(self.skeleton, tree)), len(sizes) - 1
        if len(found) != self.n_arrays(sizes):
            raise WrongForm(f"{len(found)} arrays, where {n} layers have {self.n_arrays(sizes)}")
        halves = (found[:n], found[n:])
        if self.order != IN_TURN:
            layers = list(zip(*halves[:: -1 if self.order == BIASES_FIRST else 1], strict=True))
        else:
            layers = list(zip(*[iter(found)] * (len(found) // n), strict=True))
        of_layers = zip(layers, pairwise(sizes), strict=True)
        return [self._ours(i, *each) for i, each in enumerate(of_layers, 1)]

    def _ours(self, i: int, kept: tuple[FloatArray, ...], shape: tuple[int, int]) -> LayerParams:
        """Return the weights and biases of layer i."""
        fan_in, fan_out = shape
        rows = fan_in + (self.bias in (FIRST, LAST))
        w = np.array(kept[0].T if self.is_turned else kept[0], float)
        if w.shape != (rows, fan_out):
            wanted = (fan_out, rows) if self.is_turned else (rows, fan_out)
            raise WrongForm(f"W{i} is {kept[0].shape}, where the layer's weights are {wanted}")
        if len(kept) == 2 and kept[1].size != fan_out:
            raise WrongForm(f"b{i} is {kept[1].shape}, where the layer has {fan_out} units")
        if self.bias == FIRST:
            return w[1:], w[0]
        if self.bias == LAST:
            return w[:-1], w[-1]
        return w, np.array(kept[1], float).ravel() if len(kept) == 2 else np.zeros(0)

    def __str__(self) -> str:
        layout = "(fan_out, fan_in)" if self.is_turned else "(fan_in, fan_out)"
        return f"weights are {layout}, biases {self.bias}"


def forms_of(tree: Tree, sizes: Sequence[int]) -> list[Form]:
    """Return the forms that weights of these sizes may have, seen in an example; none fits none."""
    skeleton, n, forms = skeleton_of(tree), len(sizes) - 1, []
    found = leaves(tree)
    choices = [*product((IN_TURN, WEIGHTS_FIRST, BIASES_FIRST), (False, True), BIASES)]
    choices += [*product((IN_TURN,), (False, True), (LAST, FIRST, NONE))]
    for choice in choices:
        form = Form(skeleton, *choice)
        try:
            form.unpack(tree, sizes)
        except WrongForm:
            continue
        wanted = BIASES.get(form.bias)
        starts = {IN_TURN: slice(1, None, 2), BIASES_FIRST: slice(0, n)}
        biases = found[starts.get(form.order, slice(n, None))] if wanted else []
        if all(b.shape == b.reshape(wanted).shape for b in biases):
            forms.append(form)
    both = list(tree.values()) if isinstance(tree, dict) else tree
    are_two = isinstance(both, list | tuple) and [len(leaves(part)) for part in both] == [n, n]

    def unlikely(form: Form) -> tuple[bool, bool]:
        """Where W2 may have the shape of b1: equal weights, pairs in what is two lists."""
        is_equal = any(np.ptp(w) == 0 for w, _ in form.unpack(tree, sizes))
        return is_equal, are_two and form.order == IN_TURN

    return sorted(forms, key=unlikely)


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
    grouped: Sequence[Skeleton] = [flat, (front, back), {"W": front, "b": back}]
    skeletons: Mapping[str, Sequence[Skeleton]] = {IN_TURN: in_turn, WEIGHTS_FIRST: grouped}
    for bias, is_turned in product(BIASES, (False, True)):
        for order, chosen in skeletons.items():
            yield from (Form(skeleton, order, is_turned, bias) for skeleton in chosen)


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

"""One update of a network, every array of it with its formula: what training computes, to be read.

The step is that of the numpy backend, in float64; nothing is derived a second time. Weights are
shown as the course writes them, (fan_out, fan_in).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from textwrap import indent
from typing import Literal

import numpy as np
import yaml

from hw3.backends.base import Network
from hw3.backends.numpy_backend import NumpyBackend
from hw3.core.errors import ConfigError
from hw3.core.words import counted, quoted, shape
from hw3.nn.arrays import FloatArray, IntArray, LayerParams, n_parameters
from hw3.nn.losses import SigmoidCrossEntropy, SoftmaxCrossEntropy

ARRAY = re.compile(r"[Wb][1-9]\d*")
SIZES = re.compile(r"\[?\d{1,9}((, ?|-|x)\d{1,9})+\]?")
KEPT: tuple[Literal["z", "a", "d_z", "slope"], ...] = ("z", "a", "d_z", "slope")
MOST = 1_000_000  # weights; more cannot be read
# Every hidden unit is on for one row and off for the other, or on for both; no sum is at a kink.
EXAMPLE: Mapping[str, FloatArray] = {
    "x": np.array([[1, 0.5], [-0.5, 1]]),
    "W1": np.array([[0.2, -0.3], [0.4, 0.1], [-0.5, 0.6]]),
    "b1": np.array([0.1, -0.1, 0.1]),
    "W2": np.array([[0.3, -0.2, 0.5], [-0.4, 0.1, 0.2]]),
    "b2": np.array([0.1, -0.1]),
}
EXAMPLE_SIZES = (2, 3, 2)
# How a pocket calculator gets an activation a of z, and its slope.
BY_HAND: Mapping[str, tuple[str, str]] = {
    "relu": ("max(0, {z})", "1 where {z} > 0, {act.slope_at_zero:g} where {z} = 0, else 0"),
    "leaky_relu": (
        "{z} where {z} > 0, else {act.negative_slope:g} {z}",
        "1 where {z} > 0, else {act.negative_slope:g}",
    ),
    "elu": (
        "{z} where {z} > 0, else {act.alpha:g} (e^{z} - 1)",
        "1 where {z} > 0, else {a} + {act.alpha:g}",
    ),
    "tanh": ("(e^{z} - e^-{z}) / (e^{z} + e^-{z})", "1 - {a}^2"),
    "sigmoid": ("1 / (1 + e^-{z})", "{a} (1 - {a})"),
    "silu": ("{z} / (1 + e^-{z})", "{a} + (1 - {a}) / (1 + e^-{z})"),
    "gelu": ("{z}/2 (1 + tanh(0.797885 ({z} + 0.044715 {z}^3)))", ""),
}


@dataclass(frozen=True)
class Step:
    """An array of the update: in which part it comes, what it is called and how it is computed."""

    part: str
    name: str
    formula: str
    values: FloatArray | IntArray


@dataclass(frozen=True)
class Update:
    """What is traced: weights (fan_in, fan_out) and biases of each layer, rows and labels."""

    layers: list[LayerParams]
    inputs: FloatArray
    labels: IntArray

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, hidden layers, outputs."""
        return (self.inputs.shape[1], *(bias.size for _, bias in self.layers))


def update_of(given: Mapping[str, object]) -> Update:
    """Return the update of given arrays: sizes, x, y, W1, b1, ...; what is missing is an example's.

    Raises:
        ConfigError: for what is no array of numbers, or of another shape; names that wanted.
    """
    arrays = {k: numbers(k, v) for k, v in given.items() if k == "x" or ARRAY.fullmatch(k)}
    sizes = sizes_of(given.get("sizes"), arrays)
    if n_parameters(sizes) > MOST:
        raise ConfigError(f"sizes: a network of {shape(sizes)} is too large to be read")
    example = EXAMPLE if sizes == EXAMPLE_SIZES else {}
    rng = np.random.default_rng(0)

    def taken(key: str, *wanted: int) -> FloatArray:
        found = arrays.pop(key, example.get(key, rng.integers(-9, 10, wanted) / 10))
        if key == "x":
            found = np.atleast_2d(found)
            wanted = (len(found), *wanted[1:])
        if found.shape != wanted:
            hint = "; it looks transposed" if found.T.shape == wanted else ""
            net = f"in a network of {shape(sizes)}, whose W are (fan_out, fan_in)"
            raise ConfigError(f"{key} must have the shape {wanted} {net}; got {found.shape}{hint}")
        return found

    shapes = enumerate(pairwise(sizes), 1)
    layers = [(taken(f"W{i}", n, m).T.copy(), taken(f"b{i}", n)) for i, (m, n) in shapes]
    inputs = taken("x", 2, sizes[0])
    if arrays:
        raise ConfigError(f"{min(arrays)}: a network of {shape(sizes)} has {len(layers)} layers")
    return Update(layers, inputs, labels_of(given.get("y"), len(inputs), max(2, sizes[-1])))


def numbers(key: str, value: object) -> FloatArray:
    """Return text or lists as an array of finite numbers, or raise ConfigError."""
    try:
        found = np.array(yaml.safe_load(value) if isinstance(value, str) else value, np.float64)
    except (ValueError, TypeError, yaml.YAMLError, RecursionError):
        found = np.empty(0)
    if not found.size or not np.isfinite(found).all():
        raise ConfigError(
            f"{key} must be numbers such as [0.1,-0.3], or rows of equal length such as "
            f"[[0.1,-0.3],[0.2,0.5]]; got {quoted(value)}"
        )
    return found


def sizes_of(given: object, arrays: Mapping[str, FloatArray]) -> tuple[int, ...]:
    """Return the layer sizes that are given; else those of W1, W2, ... if there are two or more."""
    if given is not None:
        found = re.findall(r"\d+", str(given)) if SIZES.fullmatch(str(given)) else []
        if not found or not all(sizes := tuple(map(int, found))):
            raise ConfigError(f"sizes must be two or more, such as 2,3,2; got {quoted(given)}")
        return sizes
    weights: list[FloatArray] = []
    while (key := f"W{len(weights) + 1}") in arrays and arrays[key].ndim == 2:
        weights.append(arrays[key])
    if len(weights) < 2:
        return EXAMPLE_SIZES
    return (weights[0].shape[1], *(len(weight) for weight in weights))


def labels_of(given: object, n_rows: int, n_classes: int) -> IntArray:
    """Return a class for each row, those given or 0, 1, ... in turn; else raise ConfigError."""
    if given is None:
        return np.arange(n_rows) % n_classes
    found = np.atleast_1d(numbers("y", given))
    if found.shape != (n_rows,) or not np.isin(found, np.arange(n_classes)).all():
        raise ConfigError(
            f"y must be a class from 0 to {n_classes - 1} for each of {counted(n_rows, 'row')}, "
            f"got {quoted(given)}"
        )
    return found.astype(np.int64)


def traced(update: Update, like: Network, rate: float) -> Iterator[Step]:
    """Yield every array of one step of plain mini-batch training, in the order of computing."""
    n = len(update.inputs)
    loss = SigmoidCrossEntropy() if update.sizes[-1] == 1 else SoftmaxCrossEntropy()
    net = replace(like, layer_sizes=update.sizes, loss=loss, batch_size=n)
    backend = NumpyBackend(net := replace(net, dtype="float64", device="cpu"))
    backend.set_params(update.layers)
    stack = backend.join([backend])
    stack.fill_gradient(update.inputs[None], update.labels[None])
    yield Step("given", "x, a row for each example", "", update.inputs)
    yield Step("given", "y, the class of each row", "", update.labels)
    for i, (weight, bias) in enumerate(update.layers, 1):
        yield Step("given", f"W{i}", "", weight.T)
        yield Step("given", f"b{i}", "", bias)
    z, a, d_z, slope = ([k[0].copy() for k in stack.mlp.kept(x)] for x in KEPT)
    yield from forward(net, z, a)
    yield from (before := list(losses("loss", net, update.layers, z[-1], update.labels)))
    grads = [(weight[0].copy(), bias[0].copy()) for weight, bias in stack.grads.layers()]
    yield from backward(net, d_z, slope, grads)
    rows = update.inputs, update.labels, np.arange(n)[None]
    stack.train_epoch(*rows, batch_size=n, learning_rates=[rate], dropout_rngs=[])
    after = backend.get_params()
    name = net.optimizer.name
    rule = "{0} - lr d{0}" if name == "sgd" else f"{{0}} after one step of {name}"
    for i, (weight, bias) in enumerate(after, 1):
        yield Step("update", f"W{i}'", rule.format(f"W{i}"), weight.T)
        yield Step("update", f"b{i}'", rule.format(f"b{i}"), bias)
    logits = backend.predict_logits(update.inputs)
    *parts, last = losses("the same rows after the update", net, after, logits, update.labels)
    yield from parts
    yield replace(last, formula=f"{last.formula}; it was {before[-1].values:.6f}")


def forward(net: Network, z: Sequence[FloatArray], a: Sequence[FloatArray]) -> Iterator[Step]:
    """Yield pre-activations and activations (n, width), and the class probabilities."""
    for i, values in enumerate(z, 1):
        below = f"a{i - 1}" if i > 1 else "x"
        yield Step("forward", f"z{i}", f"{below} W{i}^T + b{i}", values)
        if i < len(z):
            words = " = ".join(filter(None, (f"{net.activation.name}(z{i})", by_hand(net, i)[0])))
            yield Step("forward", f"a{i}", words, a[i - 1])
    top = f"z{len(z)}"
    softmax = f"softmax({top}) = e^{top} / (the sum of e^{top} in its row)"
    formula = f"sigmoid({top}) = 1 / (1 + e^-{top})" if is_binary(net) else softmax
    yield Step("forward", "p", formula, net.loss.probabilities(z[-1]))


def by_hand(net: Network, i: int) -> list[str]:
    """Return the formulas of a layer's activation and of its slope; "" where there is none."""
    texts = BY_HAND.get(net.activation.name, ("", ""))
    return [text.format(z=f"z{i}", a=f"a{i}", act=net.activation) for text in texts]


def is_binary(net: Network) -> bool:
    """Whether there is one output, a sigmoid."""
    return net.layer_sizes[-1] == 1


def losses(
    part: str, net: Network, layers: Sequence[LayerParams], logits: FloatArray, labels: IntArray
) -> Iterator[Step]:
    """Yield the loss of each row, (n,), and what is minimised: their mean and the penalty."""
    each = net.loss.per_example(logits, labels)
    formula = "-y ln p - (1 - y) ln(1 - p)" if is_binary(net) else "-ln(p of the row's class)"
    yield Step(part, "losses", formula, each)
    penalty = net.regularizer.penalty(np.concatenate([weight.ravel() for weight, _ in layers]))
    if penalty:
        factors = {
            "sum of all |w|": net.regularizer.l1,
            "sum of all w^2": net.regularizer.l2_factor,
        }
        yield Step(part, "penalty", weighted(factors), np.array(penalty))
    added = "mean of the losses + penalty" if penalty else "mean of the losses"
    yield Step(part, "loss", added, np.array(each.mean() + penalty))


def backward(
    net: Network,
    d_z: Sequence[FloatArray],
    slope: Sequence[FloatArray],
    grads: Sequence[LayerParams],
) -> Iterator[Step]:
    """Yield delta = d loss / d z, (n, width), and the gradients, from the last layer down."""
    formula = f"({'p - y' if is_binary(net) else 'p - onehot(y)'}) / {len(d_z[0])}"
    for i in range(len(d_z), 0, -1):
        if i < len(d_z):
            act = f"{net.activation.name}'(z{i})"
            yield Step("backward", act, by_hand(net, i)[1], slope[i - 1])
            formula = f"(delta{i + 1} W{i + 1}) * {act}"
        yield Step("backward", f"delta{i}", formula, d_z[i - 1])
        below = f"a{i - 1}" if i > 1 else "x"
        factors = {f"sign(W{i})": net.regularizer.l1, f"W{i}": 2 * net.regularizer.l2_factor}
        words = " + ".join(filter(None, (f"delta{i}^T {below}", weighted(factors))))
        yield Step("backward", f"dW{i}", words, grads[i - 1][0].T)
        yield Step("backward", f"db{i}", f"sum over the rows of delta{i}", grads[i - 1][1])


def weighted(factors: Mapping[str, float]) -> str:
    """Return "0.01 sum of all w^2": what has a factor other than 0."""
    return " + ".join(f"{factor:g} {of}" for of, factor in factors.items() if factor)


@np.errstate(all="ignore")  # a step may lead beyond all numbers, as in training
def shown(update: Update, like: Network, rate: float) -> str:
    """Return text of at most 80 columns: of each step name, formula and shape, then its values."""
    lines, part = list[str](), ""
    for step in traced(update, like, rate):
        if step.part != part:
            lines.append(f"\n{(part := step.part)}")
        formula = f"{step.name} = {step.formula}" if step.formula else step.name
        lines.append(f"  {formula:<62} {step.values.shape or ''!s:>12}".rstrip())
        plain = step.values.round(6) + step.values.dtype.type(0)  # no -0
        text = np.array2string(plain, 70, 6, suppress_small=True, threshold=72)
        lines.append(indent(text, " " * 6))
    return "\n".join(lines)

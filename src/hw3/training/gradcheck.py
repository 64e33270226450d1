"""The gradients with which both backends train, against central differences of the loss.

(f(w + h) - f(w - h)) / 2h of the loss in float64 has an error of about 1e-10: eps |f| / h from
rounding, h^2 |f'''| / 6 from the third derivative. Hence LIMITS, whose product is ten times that: a
number below the floor is compared as if it were the floor. Where h and h / 4 disagree by more, a
unit (or a weight under an L1 penalty) passes a kink on the way, and the place is left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hw3.backends import Network, has_torch, make_backend
from hw3.config.schema import Config
from hw3.core.seeds import stream
from hw3.nn.activations import Activation
from hw3.nn.arrays import FloatArray, IntArray, LayerParams
from hw3.nn.optimizers import SGD
from hw3.nn.regularizers import dropout_masks
from hw3.training.build import fresh_params
from hw3.training.difference import Difference, largest
from hw3.training.memory import check_memory, network_of

STEP = 1e-5
LIMITS = {"floor": 1e-4, "allowed": 1e-5}
ROWS = 8
SAMPLE = 40  # parameters of an array
RANGE, POINTS = 8.0, 2000  # where the slope is compared


@dataclass(frozen=True)
class Subject:
    """A network with its weights, and the random rows and dropout masks of one step."""

    net: Network
    params: Sequence[LayerParams]
    inputs: FloatArray
    labels: IntArray
    masks: Sequence[FloatArray]
    seed: int


def checked(config: Config) -> list[Difference]:
    """Return the differences of the slope, and of each array in both backends.

    The torch backend is left out where the activation has no form for it.
    """
    check_memory([config])
    rng = np.random.default_rng(config.seed)
    subject = subject_of(config, rng)
    net, params = subject.net, subject.params
    found = [slope_difference(net.activation, rng)]
    arrays = [array for pair in params for array in pair]
    flat = [rng.choice(a.size, min(SAMPLE, a.size), replace=False) for a in arrays]
    places = [np.stack(np.unravel_index(f, a.shape), 1) for f, a in zip(flat, arrays, strict=True)]
    layers = forward(subject)
    numeric = [
        np.array([quotient(objective(subject, layers, i // 2, tuple(place))) for place in where])
        for i, where in enumerate(places)
    ]
    for name in ("numpy", "torch") if has_torch(net.activation) else ("numpy",):
        for i, gradient in enumerate(gradients(name, subject)):
            label, ours = f"{'Wb'[i % 2]}{i // 2 + 1} of {name}", gradient[tuple(places[i].T)]
            found.append(difference(label, ours, numeric[i], places[i].tolist().__getitem__))
    return found


def subject_of(config: Config, rng: np.random.Generator) -> Subject:
    """Return the network that a config describes with its first weights, and random data."""
    net = replace(network_of(config), dtype="float64", device="cpu", batch_size=ROWS)
    net, sizes = replace(net, optimizer=SGD(), clip_norm=None), net.layer_sizes
    params = [(w, b + 0.1 * rng.standard_normal(b.shape)) for w, b in fresh_params(config, sizes)]
    rngs, share = [stream(config.seed, "dropout")], net.regularizer.dropout
    masks = dropout_masks(rngs, ROWS, net.hidden_sizes, [share], net.dtype) if share else []
    inputs = rng.standard_normal((ROWS, sizes[0]))
    labels = rng.integers(0, max(2, sizes[-1]), ROWS)
    return Subject(net, params, inputs, labels, [mask[0] for mask in masks], config.seed)


def quotient(f: Callable[[float], FloatArray]) -> FloatArray:
    """Return the central difference of f at 0, NaN where there is a kink within the step."""
    wide, narrow = ((f(h) - f(-h)) / (2 * h) for h in (STEP, STEP / 4))
    allowed = LIMITS["allowed"] * np.maximum(np.abs(wide), LIMITS["floor"])
    return np.where(np.abs(wide - narrow) > allowed, np.nan, wide)


def difference(
    name: str, ours: FloatArray, numeric: FloatArray, at: Callable[[int], object]
) -> Difference:
    """Return how a gradient differs from central differences, where there is no kink."""
    (kept,) = np.nonzero(~np.isnan(numeric))
    n_left_out = len(numeric) - len(kept)
    compared = f"{len(kept):,}{f', {n_left_out} near a kink left out' if n_left_out else ''}"
    return largest(name, compared, ours[kept], numeric[kept], lambda i: at(kept[i]), **LIMITS)


def value_of(activation: Activation, z: FloatArray) -> FloatArray:
    """Return the activation at z."""
    out = np.empty_like(z)
    activation.value(z, out=out)
    return out


def slope_difference(activation: Activation, rng: np.random.Generator) -> Difference:
    """Return how the activation's slope differs from central differences of its value."""
    z = rng.uniform(-RANGE, RANGE, POINTS)
    slope = np.empty_like(z)
    activation.slope(z, value_of(activation, z), out=slope)
    numeric = quotient(lambda step: value_of(activation, z + step))
    return difference(f"slope of {activation.name}", slope, numeric, lambda i: f"z = {z[i]:.6g}")


def above(subject: Subject, layer: int, z: FloatArray) -> FloatArray:
    """Return the inputs of the layer above one whose z is given."""
    mask = subject.masks[layer] if subject.masks else 1
    h: FloatArray = value_of(subject.net.activation, z) * mask
    return h


def forward(subject: Subject) -> list[tuple[FloatArray, FloatArray]]:
    """Return inputs and z of each layer."""
    h, layers = subject.inputs, list[tuple[FloatArray, FloatArray]]()
    for i, (weight, bias) in enumerate(subject.params):
        layers.append((h, h @ weight + bias))
        h = above(subject, i, layers[-1][1]) if i < len(subject.params) - 1 else h
    return layers


def objective(
    subject: Subject,
    layers: Sequence[tuple[FloatArray, FloatArray]],
    layer: int,
    place: tuple[int, ...],
) -> Callable[[float], FloatArray]:
    """Return loss and penalty as a function of a step in one parameter of a layer.

    It moves z of one unit, so that only the layers above are computed anew.
    """
    net, params, is_weight = subject.net, subject.params, len(place) == 2
    h, unmoved = layers[layer]

    def at(step: float) -> FloatArray:
        z = unmoved.copy()
        z[:, place[-1]] += step * h[:, place[0]] if is_weight else step
        for i, (weight, bias) in enumerate(params[layer + 1 :], layer):
            z = above(subject, i, z) @ weight + bias
        moved = params[layer][0][place] + step if is_weight else 0.0
        loss: FloatArray = net.loss.per_example(z, subject.labels).mean()
        return loss + net.regularizer.penalty(np.array([moved]))

    return at


def gradients(name: str, subject: Subject) -> list[FloatArray]:
    """Return the gradient with which a backend trains: what a step of rate 1 takes away."""
    backend = make_backend(name, subject.net)
    backend.set_params(subject.params)
    backend.join([backend]).train_epoch(
        subject.inputs,
        subject.labels,
        np.arange(ROWS)[None],
        batch_size=ROWS,
        learning_rates=[1.0],
        dropout_rngs=[stream(subject.seed, "dropout")],
    )
    pairs = zip(subject.params, backend.get_params(), strict=True)
    return [a - b for before, after in pairs for a, b in zip(before, after, strict=True)]

"""The gradients with which both backends train, against central differences of the loss.

(f(w + h) - f(w - h)) / 2h of the loss in float64 has an error of about 1e-10: eps |f| / h from
rounding, h^2 |f'''| / 6 from the third derivative. Hence LIMITS, whose product is ten times
that: a number below the floor is compared as if it were the floor.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hw3.backends import Network, has_torch, make_backend
from hw3.config.schema import Config
from hw3.core.errors import ConfigError
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
MARGIN = 10 * STEP  # to a kink: a step in a weight moves a unit by the step times an input
ROWS = 8
SAMPLE = 40  # parameters of an array
DRAWS = 100  # of rows, until none has a unit near a kink
RANGE, CELLS, JUMP = 8.0, 16_000, 0.02  # where kinks are looked for, and how large one is
POINTS = 2000  # at which the slope is compared


@dataclass(frozen=True)
class Batch:
    """Random rows of a config's shapes, with the dropout masks of its first step.

    n_near: units that lay near a kink; their rows were drawn again.
    """

    inputs: FloatArray
    labels: IntArray
    masks: list[FloatArray]
    n_near: int


def checked(config: Config) -> tuple[list[Difference], int]:
    """Return the differences of all arrays in both backends, and how many units were left out.

    The torch backend is left out where the activation has no form for it.

    Raises:
        ConfigError: if every draw of the data has a unit near a kink.
    """
    check_memory([config])
    net = replace(network_of(config), dtype="float64", device="cpu", optimizer=SGD())
    net = replace(net, clip_norm=None, batch_size=ROWS)
    rng, bends = np.random.default_rng(config.seed), kinks(net.activation)
    params = [
        (w, b + 0.1 * rng.standard_normal(b.shape))
        for w, b in fresh_params(config, net.layer_sizes)
    ]
    batch = drawn(net, params, bends, config.seed, rng)
    found = [slope_difference(net.activation, bends, rng)]
    places = [[(*a,) for a in sampled(array, rng)] for pair in params for array in pair]
    numeric = list(quotients(net, params, batch, places))
    for name in ("numpy", "torch") if has_torch(net.activation) else ("numpy",):
        gradient = [g for pair in gradients(name, net, params, batch, config.seed) for g in pair]
        for i, (array, where, expected) in enumerate(zip(gradient, places, numeric, strict=True)):
            ours = np.array([array[place] for place in where])
            label = f"{'bW'[i % 2 == 0]}{i // 2 + 1} of {name}"
            compared = f"{len(where)} of {array.size:,}"
            listed = [list(map(int, place)) for place in where]
            found.append(largest(label, compared, ours, expected, listed.__getitem__, **LIMITS))
    return found, batch.n_near


def value_of(activation: Activation, z: FloatArray) -> FloatArray:
    """Return the activation at z."""
    out = np.empty_like(z)
    activation.value(z, out=out)
    return out


def kinks(activation: Activation) -> list[float]:
    """Return where the activation bends: one-sided slopes differ however near they are taken."""
    edges = np.linspace(-RANGE, RANGE, CELLS + 1)
    low, high, e = edges[:-1], edges[1:], 1e-6

    def jump(low: FloatArray, high: FloatArray) -> FloatArray:
        points = [value_of(activation, z) for z in (low - e, low, high, high + e)]
        return np.abs((points[3] - points[2]) - (points[1] - points[0])) / e

    with np.errstate(all="ignore"):
        for _ in range(14):  # a cell is halved until it is shorter than e
            is_bent = jump(low, high) > JUMP
            low, high = low[is_bent], high[is_bent]
            middle = (low + high) / 2
            is_left = jump(low, middle) > jump(middle, high)
            low, high = np.where(is_left, low, middle), np.where(is_left, middle, high)
    return sorted({round(float(z), 5) for z in (low + high) / 2})


def is_near(z: FloatArray, bends: Sequence[float]) -> np.ndarray:
    """Return which elements are near a kink."""
    near = np.zeros(z.shape, bool)
    for bend in bends:
        near |= np.abs(z - bend) < MARGIN
    return near


def slope_difference(
    activation: Activation, bends: Sequence[float], rng: np.random.Generator
) -> Difference:
    """Return how the activation's slope differs from central differences of its value."""
    z = np.append(rng.uniform(-RANGE, RANGE, POINTS), 0.0)
    z = z[~is_near(z, bends)]
    numeric = (value_of(activation, z + STEP) - value_of(activation, z - STEP)) / (2 * STEP)
    slope = np.empty_like(z)
    activation.slope(z, value_of(activation, z), out=slope)

    def at(i: int) -> str:
        return f"z = {z[i]:.6g}"

    return largest(
        f"slope of {activation.name}", f"{len(z):,} points", slope, numeric, at, **LIMITS
    )


def forward(
    net: Network, params: Sequence[LayerParams], inputs: FloatArray, masks: Sequence[FloatArray]
) -> list[tuple[FloatArray, FloatArray]]:
    """Return inputs and z of each layer; the last z are the logits."""
    layers: list[tuple[FloatArray, FloatArray]] = [(inputs, inputs @ params[0][0] + params[0][1])]
    for i, (weight, bias) in enumerate(params[1:]):
        h = value_of(net.activation, layers[i][1]) * (masks[i] if masks else 1)
        layers.append((h, h @ weight + bias))
    return layers


def drawn(
    net: Network,
    params: Sequence[LayerParams],
    bends: Sequence[float],
    seed: int,
    rng: np.random.Generator,
) -> Batch:
    """Return a batch in which no unit is near a kink; rows that have one are drawn again."""
    n_near, share = 0, net.regularizer.dropout
    inputs = rng.standard_normal((ROWS, net.layer_sizes[0]))
    labels = rng.integers(0, max(2, net.layer_sizes[-1]), ROWS)
    rngs, widths = [stream(seed, "dropout")], net.hidden_sizes
    masks = dropout_masks(rngs, ROWS, widths, [share], net.dtype) if share else []
    masks = [mask[0] for mask in masks]
    for _ in range(DRAWS):
        hidden = forward(net, params, inputs, masks)[:-1]
        near = [is_near(z, bends) for _, z in hidden]
        again = (
            np.any([rows.any(axis=1) for rows in near], axis=0) if near else np.zeros(ROWS, bool)
        )
        if not again.any():
            return Batch(inputs, labels, masks, n_near)
        n_near += sum(int(rows.sum()) for rows in near)
        inputs[again] = rng.standard_normal((int(again.sum()), inputs.shape[1]))
    raise ConfigError(
        f"act={net.activation.name} bends at {', '.join(map(str, bends[:4]))}: every draw of the "
        "data has a unit there; make model.hidden_sizes smaller"
    )


def sampled(array: FloatArray, rng: np.random.Generator) -> np.ndarray:
    """Return places in an array, (n, ndim), but where a penalty |w| may bend."""
    flat = rng.choice(array.size, min(SAMPLE, array.size), replace=False)
    flat = flat[np.abs(array.ravel()[flat]) > 2 * STEP]
    return np.stack(np.unravel_index(flat, array.shape), axis=1)


def quotients(
    net: Network,
    params: Sequence[LayerParams],
    batch: Batch,
    places: Sequence[Sequence[tuple[int, ...]]],
) -> Iterator[FloatArray]:
    """Yield the central differences of loss and penalty at places of each array."""
    layers = forward(net, params, batch.inputs, batch.masks)

    def objective(layer: int, place: tuple[int, ...], step: float) -> float:
        """With a step in one parameter, which moves z of one unit: the layers from there on."""
        h, z = layers[layer]
        is_weight, moved = len(place) == 2, z.copy()
        moved[:, place[-1]] += step * h[:, place[0]] if is_weight else step
        loss = net.loss.per_example(
            logits_above(net, params, batch.masks, layer, moved), batch.labels
        )
        weight = params[layer][0][place] + step if is_weight else 0.0
        return float(loss.mean()) + net.regularizer.penalty(np.array([weight]))

    for i, where in enumerate(places):
        sides = [[objective(i // 2, place, step) for place in where] for step in (STEP, -STEP)]
        yield (np.array(sides[0]) - np.array(sides[1])) / (2 * STEP)


def logits_above(
    net: Network,
    params: Sequence[LayerParams],
    masks: Sequence[FloatArray],
    layer: int,
    z: FloatArray,
) -> FloatArray:
    """Return the logits where z of a layer is given."""
    if layer == len(params) - 1:
        return z
    h = value_of(net.activation, z) * (masks[layer] if masks else 1)
    return forward(net, params[layer + 1 :], h, masks[layer + 1 :])[-1][1]


def gradients(
    name: str, net: Network, params: Sequence[LayerParams], batch: Batch, seed: int
) -> list[LayerParams]:
    """Return the gradient with which a backend trains: what a step of rate 1 takes away."""
    backend = make_backend(name, net)
    backend.set_params(params)
    backend.join([backend]).train_epoch(
        batch.inputs,
        batch.labels,
        np.arange(ROWS)[None],
        batch_size=ROWS,
        learning_rates=[1.0],
        dropout_rngs=[stream(seed, "dropout")],
    )
    after = backend.get_params()
    return [(w - w1, b - b1) for (w, b), (w1, b1) in zip(params, after, strict=True)]

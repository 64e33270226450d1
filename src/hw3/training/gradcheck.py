"""The gradients with which both backends train, against central differences of the loss.

(f(w + h) - f(w - h)) / 2h of the loss in float64 has an error of about 1e-10: eps |f| / h from
rounding, h^2 |f'''| / 6 from the third derivative. Hence FLOOR and ALLOWED, whose product is ten
times that: a number below the floor is compared as if it were the floor. Where h and h / 4 disagree
by more, a unit (or a weight under an L1 penalty) passes a kink on the way, and the place is left
out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from hw3.backends import Network, has_torch, make_backend
from hw3.config.schema import Config
from hw3.core.seeds import stream
from hw3.nn.activations import Activation
from hw3.nn.arrays import FloatArray, IntArray, Parameters
from hw3.nn.mlp import MLP
from hw3.nn.optimizers import SGD
from hw3.nn.regularizers import dropout_masks
from hw3.training.build import fresh_params
from hw3.training.difference import Difference, largest, named
from hw3.training.memory import check_memory, network_of

STEP = 1e-5
FLOOR, ALLOWED = 1e-4, 1e-5
ROWS = 8
SAMPLE = 40  # parameters of an array
RANGE, POINTS = 8.0, 2000  # where the slope is compared


@dataclass(frozen=True)
class Subject:
    """A network with its parameters, and the rows and the seed of one step."""

    net: Network
    params: Parameters
    inputs: FloatArray
    labels: IntArray
    seed: int

    @classmethod
    def of(cls, config: Config, rng: np.random.Generator) -> "Subject":
        """Return the network of a config with its first weights, and random data."""
        net = replace(network_of(config), dtype="float64", device="cpu", batch_size=ROWS)
        net, sizes = replace(net, optimizer=SGD(), clip_norm=None), net.layer_sizes
        params = Parameters.zeros(sizes, net.dtype)
        params.copy_in(fresh_params(config, sizes))
        params.vector[params.weight_vector.size :] += 0.1 * rng.standard_normal(sum(sizes[1:]))
        inputs = rng.standard_normal((ROWS, sizes[0]))
        return cls(net, params, inputs, rng.integers(0, max(2, sizes[-1]), ROWS), config.seed)

    def loss(self) -> Callable[[int, float], FloatArray]:
        """Return the loss as a function of a parameter's number and a step in that parameter.

        The penalty in it is of that weight alone; the others' would add to what is rounded away.
        """
        net, vector, share = self.net, self.params.vector, self.net.regularizer.dropout
        rngs = [stream(self.seed, "dropout")]
        drawn = dropout_masks(rngs, ROWS, net.hidden_sizes, [share], net.dtype) if share else []
        masks, mlp = [mask[0] for mask in drawn], MLP(self.params, [net.activation], ROWS)

        def at(i: int, step: float) -> FloatArray:
            kept = vector[i]
            vector[i] += step
            losses = net.loss.per_example(mlp.forward(self.inputs, masks), self.labels)
            penalty = net.regularizer.penalty(self.params.weight_vector[i : i + 1])
            vector[i] = kept
            return np.asarray(losses.mean() + penalty)

        return at

    def gradient(self, backend_name: str) -> FloatArray:
        """Return the gradient with which a backend trains: what a step of rate 1 takes away."""
        backend = make_backend(backend_name, self.net)
        backend.set_params(self.params.layers())
        backend.join([backend]).train_epoch(
            self.inputs,
            self.labels,
            np.arange(ROWS)[None],
            batch_size=ROWS,
            learning_rates=[1.0],
            dropout_rngs=[stream(self.seed, "dropout")],
        )
        after = Parameters.zeros(self.net.layer_sizes, self.net.dtype)
        after.copy_in(backend.get_params())
        return self.params.vector - after.vector


def differences(config: Config) -> list[Difference]:
    """Return the differences of the slope, and of each array in both backends.

    The torch backend is left out where the activation has no form for it.
    """
    check_memory([config])
    rng = np.random.default_rng(config.seed)
    subject = Subject.of(config, rng)
    act, loss, found = subject.net.activation, subject.loss(), [slope_difference(config.act, rng)]
    backends = ("numpy", "torch") if has_torch(act) else ("numpy",)
    gradients = {name: subject.gradient(name) for name in backends}
    numbers = Parameters(
        subject.net.layer_sizes, np.arange(subject.params.vector.size, dtype=float)
    )
    for name, array in named(numbers.layers()):
        sample = rng.choice(array.size, min(SAMPLE, array.size), replace=False)
        at = np.transpose(np.unravel_index(sample, array.shape)).tolist()
        places = array.ravel()[sample].astype(int)
        numeric = np.array([quotient(partial(loss, i)) for i in places])
        for backend, gradient in gradients.items():
            found.append(difference(f"{name} of {backend}", gradient[places], numeric, at))
    return found


def slope_difference(activation: Activation, rng: np.random.Generator) -> Difference:
    """Return how the activation's slope differs from central differences of its value."""
    z = rng.uniform(-RANGE, RANGE, POINTS)

    def value(step: float) -> FloatArray:
        out = np.empty_like(z)
        activation.value(z + step, out=out)
        return out

    slope = np.empty_like(z)
    activation.slope(z, value(0), out=slope)
    at = [f"z = {number:.6g}" for number in z]
    return difference(f"slope of {activation.name}", slope, quotient(value), at)


def quotient(f: Callable[[float], FloatArray]) -> FloatArray:
    """Return the central difference of f at 0, NaN where there is a kink within the step."""
    with np.errstate(invalid="ignore"):
        wide, narrow = ((f(h) - f(-h)) / (2 * h) for h in (STEP, STEP / 4))
        is_kink = np.abs(wide - narrow) > ALLOWED * np.maximum(np.abs(wide), FLOOR)
    return np.where(is_kink, np.nan, np.where(np.isnan(wide), np.inf, wide))


def difference(
    name: str, ours: FloatArray, numeric: FloatArray, places: Sequence[object]
) -> Difference:
    """Return how a gradient, (n,), differs from central differences where there is no kink."""
    (kept,) = np.nonzero(~np.isnan(numeric))
    limits = (FLOOR, ALLOWED)
    found = largest(name, ours[kept], numeric[kept], limits, lambda i: places[kept[i[0]]])
    n_left_out = len(numeric) - len(kept)
    remark = f", {n_left_out} near a kink left out" if n_left_out else ""
    return replace(found, compared=found.compared + remark)

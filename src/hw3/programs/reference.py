"""The networks that a program may mean, in float64: every usual hidden activation and loss.

These are the predictions that a program is held against. A network with a bug is a subclass that
differs in one method (bugs.py), as the program with that bug does. Weights are (fan_in, fan_out).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from hw3.nn.activations import ELU, GELU, Activation, LeakyReLU, ReLU, Sigmoid, SiLU, Tanh
from hw3.nn.arrays import FloatArray, IntArray, LayerParams

ACTS: dict[str, Activation] = {
    "relu": ReLU(0.0),
    "tanh": Tanh(),
    "sigmoid": Sigmoid(),
    "leaky relu with slope 0.01": LeakyReLU(0.01),
    "leaky relu with slope 0.1": LeakyReLU(0.1),
    "leaky relu with slope 0.2": LeakyReLU(0.2),
    "elu": ELU(1.0),
    "silu": SiLU(),
    "gelu": GELU(),
}
HEADS = {
    "softmax": "softmax and cross-entropy",
    "sigmoid": "a sigmoid for each output and binary cross-entropy",
    "linear squares": "the squared error of linear outputs",
    "sigmoid squares": "the squared error of sigmoid outputs",
    "softmax squares": "the squared error of softmax outputs",
    "tanh squares": "the squared error of tanh outputs",
}


@dataclass(frozen=True)
class Rows:
    """Examples: x (n, inputs), labels (n,) of whole numbers, and of how many outputs."""

    x: FloatArray
    y: IntArray
    n_outputs: int

    @property
    def targets(self) -> FloatArray:
        """Return the labels as (n, n_outputs): one-hot, or 0 and 1 for one output."""
        if self.n_outputs == 1:
            return self.y[:, None].astype(float)
        return np.eye(self.n_outputs)[self.y]

    def take(self, chosen: Sequence[int] | IntArray | slice) -> "Rows":
        """Return some of the rows."""
        return Rows(self.x[chosen], self.y[chosen], self.n_outputs)

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Net:
    """A right network: what it computes is fixed by its hidden activation and its head."""

    act: str
    head: str

    def hidden(self, z: FloatArray) -> FloatArray:
        """Return the activation at z, (n, width)."""
        a = np.empty_like(z)
        ACTS[self.act].value(z, a)
        return a

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return the derivative at z."""
        out = np.empty_like(z)
        ACTS[self.act].slope(z, a, out)
        return out

    def forward(
        self, params: Sequence[LayerParams], x: FloatArray
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return all pre-activations, the logits last, and what went into each layer."""
        zs: list[FloatArray] = []
        inputs = [x]
        for weight, bias in params:
            zs.append(inputs[-1] @ weight + (bias if bias.size else 0))
            inputs.append(self.hidden(zs[-1]))
        return zs, inputs[:-1]

    def outputs(self, z: FloatArray) -> FloatArray:
        """Return the outputs at the logits z, (n, n_outputs)."""
        kind = self.head.split()[0]
        if kind == "softmax":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return np.asarray(e / e.sum(axis=1, keepdims=True))
        if kind == "sigmoid":
            return np.asarray((1 + np.tanh(z / 2)) / 2)
        return np.tanh(z) if kind == "tanh" else z

    def losses(self, z: FloatArray, t: FloatArray) -> FloatArray:
        """Return the loss of each row, (n,), in nats; squares are summed over the outputs."""
        if self.head == "softmax":
            top = z.max(axis=1)
            return np.asarray(
                np.log(np.exp(z - top[:, None]).sum(axis=1)) + top - (t * z).sum(axis=1)
            )
        if self.head == "sigmoid":
            return np.asarray((np.logaddexp(0, z) - t * z).sum(axis=1))
        return np.asarray(((self.outputs(z) - t) ** 2).sum(axis=1))

    def d_logits(self, z: FloatArray, t: FloatArray) -> FloatArray:
        """Return the gradient of each row's loss in its logits, (n, n_outputs)."""
        o = self.outputs(z)
        if self.head in ("softmax", "sigmoid"):
            return o - t
        d = 2 * (o - t)
        if self.head == "sigmoid squares":
            return np.asarray(d * o * (1 - o))
        if self.head == "softmax squares":
            return np.asarray(o * (d - (d * o).sum(axis=1, keepdims=True)))
        return np.asarray(d * (1 - o**2)) if self.head == "tanh squares" else d

    def loss(self, params: Sequence[LayerParams], rows: Rows) -> float:
        """Return the mean loss of the rows."""
        return float(self.losses(self.forward(params, rows.x)[0][-1], rows.targets).mean())

    def gradients(
        self, params: Sequence[LayerParams], rows: Rows, lr: float = 0
    ) -> list[LayerParams]:
        """Return dL/dW = a^T delta and dL/db of the mean loss, delta_l-1 = delta_l W^T f'(z).

        A layer without biases has an empty array for them.

        lr: with which a step is taken; no right network depends on it.
        """
        zs, inputs = self.forward(params, rows.x)
        delta: FloatArray = self.d_logits(zs[-1], rows.targets) / len(rows)
        found: list[LayerParams] = []
        for i in range(len(params) - 1, -1, -1):
            dw, db = self.of_layer(i, inputs, zs, delta)
            found.insert(0, (dw, db if params[i][1].size else params[i][1]))
            if i:
                delta = self.carried(delta, params[i], found[0], lr)
                delta = self.through(delta, zs[i - 1], inputs[i])
        return found

    def of_layer(
        self, i: int, inputs: list[FloatArray], zs: list[FloatArray], delta: FloatArray
    ) -> LayerParams:
        """Return the gradients of layer i."""
        return inputs[i].T @ delta, delta.sum(axis=0)

    def carried(
        self, delta: FloatArray, layer: LayerParams, gradients: LayerParams, lr: float
    ) -> FloatArray:
        """Return delta as it comes out of a layer, towards the inputs."""
        return delta @ layer[0].T

    def through(self, delta: FloatArray, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return delta as it comes out of hidden units."""
        return delta * self.slope(z, a)


@cache
def right_nets(n_outputs: int) -> tuple[Net, ...]:
    """Return all right networks, the likeliest first."""
    heads = [head for head in HEADS if n_outputs > 1 or "softmax" not in head]
    return tuple(Net(act, head) for head in heads for act in ACTS)

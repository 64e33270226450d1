"""The multilayer perceptron: forward and backward pass, written by hand."""

from collections.abc import Sequence
from math import prod
from types import EllipsisType
from typing import Literal

import numpy as np

from hw3.nn.activations import Activation
from hw3.nn.arrays import FloatArray, Parameters, runs

Members = slice | EllipsisType  # neighbours on the leading axis, or all there is


class MLP:
    """Affine layers with an activation between them; the last layer gives logits.

    z_l = h_(l-1) W_l + b_l;  a_l = act(z_l);  h_l = a_l * mask_l (dropout, in training only).

    Where the parameters have a leading axis, (k, ...), so has everything: k networks of one shape
    go forward and backward at once, each with inputs and an activation of its own. A product of
    stacked matrices calls BLAS once per network, so each gets the bits that it gets alone.

    Nothing is allocated in a step: every intermediate has a buffer for `max_batch` rows, of which
    a smaller batch uses the front. What `forward` returns is such a buffer, valid until the next.

    Args:
        params: of one network, or of k.
        activations: of the hidden layers, of each network.
        max_batch: the most rows of one call.
    """

    def __init__(
        self, params: Parameters, activations: Sequence[Activation], max_batch: int
    ) -> None:
        self.params = params
        self._lead = params.vector.shape[:-1]
        self._activations = list(runs(activations)) if self._lead else [(..., activations[0])]
        self._biases = [bias[..., None, :] for bias in params.biases]  # beside (..., n, width)
        self._turned = [weight.swapaxes(-1, -2) for weight in params.weights]
        self._widths = [bias.shape[-1] for bias in params.biases]
        self._max_batch = max_batch
        self._memory: dict[str, list[FloatArray]] = {}
        self._buffers: dict[tuple[str, int], list[FloatArray]] = {}
        self._ones: FloatArray = np.ones(max_batch, params.vector.dtype)
        self._inputs: list[FloatArray] = []  # of each layer, kept for backward
        self._masks: Sequence[FloatArray] = ()

    def _buffer(self, name: str, n: int) -> list[FloatArray]:
        """Return the buffers of that name, one per layer: (..., n, width), contiguous."""
        if (name, n) not in self._buffers:
            sizes = [prod(self._lead) * self._max_batch * width for width in self._widths]
            dtype = self.params.vector.dtype
            memory = self._memory.setdefault(name, [np.empty(size, dtype) for size in sizes])
            self._buffers[name, n] = [
                flat[: prod(self._lead) * n * width].reshape(*self._lead, n, width)
                for flat, width in zip(memory, self._widths, strict=True)
            ]
        return self._buffers[name, n]

    def forward(self, inputs: FloatArray, masks: Sequence[FloatArray] = ()) -> FloatArray:
        """Return the logits (..., n, n_outputs) of inputs (..., n, n_features).

        Args:
            inputs: (..., n, n_features), n <= max_batch.
            masks: one dropout mask per hidden layer, (..., n, width); none for evaluation.
        """
        n, last = inputs.shape[-2], len(self._widths) - 1
        z, a = self._buffer("z", n), self._buffer("a", n)
        h = self._buffer("h", n) if masks else a
        self._inputs, self._masks = [inputs, *h[:-1]], masks
        for i, weight in enumerate(self.params.weights):
            np.matmul(self._inputs[i], weight, out=z[i])  # (n, fan_in) (fan_in, fan_out)
            np.add(z[i], self._biases[i], out=z[i])
            if i < last:
                for members, activation in self._activations:
                    activation.value(z[i][members], out=a[i][members])
                if masks:
                    np.multiply(a[i], masks[i], out=h[i])
        return z[last]

    def d_logits_buffer(self) -> FloatArray:
        """Return where the gradient of the last forward's logits belongs, (..., n, n_outputs)."""
        return self.kept("d_z")[-1]

    def kept(self, name: Literal["z", "a", "d_z", "slope"]) -> list[FloatArray]:
        """Return an intermediate of the last step, (..., n, width) of each layer, until the next.

        "z" and "a" come from `forward`, "d_z" and "slope", act'(z), from `backward`; what stands
        for the last layer in "a" and "slope" is nothing.
        """
        return self._buffer(name, self._inputs[0].shape[-2])

    def backward(self, grads: Parameters) -> None:
        """Fill `grads` from the buffer of d_logits; the sum over the batch, whatever its scale.

        d_W_l = h_(l-1)^T d_z_l;  d_b_l = sum over rows of d_z_l;
        d_z_(l-1) = (d_z_l W_l^T) * mask_(l-1) * act'(z_(l-1)).
        """
        n = self._inputs[0].shape[-2]
        z, a, d_z, slope = (self._buffer(name, n) for name in ("z", "a", "d_z", "slope"))
        for i in reversed(range(len(self._widths))):
            turned = self._inputs[i].swapaxes(-1, -2)
            np.matmul(turned, d_z[i], out=grads.weights[i])  # (fan_in, n) (n, fan_out)
            # the sum over rows as a product: several times faster than np.sum over an axis
            np.matmul(self._ones[:n], d_z[i], out=grads.biases[i])  # (n,) (n, fan_out)
            if i == 0:
                return
            below = d_z[i - 1]
            # (n, fan_out) (fan_out, fan_in); for one output BLAS takes twice as long as numpy
            product = np.multiply if self._widths[i] == 1 else np.matmul
            product(d_z[i], self._turned[i], out=below)
            if self._masks:
                np.multiply(below, self._masks[i - 1], out=below)
            for members, activation in self._activations:
                activation.slope(z[i - 1][members], a[i - 1][members], out=slope[i - 1][members])
            np.multiply(below, slope[i - 1], out=below)

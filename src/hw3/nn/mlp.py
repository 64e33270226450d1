"""The multilayer perceptron: forward and backward pass, written by hand."""

from collections.abc import Sequence

import numpy as np

from hw3.nn.activations import Activation
from hw3.nn.arrays import FloatArray, Parameters


class MLP:
    """Affine layers with an activation between them; the last layer gives logits.

    z_l = h_(l-1) W_l + b_l;  a_l = act(z_l);  h_l = a_l * mask_l (dropout, in training only).

    Nothing is allocated in a step: every intermediate has a buffer for `max_batch` rows, of which
    a smaller batch uses the front. What `forward` returns is such a buffer, valid until the next.

    Args:
        layer_sizes: inputs, hidden layers, outputs.
        activation: of the hidden layers.
        dtype: "float32" or "float64".
        max_batch: the most rows of one call.
    """

    def __init__(
        self, layer_sizes: Sequence[int], activation: Activation, dtype: str, max_batch: int
    ) -> None:
        self.activation = activation
        self.params = Parameters(layer_sizes, dtype)
        self.grads = Parameters(layer_sizes, dtype)

        def buffers() -> list[FloatArray]:
            return [np.empty((max_batch, size), dtype) for size in layer_sizes[1:]]

        self._z, self._a, self._h = buffers(), buffers()[:-1], buffers()[:-1]
        self._d_z, self._slope = buffers(), buffers()[:-1]
        self._ones: FloatArray = np.ones(max_batch, dtype)
        self._inputs: list[FloatArray] = []  # of each layer, kept for backward
        self._masks: Sequence[FloatArray] = ()

    def forward(self, inputs: FloatArray, masks: Sequence[FloatArray] = ()) -> FloatArray:
        """Return the logits (n, n_outputs) of inputs (n, n_features).

        Args:
            inputs: (n, n_features), n <= max_batch.
            masks: one dropout mask per hidden layer, (n, width); none for evaluation.
        """
        n = len(inputs)
        self._inputs, self._masks = [inputs], masks
        for i, (weight, bias) in enumerate(self.params.layers()):
            z = self._z[i][:n]
            np.matmul(self._inputs[i], weight, out=z)  # (n, fan_in) (fan_in, fan_out)
            np.add(z, bias, out=z)
            if i == len(self._a):
                return z
            a = self._a[i][:n]
            self.activation.value(z, out=a)
            if masks:
                np.multiply(a, masks[i], out=self._h[i][:n])
            self._inputs.append(self._h[i][:n] if masks else a)
        raise AssertionError("a network has at least one layer")

    def d_logits_buffer(self) -> FloatArray:
        """Return where the gradient of the last forward's logits belongs, (n, n_outputs)."""
        return self._d_z[-1][: len(self._inputs[0])]

    def backward(self) -> None:
        """Fill `grads` from the buffer of d_logits; the sum over the batch, whatever its scale.

        d_W_l = h_(l-1)^T d_z_l;  d_b_l = sum over rows of d_z_l;
        d_z_(l-1) = (d_z_l W_l^T) * mask_(l-1) * act'(z_(l-1)).
        """
        n = len(self._inputs[0])
        for i in reversed(range(len(self.params.weights))):
            d_z = self._d_z[i][:n]
            np.matmul(self._inputs[i].T, d_z, out=self.grads.weights[i])  # (fan_in, n) (n, fan_out)
            # the sum over rows as a product: several times faster than np.sum over axis 0
            np.matmul(self._ones[:n], d_z, out=self.grads.biases[i])  # (n,) (n, fan_out)
            if i == 0:
                return
            d_below, slope = self._d_z[i - 1][:n], self._slope[i - 1][:n]
            np.matmul(d_z, self.params.weights[i].T, out=d_below)  # (n, fan_out) (fan_out, fan_in)
            if self._masks:
                np.multiply(d_below, self._masks[i - 1], out=d_below)
            self.activation.slope(self._z[i - 1][:n], self._a[i - 1][:n], out=slope)
            np.multiply(d_below, slope, out=d_below)

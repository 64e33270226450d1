"""Array types, and the one flat vector that holds all parameters of a network."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

# as numpy.typing.NDArray has them; to import that would take as long as the rest of nn/
FloatArray = np.ndarray[tuple[Any, ...], np.dtype[np.floating[Any]]]
IntArray = np.ndarray[tuple[Any, ...], np.dtype[np.integer[Any]]]
LayerParams = tuple[FloatArray, FloatArray]  # weight (fan_in, fan_out), bias (fan_out,)


class Parameters:
    """The weights and biases of all layers as views into one contiguous vector.

    An optimizer step is then a few operations on `vector`, whatever the depth. All weights come
    before all biases, so that `weight_vector` is a view too: penalties and weight decay apply to
    weights only.

    Attributes:
        vector: (n_parameters,)
        weight_vector: (n_weights,), the front of `vector`
        weights: one (fan_in, fan_out) view per layer
        biases: one (fan_out,) view per layer
    """

    def __init__(self, layer_sizes: Sequence[int], dtype: str) -> None:
        shapes = list(pairwise(layer_sizes))
        n_weights = sum(fan_in * fan_out for fan_in, fan_out in shapes)
        self.vector: FloatArray = np.zeros(n_weights + sum(layer_sizes[1:]), dtype)
        self.weight_vector: FloatArray = self.vector[:n_weights]
        ends = np.cumsum([fan_in * fan_out for fan_in, fan_out in shapes])[:-1]
        self.weights: list[FloatArray] = [
            part.reshape(shape)
            for part, shape in zip(np.split(self.weight_vector, ends), shapes, strict=True)
        ]
        ends = np.cumsum(layer_sizes[1:])[:-1]
        self.biases: list[FloatArray] = np.split(self.vector[n_weights:], ends)

    def layers(self) -> list[LayerParams]:
        """Return the (weight, bias) views, layer by layer."""
        return list(zip(self.weights, self.biases, strict=True))

    def copy_in(self, layers: Sequence[LayerParams]) -> None:
        """Take the values of each layer's (weight, bias)."""
        for (weight, bias), (new_weight, new_bias) in zip(self.layers(), layers, strict=True):
            weight[...], bias[...] = new_weight, new_bias

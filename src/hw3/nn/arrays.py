"""Array types, and the one flat vector that holds all parameters of a network."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
# as numpy.typing.NDArray has them; to import that would take as long as the rest of nn/
FloatArray = np.ndarray[tuple[Any, ...], np.dtype[np.floating[Any]]]
IntArray = np.ndarray[tuple[Any, ...], np.dtype[np.integer[Any]]]
LayerParams = tuple[FloatArray, FloatArray]  # weight (fan_in, fan_out), bias (fan_out,)


def n_parameters(layer_sizes: Sequence[int]) -> int:
    """Return how many weights and biases a network has."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(layer_sizes))


def runs(values: Iterable[T]) -> Iterator[tuple[slice, T]]:
    """Yield each run of equal neighbours on the leading axis: where it is, and the value."""
    start = 0
    for value, run in groupby(values):
        end = start + len(list(run))
        yield slice(start, end), value
        start = end


def digest(params: Sequence[LayerParams]) -> str:
    """Return the sha256 of all values, layer by layer, independent of how HDF5 stores them."""
    sha = hashlib.sha256()
    for weight, bias in params:
        for array in (weight, bias):
            sha.update(f"{array.dtype.str}{array.shape}".encode())
            sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


class Parameters:
    """The weights and biases of all layers as views into one contiguous vector.

    An optimizer step is then a few operations on `vector`, whatever the depth. All weights come
    before all biases, so that `weight_vector` is a view too: penalties and weight decay apply to
    weights only. Several networks of one shape have a leading axis, (k, ...), one has none.

    Attributes:
        vector: (..., n_parameters)
        weight_vector: (..., n_weights), the front of `vector`
        weights: one (..., fan_in, fan_out) view per layer
        biases: one (..., fan_out) view per layer
    """

    def __init__(self, layer_sizes: Sequence[int], vector: FloatArray) -> None:
        shapes = list(pairwise(layer_sizes))
        ends = np.cumsum([fan_in * fan_out for fan_in, fan_out in shapes])
        lead = vector.shape[:-1]
        self.vector = vector
        self.weight_vector: FloatArray = vector[..., : ends[-1]]
        self.weights: list[FloatArray] = [
            part.reshape(*lead, *shape)  # splitting the last axis is a view
            for part, shape in zip(
                np.split(self.weight_vector, ends[:-1], axis=-1), shapes, strict=True
            )
        ]
        bias_ends = np.cumsum(layer_sizes[1:])[:-1]
        self.biases: list[FloatArray] = np.split(vector[..., ends[-1] :], bias_ends, axis=-1)

    @classmethod
    def zeros(cls, layer_sizes: Sequence[int], dtype: str) -> "Parameters":
        """Return those of one network, all zero."""
        return cls(layer_sizes, np.zeros(n_parameters(layer_sizes), dtype))

    def layers(self) -> list[LayerParams]:
        """Return the (weight, bias) views, layer by layer."""
        return list(zip(self.weights, self.biases, strict=True))

    def copy_in(self, layers: Sequence[LayerParams]) -> None:
        """Take the values of each layer's (weight, bias)."""
        for (weight, bias), (new_weight, new_bias) in zip(self.layers(), layers, strict=True):
            weight[...], bias[...] = new_weight, new_bias

"""Initial weights, drawn in float64: float32 and float64 runs start from the same numbers."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt

import numpy as np

from hw3.core.registry import Registry
from hw3.nn.arrays import FloatArray, LayerParams

Initializer = Callable[[np.random.Generator, int, int], FloatArray]

INITIALIZERS: Registry[Initializer] = Registry("model.init")


@INITIALIZERS.register("he_normal")
def he_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
    """Draw from N(0, 2 / fan_in), (fan_in, fan_out) (He et al. 2015, eq. 10)."""
    return rng.normal(0, sqrt(2 / fan_in), (fan_in, fan_out))


@INITIALIZERS.register("he_uniform")
def he_uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
    """Draw from U(-b, b), b = sqrt(6 / fan_in): the variance of he_normal."""
    bound = sqrt(6 / fan_in)
    return rng.uniform(-bound, bound, (fan_in, fan_out))


@INITIALIZERS.register("glorot_normal")
def glorot_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
    """Draw from N(0, 2 / (fan_in + fan_out)) (Glorot & Bengio 2010, eq. 12)."""
    return rng.normal(0, sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


@INITIALIZERS.register("glorot_uniform")
def glorot_uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
    """Draw from U(-b, b), b = sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, eq. 16)."""
    bound = sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, (fan_in, fan_out))


@INITIALIZERS.register("lecun_normal")
def lecun_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> FloatArray:
    """Draw from N(0, 1 / fan_in) (LeCun et al. 1998, sec. 4.6)."""
    return rng.normal(0, sqrt(1 / fan_in), (fan_in, fan_out))


def initial_params(
    layer_sizes: Sequence[int], init: str, rng: np.random.Generator
) -> list[LayerParams]:
    """Return fresh float64 (weight, bias) pairs, layer by layer; biases are zero."""
    draw = INITIALIZERS.get(init)
    return [
        (draw(rng, fan_in, fan_out), np.zeros(fan_out)) for fan_in, fan_out in pairwise(layer_sizes)
    ]

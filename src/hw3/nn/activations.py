"""Hidden-layer activations: value, slope, and the name of the same function in torch."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from hw3.core.limits import Share
from hw3.core.registry import Registry
from hw3.nn.arrays import FloatArray


class Activation(Protocol):
    """An elementwise function; both methods write into `out` and change nothing else.

    Attributes:
        name: as a config names it; the registry sets it.
        torch_name: the same function in torch.nn.functional; it takes this record's fields.
        init: the initialisation that `model.init=auto` means for it.
    """

    name: ClassVar[str]
    torch_name: ClassVar[str]
    init: ClassVar[str]

    def value(self, z: FloatArray, out: FloatArray) -> None:
        """Write the activation at the pre-activation z, (n, width)."""

    def slope(self, z: FloatArray, a: FloatArray, out: FloatArray) -> None:
        """Write the derivative at z, (n, width); a = value(z) saves recomputing it."""


ACTIVATIONS: Registry[type[Activation]] = Registry("act")


@ACTIVATIONS.register("relu")
@dataclass(frozen=True)
class ReLU:
    """max(0, z); slope 1 for z > 0, 0 for z < 0 and `slope_at_zero` at 0.

    At 0 every value in [0, 1] is a subgradient; torch takes 0 (Goodfellow et al. 2016, sec. 6.3).
    """

    slope_at_zero: Share
    name: ClassVar[str]
    torch_name: ClassVar[str] = "relu"
    init: ClassVar[str] = "he_normal"

    def value(self, z: FloatArray, out: FloatArray) -> None:
        """Write max(0, z)."""
        np.maximum(z, 0, out=out)

    def slope(self, z: FloatArray, a: FloatArray, out: FloatArray) -> None:
        """Write 1 where z > 0, slope_at_zero where z = 0, else 0."""
        np.greater(z, 0, out=out)
        if self.slope_at_zero:
            out[z == 0] = self.slope_at_zero


@ACTIVATIONS.register("leaky_relu")
@dataclass(frozen=True)
class LeakyReLU:
    """z for z > 0, else negative_slope * z (Maas et al. 2013); the slope at 0 is negative_slope."""

    negative_slope: Share
    name: ClassVar[str]
    torch_name: ClassVar[str] = "leaky_relu"
    init: ClassVar[str] = "he_normal"

    def value(self, z: FloatArray, out: FloatArray) -> None:
        """Write max(z, negative_slope * z), the same thing for a slope in [0, 1]."""
        np.multiply(z, self.negative_slope, out=out)
        np.maximum(z, out, out=out)

    def slope(self, z: FloatArray, a: FloatArray, out: FloatArray) -> None:
        """Write 1 where z > 0, else negative_slope."""
        np.greater(z, 0, out=out)
        np.maximum(out, self.negative_slope, out=out)


@ACTIVATIONS.register("tanh")
@dataclass(frozen=True)
class Tanh:
    """tanh(z); slope 1 - tanh(z)^2."""

    name: ClassVar[str]
    torch_name: ClassVar[str] = "tanh"
    init: ClassVar[str] = "glorot_normal"

    def value(self, z: FloatArray, out: FloatArray) -> None:
        """Write tanh(z)."""
        np.tanh(z, out=out)

    def slope(self, z: FloatArray, a: FloatArray, out: FloatArray) -> None:
        """Write 1 - a^2."""
        np.multiply(a, a, out=out)
        np.subtract(1, out, out=out)


@ACTIVATIONS.register("sigmoid")
@dataclass(frozen=True)
class Sigmoid:
    """s(z) = 1 / (1 + e^-z), as (1 + tanh(z / 2)) / 2, which cannot overflow; slope s (1 - s)."""

    name: ClassVar[str]
    torch_name: ClassVar[str] = "sigmoid"
    init: ClassVar[str] = "glorot_normal"

    def value(self, z: FloatArray, out: FloatArray) -> None:
        """Write s(z)."""
        np.multiply(z, 0.5, out=out)
        np.tanh(out, out=out)
        np.multiply(out, 0.5, out=out)
        np.add(out, 0.5, out=out)

    def slope(self, z: FloatArray, a: FloatArray, out: FloatArray) -> None:
        """Write a (1 - a)."""
        np.subtract(1, a, out=out)
        np.multiply(out, a, out=out)

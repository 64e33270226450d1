"""Hidden-layer activations: value, slope, and the name of the same function in torch."""

from dataclasses import dataclass
from math import pi, sqrt
from typing import ClassVar, Protocol

import numpy as np

from hw3.core.limits import PositiveFloat, Share
from hw3.core.registry import Registry
from hw3.nn.arrays import FloatArray


class Activation(Protocol):
    """An elementwise function; both methods write into `out` and change nothing else.

    Attributes:
        name: as a config names it; the registry sets it.
        init: the initialisation that `model.init=auto` means for it.

    The torch backend needs `torch_name` too, the same function in torch.nn.functional, which takes
    this record's fields; or `torch_value(z)`, which computes it.
    """

    name: ClassVar[str]
    init: ClassVar[str]

    def value(self, z: FloatArray, out: FloatArray) -> None:
        """Write the activation at the pre-activation z, (n, width)."""

    def slope(self, z: FloatArray, a: FloatArray, out: FloatArray) -> None:
        """Write the derivative at z, (n, width); a = value(z) saves recomputing it."""


ACTIVATIONS: Registry[type[Activation]] = Registry("act", ("init", "value", "slope"))


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


@ACTIVATIONS.register("elu")
@dataclass(frozen=True)
class ELU:
    """z for z > 0, else alpha (e^z - 1) (Clevert et al. 2016); the slope at 0 is alpha."""

    alpha: PositiveFloat
    name: ClassVar[str]
    torch_name: ClassVar[str] = "elu"
    init: ClassVar[str] = "he_normal"

    def value(self, z: FloatArray, out: FloatArray) -> None:
        """Write z where z > 0, else alpha (e^z - 1)."""
        np.minimum(z, 0, out=out)  # e^z may overflow where it is not wanted
        np.expm1(out, out=out)
        np.multiply(out, self.alpha, out=out)
        np.copyto(out, z, where=z > 0)

    def slope(self, z: FloatArray, a: FloatArray, out: FloatArray) -> None:
        """Write 1 where z > 0, else alpha e^z = a + alpha."""
        np.add(a, self.alpha, out=out)
        np.copyto(out, 1, where=z > 0)


@ACTIVATIONS.register("silu")
@dataclass(frozen=True)
class SiLU:
    """z s(z) with s(z) = 1 / (1 + e^-z) (Elfwing et al. 2018); slope s + a (1 - s)."""

    name: ClassVar[str]
    torch_name: ClassVar[str] = "silu"
    init: ClassVar[str] = "he_normal"

    def value(self, z: FloatArray, out: FloatArray) -> None:
        """Write z s(z)."""
        Sigmoid().value(z, out)
        np.multiply(out, z, out=out)

    def slope(self, z: FloatArray, a: FloatArray, out: FloatArray) -> None:
        """Write s + a (1 - s)."""
        Sigmoid().value(z, out)
        np.add(out, a * (1 - out), out=out)


@ACTIVATIONS.register("gelu")
@dataclass(frozen=True)
class GELU:
    """z / 2 (1 + tanh(u)), u = sqrt(2 / pi) (z + 0.044715 z^3) (Hendrycks & Gimpel 2016, sec. 2).

    This form needs no erf, which numpy lacks. It differs from z Phi(z) = z / 2 (1 + erf(z /
    sqrt(2))) by at most 4.8e-4, which is at |z| = 2.7. It is torch's with approximate="tanh".
    """

    name: ClassVar[str]
    torch_name: ClassVar[str] = "gelu"
    init: ClassVar[str] = "he_normal"
    CUBIC: ClassVar[float] = 0.044715
    SCALE: ClassVar[float] = sqrt(2 / pi)

    def value(self, z: FloatArray, out: FloatArray) -> None:
        """Write z / 2 (1 + tanh(u))."""
        self._tanh(z, out)
        np.add(out, 1, out=out)
        np.multiply(out, z, out=out)
        np.multiply(out, 0.5, out=out)

    def slope(self, z: FloatArray, a: FloatArray, out: FloatArray) -> None:
        """Write (1 + t) / 2 + z / 2 (1 - t^2) du/dz, with t = tanh(u)."""
        self._tanh(z, out)
        inner = (1 + 3 * self.CUBIC * z * z) * self.SCALE
        np.add(0.5 * (1 + out), 0.5 * z * (1 - out * out) * inner, out=out)

    def _tanh(self, z: FloatArray, out: FloatArray) -> None:
        np.multiply(z, z, out=out)
        np.multiply(out, self.CUBIC, out=out)
        np.add(out, 1, out=out)
        np.multiply(out, z, out=out)
        np.multiply(out, self.SCALE, out=out)
        np.tanh(out, out=out)

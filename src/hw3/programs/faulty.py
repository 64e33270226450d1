"""Networks that have one bug: what each predicts is held against a program.

A faulty network differs from the right one in one method. To add a diagnosis, write a subclass.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs import bugs
from hw3.programs.reference import Net
from hw3.programs.verdict import Bug


class Faulty(Net):
    """A network with one bug, which `says` where it is."""

    bug: ClassVar[Bug]
    says: ClassVar[str]


class SlopeAtActivation(Faulty):
    """f'(f(z)) for f'(z)."""

    bug = bugs.AT_ACTIVATION
    says = "f' is taken at the activation f(z), where it should be at the pre-activation z"

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return f'(a)."""
        return super().slope(a, self.hidden(a))


class SlopeSummed(Faulty):
    """sum_n f'(z_n) for each f'(z_n)."""

    bug = bugs.SUMMED
    says = "f' is summed over the rows of the batch, and each row gets the sum"

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return the sum over the batch, for each row."""
        return np.broadcast_to(super().slope(z, a).sum(axis=0), z.shape)


class SlopeAveraged(SlopeSummed):
    """mean_n f'(z_n) for each f'(z_n)."""

    says = "f' is averaged over the rows of the batch, and each row gets the mean"

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return the mean over the batch, for each row."""
        return super().slope(z, a) / len(z)


class SlopeOne(Faulty):
    """1 for f'(z)."""

    bug = bugs.WRONG_SLOPE
    says = "f' is 1 everywhere, or left out"

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return ones."""
        return np.ones_like(z)


class SlopeOfReLU(Faulty):
    """[z > 0] for another f'(z)."""

    bug = bugs.AT_ACTIVATION
    says = "f' is that of relu, whatever the activation is"

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return 1 where z > 0."""
        return (z > 0).astype(float)


class SlopeOfTanh(Faulty):
    """1 - f(z)^2 for another f'(z)."""

    bug = bugs.RELOADED
    says = "f' is 1 - f^2, that of tanh, whatever the activation is"

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return 1 - a^2."""
        return np.asarray(1 - a**2)


class SlopeFlipped(Faulty):
    """[z <= 0] for [z > 0]."""

    bug = bugs.WRONG_SLOPE
    says = "f' is taken where the unit is off, not where it is on"

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return the slope at -z."""
        return super().slope(-z, self.hidden(-z))


class SlopeOfInput(Faulty):
    """f'(z) of all, but the activations have been overwritten by it."""

    bug = bugs.WRONG_SLOPE
    says = "the activations are overwritten by f' before the layer above reads them"

    def of_layer(
        self, i: int, inputs: list[FloatArray], zs: list[FloatArray], delta: FloatArray
    ) -> LayerParams:
        """Return f'(z)^T delta for a^T delta."""
        below = self.slope(zs[i - 1], inputs[i]) if i else inputs[i]
        return below.T @ delta, delta.sum(axis=0)


class PreActivationBelow(Faulty):
    """z^T delta for a^T delta."""

    bug = bugs.AT_ACTIVATION
    says = "dW is z^T delta, with the pre-activation of the layer below, not its activation"

    def of_layer(
        self, i: int, inputs: list[FloatArray], zs: list[FloatArray], delta: FloatArray
    ) -> LayerParams:
        """Return z^T delta."""
        return (zs[i - 1] if i else inputs[i]).T @ delta, delta.sum(axis=0)


class SlopeFormula(Faulty):
    """The derivative's formula in terms of a = f(z), taken at z: 1 - z^2 for 1 - a^2."""

    bug = bugs.AT_ACTIVATION
    says = (
        "the formula of f' in terms of f(z) is given z: 1 - z^2 for tanh, where 1 - f(z)^2 is meant"
    )

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return the formula at z."""
        return super().slope(z, z)


class SlopeIsValue(Faulty):
    """f(z) for f'(z)."""

    bug = bugs.WRONG_SLOPE
    says = "delta is multiplied by the activation f(z), where f'(z) is meant"

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return f(z)."""
        return a


class SlopeOff(Faulty):
    """Another number than 0 where a unit is off."""

    bug = bugs.WRONG_SLOPE
    says = "f' is 1/2, not 0, where the unit is off"
    off: ClassVar[float] = 0.5

    def slope(self, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return 1 where z > 0, else the number."""
        return np.where(z > 0, 1.0, self.off)


class SlopeLeaky(SlopeOff):
    """0.01 where a unit is off."""

    says = "f' is 0.01, that of leaky relu, where the unit is off"
    off = 0.01


class SlopeOfSign(SlopeOff):
    """-1 where a unit is off."""

    says = "f' is -1, not 0, where the unit is off"
    off = -1.0


class MaskOfDelta(Faulty):
    """[delta > 0] for f'(z)."""

    bug = bugs.WRONG_SLOPE
    says = "delta is masked by its own sign, where the sign of z is meant"

    def through(self, delta: FloatArray, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return max(0, delta)."""
        return np.maximum(delta, 0)


class DeltaSummed(Faulty):
    """sum_n delta_n for each delta_n."""

    bug = bugs.SUMMED
    says = "delta is summed over the rows of the batch, and each row gets the sum"

    def through(self, delta: FloatArray, z: FloatArray, a: FloatArray) -> FloatArray:
        """Return the sum over the batch, for each row."""
        return np.broadcast_to(super().through(delta, z, a).sum(axis=0), delta.shape)


class OutputSlopeTwice(Faulty):
    """(p - t) p (1 - p) for p - t."""

    bug = bugs.OTHER_LOSS
    says = "p - t is already the gradient of the loss in the logits, but is multiplied by p (1 - p)"

    def d_logits(self, z: FloatArray, t: FloatArray) -> FloatArray:
        """Return the gradient with another derivative of the output."""
        o = self.outputs(z)
        return np.asarray(super().d_logits(z, t) * o * (1 - o))


class OutputSlopeLeftOut(Faulty):
    """2 (o - t) for 2 (o - t) o'(z)."""

    bug = bugs.OTHER_LOSS
    says = "the derivative of the output unit is left out: o - t belongs to cross-entropy"

    def d_logits(self, z: FloatArray, t: FloatArray) -> FloatArray:
        """Return 2 (o - t) whatever the head."""
        return 2 * (self.outputs(z) - t)


class UpdatedFirst(Faulty):
    """delta (W - lr dW)^T for delta W^T."""

    bug = bugs.OTHER_LOSS
    says = "a layer is updated before the gradient is carried through it"

    def carried(
        self, delta: FloatArray, layer: LayerParams, gradients: LayerParams, lr: float
    ) -> FloatArray:
        """Return delta carried through the new weights."""
        return delta @ (layer[0] - lr * gradients[0]).T


# the order decides between two that predict the same
IN_BACKWARD: Sequence[type[Faulty]] = (
    SlopeAtActivation,
    SlopeSummed,
    SlopeAveraged,
    SlopeOne,
    SlopeOfReLU,
    SlopeOfTanh,
    SlopeFlipped,
    SlopeFormula,
    SlopeIsValue,
    SlopeOff,
    SlopeLeaky,
    SlopeOfSign,
    MaskOfDelta,
    DeltaSummed,
    SlopeOfInput,
    PreActivationBelow,
    OutputSlopeTwice,
    OutputSlopeLeftOut,
    UpdatedFirst,
)

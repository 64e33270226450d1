"""What keeps weights small or the net from relying on single units: L1, L2 and dropout."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hw3.core.limits import Decay, NonNegativeFloat
from hw3.nn.arrays import FloatArray


@dataclass(frozen=True)
class Regularizer:
    """Penalty l1 * sum(|w|) + l2 * sum(w^2) * (1, or 1/2), over weights and never biases.

    convention: "full" is l2 * sum(w^2), gradient 2 l2 w; "half" is l2 / 2 * sum(w^2), gradient
    l2 w, which is what torch calls weight_decay. The derivative of |w| at 0 is taken as 0.
    dropout: the probability that a hidden output is dropped in training (Srivastava et al. 2014);
    the kept ones are divided by 1 - dropout, so that evaluation uses the net as it is.
    """

    l1: NonNegativeFloat
    l2: NonNegativeFloat
    convention: Literal["full", "half"]
    dropout: Decay

    @property
    def l2_factor(self) -> float:
        """The factor of sum(w^2)."""
        return self.l2 if self.convention == "full" else self.l2 / 2

    def penalty(self, weights: FloatArray) -> float:
        """Return the penalty of a vector of weights, in float64."""
        wide = weights.astype(np.float64)
        return float(self.l1 * np.abs(wide).sum() + self.l2_factor * np.square(wide).sum())

    def add_gradient(self, weights: FloatArray, d_weights: FloatArray) -> None:
        """Add d penalty / d weights = l1 sign(w) + 2 l2_factor w to d_weights, in place."""
        if self.l1:
            d_weights += self.l1 * np.sign(weights)
        if self.l2:
            d_weights += (2 * self.l2_factor) * weights


def dropout_masks(
    rng: np.random.Generator, n: int, widths: Sequence[int], dropout: float, dtype: str
) -> list[FloatArray]:
    """Return a mask per hidden layer, (n, width): 1 / (1 - dropout) with that probability, or 0.

    The numbers are drawn in float32 for both dtypes and both backends, so all see the same masks.
    """
    keep = np.float32(1 - dropout)
    scale = np.dtype(dtype).type(1 / (1 - dropout))
    return [(rng.random((n, width), dtype=np.float32) < keep) * scale for width in widths]

"""What keeps weights small or the net from relying on single units: L1, L2 and dropout."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hw3.core.limits import Decay, NonNegativeFloat
from hw3.nn.arrays import FloatArray, IntArray


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


class Penalties:
    """The penalties of k networks, whose gradients are added at once."""

    def __init__(self, regularizers: Sequence[Regularizer], dtype: str) -> None:
        self._l1 = columns([r.l1 for r in regularizers], dtype)
        self._l2 = columns([2 * r.l2_factor for r in regularizers], dtype)

    def add_gradient(self, weights: FloatArray, d_weights: FloatArray) -> None:
        """Add d penalty / d weights = l1 sign(w) + 2 l2_factor w to d_weights, (k, n_weights)."""
        for members, factors in self._l1:
            d_weights[members] += factors * np.sign(weights[members])
        for members, factors in self._l2:
            d_weights[members] += factors * weights[members]


def columns(factors: Sequence[float], dtype: str) -> list[tuple[slice | IntArray, FloatArray]]:
    """Return the networks whose factor is not zero with their factors (n, 1), or nothing.

    The others are left out, since adding a zero would turn -0 into 0.
    """
    column = np.array(factors)[:, None].astype(dtype)
    members = np.flatnonzero(factors)
    if len(members) == len(factors):
        return [(slice(None), column)]
    return [(members, column[members])] if len(members) else []


def dropout_masks(
    rngs: Sequence[np.random.Generator],
    n: int,
    widths: Sequence[int],
    dropouts: Sequence[float],
    dtype: str,
) -> list[FloatArray]:
    """Return a mask per hidden layer, (k, n, width): 1 / (1 - dropout) with that chance, or 0.

    The numbers are drawn in float32 for both dtypes and both backends, so all see the same masks.
    """
    draws = np.zeros((len(rngs), n * sum(widths)), np.float32)  # layer after layer
    for rng, dropout, drawn in zip(rngs, dropouts, draws, strict=True):
        if dropout:
            rng.random(out=drawn, dtype=np.float32)
    keep = (1 - np.array(dropouts)).astype(np.float32)[:, None, None]
    scale = (1 / (1 - np.array(dropouts))).astype(dtype)[:, None, None]
    ends = np.cumsum(widths)[:-1] * n
    return [
        (part.reshape(len(rngs), n, width) < keep) * scale
        for part, width in zip(np.split(draws, ends, axis=1), widths, strict=True)
    ]

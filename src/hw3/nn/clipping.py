"""Gradients that are scaled down to a norm: one long step cannot undo what many have learned."""

from collections.abc import Sequence

import numpy as np

from hw3.nn.arrays import FloatArray
from hw3.nn.regularizers import columns

EPS = 1e-6  # added to the norm, as torch.nn.utils.clip_grad_norm_ does


class Clipping:
    """The largest norms of k networks' gradients; nothing is done for a network without one.

    g <- g min(1, limit / (||g|| + EPS)), over all weights and biases of a network (Pascanu et al.
    2013, algorithm 1).
    """

    def __init__(self, limits: Sequence[float | None], dtype: str) -> None:
        self._limits = columns([limit or 0.0 for limit in limits], dtype)

    def apply(self, grads: FloatArray) -> None:
        """Scale the gradients, (k, n_parameters), in place."""
        for members, limit in self._limits:
            norm = np.sqrt(np.square(grads[members]).sum(axis=-1, keepdims=True))
            grads[members] *= np.minimum(limit / (norm + EPS), 1)

"""One seed, independent named streams: changing what one draws does not shift another.

Training asks for a stream by epoch, so that no generator's state has to be saved: epoch 12 draws
the same order whether or not the run was interrupted before it.
"""

from typing import Literal, get_args

import numpy as np

Stream = Literal["split", "init", "order", "dropout", "proposal"]


def stream(seed: int, name: Stream, epoch: int = 0) -> np.random.Generator:
    """Return the generator of a stream, at its start (numpy's SeedSequence with a spawn key)."""
    key = (get_args(Stream).index(name), epoch)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))

"""The numbers of the next steps of k networks, whose optimizers are of one kind."""

from collections.abc import Sequence

import numpy as np

from hw3.nn.arrays import FloatArray
from hw3.nn.optimizers import Optimizer


def factors_of_steps(
    optimizers: Sequence[Optimizer],
    learning_rates: Sequence[float],
    taken: Sequence[int],
    n_steps: int,
    dtype: str,
) -> FloatArray:
    """Return the factors of the next steps as columns, (n_steps, n_factors, k, 1).

    Args:
        optimizers: of each network, of one kind.
        learning_rates: of each.
        taken: the steps that each has behind it.
        n_steps: how many are to come.
        dtype: of the parameters.
    """
    alike: dict[tuple[Optimizer, float, int], list[int]] = {}
    for i, key in enumerate(zip(optimizers, learning_rates, taken, strict=True)):
        alike.setdefault(key, []).append(i)
    n_factors = len(optimizers[0].factors(1.0, 1))
    table = np.empty((n_steps, n_factors, len(optimizers), 1), dtype)
    for (optimizer, rate, start), members in alike.items():
        steps = [optimizer.factors(rate, start + i + 1) for i in range(n_steps)]
        table[:, :, members] = np.array(steps)[:, :, None, None]
    return table

"""How good a prediction is: sums and counts, so that uneven batches add up correctly."""

from dataclasses import dataclass

import numpy as np

from hw3.nn.arrays import FloatArray, IntArray
from hw3.nn.losses import Loss, check_shapes


@dataclass(frozen=True)
class Metrics:
    """The summed loss in nats, the number of correct decisions and of examples."""

    loss_sum: float
    n_correct: int
    n_examples: int

    @property
    def loss(self) -> float:
        """The mean loss, in nats."""
        return self.loss_sum / self.n_examples

    @property
    def accuracy(self) -> float:
        """The share of correct decisions."""
        return self.n_correct / self.n_examples


def measure(loss: Loss, logits: FloatArray, labels: IntArray) -> Metrics:
    """Return the metrics of logits (n, n_outputs) against labels (n,).

    Raises:
        ValueError: if the lengths differ.
    """
    check_shapes(logits, labels)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged net is reported, not warned of
        loss_sum = float(loss.per_example(logits, labels).sum(dtype=np.float64))
    return Metrics(loss_sum, int((loss.decide(logits) == labels).sum()), len(labels))

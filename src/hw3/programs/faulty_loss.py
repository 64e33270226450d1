"""Networks whose loss has a bug, and the gradient with it."""

from collections.abc import Sequence

import numpy as np

from hw3.nn.arrays import FloatArray
from hw3.programs import bugs
from hw3.programs.faulty import Faulty


class OutputActivated(Faulty):
    """f(z) of the last layer too."""

    bug = bugs.WRONG_SLOPE
    says = (
        "the last layer's z passes through the hidden activation, or is overwritten by it in place"
    )

    def outputs(self, z: FloatArray) -> FloatArray:
        """Return the outputs at f(z)."""
        return super().outputs(self.hidden(z))

    def losses(self, z: FloatArray, t: FloatArray) -> FloatArray:
        """Return the losses at f(z)."""
        return super().losses(self.hidden(z), t)


class PairwiseLoss(Faulty):
    """The mean over all pairs of an output and a target."""

    bug = bugs.BROADCAST
    says = "each output is compared with the label of every row: (n, 1) against (n,) is (n, n)"

    def losses(self, z: FloatArray, t: FloatArray) -> FloatArray:
        """Return the mean loss of each output over all labels."""
        of_each = [super(PairwiseLoss, self).losses(z, t[[i] * len(t)]) for i in range(len(t))]
        return np.asarray(np.mean(of_each, axis=0))

    def d_logits(self, z: FloatArray, t: FloatArray) -> FloatArray:
        """Return its gradient: the mean label stands for each."""
        return super().d_logits(z, np.broadcast_to(t.mean(axis=0), t.shape))


class SoftmaxOfAll(Faulty):
    """p_ij = e^z_ij / sum_kl e^z_kl."""

    bug = bugs.SOFTMAX
    says = "softmax is normalised over the whole batch, not over each row"

    def outputs(self, z: FloatArray) -> FloatArray:
        """Return probabilities that sum to 1 over the whole matrix."""
        if not self.head.startswith("softmax"):
            return super().outputs(z)
        e = np.exp(z - z.max())
        return np.asarray(e / e.sum())

    def losses(self, z: FloatArray, t: FloatArray) -> FloatArray:
        """Return -log p of each row's label."""
        if self.head != "softmax":
            return super().losses(z, t)
        return np.asarray(-(t * np.log(self.outputs(z))).sum(axis=1))


class SoftmaxOfColumns(SoftmaxOfAll):
    """p_ij = e^z_ij / sum_k e^z_kj."""

    says = "softmax is normalised over the rows of the batch, not over the classes"

    def outputs(self, z: FloatArray) -> FloatArray:
        """Return probabilities that sum to 1 over the batch, for each class."""
        if not self.head.startswith("softmax"):
            return super().outputs(z)
        e = np.exp(z - z.max(axis=0))
        return np.asarray(e / e.sum(axis=0))


# the order decides between two that predict the same
IN_LOSS: Sequence[type[Faulty]] = (
    PairwiseLoss,
    SoftmaxOfAll,
    SoftmaxOfColumns,
    OutputActivated,
)

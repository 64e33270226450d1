"""The two losses, both from logits: softmax and binary cross-entropy.

Several networks of one shape have a leading axis, in logits (..., n, n_outputs) as in labels.
"""

from typing import Protocol

import numpy as np

from hw3.nn.arrays import FloatArray, IntArray


class Loss(Protocol):
    """What a network with a given number of classes minimises; losses are in nats."""

    def n_outputs(self, n_classes: int) -> int:
        """Return how many logits the network has."""

    def per_example(self, logits: FloatArray, labels: IntArray) -> FloatArray:
        """Return the loss of each example, (n,); the caller sums or averages."""

    def d_logits(self, logits: FloatArray, labels: IntArray, out: FloatArray) -> None:
        """Write the gradient of the mean loss over each batch, (..., n, n_outputs), contiguous."""

    def decide(self, logits: FloatArray) -> IntArray:
        """Return the most probable class of each example, (n,)."""

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """Return the class probabilities: (n, n_classes), or P(class 1) (n,) for one logit."""


def check_shapes(logits: FloatArray, labels: IntArray, n_outputs: int | None = None) -> None:
    """Raise ValueError unless labels are (..., n) and logits (..., n, n_outputs).

    Without this, (n, 1) against (n,) broadcasts to (n, n) in silence.
    """
    wanted = "n_outputs" if n_outputs is None else n_outputs
    if (
        logits.ndim < 2
        or labels.shape != logits.shape[:-1]
        or (n_outputs is not None and logits.shape[-1] != n_outputs)
    ):
        raise ValueError(
            f"needs logits (n, {wanted}) and labels (n,), got {logits.shape} and {labels.shape}"
        )


class SoftmaxCrossEntropy:
    """-log softmax(logits)[label], for two or more logits.

    The row maximum is removed first (log-sum-exp; Goodfellow et al. 2016, sec. 4.1).
    """

    def n_outputs(self, n_classes: int) -> int:
        """Return one logit per class."""
        return n_classes

    def per_example(self, logits: FloatArray, labels: IntArray) -> FloatArray:
        """Return log(sum(e^logits)) - logits[label] of each example, (n,), in nats."""
        check_shapes(logits, labels)
        shifted = logits - logits.max(axis=1, keepdims=True)  # (n, n_classes)
        picked = shifted[np.arange(len(labels)), labels]
        log_sum: FloatArray = np.log(np.exp(shifted).sum(axis=1))
        losses: FloatArray = log_sum - picked
        return losses

    def d_logits(self, logits: FloatArray, labels: IntArray, out: FloatArray) -> None:
        """Write (softmax(logits) - one_hot(labels)) / n, (..., n, n_classes)."""
        check_shapes(logits, labels)
        np.subtract(logits, logits.max(axis=-1, keepdims=True), out=out)
        np.exp(out, out=out)
        np.divide(out, out.sum(axis=-1, keepdims=True), out=out)
        rows = out.reshape(-1, out.shape[-1], copy=False)  # of all networks
        rows[np.arange(len(rows)), labels.ravel()] -= 1
        np.multiply(out, 1 / labels.shape[-1], out=out)

    def decide(self, logits: FloatArray) -> IntArray:
        """Return the class with the largest logit; the lower number wins a tie."""
        decided: IntArray = logits.argmax(axis=1)
        return decided

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """Return softmax(logits), (n, n_classes); each row sums to 1."""
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        p: FloatArray = e / e.sum(axis=1, keepdims=True)
        return p


class SigmoidCrossEntropy:
    """-y log s(z) - (1 - y) log(1 - s(z)), s the sigmoid, for one logit z and labels y in {0, 1}.

    Written as max(z, 0) - z y + log(1 + e^-|z|), which neither overflows nor cancels.
    """

    def n_outputs(self, n_classes: int) -> int:
        """Return the one logit of class 1."""
        return 1

    def per_example(self, logits: FloatArray, labels: IntArray) -> FloatArray:
        """Return the loss of each example, (n,), in nats; logits are (n, 1)."""
        check_shapes(logits, labels, 1)
        z = logits[:, 0]
        loss: FloatArray = np.maximum(z, 0) - z * labels.astype(z.dtype)
        loss += np.log1p(np.exp(-np.abs(z)))
        return loss

    def d_logits(self, logits: FloatArray, labels: IntArray, out: FloatArray) -> None:
        """Write (s(z) - y) / n, (..., n, 1)."""
        check_shapes(logits, labels, 1)
        out[..., 0] = (self.probabilities(logits) - labels) / labels.shape[-1]

    def decide(self, logits: FloatArray) -> IntArray:
        """Return 1 where the logit is positive, else 0."""
        return (logits[:, 0] > 0).astype(np.intp)

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """Return P(class 1) = s(z), (..., n)."""
        p: FloatArray = 0.5 * (1 + np.tanh(0.5 * logits[..., 0]))
        return p


def loss_for(n_classes: int) -> Loss:
    """Return the loss of a problem: one logit for two classes, else one logit per class."""
    return SigmoidCrossEntropy() if n_classes == 2 else SoftmaxCrossEntropy()

import pytest

from hw3.nn.losses import SigmoidCrossEntropy, SoftmaxCrossEntropy
from hw3.training.metrics import Metrics, measure
from tests.builders import logits_and_labels

SOFTMAX, SIGMOID = SoftmaxCrossEntropy(), SigmoidCrossEntropy()


def test_metrics_of_uneven_batches_add_up():
    logits, labels = logits_and_labels(SOFTMAX, n=10)
    whole = measure(SOFTMAX, logits, labels)
    parts = [measure(SOFTMAX, logits[i : i + 4], labels[i : i + 4]) for i in (0, 4, 8)]
    assert sum(part.n_examples for part in parts) == 10
    assert sum(part.n_correct for part in parts) == whole.n_correct
    assert sum(part.loss_sum for part in parts) / 10 == pytest.approx(whole.loss)
    assert Metrics(3.0, 1, 4).accuracy == 0.25

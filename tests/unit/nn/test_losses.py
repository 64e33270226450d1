import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from hw3.nn.losses import SigmoidCrossEntropy, SoftmaxCrossEntropy, loss_for
from hw3.training.metrics import measure
from tests.builders import logits_and_labels
from tests.oracles import central_difference

SOFTMAX, SIGMOID = SoftmaxCrossEntropy(), SigmoidCrossEntropy()


def test_values_by_hand():
    # softmax of (ln 1, ln 3) is (1/4, 3/4)
    logits = np.log([[1.0, 3.0], [1.0, 3.0]])
    np.testing.assert_allclose(
        SOFTMAX.per_example(logits, np.array([0, 1])), [math.log(4), math.log(4 / 3)]
    )
    np.testing.assert_allclose(SOFTMAX.probabilities(logits), [[0.25, 0.75]] * 2)
    # s(ln 3) = 3/4
    logits = np.log([[3.0], [3.0]])
    np.testing.assert_allclose(
        SIGMOID.per_example(logits, np.array([0, 1])), [math.log(4), math.log(4 / 3)]
    )
    np.testing.assert_allclose(SIGMOID.probabilities(logits), [0.75, 0.75])


@pytest.mark.parametrize("loss", [SOFTMAX, SIGMOID])
def test_gradient_is_that_of_the_mean_of_the_reported_loss(loss):
    logits, labels = logits_and_labels(loss)
    numeric = central_difference(lambda: measure(loss, logits, labels).loss, logits)
    gradient = np.empty_like(logits)
    loss.d_logits(logits, labels, out=gradient)
    np.testing.assert_allclose(gradient, numeric, atol=1e-9)


@pytest.mark.parametrize("loss", [SOFTMAX, SIGMOID])
def test_equals_torch(loss):
    logits, labels = logits_and_labels(loss)
    tensor = torch.tensor(logits)
    if loss is SIGMOID:
        expected = functional.binary_cross_entropy_with_logits(
            tensor[:, 0], torch.tensor(labels, dtype=torch.float64), reduction="none"
        )
    else:
        expected = functional.cross_entropy(tensor, torch.tensor(labels), reduction="none")
    np.testing.assert_allclose(loss.per_example(logits, labels), expected.numpy(), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", [SOFTMAX, SIGMOID])
def test_logits_of_ten_thousand_stay_finite(loss, dtype):
    logits = np.array([[1e4], [-1e4]], dtype)
    if loss is SOFTMAX:
        logits = np.hstack([logits, -logits])
    for label in (0, 1):
        labels = np.full(2, label)
        gradient = np.empty_like(logits)
        loss.d_logits(logits, labels, out=gradient)
        values = loss.per_example(logits, labels)
        assert np.isfinite(gradient).all()
        assert sorted(values) == [0.0, 2e4 if loss is SOFTMAX else 1e4]


@given(st.lists(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3), min_size=1))
def test_softmax_rows_sum_to_one(rows):
    np.testing.assert_allclose(SOFTMAX.probabilities(np.array(rows)).sum(axis=1), 1)


@pytest.mark.parametrize("loss", [SOFTMAX, SIGMOID])
def test_column_of_labels_is_refused(loss):
    """(16, 1) against (16,) would broadcast to (16, 16) in silence."""
    logits, labels = np.zeros((16, 1)), np.zeros((16, 1), int)
    for call in (loss.per_example, lambda *a: loss.d_logits(*a, out=np.empty((16, 1)))):
        with pytest.raises(ValueError, match=r"\(16, 1\) and \(16, 1\)"):
            call(logits, labels)
    with pytest.raises(ValueError, match="labels"):
        measure(loss, logits, labels)
    with pytest.raises(ValueError, match="labels"):
        loss.per_example(logits[:, 0], labels[:, 0])


def test_binary_loss_wants_one_logit():
    with pytest.raises(ValueError, match=r"\(n, 1\)"):
        SIGMOID.per_example(np.zeros((3, 2)), np.zeros(3, int))


def test_decisions():
    assert SOFTMAX.decide(np.array([[1, 3, 3], [5, 2, 1]])).tolist() == [1, 0]
    assert SIGMOID.decide(np.array([[-0.1], [0.0], [0.1]])).tolist() == [0, 0, 1]


def test_the_number_of_classes_decides():
    assert (loss_for(2).n_outputs(2), loss_for(10).n_outputs(10)) == (1, 10)

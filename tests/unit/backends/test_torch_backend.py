"""What parity on ordinary data cannot see of the torch backend: huge logits."""

import numpy as np
import pytest

from hw3.backends import make_backend
from hw3.backends.base import Network
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.losses import loss_for
from hw3.nn.optimizers import OPTIMIZERS
from tests.builders import preset_record, regularizer


def linear(backend, n_classes):
    loss = loss_for(n_classes)
    sizes = (3, loss.n_outputs(n_classes))
    act, sgd = preset_record(ACTIVATIONS, "tanh"), preset_record(OPTIMIZERS, "sgd")
    made = make_backend(
        backend, Network(sizes, act, loss, sgd, regularizer(), "float64", "cpu", 1, 6)
    )
    weight = np.random.default_rng(0).standard_normal(sizes)
    made.set_params([(weight, np.zeros(sizes[1]))])
    return made


@pytest.mark.parametrize("n_classes", [2, 4])
def test_a_step_from_logits_of_ten_thousand_is_finite_and_that_of_numpy(n_classes):
    rng = np.random.default_rng(1)
    inputs, labels = 1e4 * rng.standard_normal((6, 3)), rng.integers(0, n_classes, 6)
    ours, theirs = (linear(name, n_classes) for name in ("numpy", "torch"))
    for backend in (ours, theirs):
        backend.join([backend]).train_epoch(
            inputs,
            labels,
            np.arange(6)[None],
            batch_size=6,
            learning_rates=[0.1],
            dropout_rngs=[rng],
        )
    for (w1, b1), (w2, b2) in zip(ours.get_params(), theirs.get_params(), strict=True):
        assert np.isfinite(w2).all()
        np.testing.assert_allclose(w2, w1, rtol=1e-9)
        np.testing.assert_allclose(b2, b1, atol=1e-12)

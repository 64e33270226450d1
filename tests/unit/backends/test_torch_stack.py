"""A stack of torch networks: each member has the bits that it has alone."""

from itertools import pairwise

import numpy as np
import pytest

from hw3.backends.base import Network
from hw3.backends.torch_backend import make
from hw3.backends.torch_stack import TorchStack
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.losses import loss_for
from hw3.nn.optimizers import OPTIMIZERS
from tests.builders import preset_record, regularizer

ACTS = ("relu", "relu", "tanh", "sigmoid", "leaky_relu")
PENALTIES = ({}, {}, {"l1": 1e-3}, {"l2": 1e-2}, {"dropout": 0.2})
RATES = (0.01, 0.01, 0.02, 0.02, 0.03)


def backends(optimizer, hidden=(20,), n_classes=2, dtype="float32"):
    loss, made = loss_for(n_classes), []
    sizes = (20, *hidden, loss.n_outputs(n_classes))
    rule = preset_record(OPTIMIZERS, optimizer)
    for i, (act, penalty) in enumerate(zip(ACTS, PENALTIES, strict=True)):
        record = preset_record(ACTIVATIONS, act)
        network = Network(sizes, record, loss, rule, regularizer(**penalty), dtype, "cpu", 1, 16)
        rng = np.random.default_rng(i)
        backend = make(network)
        shapes = pairwise(sizes)
        backend.set_params([(rng.standard_normal(s) / 5, np.zeros(s[1])) for s in shapes])
        made.append(backend)
    return made


def rngs():
    return [np.random.default_rng(i) for i in range(len(ACTS))]


def train(stack, data, orders, alone=False):
    if not alone:
        stack.train_epoch(*data, orders, batch_size=16, learning_rates=RATES, dropout_rngs=rngs())
        return
    for backend, order, rate, rng in zip(stack, orders, RATES, rngs(), strict=True):
        TorchStack([backend]).train_epoch(
            *data, order[None], batch_size=16, learning_rates=[rate], dropout_rngs=[rng]
        )


def data_of(n, n_classes, dtype="float32"):
    rng = np.random.default_rng(9)
    inputs = rng.standard_normal((n, 20)).astype(dtype)
    orders = np.stack([rng.permutation(n) for _ in ACTS])
    return (inputs, rng.integers(0, n_classes, n)), orders


def assert_same(first, second):
    for a, b in zip(first, second, strict=True):
        ours, theirs = a.state_dict(), b.state_dict()
        assert ours.keys() == theirs.keys()
        for key in ours:
            np.testing.assert_array_equal(ours[key], theirs[key], err_msg=key)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("hidden", "n", "n_classes"), [((20,), 96, 2), ((7, 5), 83, 3)])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_members_have_the_bits_that_they_have_alone(optimizer, hidden, n, n_classes, dtype):
    data, orders = data_of(n, n_classes, dtype)
    alone, joined = (backends(optimizer, hidden, n_classes, dtype) for _ in range(2))
    stack = TorchStack(joined)
    for _ in range(3):
        train(alone, data, orders, alone=True)
        train(stack, data, orders)
    assert_same(alone, joined)
    np.testing.assert_array_equal(
        alone[3].predict_logits(data[0]), joined[3].predict_logits(data[0])
    )


def test_those_that_go_on_are_joined_anew():
    data, orders = data_of(96, 2)
    alone, joined = backends("adam"), backends("adam")
    train(alone, data, orders, alone=True)
    train(TorchStack(joined), data, orders)
    rest = TorchStack(joined[1:])
    rest.train_epoch(
        *data, orders[1:], batch_size=16, learning_rates=RATES[1:], dropout_rngs=rngs()[1:]
    )
    for i in range(1, len(ACTS)):
        TorchStack([alone[i]]).train_epoch(
            *data,
            orders[i : i + 1],
            batch_size=16,
            learning_rates=RATES[i : i + 1],
            dropout_rngs=rngs()[i : i + 1],
        )
    assert_same(alone, joined)

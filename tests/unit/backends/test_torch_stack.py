"""A stack of torch networks: each member has the bits that it has alone."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from hw3.backends import torch_bits, torch_stack
from hw3.backends.base import Network
from hw3.backends.torch_backend import make
from hw3.backends.torch_bits import same_bits_alone
from hw3.backends.torch_nets import Vectors, gradients
from hw3.backends.torch_stack import TorchStack
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.losses import loss_for
from hw3.nn.optimizers import OPTIMIZERS
from tests.builders import OTHER_NUMBERS, preset_record, regularizer

# the last has other numbers of its optimizer too
ACTS = ("relu", "relu", "tanh", "sigmoid", "leaky_relu", "leaky_relu", "elu", "silu", "gelu")
PENALTIES = ({}, {}, {"l1": 1e-3}, {"l2": 1e-2}, {"dropout": 0.2}, {"dropout": 0.2}, {}, {}, {})
CLIPS = (None, None, 0.1, None, None, None, 0.1, 0.1, None)
RATES = (0.01, 0.01, 0.02, 0.02, 0.03, 0.03, 0.01, 0.01, 0.01)
ALL = range(len(ACTS))


def backends(optimizer, hidden=(20,), n_classes=2, dtype="float32"):
    loss, made = loss_for(n_classes), []
    sizes = (20, *hidden, loss.n_outputs(n_classes))
    rules = [preset_record(OPTIMIZERS, optimizer)] * (len(ACTS) - 1)
    rules.append(preset_record(OPTIMIZERS, optimizer, **OTHER_NUMBERS[optimizer]))
    for i, (act, penalty, rule) in enumerate(zip(ACTS, PENALTIES, rules, strict=True)):
        record = preset_record(ACTIVATIONS, act)
        penalties = regularizer(**penalty)
        network = Network(
            sizes, record, loss, rule, penalties, dtype, "cpu", 1, 16, clip_norm=CLIPS[i]
        )
        rng = np.random.default_rng(i)
        backend = make(network)
        shapes = pairwise(sizes)
        backend.set_params([(rng.standard_normal(s) / 5, np.zeros(s[1])) for s in shapes])
        made.append(backend)
    return made


def rngs():
    return [np.random.default_rng(i) for i in range(len(ACTS))]


def train(stack, data, orders, start=0):
    """An epoch of the stack of the networks from one on."""
    stack.train_epoch(
        *data,
        orders[start:],
        batch_size=16,
        learning_rates=RATES[start:],
        dropout_rngs=rngs()[start:],
    )


def train_alone(made, data, orders, which=ALL):
    for i in which:
        one = slice(i, i + 1)
        TorchStack(made[one]).train_epoch(
            *data, orders[one], batch_size=16, learning_rates=RATES[one], dropout_rngs=rngs()[one]
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
        train_alone(alone, data, orders)
        train(stack, data, orders)
    assert_same(alone, joined)
    np.testing.assert_array_equal(
        alone[3].predict_logits(data[0]), joined[3].predict_logits(data[0])
    )


@pytest.mark.parametrize("n_classes", [2, 3])
def test_gradients_together_are_those_alone(n_classes):
    """A mistake here would not show in the bits: networks would only train in turn."""
    made, rng, k = (
        backends("sgd", (7, 5), n_classes, "float64"),
        np.random.default_rng(1),
        len(ACTS),
    )
    networks = [backend.network for backend in made]
    params = Vectors.joined([backend.state.params for backend in made])
    x, *masks = (torch.from_numpy(rng.standard_normal((k, 9, width))) for width in (20, 7, 5))
    y = torch.from_numpy(rng.integers(0, n_classes, (k, 9)))
    y = 2 * y - 1 if n_classes == 2 else y

    def found(one):
        layers = [tensor.detach().requires_grad_() for tensor in params.part(one).tensors()]
        return gradients(networks[one], layers, x[one], y[one], [mask[one] for mask in masks])

    together = found(slice(None))
    for one in (slice(i, i + 1) for i in ALL):
        for ours, lone in zip(together, found(one), strict=True):
            torch.testing.assert_close(ours[one], lone)


def test_those_that_go_on_are_joined_anew_and_one_is_ahead():
    data, orders = data_of(96, 2)
    alone, joined = backends("adam"), backends("adam")
    for made in (alone, joined):
        train_alone(made, data, orders, [1])
    train_alone(alone, data, orders)
    train(TorchStack(joined), data, orders)
    train_alone(alone, data, orders, range(1, len(ACTS)))
    train(TorchStack(joined[1:]), data, orders, start=1)
    assert_same(alone, joined)


@pytest.mark.parametrize(
    ("hidden", "n", "dtype", "expected"),
    [
        ((20,), 16, "float32", True),
        ((20,), 15, "float32", False),
        ((6,), 16, "float32", False),
        ((6,), 16, "float64", True),
    ],
)
def test_slices_of_no_multiple_of_16_bytes_train_in_turn(hidden, n, dtype, expected, monkeypatch):
    monkeypatch.setattr(torch_bits, "same_gradients", lambda *_: True)
    networks = [backend.network for backend in backends("sgd", hidden, dtype=dtype)]
    assert same_bits_alone(networks, n, torch.device("cpu")) is expected


def test_networks_to_which_the_library_gives_other_bits_train_in_turn(monkeypatch):
    def other(networks, *args):
        found = gradients(networks, *args)
        found[-1][5:] += 1e-6  # of the last bias of the sixth network, which a lone one has not
        return found

    monkeypatch.setattr(torch_bits, "gradients", other)
    networks = [backend.network for backend in backends("sgd")]
    assert not same_bits_alone(networks, 16, torch.device("cpu"))


@pytest.mark.parametrize(("n", "expected"), [(83, [3, 16]), (96, [16]), (7, [7])])
def test_each_length_of_a_batch_is_asked_about_once(n, expected, monkeypatch):
    asked = []
    monkeypatch.setattr(
        torch_stack, "same_bits_alone", lambda _, n, device: asked.append(n) or True
    )
    stack = TorchStack(backends("sgd"))
    for _ in range(2):
        train(stack, *data_of(n, 2))
    assert sorted(asked) == expected

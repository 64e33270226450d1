"""The networks that programs are held against: central differences, the backend, and each bug."""

from itertools import product

import numpy as np
import pytest

from hw3.programs.compare import arrays, factors, one_factor
from hw3.programs.convention import draw_params, draw_rows
from hw3.programs.faulty import IN_BACKWARD, IN_LOSS, SlopeAtActivation, SlopeOfReLU, SlopeOfTanh
from hw3.programs.reference import ACTS, HEADS, Net, Rows, right_nets

SIZES = (4, 5, 3)


def place(sizes=SIZES, has_biases=True, seed=0):
    rng = np.random.default_rng(seed)
    return draw_params(sizes, rng, has_biases), draw_rows(sizes, 8, rng)


def differences(net, params, rows, h=1e-6):
    found = [(np.zeros_like(w), np.zeros_like(b)) for w, b in params]
    for (_, own), (_, result) in zip(arrays(params), arrays(found), strict=True):
        for i, value in enumerate(own.ravel().copy()):
            losses = []
            for moved in (value + h, value - h):
                own.ravel()[i] = moved
                losses.append(net.loss(params, rows))
            own.ravel()[i] = value
            result.ravel()[i] = (losses[0] - losses[1]) / (2 * h)
    return found


@pytest.mark.parametrize("net", right_nets(3), ids=str)
@pytest.mark.parametrize("has_biases", [True, False])
def test_gradients_are_those_of_the_loss(net, has_biases):
    params, rows = place(has_biases=has_biases)
    both = (net.gradients(params, rows), differences(net, params, rows))
    for (name, a), (_, b) in zip(*map(arrays, both), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("net", right_nets(1), ids=str)
def test_one_output(net):
    params, rows = place((4, 5, 1))
    both = (net.gradients(params, rows), differences(net, params, rows))
    for (_, a), (_, b) in zip(*map(arrays, both), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-8)


def test_the_likeliest_network_by_hand():
    """Two layers of one unit: z1 = 2 * 3 - 1 = 5, z2 = 5 * 1 + 0 = 5; L = log(1 + e^5) - 5."""
    params = [(np.array([[2.0]]), np.array([-1.0])), (np.array([[1.0]]), np.array([0.0]))]
    rows = Rows(np.array([[3.0]]), np.array([1]), 1)
    net = Net("relu", "sigmoid")
    p = 1 / (1 + np.exp(-5))
    assert net.loss(params, rows) == pytest.approx(-np.log(p))
    (w1, b1), (w2, b2) = net.gradients(params, rows)
    assert [w1.item(), b1.item(), w2.item(), b2.item()] == pytest.approx(
        [3 * (p - 1), p - 1, 5 * (p - 1), p - 1]
    )


@pytest.mark.parametrize("kind", [*IN_BACKWARD, *IN_LOSS], ids=lambda kind: kind.__name__)
def test_each_bug_shows_somewhere(kind):
    n_outputs = (3, 1)
    assert any(differs(kind, *each) for each in product(ACTS, HEADS, n_outputs))


@pytest.mark.parametrize(
    ("kind", "act"), [(SlopeAtActivation, "relu"), (SlopeOfReLU, "relu"), (SlopeOfTanh, "tanh")]
)
def test_where_a_bug_changes_nothing(kind, act):
    assert not differs(kind, act, "softmax", 3)


def differs(kind, act, head, n_outputs):
    if n_outputs == 1 and "softmax" in head:
        return False
    params, rows = place((4, 5, n_outputs))
    right, faulty = Net(act, head), kind(act, head)
    both = (faulty.gradients(params, rows, 0.1), right.gradients(params, rows))
    has_loss = not np.isclose(faulty.loss(params, rows), right.loss(params, rows))
    return has_loss or one_factor(factors(*both, 1e-6), 1e-6) is None

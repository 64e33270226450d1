import numpy as np
import pytest
import torch

from hw3.nn.arrays import Parameters
from hw3.nn.optimizers import OPTIMIZERS, State
from tests.builders import preset_record

SIZES = (3, 2)


def steps(optimizer, gradients, rates, start):
    params = Parameters.zeros(SIZES, "float64")
    params.vector[:] = start
    state = fresh_state(optimizer, params)
    for step, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), 1):
        optimizer.update(params, gradient.copy(), state, optimizer.factors(rate, step))
    return params


def fresh_state(optimizer, params):
    slots = {name: np.zeros_like(params.vector) for name in optimizer.slots}
    return State(slots, np.empty_like(params.vector))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_equals_torch(name):
    optimizer = preset_record(OPTIMIZERS, name)
    rng = np.random.default_rng(0)
    start, gradients, rates = rng.normal(size=8), rng.normal(size=(6, 8)), [0.1, 0.1, 0.1, 0.05] * 2
    ours = steps(optimizer, gradients, rates[:6], start).vector
    weight, bias = (torch.nn.Parameter(torch.tensor(part)) for part in (start[:6], start[6:]))
    options = optimizer.torch_options()
    bias_group = {"params": [bias]} | ({"weight_decay": 0} if "weight_decay" in options else {})
    theirs = getattr(torch.optim, optimizer.torch_name)(
        [{"params": [weight]}, bias_group], lr=1.0, **options
    )
    for gradient, rate in zip(gradients, rates, strict=False):
        for group in theirs.param_groups:
            group["lr"] = rate
        weight.grad, bias.grad = torch.tensor(gradient[:6]), torch.tensor(gradient[6:])
        theirs.step()
    expected = np.concatenate([weight.detach().numpy(), bias.detach().numpy()])
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_finds_the_bottom_of_a_bowl(name):
    optimizer = preset_record(OPTIMIZERS, name)
    params = Parameters.zeros(SIZES, "float64")
    params.vector[:] = np.arange(1.0, 9)
    state = fresh_state(optimizer, params)
    scales = np.linspace(0.5, 2, 8)
    for step in range(1, 3001):
        factors = optimizer.factors(0.01, step)
        optimizer.update(params, scales * params.vector, state, factors)
    assert np.abs(params.vector).max() < 0.02


def test_first_steps_by_hand():
    start, gradients = np.ones(8), np.full((2, 8), 2.0)
    rates = [0.1, 0.1]
    by_name = {
        name: steps(preset_record(OPTIMIZERS, name), gradients, rates, start) for name in OPTIMIZERS
    }
    assert by_name["sgd"].vector == pytest.approx(1 - 0.1 * 2 - 0.1 * 2)
    assert by_name["momentum"].vector == pytest.approx(1 - 0.1 * 2 - 0.1 * 3.8)
    assert by_name["nesterov"].vector == pytest.approx(1 - 0.1 * 3.8 - 0.1 * (2 + 0.9 * 3.8))
    assert by_name["adam"].vector == pytest.approx(1 - 0.1 - 0.1)  # a constant gradient: unit steps


def test_weight_decay_spares_biases():
    gradients = np.zeros((1, 8))
    params = steps(
        preset_record(OPTIMIZERS, "adamw", weight_decay=0.5), gradients, [0.1], np.ones(8)
    )
    np.testing.assert_allclose(params.weight_vector, 1 - 0.1 * 0.5)
    np.testing.assert_array_equal(params.biases[0], 1)


def test_nesterov_without_momentum_is_sgd():
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=8), rng.normal(size=(3, 8))
    plain = steps(preset_record(OPTIMIZERS, "sgd"), gradients, [0.1] * 3, start)
    nesterov = steps(preset_record(OPTIMIZERS, "nesterov", momentum=0), gradients, [0.1] * 3, start)
    np.testing.assert_allclose(nesterov.vector, plain.vector)
    assert not preset_record(OPTIMIZERS, "nesterov", momentum=0).torch_options()["nesterov"]

import numpy as np
import pytest
import torch
from torch.nn import functional

from hw3.backends.torch_nets import activate, relu
from hw3.nn.activations import ACTIVATIONS
from tests.builders import preset_record
from tests.oracles import central_difference

Z = np.array([[-40.0, -3.0, -0.7], [0.4, 1.3, 40.0], [-0.1, 0.2, 2.0]])  # no kink within 1e-6


def value_of(activation, z):
    out = np.empty_like(z)
    activation.value(z, out=out)
    return out


def slope_of(activation, z):
    out = np.empty_like(z)
    activation.slope(z, value_of(activation, z), out=out)
    return out


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_is_the_derivative(name):
    activation, z = preset_record(ACTIVATIONS, name), Z.copy()
    numeric = central_difference(lambda: value_of(activation, z).sum(), z)
    np.testing.assert_allclose(slope_of(activation, z), numeric, atol=1e-8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_equals_torch(name):
    activation = preset_record(ACTIVATIONS, name)
    z = torch.tensor([*Z.ravel(), 0.0], dtype=torch.float64, requires_grad=True)
    options = {k: v for k, v in vars(activation).items() if k != "slope_at_zero"}
    if name == "gelu":
        options["approximate"] = "tanh"
    out = getattr(functional, activation.torch_name)(z, **options)
    out.sum().backward()
    flat = z.detach().numpy()
    np.testing.assert_allclose(value_of(activation, flat), out.detach().numpy(), atol=1e-15)
    np.testing.assert_allclose(slope_of(activation, flat), z.grad.numpy(), atol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_changes_only_out_and_stays_finite(name, dtype):
    activation = preset_record(ACTIVATIONS, name)
    z = np.array([[-1e4, -1.0, 0.0, 1.0, 1e4]], dtype)
    a = value_of(activation, z)
    kept_z, kept_a = z.copy(), a.copy()
    slope = np.empty_like(z)
    activation.slope(z, a, out=slope)
    np.testing.assert_array_equal(z, kept_z)
    np.testing.assert_array_equal(a, kept_a)
    assert np.isfinite(a).all()
    assert np.isfinite(slope).all()
    assert slope.dtype == dtype


@pytest.mark.parametrize("slope_at_zero", [0.0, 0.3, 1.0])
def test_relu_takes_the_configured_slope_at_zero(slope_at_zero):
    z = np.array([[-1.0, 0.0, -0.0, 2.0]])
    expected = [[0.0, slope_at_zero, slope_at_zero, 1.0]]
    np.testing.assert_array_equal(
        slope_of(preset_record(ACTIVATIONS, "relu", slope_at_zero=slope_at_zero), z), expected
    )
    tensor = torch.tensor(z, requires_grad=True)
    relu(tensor, slope_at_zero).sum().backward()
    np.testing.assert_array_equal(tensor.grad.numpy(), expected)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_torch_backend_computes_the_same(name):
    activation, z = preset_record(ACTIVATIONS, name), np.linspace(-6, 6, 1001)
    tensor = torch.tensor(z, requires_grad=True)
    out = activate(activation, tensor)
    out.sum().backward()
    np.testing.assert_allclose(value_of(activation, z), out.detach().numpy(), atol=1e-15)
    np.testing.assert_allclose(slope_of(activation, z), tensor.grad.numpy(), atol=1e-14)


def test_gelu_is_as_far_from_the_form_with_erf_as_it_says():
    z = np.linspace(-8, 8, 160_001)
    exact = functional.gelu(torch.tensor(z)).numpy()
    distance = np.abs(value_of(preset_record(ACTIVATIONS, "gelu"), z) - exact)
    assert 4.7e-4 < distance.max() < 4.8e-4
    assert abs(z[distance.argmax()]) == pytest.approx(2.7, abs=0.01)


def test_elu_of_another_alpha_is_torch_s():
    activation, z = preset_record(ACTIVATIONS, "elu", alpha=0.5), np.array([-2.0, 0.0, 3.0])
    np.testing.assert_allclose(value_of(activation, z), [0.5 * np.expm1(-2), 0, 3])
    np.testing.assert_allclose(slope_of(activation, z), [0.5 * np.exp(-2), 0.5, 1])

"""A saved network put back to work: its activation is the one that its file names, in full."""

from pathlib import Path

import numpy as np
import pytest

from hw3.records.network import activation_of
from hw3.records.weights import save_params


@pytest.mark.parametrize("slope", [0.3, 0.01])
def test_the_parameters_that_a_file_names_are_kept(slope):
    path = Path("net.h5")
    layers = [(np.ones((20, 1)), np.zeros(1))]
    save_params(path, layers, {"name": "leaky_relu", "negative_slope": slope})
    assert activation_of(path, None).negative_slope == slope


def test_a_bare_name_has_its_preset():
    save_params(Path("net.h5"), [(np.ones((20, 1)), np.zeros(1))], {"name": "leaky_relu"})
    assert activation_of(Path("net.h5"), None).negative_slope == 0.01

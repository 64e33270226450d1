"""What a config makes of the parts."""

import numpy as np
import pytest

from hw3.training.build import load, make_experiment
from tests.builders import config, digits_config


def test_initial_weights_depend_on_the_seed():
    def first_weight(seed):
        return make_experiment(digits_config(f"seed={seed}")).backend.get_params()[0][0]

    np.testing.assert_array_equal(first_weight(0), first_weight(0))
    assert (first_weight(0) != first_weight(1)).all()


@pytest.mark.parametrize(
    ("act", "init", "variance"),
    [
        ("relu", "auto", 2 / 64),
        ("tanh", "auto", 2 / (64 + 400)),
        ("relu", "lecun_normal", 1 / 64),
        ("tanh", "he_normal", 2 / 64),
    ],
)
def test_initial_weights_are_drawn_as_the_config_says(act, init, variance):
    chosen = [f"act={act}", f"model.init={init}", "model.hidden_sizes=[400]"]
    weight = make_experiment(digits_config(*chosen)).backend.get_params()[0][0]
    assert weight.shape == (64, 400)
    assert weight.var() == pytest.approx(variance, rel=0.05)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("mnist", (50_000, 10_000)),
        ("fashion_mnist", (50_000, 10_000)),
        ("human_machine", (8160, 2040)),
    ],
)
def test_real_files(name, sizes):

    dataset = load(config(f"dataset={name}"))
    assert (len(dataset.train.labels), len(dataset.val.labels)) == sizes

import pytest

from hw3.core.errors import ConfigError
from hw3.nn.activations import ACTIVATIONS
from tests.builders import config


def test_initialisation_follows_the_activation():
    inits = {name: config(f"act={name}").init for name in ACTIVATIONS}
    assert inits == {
        "relu": "he_normal",
        "leaky_relu": "he_normal",
        "tanh": "glorot_normal",
        "sigmoid": "glorot_normal",
    }
    assert config("model.init=lecun_normal").init == "lecun_normal"


def test_the_hash_is_of_what_is_computed():
    base = config()
    assert config().hash == base.hash
    assert config("data_dir=/elsewhere").hash == base.hash
    assert config("record.figures=false", "crosses=[[[a]]]").hash == base.hash
    for change in ("lr=0.2", "seed=1", "act=tanh", "regularizer.l2=1e-5", "dataset.val=5000"):
        assert config(change).hash != base.hash
    assert base.job_name == f"relu-lr0.1-s0-{base.hash[:8]}"


def test_a_network_that_the_memory_does_not_hold_is_refused_with_what_it_needs(monkeypatch):
    monkeypatch.setattr("hw3.config.schema.memory_limit", lambda: 16 * 10**9)
    config("model.hidden_sizes=[20000,20000]")
    message = r"makes 923,880,010 parameters, whose training takes about 18 GB; here are 16 GB"
    with pytest.raises(ConfigError, match=message):
        config("model.hidden_sizes=[30000,30000]")
    with pytest.raises(ConfigError, match="about 17 GB"):
        config("model.hidden_sizes=[20000,20000]", "dtype=float64")

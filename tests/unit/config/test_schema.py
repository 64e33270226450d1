from hw3.nn.activations import ACTIVATIONS
from tests.builders import config


def test_initialisation_follows_the_activation():
    inits = {name: config(f"act={name}").init for name in ACTIVATIONS}
    assert inits == {
        "relu": "he_normal",
        "leaky_relu": "he_normal",
        "tanh": "glorot_normal",
        "sigmoid": "glorot_normal",
        "elu": "he_normal",
        "silu": "he_normal",
        "gelu": "he_normal",
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

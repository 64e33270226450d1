"""Two backends, one result: in float64 their histories agree to rounding."""

import numpy as np
import pytest

from hw3.backends import make_backend
from hw3.core.seeds import stream
from hw3.datasets.types import Dataset, Split
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.initializers import initial_params
from hw3.nn.optimizers import OPTIMIZERS
from hw3.training.build import make_experiment, network_for
from hw3.training.difference import worst
from hw3.training.fit import Plan, Training, fit
from hw3.training.history import History, history_array
from hw3.training.parity import differences, trained
from tests.builders import config

REGULARIZERS = ("none", "l1", "l2", "dropout", "dropout_l2")
SECONDS = 2  # the column of a history that no two runs share


def learnable(n, n_features, n_classes, seed=0):
    """Return data that a linear rule labels, mostly."""
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((n, n_features))
    scores = inputs @ rng.standard_normal((n_features, n_classes))
    labels = (scores + rng.standard_normal(scores.shape)).argmax(axis=1)
    return Split(inputs, labels, np.arange(n))


def dataset(n_classes):
    train, val = learnable(2000, 12, n_classes), learnable(300, 12, n_classes, seed=1)
    return Dataset("made", tuple(map(str, range(n_classes))), train, val, {})


DATA = {n_classes: dataset(n_classes) for n_classes in (2, 4)}


def train(config, backend_name, data):
    network = network_for(config, data.train.inputs.shape[1], len(data.class_names))
    backend = make_backend(backend_name, network)
    rng = stream(config.seed, "init")
    backend.set_params(initial_params(network.layer_sizes, config.init, rng))
    history = History()
    plan = Plan(network.loss, config.lr, config.epochs, config.batch_size, config.seed)
    list(fit([Training(backend, data, plan, lambda _: None, history)]))
    return history, backend


def assert_agree(config, data):
    ours, theirs = (trained(config, name, data) for name in ("numpy", "torch"))
    top = worst(differences(ours, theirs))
    assert top.relative <= top.allowed, top
    first, *_, last = ours[0].epochs
    assert first.train.loss != last.train.loss  # something was learned


def small_config(*overrides):
    base = ("dtype=float64", "epochs=3", "dataset=digits", "model.hidden_sizes=[8,6]", "device=cpu")
    return config(*base, *overrides)


@pytest.mark.parametrize("regularizer", REGULARIZERS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("act", ACTIVATIONS)
def test_histories_agree(act, optimizer, regularizer):
    c = small_config(f"act={act}", f"optimizer={optimizer}", f"regularizer={regularizer}")
    assert_agree(c, DATA[4])


@pytest.mark.parametrize(
    "overrides",
    [
        "regularizer=l2 regularizer.convention=half",
        "act.slope_at_zero=0.5",
        "batch_size=77",  # 2,000 is no multiple: the last batch is short
        "model.hidden_sizes=[]",
        "model.hidden_sizes=[5,4,3]",
        "lr=cosine",
        "lr.warmup=1",
        "clip_norm=0.5 regularizer=l2",
    ],
)
@pytest.mark.parametrize("n_classes", [2, 4])
def test_histories_agree_in_the_corners(n_classes, overrides):
    assert_agree(small_config(*overrides.split()), DATA[n_classes])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_torch_state_continues_to_the_same_bits(optimizer):
    c = small_config(f"optimizer={optimizer}")
    whole_history, whole = train(c, "torch", DATA[4])
    network = network_for(c, 12, 4)
    plan = Plan(network.loss, c.lr, c.epochs, c.batch_size, c.seed)
    first, second = (make_backend("torch", network) for _ in range(2))
    first.set_params(initial_params(network.layer_sizes, c.init, stream(c.seed, "init")))
    history, states = History(), []

    def stop_after_two(h):
        states.append((first.state_dict(), len(h)))

    list(fit([Training(first, DATA[4], plan, stop_after_two, history)]))
    state, done = states[1]
    second.load_state_dict(state)
    resumed = History(history.epochs[:done])
    list(fit([Training(second, DATA[4], plan, lambda _: None, resumed)]))
    a, b = (np.delete(history_array(h), SECONDS, axis=1) for h in (whole_history, resumed))
    np.testing.assert_array_equal(a, b)
    for (w1, b1), (w2, b2) in zip(whole.get_params(), second.get_params(), strict=True):
        np.testing.assert_array_equal(w1, w2)
        np.testing.assert_array_equal(b1, b2)


@pytest.mark.real_data
@pytest.mark.parametrize("act", ["relu", "tanh"])
def test_histories_agree_on_mnist(act):
    c = config(
        "dtype=float64",
        "epochs=3",
        f"act={act}",
        "dataset.subset=2500",
        "dataset.val=500",
        "model.hidden_sizes=[64,32]",
    )
    assert_agree(c, make_experiment(c).dataset)

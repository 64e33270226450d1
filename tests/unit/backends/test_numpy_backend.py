"""The gradient of the code that trains, against central differences; and the step it takes."""

import numpy as np
import pytest

from hw3.backends.base import Network
from hw3.backends.numpy_backend import NumpyBackend
from hw3.datasets.types import Split
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.arrays import Parameters
from hw3.nn.initializers import initial_params
from hw3.nn.losses import loss_for
from hw3.nn.optimizers import OPTIMIZERS
from hw3.nn.regularizers import dropout_masks
from hw3.training.metrics import measure
from tests.builders import preset_record, regularizer
from tests.oracles import central_difference

REGULARIZERS = {
    "none": regularizer(),
    "l1": regularizer(l1=0.01),
    "l2": regularizer(l2=0.01),
    "l2 half": regularizer(l2=0.01, convention="half"),
    "dropout": regularizer(dropout=0.4),
    "dropout_l2": regularizer(l2=0.01, dropout=0.4),
}


def make(
    n_classes=4,
    hidden=(6, 5),
    act="tanh",
    regularizer="none",
    optimizer=None,
    batch_size=9,
    seed=0,
    clip_norm=None,
):
    loss = loss_for(n_classes)
    sizes = (7, *hidden, loss.n_outputs(n_classes))
    backend = NumpyBackend(
        Network(
            sizes,
            preset_record(ACTIVATIONS, act),
            loss,
            optimizer or preset_record(OPTIMIZERS, "sgd"),
            REGULARIZERS[regularizer],
            "float64",
            "cpu",
            1,
            batch_size,
            clip_norm,
        )
    )
    rng = np.random.default_rng(seed)
    params = initial_params(sizes, "glorot_normal", rng)
    backend.set_params([(w, b + 0.1 * rng.standard_normal(b.shape)) for w, b in params])
    return backend


def batch(n=9, n_classes=4, seed=1):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 7)), rng.integers(0, n_classes, n)


def split(n, n_classes=4):
    return Split(*batch(n, n_classes), np.arange(n))


def flat(layers):
    return np.concatenate([a.ravel() for pair in layers for a in pair])


def train(backend, data, order, batch_size, rate=0.1):
    backend.join([backend]).train_epoch(
        data.inputs,
        data.labels,
        np.asarray(order)[None],
        batch_size=batch_size,
        learning_rates=[rate],
        dropout_rngs=[np.random.default_rng(3)],
    )


def gradient_of(backend, inputs, labels, rng=None):
    """The gradient of the code that trains, of one batch."""
    stack = backend.join([backend])
    stack.fill_gradient(inputs[None], labels[None], [rng] if rng else [])
    return flat([(w[0], b[0]) for w, b in stack.grads.layers()])


@pytest.mark.parametrize("regularizer", REGULARIZERS)
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("act", ACTIVATIONS)
@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
def test_gradient_agrees_with_central_differences(act, n_classes, regularizer, trained):
    backend = make(n_classes, act=act, regularizer=regularizer)
    if trained:
        train(backend, split(90, n_classes), range(90), 9)
    inputs, labels = batch(n_classes=n_classes)
    gradient = gradient_of(backend, inputs, labels, np.random.default_rng(5))
    stack, net = backend.join([backend]), backend.network
    dropout = net.regularizer.dropout

    def objective():
        """The mean loss and the penalty, through the forward pass that trains."""
        rngs = [np.random.default_rng(5)]
        masks = dropout_masks(rngs, 9, net.hidden_sizes, [dropout], "float64") if dropout else []
        (logits,) = stack.mlp.forward(inputs[None], masks)
        mean = measure(net.loss, logits, labels).loss
        return mean + net.regularizer.penalty(backend.params.weight_vector)

    numeric = central_difference(objective, backend.params.vector)
    by_layer = Parameters(net.layer_sizes, numeric)
    error = np.abs(gradient - flat(by_layer.layers())) / np.maximum(1e-3, np.abs(gradient))
    assert error.max() < 1e-6


@pytest.mark.parametrize("hidden", [(), (5,), (4, 3, 3, 2)])
def test_any_depth(hidden):
    backend = make(hidden=hidden)
    inputs, labels = batch()
    before = measure(backend.network.loss, backend.predict_logits(inputs), labels).loss
    for _ in range(20):
        train(backend, Split(inputs, labels, np.arange(9)), range(9), 9)
    assert measure(backend.network.loss, backend.predict_logits(inputs), labels).loss < before
    assert len(backend.get_params()) == len(hidden) + 1


@pytest.mark.parametrize("n_classes", [2, 4])
def test_duplicated_rows_leave_the_gradient(n_classes):
    """The mean is taken over the batch once."""
    inputs, labels = batch(n_classes=n_classes)
    once = gradient_of(make(n_classes), inputs, labels)
    backend = make(n_classes, batch_size=18)
    twice = gradient_of(backend, np.repeat(inputs, 2, axis=0), np.repeat(labels, 2))
    np.testing.assert_allclose(twice, once, atol=1e-15)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_parameter_moves_in_one_step(name):
    backend = make(optimizer=preset_record(OPTIMIZERS, name))
    before = flat(backend.get_params())
    train(backend, split(9), range(9), 9)
    assert (flat(backend.get_params()) != before).all()


def test_gradients_start_from_zero_each_time():
    backend = make()
    inputs, labels = batch()
    first = gradient_of(backend, inputs, labels)
    np.testing.assert_array_equal(gradient_of(backend, inputs, labels), first)


def test_a_small_batch_after_a_large_one_sees_only_itself():
    backend = make()
    inputs, labels = batch()
    gradient_of(backend, *batch(9, seed=7))
    fresh = gradient_of(make(), inputs[:4], labels[:4])
    np.testing.assert_allclose(gradient_of(backend, inputs[:4], labels[:4]), fresh)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_uneven_last_batch_is_trained_on(name):
    """Two steps: the first 9 rows, then the last 2, each with its own mean; or in two stacks."""
    data = split(11)
    together, apart = (make(optimizer=preset_record(OPTIMIZERS, name)) for _ in range(2))
    train(together, data, range(11), 9)
    for rows in (range(9), (9, 10)):
        train(apart, data, rows, 9)
    np.testing.assert_array_equal(flat(together.get_params()), flat(apart.get_params()))


def test_sgd_step_is_the_rate_times_the_gradient():
    backend = make()
    data = split(9)
    before = flat(backend.get_params())
    gradient = gradient_of(backend, data.inputs, data.labels)
    train(backend, data, range(9), 9, rate=0.25)
    np.testing.assert_allclose(flat(backend.get_params()), before - 0.25 * gradient, atol=1e-15)


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_a_gradient_longer_than_clip_norm_is_scaled_to_it(share):
    """Over weights and biases of all layers, the penalty included; a shorter one stays."""
    data, free = split(9), make(regularizer="l2")
    before = flat(free.get_params())
    gradient = gradient_of(free, data.inputs, data.labels)
    length = np.sqrt((gradient**2).sum())
    backend = make(regularizer="l2", clip_norm=share * length)
    train(backend, data, range(9), 9, rate=0.25)
    scale = min(1, share * length / (length + 1e-6))
    np.testing.assert_allclose(
        flat(backend.get_params()), before - 0.25 * scale * gradient, atol=1e-15
    )


def test_a_stack_clips_each_network_to_the_bits_that_it_has_alone():
    limits, data = (0.1, None, 0.3, 1e6), split(27)
    alone, joined = ([make(clip_norm=limit) for limit in limits] for _ in range(2))
    for backend in alone:
        train(backend, data, range(27), 9)
    joined[0].join(joined).train_epoch(
        data.inputs,
        data.labels,
        np.stack([np.arange(27)] * 4),
        batch_size=9,
        learning_rates=[0.1] * 4,
        dropout_rngs=[np.random.default_rng(3)] * 4,
    )
    for a, b in zip(alone, joined, strict=True):
        np.testing.assert_array_equal(flat(a.get_params()), flat(b.get_params()))


def test_dropout_is_off_in_prediction():
    inputs, _ = batch()
    with_dropout, without = make(regularizer="dropout"), make()
    first = with_dropout.predict_logits(inputs)
    np.testing.assert_array_equal(first, with_dropout.predict_logits(inputs))
    np.testing.assert_array_equal(first, without.predict_logits(inputs))


def test_prediction_of_many_rows_is_that_of_each():
    backend = make()
    inputs = np.random.default_rng(0).standard_normal((2345, 7))
    one_by_one = np.concatenate([backend.predict_logits(row[None]) for row in inputs[::391]])
    np.testing.assert_allclose(backend.predict_logits(inputs)[::391], one_by_one, atol=1e-14)


def test_training_leaves_the_data_alone():
    data = split(18)
    kept = data.inputs.copy()
    data.inputs.flags.writeable = False
    train(make(regularizer="dropout"), data, range(18), 9)
    np.testing.assert_array_equal(data.inputs, kept)


def test_a_tiny_set_is_learned_by_heart():
    backend = make(hidden=(30,), act="relu")
    data = split(18)
    for _ in range(300):
        train(backend, data, range(18), 9, rate=0.3)
    result = measure(backend.network.loss, backend.predict_logits(data.inputs), data.labels)
    assert result.accuracy == 1
    assert result.loss < 0.01


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_continues_to_the_same_bits(name):
    data = split(18)
    whole = make(optimizer=preset_record(OPTIMIZERS, name))
    train(whole, data, range(18), 9)
    resumed = make(optimizer=preset_record(OPTIMIZERS, name), seed=5)
    resumed.load_state_dict(whole.state_dict())
    for backend in (whole, resumed):
        train(backend, data, range(18), 9)
    np.testing.assert_array_equal(flat(whole.get_params()), flat(resumed.get_params()))

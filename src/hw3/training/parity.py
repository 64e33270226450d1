"""A config trained by both backends in float64, whose histories and weights are compared.

The backends round in another order. One step leaves differences of about 1e-15, which training
carries on: an optimizer that divides by the root of small squares magnifies them most. Hence
what is allowed in LOSSES and WEIGHTS, where a number below the floor is compared as if it were the
floor; a mistake in a rule is seen in the first digits.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hw3.backends import make_backend
from hw3.config.schema import Config
from hw3.datasets.types import DataFacts, Dataset, Split
from hw3.nn.arrays import LayerParams
from hw3.training.build import fresh_params, network_for
from hw3.training.difference import Difference, largest, named
from hw3.training.fit import Plan, Training, fit
from hw3.training.history import History, history_array

EPOCHS, BATCHES, ROWS, HELD_OUT = 3, 10, 2000, 200  # of rows as many, but for a large batch
LOSSES, WEIGHTS = (1e-3, 1e-9), (1e-3, 1e-6)  # the floor, and what is allowed
MEASURED = {3: "train loss", 4: "train correct", 6: "val loss", 7: "val correct"}

Trained = tuple[History, Sequence[LayerParams]]


def made(config: Config) -> Dataset:
    """Return random rows of a config's shapes, with random labels."""
    source, rng = config.source, np.random.default_rng(config.seed)
    n_features, n_classes = source.n_features, len(source.class_names)

    def split(n: int) -> Split:
        labels = rng.integers(0, n_classes, n)
        return Split(rng.standard_normal((n, n_features)), labels, np.arange(n))

    n = max(config.batch_size, min(ROWS, BATCHES * config.batch_size))
    facts = DataFacts("random numbers", "", n, "float64", (-np.inf, np.inf), ())
    return Dataset("random", source.class_names, split(n), split(HELD_OUT), facts)


def trained(config: Config, backend_name: str, data: Dataset) -> Trained:
    """Return the history of training in float64 on a backend, and the weights at its end."""
    net = network_for(config, data.train.inputs.shape[1], len(data.class_names))
    device = net.device if backend_name == "torch" else "cpu"
    backend = make_backend(backend_name, replace(net, dtype="float64", device=device))
    backend.set_params(fresh_params(config, net.layer_sizes))
    plan = Plan(net.loss, config.lr, EPOCHS, config.batch_size, config.seed)
    (training,) = fit([Training(backend, data, plan, lambda _: None)])
    return training.history, backend.get_params()


def differences(ours: Trained, theirs: Trained) -> list[Difference]:
    """Return how two trainings differ in what epochs measured, and in the weights at the end."""
    (a, params), (b, others) = ours, theirs
    n = min(len(a), len(b))  # one may have diverged
    rows, others_rows = history_array(a)[:n], history_array(b)[:n]
    found = [
        largest(name, rows[:, i], others_rows[:, i], LOSSES, lambda at: f"epoch {at[0] + 1}")
        for i, name in MEASURED.items()
    ]
    for (name, array), (_, other) in zip(named(params), named(others), strict=True):
        found.append(largest(name, array, other, WEIGHTS))
    return found

"""A config trained by both backends in float64, whose histories and weights are compared.

The backends round in another order. One step leaves differences of about 1e-15, which training
carries on: an optimizer that divides by the root of small squares magnifies them most. Hence
what is allowed in LOSSES and WEIGHTS, where a number below the floor is compared as if it were the
floor; a mistake in a rule is seen in the first digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hw3.backends import make_backend
from hw3.config.schema import Config
from hw3.datasets.sources import SOURCES
from hw3.datasets.types import DataFacts, Dataset, Split
from hw3.nn.arrays import FloatArray, LayerParams
from hw3.training.build import fresh_params, network_for
from hw3.training.difference import Difference, largest
from hw3.training.fit import Plan, Training, fit
from hw3.training.history import History, history_array

EPOCHS, BATCHES, ROWS, HELD_OUT = 3, 10, 2000, 200  # of rows as many, but for a large batch
LOSSES = {"floor": 1e-3, "allowed": 1e-9}
WEIGHTS = {"floor": 1e-3, "allowed": 1e-6}
MEASURED = {3: "train loss", 4: "train correct", 6: "val loss", 7: "val correct"}


@dataclass(frozen=True)
class Trained:
    """What a backend made of a config: its history, and its weights after each epoch."""

    history: History
    epochs: Sequence[Sequence[LayerParams]]


def made(config: Config) -> Dataset:
    """Return random rows of a config's shapes, which a linear rule labels, mostly."""
    source, rng = SOURCES.get(config.dataset.name), np.random.default_rng(config.seed)
    n_features, n_classes = source.n_features, len(source.class_names)
    rule = rng.standard_normal((n_features, n_classes)) / n_features**0.5

    def split(n: int) -> Split:
        inputs = rng.standard_normal((n, n_features))
        scores = inputs @ rule + 0.3 * rng.standard_normal((n, n_classes))
        return Split(inputs, scores.argmax(axis=1), np.arange(n))

    n = max(config.batch_size, min(ROWS, BATCHES * config.batch_size))
    facts = DataFacts("random numbers", "", n, "float64", (-np.inf, np.inf), ())
    return Dataset("random", source.class_names, split(n), split(HELD_OUT), facts)


def trained(config: Config, backend_name: str, data: Dataset) -> Trained:
    """Return what training in float64 makes of a config's network on a backend."""
    net = network_for(config, data.train.inputs.shape[1], len(data.class_names))
    device = net.device if backend_name == "torch" else "cpu"
    backend = make_backend(backend_name, replace(net, dtype="float64", device=device))
    backend.set_params(fresh_params(config, net.layer_sizes))
    found: list[list[LayerParams]] = []
    plan = Plan(net.loss, config.lr, EPOCHS, config.batch_size, config.seed)
    history = History()
    list(
        fit([Training(backend, data, plan, lambda _: found.append(backend.get_params()), history)])
    )
    return Trained(history, found)


def differences(ours: Trained, theirs: Trained) -> list[Difference]:
    """Return how two trainings differ in what epochs measured, and in the weights after each."""
    n = min(len(ours.epochs), len(theirs.epochs))  # one may have diverged
    a, b = (history_array(found.history)[:n] for found in (ours, theirs))
    at = [f"epoch {i + 1}" for i in range(n)]
    found = [
        largest(name, f"{n} epochs", a[:, i], b[:, i], at.__getitem__, **LOSSES)
        for i, name in MEASURED.items()
    ]
    for i in range(2 * len(ours.epochs[0])):
        name = f"{'Wb'[i % 2]}{i // 2 + 1}"
        each = zip(at, arrays(ours, i), arrays(theirs, i), strict=False)
        by_epoch = [of_array(name, epoch, w, v) for epoch, w, v in each]
        found.append(max(by_epoch, key=lambda difference: difference.relative))
    return found


def arrays(found: Trained, i: int) -> list[FloatArray]:
    """Return an array of the network after each epoch; weights and biases take turns."""
    return [params[i // 2][i % 2] for params in found.epochs]


def of_array(name: str, epoch: str, a: FloatArray, b: FloatArray) -> Difference:
    """Return how an array differs after an epoch."""

    def at(i: int) -> str:
        return f"{epoch}, {[int(j) for j in np.unravel_index(i, a.shape)]}"

    return largest(name, f"{a.size:,} each", a.ravel(), b.ravel(), at, **WEIGHTS)

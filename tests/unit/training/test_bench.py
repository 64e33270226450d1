"""The stopwatch: what it times, on a small epoch."""

import numpy as np
import pytest

from hw3.backends.numpy_backend import NumpyStack
from hw3.core.errors import ConfigError
from hw3.training import bench
from tests.builders import config


def test_an_epoch_and_its_products_are_timed_in_turns(monkeypatch):
    seen = []
    train_epoch = NumpyStack.train_epoch

    def spy(self, inputs, labels, orders, **options):
        seen.append((len(inputs), *orders.shape, options["batch_size"]))
        return train_epoch(self, inputs, labels, orders, **options)

    monkeypatch.setattr(bench, "N_TRAIN", 200)
    monkeypatch.setattr(bench, "TURNS", 3)
    monkeypatch.setattr(NumpyStack, "train_epoch", spy)
    found = bench.time_epoch(config("model.hidden_sizes=[8]", "batch_size=50"))
    assert seen == [(200, 1, 200, 50)] * 4  # the first turn warms up
    assert 0 < found.products < found.epoch < 60
    assert len(found.ratios) == 3
    assert found.ratios == sorted(found.ratios)


def test_a_network_beyond_the_memory_is_refused():
    with pytest.raises(ConfigError, match=r"needs .* TB of memory"):
        bench.time_epoch(config("model.hidden_sizes=[1000000000]"))


def test_the_products_are_those_of_forward_and_backward(monkeypatch):
    backend = bench.assemble(config("model.hidden_sizes=[8,6]", "batch_size=50"), 784, 10)
    work = bench.matrix_products(backend, n_steps=2)
    shapes, matmul = [], np.matmul

    def spy(a, b, out):
        shapes.append((a.shape, b.shape))
        return matmul(a, b, out=out)

    monkeypatch.setattr(np, "matmul", spy)
    work()
    forward = [((50, 784), (784, 8)), ((50, 8), (8, 6)), ((50, 6), (6, 10))]
    backward = [
        *[((6, 50), (50, 10)), ((50, 10), (10, 6))],
        *[((8, 50), (50, 6)), ((50, 6), (6, 8))],
        ((784, 50), (50, 8)),
    ]
    assert shapes == [*forward, *backward] * 2

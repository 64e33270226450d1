"""The time of a numpy training epoch beside that of its matrix products alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from hw3.backends import Backend
from hw3.config.schema import Config
from hw3.core.seeds import stream
from hw3.datasets.types import Split
from hw3.nn.arrays import FloatArray
from hw3.training.build import assemble
from hw3.training.memory import check_memory

N_TRAIN, N_PIXELS, N_CLASSES = 50_000, 784, 10
TURNS = 7


def random_split(n: int, n_features: int, n_classes: int) -> Split:
    """Return MNIST-like data: time does not depend on what the pixels show."""
    rng = np.random.default_rng(0)
    inputs = rng.random((n, n_features), dtype=np.float32)
    return Split(inputs, rng.integers(0, n_classes, n), np.arange(n))


def matrix_products(backend: Backend, n_steps: int) -> Callable[[], None]:
    """Return a function that does the products of an epoch's forward and backward, and no more."""
    n = backend.network.batch_size
    weights = [w for w, _ in backend.get_params()]
    rng = np.random.default_rng(1)

    def like(size: int) -> FloatArray:
        return rng.random((n, size), dtype=np.float32)

    h = [like(size) for size in backend.network.layer_sizes]
    d_z = [like(size) for size in backend.network.layer_sizes]
    out = [np.empty_like(a) for a in h]
    d_weights = [np.empty_like(w) for w in weights]

    def products() -> None:
        for _ in range(n_steps):
            for i, weight in enumerate(weights):
                np.matmul(h[i], weight, out=out[i + 1])
            for i in reversed(range(len(weights))):
                np.matmul(h[i].T, d_z[i + 1], out=d_weights[i])
                if i:
                    np.matmul(d_z[i + 1], weights[i].T, out=out[i])

    return products


def seconds(work: Callable[[], None]) -> float:
    """Return how long the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@dataclass(frozen=True)
class Timing:
    """Seconds per epoch, medians over turns, and the ratios of the single turns, rising."""

    products: float
    epoch: float
    ratios: list[float]


def time_epoch(config: Config) -> Timing:
    """Measure an epoch of MNIST's size and its matrix products, in turns, on one BLAS thread."""
    check_memory([config])
    backend = assemble(config, N_PIXELS, N_CLASSES)
    split = random_split(N_TRAIN, N_PIXELS, N_CLASSES)
    stack = backend.join([backend])
    orders = np.random.default_rng(2).permutation(N_TRAIN)[None]

    def epoch() -> None:
        stack.train_epoch(
            split.inputs,
            split.labels,
            orders,
            batch_size=config.batch_size,
            learning_rates=[0.01],
            dropout_rngs=[stream(0, "dropout")],
        )

    products = matrix_products(backend, N_TRAIN // config.batch_size)
    with threadpool_limits(1, user_api="blas"):
        turns = [(seconds(products), seconds(epoch)) for _ in range(TURNS + 1)][1:]
    bare, full = (median(column) for column in zip(*turns, strict=True))
    return Timing(bare, full, sorted(f / b for b, f in turns))

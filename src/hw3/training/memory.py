"""The memory that a training needs, asked for before any work."""

from collections.abc import Sequence

import numpy as np

from hw3.backends.base import Network
from hw3.backends.numpy_backend import PREDICT_ROWS
from hw3.config.schema import Config
from hw3.core.errors import ConfigError
from hw3.core.memory import shortage
from hw3.core.words import counted, shape
from hw3.training.build import network_for

BUFFERS = 5  # of a layer's width and a batch's rows: nn.mlp holds so many
COPIES = 3  # of what a file gets: from the network, in HDF5, as the bytes that are written
OF_WEIGHTS = 4  # of params.h5, whose layers are turned round too


def check_memory(configs: Sequence[Config], at_once: int = 1) -> None:
    """Raise ConfigError if the largest runs need more memory than there is; nothing is taken yet.

    Args:
        configs: of the runs.
        at_once: how many of them run side by side.
    """
    largest = sorted(configs, key=needed)[-at_once:]
    if lacking := shortage(sum(map(needed, largest))):
        config, others = largest[-1], len(largest) - 1
        beside = f", and {counted(others, 'other')} beside it," if others else ""
        raise ConfigError(
            f"model.hidden_sizes: training a network of {shape(network_of(config).layer_sizes)} "
            f"with optimizer={config.optimizer.name} and batch_size={config.batch_size}{beside} "
            f"needs {lacking}; make it smaller{', or run fewer at once' if others else ''}"
        )


def network_of(config: Config) -> Network:
    """Return the network that a config will train, of whose data nothing is read yet."""
    source = config.source
    return network_for(config, source.n_features, len(source.class_names))


def needed(config: Config) -> int:
    """Return the bytes that a run takes at its most.

    The rows stay, as they were read and as numbers, and parameters, gradient and the optimizer's
    slots and scratch; beside them are the initial weights in float64, later the copies for a
    checkpoint, and buffers for activations.
    """
    source, network = config.source, network_of(config)
    sizes = network.layer_sizes
    n = network.n_parameters
    item = np.dtype(network.dtype).itemsize
    keeps_best = config.early_stopping.patience is not None
    vectors = 1 + len(network.optimizer.slots) + keeps_best  # of a checkpoint
    rows = source.n_rows * source.n_features * (1 + item)
    staying = (vectors + 2) * n * item
    passing = max(8, COPIES * vectors * item, OF_WEIGHTS * item) * n
    activations = BUFFERS * max(PREDICT_ROWS, network.batch_size) * sum(sizes[1:]) * item
    return rows + staying + passing + activations

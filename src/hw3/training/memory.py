"""The memory that a training needs, asked for before any work."""

from itertools import pairwise

import numpy as np

from hw3.backends.base import Network
from hw3.backends.numpy_backend import PREDICT_ROWS
from hw3.config.schema import Config
from hw3.core.errors import ConfigError
from hw3.core.memory import shortage
from hw3.core.words import shape
from hw3.datasets.sources import SOURCES
from hw3.training.build import network_for

BUFFERS = 5  # of a layer's width and a batch's rows: nn.mlp holds so many
COPIES = 3  # of what a file gets: from the network, in HDF5, as the bytes that are written
OF_WEIGHTS = 4  # of params.h5, whose layers are turned round too


def check_memory(config: Config) -> None:
    """Raise ConfigError if a run needs more memory than there is; nothing is taken yet."""
    source = SOURCES.get(config.dataset.name)
    network = network_for(config, source.n_features, len(source.class_names))
    keeps_best = config.early_stopping.patience is not None
    if lacking := shortage(needed(network, keeps_best)):
        raise ConfigError(
            f"model.hidden_sizes: training a network of {shape(network.layer_sizes)} with "
            f"optimizer={network.optimizer.name} and batch_size={network.batch_size} needs "
            f"{lacking}; make it smaller"
        )


def needed(network: Network, keeps_best: bool = False) -> int:
    """Return the bytes that training takes at its most, without the data.

    Parameters, gradient and the optimizer's slots and scratch stay; beside them are the initial
    weights in float64, later the copies for a checkpoint, and buffers for activations.
    """
    sizes = network.layer_sizes
    n_parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    item = np.dtype(network.dtype).itemsize
    vectors = 1 + len(network.optimizer.slots) + keeps_best  # of a checkpoint
    staying = (vectors + 2) * n_parameters * item
    passing = max(8, COPIES * vectors * item, OF_WEIGHTS * item) * n_parameters
    activations = BUFFERS * max(PREDICT_ROWS, network.batch_size) * sum(sizes[1:]) * item
    return staying + passing + activations

"""A saved network put back to work: the weights of a file, and the activation that it names."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hw3.config.presets import preset
from hw3.config.schema import NAMED_GROUPS
from hw3.config.validate import convert
from hw3.core.errors import ConfigError, DataError
from hw3.core.words import shape
from hw3.nn.activations import Activation
from hw3.nn.arrays import FloatArray, LayerParams, Parameters
from hw3.nn.losses import SigmoidCrossEntropy
from hw3.nn.mlp import MLP
from hw3.records.weights import (
    layer_sizes,
    load_params,
    refuse_other_act,
    refuse_unregistered,
    stored_act,
    stored_sizes,
)


def predicted(path: Path, act: str | None, sequences: FloatArray) -> FloatArray:
    """Return P(human), (n,), of sequences (n, length) of -1 and +1 by the network in a file.

    Raises:
        DataError: if the network is not one of such sequences.
        ConfigError: if the activation is not known, or another than the file's.
    """
    sizes, length = stored_sizes(path), sequences.shape[1]
    if (sizes[0], sizes[-1]) != (length, 1):
        raise DataError(
            f"{path} is a network of {shape(sizes)}, and P(human) needs {length} inputs and 1 "
            "output"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        found = probabilities(load_params(path), activation_of(path, act), sequences)
    if not np.isfinite(found).all():
        row = int(np.argmin(np.isfinite(found)))
        raise DataError(
            f"{path}: its weights are so large that P(human) of sequence {row + 1} is no number"
        )
    return found


def activation_of(path: Path, named: str | None) -> Activation:
    """Return the activation that the weight file names, else the one that `act` names."""
    stored = stored_act(path)
    if stored is None and named is None:
        raise ConfigError(f"{path} does not say its activation; name it with act=relu or the like")
    if stored and named:
        refuse_other_act(path, named, stored["name"])
    act = stored or {"name": named}
    if stored:
        refuse_unregistered(path, stored)
    values = {**preset("act", str(act["name"])), **act}  # a bare name is that with its presets
    activation: Activation = convert(values, Activation, "act", NAMED_GROUPS)
    return activation


def probabilities(
    params: Sequence[LayerParams], activation: Activation, sequences: FloatArray
) -> FloatArray:
    """Return P(class 1), (n,), of inputs (n, n_features)."""
    dtype = str(params[0][0].dtype)
    own = Parameters.zeros(layer_sizes(params), dtype)
    own.copy_in(params)
    mlp = MLP(own, [activation], len(sequences))
    return SigmoidCrossEntropy().probabilities(mlp.forward(sequences.astype(dtype)))

"""A saved network put back to work: the weights of a file, and the activation that it names."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hw3.config.presets import preset
from hw3.config.schema import NAMED_GROUPS
from hw3.config.validate import convert
from hw3.core.errors import ConfigError, DataError
from hw3.core.words import quoted, shape
from hw3.datasets.content import content_of
from hw3.nn.activations import Activation
from hw3.nn.arrays import FloatArray, LayerParams, Parameters
from hw3.nn.losses import SigmoidCrossEntropy, SoftmaxCrossEntropy
from hw3.nn.mlp import MLP
from hw3.records.weights import (
    layer_sizes,
    load_params,
    refuse_other_act,
    refuse_unregistered,
    stored_act,
    stored_sizes,
)

ROWS = 1000  # a product: no more memory than that, however many rows are asked for


def class_probabilities(path: Path, act: str | None, inputs: object) -> FloatArray:
    """Return the class probabilities, (n, n_classes), of inputs (n, n_features) by a weight file.

    softmax(logits); of a network with one output, 1 - s and s, with s the sigmoid of its logit.

    Raises:
        DataError: for inputs of another shape, that are no finite numbers, or for which the
            probabilities are none.
        ConfigError: if the activation is not known, or another than the file's.
    """
    sizes = stored_sizes(path)
    rows = checked(inputs, sizes[0], path)
    params, activation = load_params(path), activation_of(path, act)
    found = np.empty((len(rows), max(2, sizes[-1])), params[0][0].dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(rows), ROWS):
            block = slice(start, start + ROWS)
            found[block] = probabilities(params, activation, rows[block])
    if not np.isfinite(found).all():
        row = int(np.argmin(np.isfinite(found).all(axis=1)))
        raise DataError(
            f"{path}: its weights or the numbers of row {row + 1} are so large that the "
            "probabilities of that row are no numbers"
        )
    return found


def checked(inputs: object, n_features: int, path: Path) -> FloatArray:
    """Return inputs as an array (n, n_features) of finite numbers, else raise DataError."""
    try:
        rows = np.asarray(inputs)
    except ValueError as error:
        raise DataError("the inputs are no array: their rows differ in length") from error
    if rows.dtype.kind not in "bfiu" or rows.ndim != 2 or rows.shape[1] != n_features:
        hint = "; one row is inputs[None]" if rows.shape == (n_features,) else ""
        raise DataError(
            f"the network in {path} needs inputs (n, {n_features}) of numbers, got {rows.dtype} of "
            f"shape {rows.shape}{hint}"
        )
    if not np.isfinite(rows).all():
        row = int(np.argmin(np.isfinite(rows).all(axis=1)))
        raise DataError(f"row {row + 1} of the inputs holds NaN or infinite values")
    return rows


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
    found: FloatArray = class_probabilities(path, act, sequences)[:, 1]
    return found


def shown_layers(path: Path) -> tuple[dict[str, FloatArray], Mapping[str, Any]]:
    """Return W1 (fan_out, fan_in), b1 (fan_out,), W2, ... of a file, and the activation it names.

    The file is HDF5, or NPZ with arrays of these names, which names no activation.

    Raises:
        DataError: for a file that holds no such arrays.
    """
    if path.suffix != ".npz":
        pairs = enumerate(load_params(path), 1)
        shown = {f"{k}{i}": a for i, (w, b) in pairs for k, a in (("W", w.T), ("b", b))}
        return shown, stored_act(path) or {}
    found = content_of(path)
    if not {"W1", "b1"} <= set(found):
        raise DataError(f"{path} must hold W1, b1, W2, b2, ...; it holds {quoted(sorted(found))}")
    return {k: a.reshape(-1) if k[0] == "b" else a for k, a in found.items()}, {}


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
    params: Sequence[LayerParams], activation: Activation, inputs: FloatArray
) -> FloatArray:
    """Return the class probabilities, (n, n_classes), of inputs (n, n_features)."""
    dtype = str(params[0][0].dtype)
    own = Parameters.zeros(layer_sizes(params), dtype)
    own.copy_in(params)
    logits = MLP(own, [activation], len(inputs)).forward(inputs.astype(dtype))
    if logits.shape[1] > 1:
        return SoftmaxCrossEntropy().probabilities(logits)
    p = SigmoidCrossEntropy().probabilities(logits)
    return np.stack([1 - p, p], axis=1)

"""Weight files in the course's layout: W1 (fan_out, fan_in), b1 (fan_out,), W2, b2, ..."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from hw3.core.errors import ConfigError, DataError, NotRegisteredError
from hw3.core.files import expanded
from hw3.core.hdf5 import opened, values_of, writing_hdf5
from hw3.core.memory import shortage
from hw3.core.plugins import way_out
from hw3.core.words import counted, one_line, quoted
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.arrays import LayerParams
from hw3.records.layout import PARAMS

LONGEST_NAMES = 60_000  # bytes
LONGEST_ACT = 1000  # characters; JSON of so many brackets is still read
SHOWN = 6  # runs of a folder that an error names


def save_params(
    path: Path,
    params: Sequence[LayerParams],
    act: Mapping[str, Any],
    names: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write the weights; the file names its own activation, so that it reloads as what it was.

    `names` are those of classes and features, which an attribute of HDF5 holds up to 64 kB.
    """
    with writing_hdf5(path) as file:
        for i, (weight, bias) in enumerate(params, 1):
            file[f"W{i}"], file[f"b{i}"] = weight.T, bias
        file.attrs["act"] = json.dumps(act, sort_keys=True)
        for key, of_key in (names or {}).items():
            if of_key and len(text := json.dumps(of_key)) <= LONGEST_NAMES:
                file.attrs[key] = text


def load_params(path: Path) -> list[LayerParams]:
    """Return (weight (fan_in, fan_out), bias (fan_out,)) of each layer that the file holds.

    Keys may be w1, b1 too, and a bias a column or a row.

    Raises:
        DataError: for a file that is not there, whose shapes do not fit (they are named, and no
            value is read), or that needs more memory than there is.
    """
    with opened_weights(path) as layers:
        n_bytes = sum(prod(d.shape) * d.dtype.itemsize for pair in layers for d in pair)
        if lacking := shortage(2 * n_bytes):
            raise DataError(f"{path} holds weights that need {lacking}")
        return [
            (np.ascontiguousarray(floats(weight).T), floats(bias).reshape(-1))
            for weight, bias in layers
        ]


def stored_sizes(path: Path) -> tuple[int, ...]:
    """Return inputs, hidden layers and outputs of a weight file; reads no values.

    Raises:
        DataError: for a file that is not there, or whose shapes do not fit.
    """
    with opened_weights(path) as layers:
        return (layers[0][0].shape[1], *(weight.shape[0] for weight, _ in layers))


@contextmanager
def opened_weights(path: Path) -> Iterator[list[tuple[h5py.Dataset, h5py.Dataset]]]:
    """Yield the weight and bias of each layer, unread, of fitting shapes."""
    if not os.path.isfile(path):
        reason = "it is no regular file" if os.path.exists(path) else "there is no such file"
        raise DataError(f"weights={one_line(str(path), 200)}: {reason}")
    with opened(path) as file:
        layers: list[tuple[h5py.Dataset, h5py.Dataset]] = []
        keys: set[str] = set()
        while weight_key := key_in(file, f"W{len(layers) + 1}"):
            i = len(layers) + 1
            bias_key = key_in(file, f"b{i}") or f"b{i}"
            layers.append((floating(file, weight_key), floating(file, bias_key)))
            check_fit(path, i, layers)
            keys |= {weight_key, bias_key}
        if not layers:
            raise DataError(
                f"{path} must hold W1, b1, W2, b2, ...; it holds {quoted(sorted(file))}"
            )
        if unknown := set(file) - keys:
            listed = quoted(sorted(unknown))
            raise DataError(
                f"{path} holds {listed} beside {counted(len(layers), 'layer')}; leave it out"
            )
        yield layers


def key_in(file: h5py.File, key: str) -> str | None:
    """Return the key of a file that is this one, or the same in small or capital letters."""
    found = [name for name in (key, key.swapcase()) if name in file]
    if len(found) > 1:
        raise DataError(f"{file.filename} holds both {found[0]} and {found[1]}; leave one out")
    return found[0] if found else None


def floating(file: h5py.File, key: str) -> h5py.Dataset:
    """Return an array of floating numbers of the file, unread."""
    data = file.get(key)
    if not isinstance(data, h5py.Dataset):
        raise DataError(f"{file.filename} must hold {key}; it holds {quoted(sorted(file))}")
    if data.dtype.newbyteorder("=") not in (np.float32, np.float64) or not data.shape:
        raise DataError(
            f"{file.filename}: {key} must be an array of float32 or float64, got {data.dtype} "
            f"of shape {data.shape}"
        )
    return data


def floats(data: h5py.Dataset) -> np.ndarray:
    """Return the finite values of an array, in the byte order of this machine."""
    values: np.ndarray = values_of(data)
    values = values.astype(values.dtype.newbyteorder("="))
    if not np.isfinite(values).all():
        raise DataError(f"{data.file.filename}: {data.name[1:]} holds NaN or infinite values")
    return values


def check_fit(path: Path, i: int, layers: Sequence[tuple[h5py.Dataset, h5py.Dataset]]) -> None:
    """Raise DataError unless layer i is (fan_out, fan_in), (fan_out,) on top of those below."""
    weight, bias = (data.shape for data in layers[i - 1])
    fan_in = layers[i - 2][0].shape[0] if i > 1 else "n_features"
    n = prod(bias)
    is_vector = len(bias) == 1 or (len(bias) == 2 and 1 in bias)
    if len(weight) == 2 and min(weight) > 0 and is_vector:
        if n == weight[0] and (i == 1 or weight[1] == fan_in):
            return
        hint = "; it looks transposed: write W.T" if n == weight[1] else ""
    else:
        hint = ""
    raise DataError(
        f"{path}: W{i} must be (fan_out, {fan_in}) and b{i} (fan_out,), got {weight} and {bias}"
        f"{hint}"
    )


def stored_act(path: Path) -> dict[str, Any] | None:
    """Return the activation that the file names, or None for a file of another program."""
    with opened(path) as file:
        stored = file.attrs.get("act")
    if stored is None:
        return None
    if isinstance(stored, np.ndarray) and stored.size == 1:  # some programs write a list of one
        stored = stored.item()
    text = stored.decode("utf-8", "replace") if isinstance(stored, bytes) else str(stored)
    text = text.strip(" \0")
    if not 0 < len(text) <= LONGEST_ACT:
        raise DataError(f"{path}: its attribute act must name an activation, got {quoted(stored)}")
    if not text.startswith(("{", "[")):
        return {"name": text.strip("'\"").lower()}  # other programs write the bare name
    try:
        act = json.loads(text)
    except (ValueError, RecursionError):
        act = None
    if not isinstance(act, dict) or not isinstance(act.get("name"), str):
        raise DataError(f"{path}: its attribute act must name an activation, got {quoted(text)}")
    return act


def refuse_other_act(path: Path, named: object, stored: object) -> None:
    """Raise ConfigError for an activation that is not the one that the file names."""
    if named != stored:
        raise ConfigError(f"act={named}, but {path} was trained with act={stored}; leave act out")


def refuse_unregistered(path: Path, act: Mapping[str, Any]) -> None:
    """Raise ConfigError for a stored activation that nothing here registered."""
    try:
        ACTIVATIONS.get(act["name"])
    except NotRegisteredError as error:
        raise ConfigError(f"{path}: {error}; {way_out()}") from error


def layer_sizes(params: Sequence[LayerParams]) -> tuple[int, ...]:
    """Return inputs, hidden layers, outputs."""
    return (params[0][0].shape[0], *(bias.shape[0] for _, bias in params))


def weight_file(given: str) -> Path:
    """Return the path that `weights=` names: a file, or for the folder of a run its params.h5.

    Raises:
        DataError: for a folder without one; names the folders of runs below it.
    """
    path = expanded(given)
    if not os.path.isdir(path):
        return path
    if not os.path.isfile(path / PARAMS):
        below = sorted(p.parent for depth in ("*", "*/*") for p in path.glob(f"{depth}/{PARAMS}"))
        names = ", ".join(map(str, below[:SHOWN])) + (", ..." if len(below) > SHOWN else "")
        of_runs = f"; runs below it, of which you may name one: {names}" if below else ""
        raise DataError(f"weights={path}: there is no {PARAMS} in this folder{of_runs}")
    return path / PARAMS

"""Weight files in the course's layout: W1 (fan_out, fan_in), b1 (fan_out,), W2, b2, ..."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from hw3.core.errors import ConfigError, DataError
from hw3.core.files import expanded, writing_hdf5
from hw3.datasets.hdf5 import opened
from hw3.nn.arrays import LayerParams
from hw3.records.layout import PARAMS


def save_params(path: Path, params: Sequence[LayerParams], act: Mapping[str, Any]) -> None:
    """Write the weights; the file names its own activation, so that it reloads as what it was."""
    with writing_hdf5(path) as file:
        for i, (weight, bias) in enumerate(params, 1):
            file[f"W{i}"], file[f"b{i}"] = weight.T, bias
        file.attrs["act"] = json.dumps(act, sort_keys=True)


def load_params(path: Path) -> list[LayerParams]:
    """Return (weight (fan_in, fan_out), bias (fan_out,)) of each layer that the file holds.

    Raises:
        DataError: for a file that is not there or whose shapes do not fit, naming the shapes.
    """
    if not path.is_file():
        raise DataError(f"weights={path}: there is no such file")
    params: list[LayerParams] = []
    with opened(path) as file:
        while f"W{len(params) + 1}" in file:
            i = len(params) + 1
            weight, bias = read_floats(file, f"W{i}"), read_floats(file, f"b{i}")
            check_fit(path, i, weight.shape, bias.shape, params)
            params.append((np.ascontiguousarray(weight.T), bias))
        held = sorted(file)
    if not params:
        raise DataError(f"{path} must hold W1, b1, W2, b2, ...; it holds {held}")
    unknown = set(held) - {f"{kind}{i + 1}" for kind in "Wb" for i in range(len(params))}
    if unknown:
        raise DataError(f"{path} holds {', '.join(sorted(unknown))} beside {len(params)} layers")
    return params


def read_floats(file: h5py.File, key: str) -> np.ndarray:
    """Return a finite floating array of the file."""
    if key not in file or not isinstance(file[key], h5py.Dataset):
        raise DataError(f"{file.filename} must hold {key}; it holds {sorted(file)}")
    data = file[key]
    native = data.dtype.newbyteorder("=")  # files of other machines, too
    if native not in (np.float32, np.float64) or not data.shape:
        raise DataError(
            f"{file.filename}: {key} must be an array of float32 or float64, got {data.dtype} "
            f"of shape {data.shape}"
        )
    values: np.ndarray = data[()].astype(native)
    if not np.isfinite(values).all():
        raise DataError(f"{file.filename}: {key} holds NaN or infinite values")
    return values


def check_fit(
    path: Path, i: int, weight: tuple[int, ...], bias: tuple[int, ...], below: list[LayerParams]
) -> None:
    """Raise DataError unless layer i is (fan_out, fan_in), (fan_out,) on top of those below."""
    fan_in = below[-1][1].shape[0] if below else "n_features"
    fits = (
        len(weight) == 2
        and min(weight) > 0
        and bias == weight[:1]
        and (not below or weight[1] == fan_in)
    )
    if not fits:
        raise DataError(
            f"{path}: W{i} must be (fan_out, {fan_in}) and b{i} (fan_out,), got {weight} and {bias}"
        )


def stored_act(path: Path) -> dict[str, Any] | None:
    """Return the activation that the file names, or None for a file of another program."""
    with opened(path) as file:
        text = file.attrs.get("act")
    if text is None:
        return None
    try:
        act = json.loads(text)
    except (ValueError, TypeError):
        act = {"name": str(text)}  # another program may write the bare name
    if not isinstance(act, dict) or not isinstance(act.get("name"), str):
        raise DataError(f"{path}: its attribute act must name an activation, got {text!r}")
    return act


def refuse_other_act(path: Path, named: object, stored: object) -> None:
    """Raise ConfigError for an activation that is not the one that the file names."""
    if named != stored:
        raise ConfigError(f"act={named}, but {path} was trained with act={stored}")


def layer_sizes(params: Sequence[LayerParams]) -> tuple[int, ...]:
    """Return inputs, hidden layers, outputs."""
    return (params[0][0].shape[0], *(bias.shape[0] for _, bias in params))


def digest(params: Sequence[LayerParams]) -> str:
    """Return the sha256 of all values, layer by layer, independent of how HDF5 stores them."""
    sha = hashlib.sha256()
    for weight, bias in params:
        for array in (weight, bias):
            sha.update(f"{array.dtype.str}{array.shape}".encode())
            sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def weight_file(given: str) -> Path:
    """Return the path that `weights=` names: a file, or for the folder of a run its params.h5."""
    path = expanded(given)
    return path / PARAMS if path.is_dir() else path

"""Print P(human) of binary sequences.

usage: python -m hw3.predict weights=<file.h5 or folder of a run> sequences=<sequences or file>

  weights    the file; for the folder of a run, its params.h5
  sequences  one or more of 20 entries, with commas between: text of 0 and 1, or entries -1 and +1
             with spaces between or each list in brackets; or the path of a text file (a sequence a
             line) or of an HDF5 file (.h5, .hdf5; every data set of it, (n, 20))
  act        the activation (relu, tanh, sigmoid, leaky_relu), where the file does not name it

example: python -m hw3.predict weights=net.h5 sequences=01101001100101101001
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from hw3.config.schema import NAMED_GROUPS
from hw3.config.validate import convert
from hw3.core.errors import ConfigError, DataError
from hw3.core.registry import nearest
from hw3.core.terminal import own_arguments, run_door
from hw3.datasets.hdf5 import opened
from hw3.datasets.sources import SOURCES
from hw3.nn.activations import Activation
from hw3.nn.arrays import FloatArray, LayerParams
from hw3.nn.losses import SigmoidCrossEntropy
from hw3.nn.mlp import MLP
from hw3.records.weights import layer_sizes, load_params, stored_act, weight_file

LENGTH = SOURCES.get("human_machine").n_features
HDF5_ENDINGS = (".h5", ".hdf5")
ENTRY = re.compile(r"[+-]?1|0")
TOGETHER = re.compile(rf"(?:{ENTRY.pattern})+")  # 0110 or -1+1+1


def main(argv: Sequence[str] | None = None) -> int:
    """Print P(human) of each sequence; return the exit status."""
    return run_door(predict, argv)


def predict(arguments: Sequence[str]) -> int:
    """Predict what the arguments name."""
    own, unknown = own_arguments(arguments, {"weights": None, "sequences": None, "act": None})
    if unknown:
        key = unknown[0].partition("=")[0]
        raise ConfigError(f"unknown key {key!r}; allowed here: {', '.join(own)}{nearest(key, own)}")
    for key in ("weights", "sequences"):
        if not own[key]:
            raise ConfigError(f"{key}=... is missing")
    path = weight_file(own["weights"])
    params = load_params(path)
    sizes = layer_sizes(params)
    if (sizes[0], sizes[-1]) != (LENGTH, 1):
        raise DataError(
            f"{path} is a network of {'-'.join(map(str, sizes))}, and P(human) needs {LENGTH} "
            "inputs and 1 output"
        )
    activation = activation_of(path, own["act"])
    sequences = read_sequences(own["sequences"])
    for row, p in zip(sequences, probabilities(params, activation, sequences), strict=True):
        print(f"P(human) = {p:.4f}  {''.join('1' if entry > 0 else '0' for entry in row)}")
    return 0


def activation_of(path: Path, named: str | None) -> Activation:
    """Return the activation that the weight file names, else the one that `act` names."""
    stored = stored_act(path)
    if stored is None and named is None:
        raise ConfigError(f"{path} does not say its activation; name it with act=relu or the like")
    if stored and named and named != stored["name"]:
        raise ConfigError(f"act={named}, but {path} was trained with act={stored['name']}")
    activation: Activation = convert(stored or {"name": named}, Activation, "act", NAMED_GROUPS)
    return activation


def probabilities(
    params: Sequence[LayerParams], activation: Activation, sequences: FloatArray
) -> FloatArray:
    """Return P(human), (n,), of sequences (n, 20) of -1 and +1."""
    dtype = str(params[0][0].dtype)
    mlp = MLP(layer_sizes(params), activation, dtype, len(sequences))
    for (weight, bias), (stored_weight, stored_bias) in zip(
        mlp.params.layers(), params, strict=True
    ):
        weight[...], bias[...] = stored_weight, stored_bias
    return SigmoidCrossEntropy().probabilities(mlp.forward(sequences.astype(dtype)))


def read_sequences(given: str) -> FloatArray:
    """Return sequences (n, 20) of -1 and +1 from text or from the file that it names.

    Raises:
        DataError: for a file that is not there, a wrong length or other entries; names the place.
    """
    path = Path(given).expanduser()
    if not os.path.isfile(path):  # Path.is_file would raise for a text too long to be a name
        if path.suffix[1:].isalnum() and not path.suffix[1:].isdigit():  # .csv, .h5
            raise DataError(f"sequences={given}: there is no such file")
        return np.stack([entries(text, f"sequence {i}") for i, text in enumerate(pieces(given), 1)])
    if path.suffix.lower() in HDF5_ENDINGS:
        return read_hdf5(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()  # spreadsheets write a mark
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file: {error}") from error
    rows = [entries(text, f"{path}, line {i}") for i, text in enumerate(lines, 1) if text.strip()]
    if not rows:
        raise DataError(f"{path} holds no sequence")
    return np.stack(rows)


def pieces(text: str) -> list[str]:
    """Return the text of each sequence: what is in brackets, else what is between commas.

    Entries with commas between, 1,-1,1, are one sequence.
    """
    if "[" in text:
        outside = re.sub(r"\[[^\[\]]*\]", "", text).strip(" ,;")
        if outside:
            raise DataError(f"sequences has text outside its brackets: {outside!r}")
        return re.findall(r"\[([^\]]*)\]", text)
    parts = text.split(",")
    is_one_list = len(parts) > 1 and all(ENTRY.fullmatch(part.strip()) for part in parts)
    return [text] if is_one_list else parts


def entries(text: str, place: str) -> FloatArray:
    """Return one sequence (20,) of -1 and +1, from 0 and 1 or from -1 and +1, apart or together."""
    values: list[float] = []
    for word in re.split(r"[\s,;]+", text.strip(" ,;\t")):
        values += map(float, ENTRY.findall(word)) if TOGETHER.fullmatch(word) else [number(word)]
        if values[-1] not in (-1, 0, 1):
            raise DataError(f"{place} may hold 0 and 1, or -1 and +1; got {word!r}")
    if len(values) != LENGTH:
        raise DataError(f"{place} must have {LENGTH} entries, got {len(values)}: {text.strip()!r}")
    return signed(np.array(values), place)


def number(word: str) -> float:
    """Return a number, as 1.0 or 1e0, or NaN for what is none."""
    try:
        return float(word)
    except ValueError:
        return float("nan")


def signed(values: np.ndarray, place: str) -> FloatArray:
    """Return entries 0 and 1, or -1 and +1, as -1 and +1."""
    found = set(np.unique(values).tolist())
    if not (found <= {0, 1} or found <= {-1, 1}):
        raise DataError(f"{place} must hold 0 and 1, or -1 and +1; got {sorted(found)[:5]}")
    return np.where(values > 0, 1.0, -1.0)


def read_hdf5(path: Path) -> FloatArray:
    """Return the rows of every data set of a file, in the order of their names."""
    found = []
    with opened(path) as file:
        for name, data in file.items():
            place = f"{path}: {name}"
            is_rows = (
                isinstance(data, h5py.Dataset) and data.ndim == 2 and data.dtype.kind in "fiub"
            )
            if not is_rows or data.shape[1] != LENGTH or not len(data):
                shape = getattr(data, "shape", "a group")
                raise DataError(f"{place} must be numbers of the shape (n, {LENGTH}), got {shape}")
            found.append(signed(data[()], place))
    if not found:
        raise DataError(f"{path} holds no data set")
    return np.concatenate(found)


if __name__ == "__main__":
    sys.exit(main())

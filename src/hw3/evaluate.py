"""Measure a weight file on a validation or test split.

usage: python -m hw3.evaluate weights=<file.h5 or folder of a run> [key=value ...]

The file may come from any program that writes the course's layout; layer sizes are read from it.
The test split is opened through the seal, which writes every look down.

  weights   the file; for the folder of a run, its params.h5
  split     val (default) or test
  reason    why the test split is opened, for the ledger; a job of a sweep needs one
  dataset   default: what the file's run was trained on, else mnist
  act       default: what the file names, else relu
  ...       further keys of the config, such as dataset.val=10000 or data_dir=<folder>

example: python -m hw3.evaluate weights=net.h5 dataset=fashion_mnist act=tanh
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hw3.backends import Backend, make_backend
from hw3.config.compose import compose_config, refuse_unknown_keys
from hw3.config.schema import Config, parse
from hw3.core.errors import ConfigError, DataError
from hw3.core.registry import unknown_choice
from hw3.core.terminal import own_arguments, run_door
from hw3.datasets.sources import SOURCES, ensure_available
from hw3.nn.arrays import LayerParams
from hw3.nn.losses import Loss
from hw3.records.layout import CONFIG, JOBS, METRICS
from hw3.records.outcome import Outcome, read_outcome
from hw3.records.read import read_tree
from hw3.records.weights import digest, layer_sizes, load_params, stored_act, weight_file
from hw3.tasks.train import rows_digest
from hw3.testset.seal import Subject, ledger_of, open_test, times
from hw3.training.build import load, network_for
from hw3.training.fit import evaluate

SPLITS = ("val", "test")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the count of a weight file on a split; return the exit status."""
    return run_door(evaluate_file, argv)


def evaluate_file(arguments: Sequence[str]) -> int:
    """Measure the file that the arguments name."""
    own, overrides = own_arguments(arguments, {"weights": None, "split": "val", "reason": ""})
    refuse_unknown_keys(overrides, own)
    if own["weights"] is None:
        raise ConfigError("weights=<file.h5> is missing")
    if own["split"] not in SPLITS:
        raise unknown_choice("split", own["split"], SPLITS)
    path = weight_file(own["weights"])
    params = load_params(path)
    record = run_record(path, params)
    if own["split"] == "test":
        refuse_choosing(path, own["reason"])
    trained = run_overrides(path.parent) if record else []
    described = [*trained, *file_overrides(path, params, overrides)]
    config = parse(compose_config([*described, *overrides]))
    if record and record.dataset != config.dataset.name:
        raise ConfigError(
            f"dataset={config.dataset.name}, but {path} was trained on {record.dataset}, as the "
            f"{METRICS} beside it says; leave dataset out"
        )
    backend_sizes = expected_sizes(config)
    if backend_sizes != layer_sizes(params):
        raise DataError(
            f"{path} is a network of {shape_text(layer_sizes(params))}, and dataset="
            f"{config.dataset.name} needs {backend_sizes[0]} inputs and {backend_sizes[-1]} outputs"
        )
    ensure_available(config.dataset.name, config.data_path)
    if own["split"] == "val":
        correct, n, note = measure(config, params, record)
    else:
        correct, n, note = open_sealed(config, path, params, own["reason"])
    print(f"{correct} correct out of {n} means accuracy is {correct / n:.2%}{note}")
    return 0


def run_record(path: Path, params: Sequence[LayerParams]) -> Outcome | None:
    """Return the metrics.json beside a weight file, if its run wrote these weights."""
    record = read_outcome(path.parent)
    is_its = isinstance(record, Outcome) and record.weights_sha256 == digest(params)
    return record if isinstance(record, Outcome) and is_its else None


def run_overrides(folder: Path) -> list[str]:
    """Return the overrides that make the data and the split those of the run in a folder."""
    tree = read_tree(folder / CONFIG)
    spec = tree["dataset"]
    values = {f"dataset.{key}": spec[key] for key in ("split", "val", "subset")}
    values["seed"] = tree["seed"]
    return [f"dataset={spec['name']}", *(f"{k}={json.dumps(v)}" for k, v in values.items())]


def refuse_choosing(path: Path, reason: str) -> None:
    """Raise ConfigError for the test split of a sweep's job, unless there is a reason."""
    sweep = path.resolve().parent.parent
    if (sweep / JOBS).exists() and not reason.strip():
        raise ConfigError(
            f"split=test, but {path} is of a job of the sweep {sweep.name}: measuring its jobs on "
            "the test split is choosing on it; use split=val, or say in reason=<text> why this "
            "look chooses nothing"
        )


def file_overrides(path: Path, params: Sequence[LayerParams], given: Sequence[str]) -> list[str]:
    """Return the overrides that describe the file's network; a given `act` must be the file's."""
    act = stored_act(path) or {}
    named = [o.partition("=")[2] for o in given if o.startswith("act=")]
    if act and named and named[-1] != act["name"]:
        raise ConfigError(f"act={named[-1]}, but {path} was trained with act={act['name']}")
    sizes = ",".join(map(str, layer_sizes(params)[1:-1]))
    own = [f"act={act['name']}"] if act and not named else []
    own += [f"act.{key}={value}" for key, value in act.items() if key != "name"]
    return [*own, f"model.hidden_sizes=[{sizes}]", f"dtype={params[0][0].dtype}"]


def expected_sizes(config: Config) -> tuple[int, ...]:
    """Return the layer sizes that the dataset and the file's hidden layers make."""
    source = SOURCES.get(config.dataset.name)
    return network_for(config, source.n_features, len(source.class_names)).layer_sizes


def shape_text(sizes: Sequence[int]) -> str:
    """Return "784-200-10"."""
    return "-".join(map(str, sizes))


def loaded(config: Config, params: Sequence[LayerParams]) -> tuple[Backend, Loss]:
    """Return the backend that holds the weights, and the loss that decides."""
    source = SOURCES.get(config.dataset.name)
    network = network_for(config, source.n_features, len(source.class_names))
    backend = make_backend(config.model.backend, network)
    backend.set_params(params)
    return backend, network.loss


def measure(
    config: Config, params: Sequence[LayerParams], record: Outcome | None
) -> tuple[int, int, str]:
    """Return correct decisions and examples of the validation split, and a warning or nothing."""
    val = load(config).val
    if val is None:
        raise ConfigError("dataset.val=0 leaves no validation split to evaluate")
    metrics = evaluate(*loaded(config, params), val)
    is_held_out = record is None or record.val_rows_sha256 == rows_digest(val.rows)
    caution = "; CAUTION: its run did not hold these rows out, so it may have trained on them"
    return metrics.n_correct, metrics.n_examples, "" if is_held_out else caution


def open_sealed(
    config: Config, path: Path, params: Sequence[LayerParams], reason: str
) -> tuple[int, int, str]:
    """Return correct decisions and examples of the test split, and how often it was opened."""
    subject = Subject(os.path.relpath(path), None, *loaded(config, params))
    why = reason.strip() or f"python -m hw3.evaluate weights={path}"
    name, folder = config.dataset.name, config.data_path
    ledger = ledger_of(path)
    result = open_test(subject, name, folder, dtype=config.dtype, reason=why, ledger=ledger)
    note = f"; the test split of {name} was opened {times(result.opened_before)}"
    return result.opening.correct, result.opening.n, note


if __name__ == "__main__":
    sys.exit(main())

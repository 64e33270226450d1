"""python -m hw3.evaluate weights=<file.h5> dataset=mnist split=val|test: measure a weight file.

The file may come from any program that writes the course's layout; layer sizes are read from it.
The activation is the one that the file names, else `act`. The test split goes through the seal.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hw3.backends import make_backend
from hw3.composition import compose_config
from hw3.config import Config, parse
from hw3.data.sources import SOURCES, ensure_available
from hw3.data.types import Split
from hw3.doors import own_arguments, run_door
from hw3.errors import ConfigError, DataError
from hw3.files import read_json
from hw3.model import load, network_for
from hw3.nn.arrays import LayerParams
from hw3.registry import unknown_choice
from hw3.rundir import METRICS
from hw3.seal import Subject, open_test, times
from hw3.tasks.train import rows_digest
from hw3.training import evaluate
from hw3.weights import layer_sizes, load_params, stored_act

SPLITS = ("val", "test")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the count of a weight file on a split; return the exit status."""
    return run_door(evaluate_file, argv)


def evaluate_file(arguments: Sequence[str]) -> int:
    """Measure the file that the arguments name."""
    own, overrides = own_arguments(arguments, {"weights": None, "split": "val", "reason": ""})
    if own["weights"] is None:
        raise ConfigError("weights=<file.h5> is missing")
    if own["split"] not in SPLITS:
        raise unknown_choice("split", own["split"], SPLITS)
    path = Path(own["weights"]).expanduser()
    params = load_params(path)
    config = parse(compose_config([*file_overrides(path, params, overrides), *overrides]))
    backend_sizes = expected_sizes(config)
    if backend_sizes != layer_sizes(params):
        raise DataError(
            f"{path} is a network of {shape_text(layer_sizes(params))}, and dataset="
            f"{config.dataset.name} needs {backend_sizes[0]} inputs and {backend_sizes[-1]} outputs"
        )
    ensure_available(config.dataset.name, config.data_path)
    correct, n, note = measure(config, path, params, own["split"], own["reason"])
    print(f"{correct} correct out of {n} means accuracy is {correct / n:.2%}{note}")
    return 0


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


def measure(
    config: Config, path: Path, params: Sequence[LayerParams], split: str, reason: str
) -> tuple[int, int, str]:
    """Return the correct decisions, the examples, and what is to be said of a test split."""
    source = SOURCES.get(config.dataset.name)
    network = network_for(config, source.n_features, len(source.class_names))
    backend = make_backend(config.model.backend, network)
    backend.set_params(params)
    if split == "val":
        val = load(config).val
        if val is None:
            raise ConfigError("dataset.val=0 leaves no validation split to evaluate")
        metrics = evaluate(backend, network.loss, val)
        return metrics.n_correct, metrics.n_examples, trained_on(path, val)
    subject = Subject(os.path.relpath(path), None, backend, network.loss)
    why = reason or f"python -m hw3.evaluate weights={path}"
    name, folder = config.dataset.name, config.data_path
    result = open_test(subject, name, folder, dtype=config.dtype, reason=why)
    note = f"; the test split of {name} was opened {times(result.opened_before)}"
    return result.opening.correct, result.opening.n, note


def trained_on(path: Path, val: Split) -> str:
    """Return a warning if the file's run, where it lies in one, held out other rows than these."""
    metrics = read_json(path.parent / METRICS) or {}
    if metrics.get("val_rows_sha256", rows_digest(val.rows)) == rows_digest(val.rows):
        return ""
    return (
        "; CAUTION: its run did not hold these rows out, so it has trained on some or all of them"
    )


if __name__ == "__main__":
    sys.exit(main())

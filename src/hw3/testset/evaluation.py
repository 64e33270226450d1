"""Measuring a weight file, of a run or of any program, on a validation or test split."""

import os
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

import numpy as np

from hw3.config.compose import compose_config
from hw3.config.keys import with_values
from hw3.config.overrides import override_key
from hw3.config.schema import Config, parse
from hw3.core.errors import ConfigError, DataError
from hw3.core.terminal import complain
from hw3.core.words import quoted, shape
from hw3.datasets.sources import ensure_available
from hw3.datasets.spec import OWN
from hw3.datasets.splits import rows_digest
from hw3.nn.arrays import LayerParams, digest
from hw3.records.layout import JOBS, LEDGER, METRICS
from hw3.records.outcome import Outcome, read_outcome
from hw3.records.run import Run, load_run
from hw3.records.weights import (
    layer_sizes,
    load_params,
    refuse_other_act,
    refuse_unregistered,
    stored_act,
)
from hw3.testset.ledger import ledger_of
from hw3.testset.seal import Subject, open_test, refuse_untestable, times
from hw3.training.build import assemble, make_experiment, network_for
from hw3.training.fit import evaluate

OVERFLOW = "; CAUTION: the weights are so large that outputs are no numbers, and decisions nothing"
OTHER_DATA = "; CAUTION: its run was trained on another {}; some of these rows may be among those"
OTHERS = f"CAUTION: the {METRICS} beside the file is of other weights; nothing is taken from it"


def evaluated(
    path: Path, overrides: Sequence[str], split: str, reason: str
) -> tuple[int, int, str]:
    """Return correct decisions and examples of a file's network on a split, and a note.

    Raises:
        ConfigError: for a config that is not the file's, and for the test split of a sweep's job.
        DataError: if the file is no network for the data.
    """
    params = load_params(path)
    run, is_other = run_of(path, params)
    if is_other:  # first, since an error may follow from it
        complain(OTHERS)
    if split == "test":
        refuse_choosing(path, reason)
    config = config_of(path, params, run, overrides)
    check_sizes(path, params, config)
    if run and config.dataset.own:
        check_names(path, run, config)
    ensure_available(config.dataset, config.data_path)
    if split == "test":
        return on_test(config, path, params, reason)
    return on_validation(config, path, params, run)


def run_of(path: Path, params: Sequence[LayerParams]) -> tuple[Run | None, bool]:
    """Return the run that wrote these weights, and whether the record beside them is of others."""
    ended = read_outcome(path.parent)
    if not isinstance(ended, Outcome):
        return None, False
    is_its = ended.weights_sha256 == digest(params)
    return (load_run(path.parent) if is_its else None), not is_its


def refuse_choosing(path: Path, reason: str) -> None:
    """Raise ConfigError for the test split of a sweep's job, unless there is a reason."""
    sweep = path.resolve().parent.parent
    if (sweep / JOBS).exists() and not reason.strip():
        raise ConfigError(
            f"split=test, but {path} is of a job of the sweep {sweep.name}: measuring its jobs on "
            "the test split is choosing on it; use split=val, or say in reason=<text> why this "
            "look chooses nothing"
        )


def config_of(
    path: Path, params: Sequence[LayerParams], run: Run | None, overrides: Sequence[str]
) -> Config:
    """Return the config of a file's network: what is given, else the file's and its run's own.

    Raises:
        ConfigError: if the activation or the data set that is given is not the file's.
    """
    act = stored_act(path) or {}
    if act:
        refuse_unregistered(path, act)
    chosen = {"act": act["name"]} if act else {}
    values = {f"act.{key}": value for key, value in act.items() if key != "name"}
    values["model.hidden_sizes"] = list(layer_sizes(params)[1:-1])
    values["dtype"] = str(params[0][0].dtype)
    given = set(map(override_key, overrides))
    if run:
        chosen["dataset"] = OWN if run.config.dataset.own else run.config.dataset.name
        if "dataset" not in given:
            values |= {f"dataset.{key}": value for key, value in run.tree["dataset"].items()}
        values["seed"] = run.config.seed
        if run.config.is_data_there:  # else it ran on another machine, or in another folder
            values["data_dir"] = run.config.data_dir
    groups = [f"{group}={name}" for group, name in chosen.items() if group not in given]
    tree = compose_config([*groups, *overrides])
    if act:
        refuse_other_act(path, tree["act"]["name"], act["name"])
    values["batch_size"] = tree["dataset"]["batch_sizes"][0]  # nothing is trained
    config = parse(with_values(tree, {k: v for k, v in values.items() if k not in given}))
    name = config.dataset.label
    if run and run.outcome.dataset != name and not config.dataset.own:
        raise ConfigError(
            f"dataset={name}, but {path} was trained on {run.outcome.dataset}, as the {METRICS} "
            "beside it says; leave dataset out"
        )
    return config


def check_sizes(path: Path, params: Sequence[LayerParams], config: Config) -> None:
    """Raise DataError unless the file's network has the inputs and outputs of the data."""
    expected = network_for(config, *data_shape(config)).layer_sizes
    if expected != layer_sizes(params):
        raise DataError(
            f"{path} is a network of {shape(layer_sizes(params))}, and dataset="
            f"{config.dataset.label} needs {expected[0]} inputs and {expected[-1]} outputs; "
            "name its own with dataset=<name>"
        )


def check_names(path: Path, run: Run, config: Config) -> None:
    """Raise DataError unless own data have the columns and classes that a run was trained on."""
    there, here = run.environment.data, config.source.read(config.data_path).facts
    for key in ("feature_names", "class_names"):
        then, now = getattr(there, key), getattr(here, key)
        if then and then != now:
            raise DataError(
                f"{here.file} has the {key.replace('_', ' ')} {quoted(now)}, and {path} was "
                f"trained on {quoted(then)}, in this order; bring rows of the same kind"
            )


def data_shape(config: Config) -> tuple[int, int]:
    """Return the number of features and of classes of a config's data."""
    source = config.source
    return source.n_features, len(source.class_names)


def on_validation(
    config: Config, path: Path, params: Sequence[LayerParams], run: Run | None
) -> tuple[int, int, str]:
    """Return correct decisions and examples of the validation split, and a warning or nothing.

    Raises:
        ConfigError: where nothing is held out.
    """
    if not config.n_val:
        raise ConfigError(
            f"dataset.val={config.dataset.val} leaves no validation rows to measure {path} on; "
            "give split=test reason=<text>, or dataset.val=0.2 for rows that it may have trained on"
        )
    experiment = make_experiment(config, params)
    metrics = evaluate(experiment.backend, experiment.loss, experiment.held_out)
    rows = rows_digest(experiment.held_out.rows)
    is_held_out = run is None or run.outcome.val_rows_sha256 == rows
    if run and run.environment.data.sha256 != experiment.dataset.facts.sha256:
        return metrics.n_correct, metrics.n_examples, OTHER_DATA.format(run.environment.data.file)
    if not isfinite(metrics.loss):
        return metrics.n_correct, metrics.n_examples, OVERFLOW
    caution = "; CAUTION: its run did not hold these rows out, so it may have trained on them"
    return metrics.n_correct, metrics.n_examples, "" if is_held_out else caution


def on_test(
    config: Config, path: Path, params: Sequence[LayerParams], reason: str
) -> tuple[int, int, str]:
    """Return correct decisions and examples of the test split, and how often it was opened."""
    name, folder = config.dataset.label, config.data_path
    refuse_untestable(config.dataset)
    if not reason.strip() and config.source.test_file:
        raise ConfigError(
            f"split=test opens the test split of {name}, and {LEDGER} keeps each look for good; "
            "say in reason=<text> why this one is taken, or use split=val"
        )
    backend = assemble(config, *data_shape(config), params)
    subject = Subject(os.path.relpath(path), None, backend, backend.network.loss)
    why = reason.strip() or f"python -m hw3.evaluate weights={path}"
    ledger = ledger_of(path)
    result = open_test(
        subject, config.dataset, folder, dtype=config.dtype, reason=why, ledger=ledger
    )
    note = f"; the test split of {name} was opened {times(result.opened_before)}"
    if not np.isfinite(result.logits).all():
        note += OVERFLOW
    return result.opening.correct, result.opening.n, note

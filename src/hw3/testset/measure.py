"""A saved network, measured on a validation split or, through the seal, on a test split."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from hw3.backends import Backend
from hw3.config.compose import compose_config, override_key
from hw3.config.presets import preset
from hw3.config.schema import Config, checked, resolved, with_values
from hw3.core.errors import ConfigError, DataError
from hw3.core.words import shape
from hw3.datasets.sources import SOURCES, ensure_available
from hw3.datasets.splits import rows_digest
from hw3.nn.arrays import LayerParams
from hw3.records.layout import CONFIG, JOBS, METRICS
from hw3.records.outcome import Outcome, read_outcome
from hw3.records.read import read_tree
from hw3.records.weights import digest, layer_sizes, load_params, stored_act
from hw3.testset.seal import Subject, ledger_of, open_test, times
from hw3.training.build import assemble, load
from hw3.training.fit import evaluate


@dataclass(frozen=True)
class SavedNetwork:
    """A weight file.

    Attributes:
        path: of the file.
        params: its layers.
        outcome: of the run that wrote these weights, where its record lies beside the file.
    """

    path: Path
    params: Sequence[LayerParams]
    outcome: Outcome | None

    @classmethod
    def load(cls, path: Path) -> "SavedNetwork":
        """Return the network of a file."""
        params, outcome = load_params(path), read_outcome(path.parent)
        is_its = isinstance(outcome, Outcome) and outcome.weights_sha256 == digest(params)
        return cls(path, params, outcome if isinstance(outcome, Outcome) and is_its else None)

    def config(self, overrides: Sequence[str]) -> Config:
        """Return the config that measures it: the file's network on its run's data and split.

        What the overrides set is theirs.

        Raises:
            ConfigError, DataError: for overrides that do not fit the file or its run.
        """
        given = set(map(override_key, overrides))
        tree = resolved(compose_config(overrides))
        data, act = self.data_values(given, tree["dataset"]), self.act_values(given, tree["act"])
        values = {**data, **act}
        if "model.hidden_sizes" not in given:
            values["model.hidden_sizes"] = list(layer_sizes(self.params)[1:-1])
        if "dtype" not in given:
            values["dtype"] = str(self.params[0][0].dtype)
        config = checked(with_values(tree, values))
        sizes, source = layer_sizes(self.params), SOURCES.get(config.dataset.name)
        needed = assemble(config, source.n_features, len(source.class_names)).network.layer_sizes
        if needed != sizes:
            raise DataError(
                f"{self.path} is a network of {shape(sizes)}, and dataset={config.dataset.name} "
                f"needs {needed[0]} inputs and {needed[-1]} outputs"
            )
        return config

    def data_values(self, given: Collection[str], asked: dict[str, object]) -> dict[str, object]:
        """Return the data set, split and seed of its run, where none are given."""
        if self.outcome is None:
            return {}
        tree = read_tree(self.path.parent / CONFIG)
        if "dataset" in given and asked["name"] != self.outcome.dataset:
            raise ConfigError(
                f"dataset={asked['name']}, but {self.path} was trained on {self.outcome.dataset}, "
                f"as the {METRICS} beside it says; leave dataset out"
            )
        own = {key: asked[key] for key in asked if f"dataset.{key}" in given}
        seed = {} if "seed" in given else {"seed": tree["seed"]}
        return {"dataset": {**tree["dataset"], **own}, **seed}

    def act_values(self, given: Collection[str], asked: dict[str, object]) -> dict[str, object]:
        """Return the activation that the file names; a given one must be the same."""
        act = stored_act(self.path)
        if act is None:
            return {}
        if "act" in given and asked["name"] != act["name"]:
            raise ConfigError(
                f"act={asked['name']}, but {self.path} was trained with act={act['name']}"
            )
        own = {key: asked[key] for key in asked if f"act.{key}" in given}
        return {"act": {**preset("act", str(act["name"])), **act, **own}}

    def backend(self, config: Config) -> Backend:
        """Return a backend that holds it."""
        source = SOURCES.get(config.dataset.name)
        return assemble(config, source.n_features, len(source.class_names), self.params)

    def refuse_choosing(self, reason: str) -> None:
        """Raise ConfigError for the test split of a sweep's job, unless there is a reason."""
        sweep = self.path.resolve().parent.parent
        if (sweep / JOBS).exists() and not reason.strip():
            raise ConfigError(
                f"split=test, but {self.path} is of a job of the sweep {sweep.name}: measuring its "
                "jobs on the test split is choosing on it; use split=val, or say in reason=<text> "
                "why this look chooses nothing"
            )


def on_validation(saved: SavedNetwork, config: Config) -> tuple[int, int, str]:
    """Return correct decisions and examples of the validation split, and a caution or nothing."""
    ensure_available(config.dataset.name, config.data_path)
    val = load(config).val
    if val is None:
        raise ConfigError("dataset.val=0 leaves no validation split to evaluate")
    backend = saved.backend(config)
    metrics = evaluate(backend, backend.network.loss, val)
    outcome = saved.outcome
    is_held_out = outcome is None or outcome.val_rows_sha256 == rows_digest(val.rows)
    caution = "; CAUTION: its run did not hold these rows out, so it may have trained on them"
    return metrics.n_correct, metrics.n_examples, "" if is_held_out else caution


def on_test(saved: SavedNetwork, config: Config, reason: str) -> tuple[int, int, str]:
    """Return correct decisions and examples of the test split, and how often it was opened."""
    ensure_available(config.dataset.name, config.data_path)
    backend, path = saved.backend(config), saved.path
    subject = Subject(os.path.relpath(path), None, backend, backend.network.loss)
    result = open_test(
        subject,
        config.dataset.name,
        config.data_path,
        dtype=config.dtype,
        reason=reason.strip() or f"python -m hw3.evaluate weights={path}",
        ledger=ledger_of(path),
    )
    note = f"; the test split of {config.dataset.name} was opened {times(result.opened_before)}"
    return result.opening.correct, result.opening.n, note

"""What several test files build: configs, histories, records of runs, and a refusal's one line."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import yaml

from hw3.config.compose import compose_config
from hw3.config.presets import preset
from hw3.config.schema import Config, parse
from hw3.config.validate import build
from hw3.datasets.spec import DataSpec
from hw3.nn.losses import SigmoidCrossEntropy
from hw3.nn.regularizers import Regularizer
from hw3.records.outcome import EpochCounts, Look, Outcome, outcome_json
from hw3.sweeps.comparison import compare_runs, runs_in
from hw3.training.history import HISTORY_COLUMNS, EpochRecord, History
from hw3.training.metrics import Metrics

NAMES = ("cat", "dog", "eel")
GOLDEN = np.array([[6, 3, 1], [2, 14, 4], [2, 0, 3]])  # read by column, the answers would differ

TREE = {
    "act": {"name": "relu", "slope_at_zero": 0.0},
    "optimizer": {"name": "sgd", "default_lr": 0.1},
    "lr": {"name": "constant", "initial": 0.1},
    "dataset": {"name": "mnist", "split": "last", "val": 1000, "batch_sizes": [50, 1000]},
    "name": "any",
    "task": "train",
    "epochs": 2,
    "seed": 0,
    "record": {"figures": True},
}
TANH = {"act": {"name": "tanh"}}
MOMENTUM = {"optimizer": {"name": "momentum", "momentum": 0.9, "default_lr": 0.02}}
OTHER_NUMBERS = {  # of each optimizer, for a network that shares no more than the rule
    "sgd": {},
    "momentum": {"momentum": 0.5},
    "nesterov": {"momentum": 0.5},
    "rmsprop": {"rho": 0.5, "eps": 1e-3},
    "adam": {"beta1": 0.5, "beta2": 0.9, "eps": 1e-3},
    "adamw": {"weight_decay": 0.5},
}
# a run of a fraction of a second
QUICK = ("dataset=digits", "epochs=1", "model.hidden_sizes=[8]", "record.figures=false")


def config(*overrides) -> Config:
    return parse(compose_config(overrides))


def digits_config(*overrides) -> Config:
    return config("dataset=digits", *overrides)


def data_spec(name="digits", **values) -> DataSpec:
    """Data as a config names them; of the assignment's, with other rows held out."""
    tree = {"split": "last", "val": 100, "subset": None} | values
    return build(DataSpec, {**preset("dataset", name), **tree}, "dataset", {})


def preset_record(registry, name, **values):
    """A record of a registry with the values of its YAML, and others where they are given."""
    kind = registry.get(name)
    presets = {k: v for k, v in preset(registry.key, name).items() if k not in ("initial", "name")}
    names = {field.name for field in fields(kind)}
    return kind(**{k: v for k, v in {**presets, **values}.items() if k in names})


def regularizer(**values):
    return Regularizer(**{**preset("regularizer", "none"), **values})


def history(n=5, has_val=True, rates=None):
    """A history of n epochs, each one more correct than the one before."""
    records = []
    for i in range(n):
        val = Metrics(100.0 - i, 60 + i, 100) if has_val else None
        rate = rates[i] if rates else 0.1
        records.append(EpochRecord(i + 1, rate, Metrics(90.1 / 3 - i, 70 + i, 100), val, 1.5))
    return History(records)


def outcome(*, n_train=60, n_val=1000, correct=900, rows="rows", **changes):
    """A completed run of two epochs; without `correct` it holds nothing out."""
    val = {} if correct is None else {"val_loss": 0.5, "val_correct": correct}
    counts = EpochCounts(2, 0.1, 0.25, n_train, **val)
    values = {
        "status": "completed",
        "name": "any",
        "dataset": "mnist",
        "instead_of": None,
        "n_train": n_train,
        "n_val": 0 if correct is None else n_val,
        "epochs": 2,
        "early_stopping": None,
        "final": counts,
        "best_epoch": counts,
        "n_parameters": 1,
        "seconds": 3.21,
        "config_hash": "0",
        "weights_sha256": "0",
        "train_rows_sha256": "0",
        "val_rows_sha256": None if correct is None else rows,
    }
    return Outcome(**{**values, **changes})


def write_run(folder, *, correct=900, rows="rows", test=None, **changes):
    """Write a completed run of two epochs; without `correct` it holds nothing out."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(yaml.safe_dump({**TREE, **changes}))
    look = None if test is None else Look(test, 10_000, "2026-01-01T12:00:00+00:00", 0, 0)
    ended = outcome(correct=correct, rows=rows, test=look)
    (folder / "metrics.json").write_text(json.dumps(outcome_json(ended)))
    final = ended.final
    val = [final.val_loss, final.val_correct, ended.n_val] if ended.n_val else ["", "", ""]
    train = [final.train_loss, final.train_correct, ended.n_train]
    lines = [[epoch, 0.1, *train, *val, "", 1.5] for epoch in (1, 2)]
    text = [",".join(map(str, line)) for line in [HISTORY_COLUMNS, *lines]]
    (folder / "history.csv").write_text("\n".join(text) + "\n")
    return folder


def compared(*folders):
    return compare_runs([run for folder in folders for run in runs_in(Path(folder))])


def record(folder="out"):
    """What a run left in its metrics.json."""
    return json.loads(Path(folder, "metrics.json").read_text())


def refused(capsys, main, *arguments):
    """The one line with which a command refuses, having done nothing."""
    capsys.readouterr()
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("hw3: error: ")
    assert len(err.splitlines()) == 1
    return err


def logits_and_labels(loss, n=7):
    """Return logits (n, 4), or (n, 1) for the sigmoid's loss, and labels (n,)."""
    rng = np.random.default_rng(0)
    n_outputs = 1 if isinstance(loss, SigmoidCrossEntropy) else 4
    return 3 * rng.standard_normal((n, n_outputs)), rng.integers(0, max(2, n_outputs), n)

"""What several test files build: configs, histories, records of runs, and a refusal's one line."""

import json
from pathlib import Path

import numpy as np
import yaml

from hw3.config.compose import compose_config
from hw3.config.schema import Config, parse
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


def config(*overrides) -> Config:
    return parse(compose_config(overrides))


def digits_config(*overrides) -> Config:
    return config("dataset=digits", *overrides)


def history(n=5, has_val=True, rates=None):
    """A history of n epochs, each one more correct than the one before."""
    records = []
    for i in range(n):
        val = Metrics(100.0 - i, 60 + i, 100) if has_val else None
        rate = rates[i] if rates else 0.1
        records.append(EpochRecord(i + 1, rate, Metrics(90.1 / 3 - i, 70 + i, 100), val, 1.5))
    return History(records)


def write_run(folder, *, correct=900, rows="rows", test=None, **changes):
    """Write a completed run of two epochs; without `correct` it holds nothing out."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    tree = {**TREE, **changes}
    (folder / "config.yaml").write_text(yaml.safe_dump(tree))
    final = {"train_loss": 0.25, "train_accuracy": 1.0}
    val = [None, None, None]
    if correct is not None:
        final |= {"val_loss": 0.5, "val_correct": correct, "val_accuracy": correct / 1000}
        val = [0.5, correct, correct / 1000]
    metrics = {"status": "completed", "final": final, "epochs": 2, "seconds": 3.21}
    metrics |= {"n_val": 0 if correct is None else 1000}
    metrics |= {"val_rows_sha256": None if correct is None else rows}
    if test is not None:
        metrics["test"] = {"correct": test, "n": 10_000}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    lines = [[epoch, 0.1, 0.25, 60, 0.9, *val, 1.5] for epoch in (1, 2)]
    text = [",".join("" if v is None else str(v) for v in line) for line in lines]
    (folder / "history.csv").write_text("\n".join([",".join(HISTORY_COLUMNS), *text]) + "\n")
    return folder


def compared(*folders):
    return compare_runs([run for folder in folders for run in runs_in(Path(folder))])


def record(folder="out"):
    """What a run left in its metrics.json."""
    return json.loads(Path(folder, "metrics.json").read_text())


def refused(capsys, main, *arguments):
    """The one line with which a door refuses, having done nothing."""
    capsys.readouterr()
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("hw3: error: ")
    assert len(err.splitlines()) == 1
    return err

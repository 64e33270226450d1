"""Records and configs that several tests make by hand."""

import json
from dataclasses import asdict
from pathlib import Path

import yaml

from hw3.config.compose import compose_config
from hw3.config.schema import parse
from hw3.records.outcome import EpochCounts, Outcome
from hw3.training.history import HISTORY_COLUMNS


def config(*overrides):
    """A run on the embedded digits."""
    return parse(compose_config(["dataset=digits", *overrides]))


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


def write_run(folder, tree, ended):
    """Write config.yaml, metrics.json and a history that ends as the outcome says."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(tree))
    (folder / "metrics.json").write_text(json.dumps(asdict(ended)))
    final = ended.final
    val = [final.val_loss, final.val_correct, ended.n_val] if ended.n_val else ["", "", ""]
    train = [final.train_loss, final.train_correct, ended.n_train]
    lines = [[epoch, 0.1, *train, *val, 1.5] for epoch in (1, 2)]
    text = [",".join(map(str, line)) for line in [HISTORY_COLUMNS, *lines]]
    (folder / "history.csv").write_text("\n".join(text) + "\n")
    return folder

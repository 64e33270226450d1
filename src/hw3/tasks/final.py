"""Retrain a sweep's winner on all training rows, and measure it on the test split once."""

import json
from dataclasses import asdict

from hw3.config.keys import flatten
from hw3.config.schema import Config
from hw3.core.errors import ConfigError
from hw3.core.files import write_json
from hw3.records.layout import SELECTION
from hw3.records.run import Sweep, load_sweep
from hw3.records.rundir import RunDir
from hw3.sweeps.choice import select, winner_of
from hw3.tasks import Task
from hw3.tasks.train import train_and_draw
from hw3.testset.look import open_and_record
from hw3.testset.seal import check_available

# What the command line may say of a final run; all else comes from the sweep's winner.
OWN_KEYS = (
    *("experiment", "name", "task", "sweep", "allow_unfinished", "fail_fast", "log_counts"),
    *("data_dir", "offline_dataset", "instead_of", "device", "threads"),
)


def sweep_of(config: Config) -> Sweep:
    """Return the sweep that the config names."""
    if config.sweep is None:
        raise ConfigError("task=final needs sweep=<folder of a finished sweep>")
    return load_sweep(config.sweep)


def derived_overrides(config: Config, given: list[str]) -> list[str]:
    """Return the overrides that make this run the sweep's winner, on all rows.

    Raises:
        ConfigError: if the command line sets what the winner decides.
    """
    keys = [override.lstrip("+~").partition("=")[0] for override in given]
    foreign = [k for k in keys if k not in OWN_KEYS and not k.startswith("hydra")]
    if foreign:
        raise ConfigError(
            f"{foreign[0]} cannot be given to task=final: its config is that of the winner of "
            f"{config.sweep}; change the sweep instead"
        )
    tree = winner_of(sweep_of(config), config.allow_unfinished).completed[0].tree
    groups = [f"{group}={tree[group]['name']}" for group in ("act", "optimizer", "lr", "dataset")]
    groups += [f"model={tree['model']['backend']}_mlp", "regularizer=none"]
    leaves = {k: v for k, v in flatten(tree).items() if k not in OWN_KEYS}
    leaves["dataset.val"] = 0
    if tree.get("instead_of"):  # the sweep ran on stand-in data, and so will this
        leaves["instead_of"] = tree["instead_of"]
    return groups + [f"{key}={json.dumps(value)}" for key, value in leaves.items()]


def run(config: Config, run_dir: RunDir) -> str:
    """Record the choice, train on everything, open the test split once, record the outcome."""
    check_available(config.dataset.name, config.data_path)
    if not (run_dir.path / SELECTION).exists():  # an interrupted run keeps the choice it made
        found = select(sweep_of(config), config.allow_unfinished)
        write_json(run_dir.path / SELECTION, asdict(found))
    experiment, outcome = train_and_draw(config, run_dir)
    if outcome.status == "completed":
        reason = "final run of a sweep's winner"
        outcome, _ = open_and_record(config, run_dir, experiment, outcome, reason)
    return run_dir.finish(outcome)


TASK = Task(run, derive=None, opens_test_split=True)

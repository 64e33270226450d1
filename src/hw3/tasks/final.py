"""Retrain a sweep's winner on all training rows, and measure it on the test split once."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from hw3.analysis.confusion import confusion_counts
from hw3.analysis.intervals import wilson
from hw3.choice import Selection, select
from hw3.config import Config
from hw3.errors import ConfigError
from hw3.files import write_json
from hw3.load import load_sweep
from hw3.model import Experiment
from hw3.nn.arrays import FloatArray, IntArray
from hw3.progress import say
from hw3.rundir import RunDir, flatten
from hw3.seal import Subject, TestResult, check_available, open_test, times
from hw3.tasks.train import figure_title, run_metrics, train
from hw3.weights import digest

SELECTION = "selection.json"
# What the command line may say of a final run; all else comes from the sweep's winner.
OWN_KEYS = (
    *("experiment", "name", "task", "sweep", "allow_unfinished", "fail_fast"),
    *("data_dir", "offline_dataset", "instead_of", "device", "threads"),
)


def choose(config: Config) -> Selection:
    """Return the choice among the jobs of the sweep that the config names."""
    if config.sweep is None:
        raise ConfigError("task=final needs sweep=<folder of a finished sweep>")
    return select(load_sweep(config.sweep), config.allow_unfinished)


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
    tree = choose(config).winner.completed[0].tree
    groups = [f"{group}={tree[group]['name']}" for group in ("act", "optimizer", "lr", "dataset")]
    groups += [f"model={tree['model']['backend']}_mlp", "regularizer=none"]
    leaves = {k: v for k, v in flatten(tree).items() if k not in OWN_KEYS}
    leaves["dataset.val"] = 0
    return groups + [f"{key}={json.dumps(value)}" for key, value in leaves.items()]


def run(config: Config, run_dir: RunDir) -> str:
    """Record the choice, train on everything, open the test split once, record the outcome."""
    check_available(config.dataset.name, config.data_path)
    if not (run_dir.path / SELECTION).exists():  # an interrupted run keeps the choice it made
        write_json(run_dir.path / SELECTION, choose(config).record)
    experiment, history = train(config, run_dir)
    from hw3.plots.confusion import confusion  # plotting libraries stay out of the training
    from hw3.plots.curves import Curve, curves

    title = figure_title(config, experiment)
    run_dir.save_figure("curves.png", curves([Curve.from_history(history)], title))
    metrics = run_metrics(config, experiment, history)
    if metrics["status"] == "completed":
        result = measure_on_test(config, run_dir.path, experiment, "final run of a sweep's winner")
        metrics["test"] = test_metrics(result)
        counts = save_confusion(run_dir, experiment, result)
        names = experiment.dataset.class_names
        run_dir.save_figure("confusion.png", confusion(counts, names, f"test split, {title}"))
        say(result_text(result))
        run_dir.log(result_text(result))
    run_dir.finish(metrics)
    return str(metrics["status"])


def measure_on_test(
    config: Config, folder: Path, experiment: Experiment, reason: str
) -> TestResult:
    """Open the test split for a network that this run has finished training."""

    def predict(inputs: FloatArray) -> tuple[FloatArray, IntArray]:
        logits = experiment.backend.predict_logits(inputs)
        return logits, experiment.loss.decide(logits)

    weights = digest(experiment.backend.get_params())
    subject = Subject(os.path.relpath(folder), config.hash, weights, predict)
    name, data_dir = config.dataset.name, config.data_path
    return open_test(subject, name, data_dir, dtype=config.dtype, reason=reason, is_resumable=True)


def test_metrics(result: TestResult) -> dict[str, Any]:
    """Return what metrics.json says of the test split."""
    opening = result.opening
    low, high = wilson(opening.correct, opening.n)
    return {
        "correct": opening.correct,
        "n": opening.n,
        "accuracy": opening.correct / opening.n,
        "wilson_95": [low, high],
        "opened": opening.time,
        "opened_before": result.opened_before,
    }


def result_text(result: TestResult) -> str:
    """Return the assignment's sentence, with the interval and the count of openings."""
    correct, n = result.opening.correct, result.opening.n
    low, high = wilson(correct, n)
    return (
        f"{correct} correct out of {n} means accuracy is {correct / n:.2%} "
        f"(95 % interval {low:.2%} to {high:.2%}, Wilson); the test split of "
        f"{result.opening.dataset} was opened {times(result.opened_before)}"
    )


def save_confusion(run_dir: RunDir, experiment: Experiment, result: TestResult) -> np.ndarray:
    """Write confusion.csv, counts with the truth in rows; return them."""
    names = experiment.dataset.class_names
    counts: np.ndarray = confusion_counts(result.labels, result.decisions, len(names))
    run_dir.save_table("confusion.csv", ["true class", *names], zip(names, *counts.T, strict=True))
    return counts

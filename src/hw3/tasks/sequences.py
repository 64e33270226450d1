"""Human or machine: train, then show what the hidden units look for and what features would do."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hw3.analysis.exploration import standings
from hw3.analysis.insight import conclusion, ordered_by_outgoing, units_answer
from hw3.analysis.overfitting import overfitting_onset
from hw3.analysis.sequences import (
    UnitPattern,
    feature_spreads,
    feature_table,
    unit_patterns,
)
from hw3.config.schema import Config
from hw3.config.words import figure_title
from hw3.core.errors import ConfigError, RunDirError
from hw3.core.files import write_json
from hw3.core.terminal import say
from hw3.core.workers import is_in_sweep
from hw3.datasets.audit import leakage_line, split_leakage
from hw3.datasets.dataset import load_dataset
from hw3.datasets.types import Dataset
from hw3.nn.arrays import FloatArray, LayerParams
from hw3.records.run import Run, Sweep
from hw3.records.rundir import RunDir, read_record
from hw3.sweeps.choice import configurations
from hw3.tasks import Task
from hw3.tasks.explore import save_standings, table_lines
from hw3.tasks.train import run_metrics, train
from hw3.training.build import Experiment
from hw3.training.history import History

INSIGHT, WEIGHTS = "insight.json", "input_weights.csv"
NET = "this net"


def run(config: Config, run_dir: RunDir) -> str:
    """Train, write curves, weights and insight, and last metrics.json; return the status."""
    experiment, history = train(config, run_dir)
    metrics = run_metrics(config, experiment, history)
    onset = onset_of(history)
    metrics["overfitting_onset"] = onset
    from hw3.plots.sequences import learning  # plotting libraries stay out of the training

    title = figure_title(config, experiment.network.layer_sizes)
    run_dir.save_figure("curves.png", learning(history, onset, title))
    if metrics["status"] == "completed":
        lines = [*weight_lines(run_dir, experiment, title), ""]
        lines += insight_lines(config, run_dir, experiment, history)
        if not is_in_sweep():  # jobs side by side would print into each other
            say("\n".join(lines))
    run_dir.finish(metrics)
    return str(metrics["status"])


def check(config: Config) -> None:
    """Raise ConfigError for what this task cannot show."""
    if config.dataset.name != "human_machine":
        raise ConfigError(f"task=sequences needs dataset=human_machine, got {config.dataset.name}")
    if len(config.model.hidden_sizes) != 1 or not config.dataset.has_val:
        raise ConfigError("task=sequences needs one hidden layer and a validation split")


def onset_of(history: History) -> int | None:
    """Return the epoch after which the run over-fits, if it does."""
    pairs = [(e.train.loss, e.val.loss) for e in history.epochs if e.val]
    train_losses, val_losses = zip(*pairs, strict=True)
    return overfitting_onset(train_losses, val_losses)


def weight_lines(run_dir: RunDir, experiment: Experiment, title: str) -> list[str]:
    """Write the weights from bits to units as CSV and heatmap; return them as aligned lines."""
    from hw3.plots.sequences import input_weights

    units, weight, outgoing = ordered_weights(experiment.backend.get_params())
    bits = [str(i) for i in range(1, weight.shape[1] + 1)]
    rows = [[u, o, *w] for u, o, w in zip(units, outgoing.tolist(), weight.tolist(), strict=True)]
    run_dir.save_table(WEIGHTS, ["unit", "outgoing", *(f"bit {b}" for b in bits)], rows)
    run_dir.save_figure("input_weights.png", input_weights(units, weight, outgoing, title))
    header = f"{'unit':>4} {'out':>6} |" + "".join(f"{bit:>6}" for bit in bits)
    return [
        "weights from bits (columns) to hidden units (rows, by outgoing weight; + is human)",
        header,
        *(f"{u:>4} {o:6.2f} |" + "".join(f"{w:6.2f}" for w in ws) for u, o, *ws in rows),
    ]


def ordered_weights(params: list[LayerParams]) -> tuple[list[int], FloatArray, FloatArray]:
    """Return unit numbers from 1, weights (n_units, n_bits) and outgoing weights (n_units,)."""
    (weight, _), (outgoing, _) = params
    order = ordered_by_outgoing(outgoing[:, 0])
    return (order + 1).tolist(), weight.T[order], outgoing[order, 0]


def insight_lines(
    config: Config, run_dir: RunDir, experiment: Experiment, history: History
) -> list[str]:
    """Write insight.json: patterns of units, features beside the net, leakage; return words."""
    train_split, val = experiment.dataset.train, experiment.dataset.val
    assert val is not None
    assert history.final.val is not None
    accuracy = history.final.val.accuracy
    scores = feature_table(train_split.inputs, train_split.labels, val.inputs, val.labels)
    spreads = feature_spreads(train_split.inputs, train_split.labels)
    units = unit_rows(experiment)
    leak = {split: split_leakage(load_split(config, split)) for split in ("random", "contributor")}
    patterns = [UnitPattern(unit["feature"], unit["correlation"]) for unit in units]
    words = f"{units_answer(patterns)} {conclusion(scores, spreads, accuracy, len(val.labels))}"
    write_json(
        run_dir.path / INSIGHT,
        {
            "val_accuracy": accuracy,
            "units": units,
            "features": [{"name": s.name, "val_accuracy": s.accuracy} for s in scores],
            "spreads": [
                {"name": s.name, "shift": s.shift, "spread_ratio": s.spread_ratio} for s in spreads
            ],
            "leakage": leak,
            "conclusion": words,
        },
    )
    by_name = {s.name: s for s in spreads}
    lines = ["what each hidden unit follows best (Pearson r with its response on training rows)"]
    lines += [f"{u['unit']:>4}  out {u['outgoing']:6.2f}  {pattern_text(u)}" for u in units]
    lines += ["", f"{'logistic regression on':<26}{'val %':>7}{'shift':>8}{'spread':>8}"]
    for score in scores:
        s = by_name.get(score.name)
        ratio = s.spread_ratio if s else None
        extra = f"{s.shift:8.2f}{ratio:8.2f}" if s and ratio else ""
        lines.append(f"{score.name:<26}{100 * score.accuracy:7.2f}{extra}")
    lines.append(f"{'this net, on the bits':<26}{100 * accuracy:7.2f}")
    lines.append("shift: human mean - machine mean, in sd; spread: human sd / machine sd")
    return [*lines, "", words, leakage_line(leak)]


def unit_rows(experiment: Experiment) -> list[dict[str, Any]]:
    """Return for each unit, by outgoing weight, the feature that its response follows best."""
    params, inputs = experiment.backend.get_params(), experiment.dataset.train.inputs
    units, weight, outgoing = ordered_weights(params)
    bias = params[0][1][np.array(units) - 1]
    pre_activations = inputs @ weight.T + bias  # (n, n_bits) (n_bits, n_units)
    responses = np.empty_like(pre_activations)
    experiment.network.activation.value(pre_activations, out=responses)
    found = zip(units, outgoing.tolist(), unit_patterns(responses, inputs), strict=True)
    return [
        {"unit": unit, "outgoing": out, "feature": p.feature, "correlation": p.correlation}
        for unit, out, p in found
    ]


def pattern_text(unit: dict[str, Any]) -> str:
    """Return "alternations, r +0.54", or that the unit never changes."""
    if unit["feature"] is None:
        return "constant"
    return f"{unit['feature']}, r {unit['correlation']:+.2f}"


def summarize_sweep(sweep: Sweep, config: Config) -> None:
    """Compare the net with regression on features over seeds, in features.csv and in print."""
    found = {c.label: standings(contenders(c.runs)) for c in configurations(sweep)}
    save_standings(sweep.folder / "features.csv", found)
    say("\n".join(["the net beside logistic regression on features", *table_lines(found)]))


def contenders(runs: Sequence[Run]) -> dict[str, dict[int, float]]:
    """Return the net and each set of features: validation accuracy by seed."""
    found: dict[str, dict[int, float]] = {}
    for job in runs:
        insight = read_record(job.folder / INSIGHT)
        if insight is None:
            raise RunDirError(
                f"{job.folder / INSIGHT} is missing; delete that folder and run again"
            )
        found.setdefault(NET, {})[job.tree["seed"]] = insight["val_accuracy"]
        for feature in insight["features"]:
            found.setdefault(feature["name"], {})[job.tree["seed"]] = feature["val_accuracy"]
    return found


def load_split(config: Config, split: str) -> Dataset:
    """Return the run's data, split in another way."""
    spec = config.dataset
    return load_dataset(
        spec.name,
        config.data_path,
        split=split,
        val=spec.val,
        subset=spec.subset,
        seed=config.seed,
        dtype=config.dtype,
    )


TASK = Task(run, check=check, study=summarize_sweep)

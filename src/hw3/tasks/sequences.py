"""Human or machine: train, then show what the hidden units look for and what features would do."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from hw3.analysis.exploration import standings
from hw3.analysis.insight import ordered_by_outgoing
from hw3.analysis.overfitting import overfitting_onset
from hw3.analysis.sequences import feature_spreads, feature_table, unit_patterns
from hw3.config.schema import Config
from hw3.config.words import figure_title
from hw3.core.errors import ConfigError
from hw3.core.files import write_json
from hw3.core.terminal import doing, say_kept
from hw3.core.workers import is_in_sweep
from hw3.datasets.audit import leakage_line, split_leakage
from hw3.nn.arrays import FloatArray, LayerParams
from hw3.records.insight import FeatureCount, Insight, Unit, read_insight
from hw3.records.layout import (
    CURVES,
    FEATURES,
    INPUT_WEIGHTS,
    INPUT_WEIGHTS_FIGURE,
    INSIGHT,
)
from hw3.records.run import Run, Sweep
from hw3.records.rundir import RunDir
from hw3.sweeps.groups import configurations
from hw3.sweeps.standings import save_standings, table_lines
from hw3.tasks import Steps, Task
from hw3.tasks.train import outcome_of, train
from hw3.training.build import Experiment, load
from hw3.training.history import History

NET = "this net"


def run(config: Config, run_dir: RunDir) -> Steps[str]:
    """Train, write curves, weights and insight, and last metrics.json; return the status."""
    experiment, history = yield from train(config, run_dir)
    onset = onset_of(history)
    outcome = replace(outcome_of(config, experiment, history), overfitting_onset=onset)
    title = figure_title(config, experiment.network.layer_sizes)
    with doing("drawing the curves"):
        from hw3.plots.sequences import learning  # plotting libraries stay out of the training

        run_dir.save_figure(CURVES, learning(history, onset, title))
    if outcome.status == "completed" and outcome.val:
        with doing("comparing with hand-made features"):
            found = insight(config, experiment)
            write_json(run_dir.path / INSIGHT, asdict(found))
            lines = [*weight_lines(run_dir, experiment, title), ""]
            lines += insight_lines(found, outcome.val.accuracy)
        if not is_in_sweep():  # jobs side by side would print into each other
            say_kept("\n".join(lines))
    return run_dir.finish(outcome)


def check(config: Config) -> None:
    """Raise ConfigError for what this task cannot show."""
    if config.dataset.name != "human_machine":
        raise ConfigError(f"task=sequences needs dataset=human_machine, got {config.dataset.name}")
    if len(config.model.hidden_sizes) != 1 or not config.n_val:
        raise ConfigError(
            "task=sequences needs one hidden layer and validation rows, got model.hidden_sizes="
            f"{list(config.model.hidden_sizes)} and dataset.val={config.dataset.val}"
        )


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
    run_dir.save_table(INPUT_WEIGHTS, ["unit", "outgoing", *(f"bit {b}" for b in bits)], rows)
    run_dir.save_figure(INPUT_WEIGHTS_FIGURE, input_weights(units, weight, outgoing, title))
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


def insight(config: Config, experiment: Experiment) -> Insight:
    """Return the patterns of the units, the features beside the net, and the leakage."""
    train, val = experiment.dataset.train, experiment.held_out
    n_val = len(val.labels)
    scores = feature_table(train.inputs, train.labels, val.inputs, val.labels)
    splits = {
        split: load(replace(config, dataset=replace(config.dataset, split=split)))
        for split in ("random", "contributor")
    }
    return Insight(
        n_val=n_val,
        units=tuple(units(experiment)),
        features=tuple(FeatureCount(s.name, round(s.accuracy * n_val)) for s in scores),
        spreads=tuple(feature_spreads(train.inputs, train.labels)),
        leakage={split: split_leakage(dataset) for split, dataset in splits.items()},
    )


def units(experiment: Experiment) -> list[Unit]:
    """Return for each unit, by outgoing weight, the feature that its response follows best."""
    params, inputs = experiment.backend.get_params(), experiment.dataset.train.inputs
    numbers, weight, outgoing = ordered_weights(params)
    bias = params[0][1][np.array(numbers) - 1]
    pre_activations = inputs @ weight.T + bias  # (n, n_bits) (n_bits, n_units)
    responses = np.empty_like(pre_activations)
    experiment.network.activation.value(pre_activations, out=responses)
    found = zip(numbers, outgoing.tolist(), unit_patterns(responses, inputs), strict=True)
    return [Unit(number, out, p.feature, p.correlation) for number, out, p in found]


def insight_lines(found: Insight, net_accuracy: float) -> list[str]:
    """Return what was found as aligned lines."""
    by_name = {s.name: s for s in found.spreads}
    lines = ["what each hidden unit follows best (Pearson r with its response on training rows)"]
    lines += [f"{u.unit:>4}  out {u.outgoing:6.2f}  {pattern_text(u)}" for u in found.units]
    lines += ["", f"{'logistic regression on':<26}{'val %':>7}{'shift':>8}{'spread':>8}"]
    for score in found.scores:
        s = by_name.get(score.name)
        extra = f"{s.shift:8.2f}{s.spread_ratio:8.2f}" if s and s.spread_ratio else ""
        lines.append(f"{score.name:<26}{100 * score.accuracy:7.2f}{extra}")
    lines.append(f"{'this net, on the bits':<26}{100 * net_accuracy:7.2f}")
    lines.append("shift: human mean - machine mean, in sd; spread: human sd / machine sd")
    return [*lines, "", found.conclusion(net_accuracy), leakage_line(found.leakage)]


def pattern_text(unit: Unit) -> str:
    """Return "alternations, r +0.54", or that the unit never changes."""
    if unit.correlation is None:
        return "constant"
    return f"{unit.feature}, r {unit.correlation:+.2f}"


def study(sweep: Sweep, config: Config, is_fresh: bool) -> None:
    """Compare the net with regression on features over seeds, in features.csv and in print."""
    found = {c.label: standings(contenders(c.runs)) for c in configurations(sweep)}
    save_standings(sweep.folder / FEATURES, found)
    say_kept(
        "\n".join(["the net beside logistic regression on features", *table_lines(found, FEATURES)])
    )


def contenders(runs: Sequence[Run]) -> dict[str, dict[int, float]]:
    """Return the net and each set of features: validation accuracy by seed."""
    found: dict[str, dict[int, float]] = {}
    for run in runs:
        seed, val = run.config.seed, run.outcome.val
        if val is None:
            continue
        found.setdefault(NET, {})[seed] = val.accuracy
        for score in read_insight(run.folder, val.n_examples).scores:
            found.setdefault(score.name, {})[seed] = score.accuracy
    return found


TASK = Task(run, check=check, study=study)

"""What training does to the weights of several networks: a plain run each, compared at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isqrt
from typing import Any

import numpy as np

from hw3.analysis.intervals import mean_sd, mean_text
from hw3.analysis.weights import (
    DEFINITIONS,
    TrainedLayer,
    describe_growth,
    describe_shape,
    describe_silence,
    silent_units,
    trained_layers,
)
from hw3.config.schema import Config
from hw3.config.words import run_text
from hw3.core.files import save_figure, write_json, write_text
from hw3.core.terminal import say
from hw3.records.run import Run, Sweep
from hw3.records.rundir import read_record
from hw3.records.weights import layer_sizes
from hw3.sweeps.choice import Configuration, configurations, label_of
from hw3.sweeps.summary import is_stale
from hw3.tasks import Task, train
from hw3.training.build import fresh_params, load

RECORD = "weights.json"
WORDS = {
    "model.hidden_sizes": "width",
    "regularizer.l1": "L1",
    "regularizer.l2": "L2",
    "regularizer.dropout": "dropout",
}
DEAD_RELU = (
    "A ReLU that never fires gets no gradient from the data; only a penalty moves its weights."
)
LEFT_OUT = "The other numbers leave out the weights into and out of silent units."


@dataclass(frozen=True)
class Net:
    """A configuration of the sweep, its runs by seed, and the layers of the lowest seed."""

    configuration: Configuration
    layers: Sequence[TrainedLayer]

    @property
    def shown(self) -> Run:
        """The run of the lowest seed, whose weights are shown."""
        return self.configuration.runs[0]


def summarize_sweep(sweep: Sweep, config: Config) -> None:
    """Write figures, measures and words on the weights of a sweep's networks; print the words.

    Files are written again only when a job has ended since; the data are read only then.
    """
    path = sweep.folder / RECORD
    told = {} if is_stale(sweep, path) else read_record(path) or {}
    is_new = "words" not in told  # not there, stale, or of an older version
    nets = {
        name: Net(c, shown_layers(c.runs[0], config.data_dir, None if is_new else told[name]))
        for name, c in nets_of(sweep).items()
    }
    found = record(nets)
    introductions = [introduction(name, net) for name, net in networks(found).items()]
    text = "\n".join([*introductions, *found["words"]])
    say(text)
    draw(sweep, nets, config.log_counts, is_new)
    if is_new:
        write_text(sweep.folder / "description.txt", text + "\n")
        write_json(path, found)


def nets_of(sweep: Sweep) -> dict[str, Configuration]:
    """Return "net 1", ... in the order of the sweep's jobs; a net's runs begin at its lowest seed.

    Jobs that differ in nothing but their seed are one net.
    """
    order = [run.name for run in sweep.runs]
    found = sorted(configurations(sweep), key=lambda c: order.index(c.runs[0].name))
    return {
        f"net {i}": replace(c, runs=tuple(sorted(c.runs, key=lambda r: r.tree.get("seed", 0))))
        for i, c in enumerate(found, 1)
    }


def shown_layers(run: Run, data_dir: str, told: Mapping[str, Any] | None) -> list[TrainedLayer]:
    """Return a run's layers as they ended and as its seed started them.

    Silent units are taken from what is told of the net, else measured on the run's training rows.
    """
    initial = fresh_params(run.config, layer_sizes(run.weights))
    if told:
        silent = recorded_silence(told)
    else:
        inputs = load(replace(run.config, data_dir=data_dir)).train.inputs
        silent = silent_units(run.weights, run.config.act, inputs)
    return trained_layers(run.weights, initial, silent)


def recorded_silence(net: Mapping[str, Any]) -> list[np.ndarray]:
    """Return which units of each hidden layer are silent by weights.json, (n_units,) bool each."""
    return [
        np.isin(np.arange(layer["n_units"]), layer["silent_units"]) for layer in net["layers"][:-1]
    ]


def record(nets: Mapping[str, Net]) -> dict[str, Any]:
    """Return what weights.json says: words, definitions, and the measures of each net."""
    return {
        "words": words(nets),
        "definitions": DEFINITIONS,
        **{
            name: {
                "job": net.shown.name,
                "network": net_text(net),
                "n_train": net.shown.metrics["n_train"],
                "by_seed": [outcome(run) for run in net.configuration.runs],
                "layers": [layer.measures for layer in net.layers],
            }
            for name, net in nets.items()
        },
    }


def networks(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the nets of weights.json by name."""
    return {name: found[name] for name in found if name not in ("words", "definitions")}


def introduction(name: str, net: Mapping[str, Any]) -> str:
    """Return what a net of weights.json is, and its accuracies after the last epoch."""
    training, validation = (
        over_seeds(net["by_seed"], key) for key in ("train_accuracy", "val_accuracy")
    )
    text = f"{name}: {net['network']}; training {training}"
    return f"{text}, validation {validation}" if validation else text


def net_text(net: Net) -> str:
    """Return what a net was and how it was trained."""
    configs = [run.config for run in net.configuration.runs]
    text = run_text(configs[0], layer_sizes(net.shown.weights))
    others = ", ".join(str(config.seed) for config in configs[1:])
    seeds = f"; also from seed{'s' * (len(configs) > 2)} {others}" if others else ""
    return f"{configs[0].dataset.name}, {text}, {configs[0].epochs} epochs{seeds}"


def short_text(net: Net) -> str:
    """Return what tells a net from the others: 784-48-10, L2 0.0001, dropout 0.2."""
    spec = net.shown.tree["regularizer"]
    names = {"l1": "L1", "l2": "L2", "dropout": "dropout"}
    penalties = [f"{name} {spec[key]:g}" for key, name in names.items() if spec[key]]
    parts = ["-".join(map(str, layer_sizes(net.shown.weights)))]
    parts += penalties or ["no regularisation"]
    rest = {k: v for k, v in net.configuration.values.items() if k not in WORDS}
    if rest:
        parts.append(label_of(rest, list(rest)))
    if len(net.configuration.runs) > 1:
        parts.append(f"seed {net.shown.config.seed}")
    return ", ".join(parts)


def outcome(run: Run) -> dict[str, Any]:
    """Return a run's accuracies after the last epoch, and training minus validation."""
    final = run.metrics["final"]
    training, validation = final["train_accuracy"], final.get("val_accuracy")
    return {
        "seed": run.config.seed,
        "job": run.name,
        "train_accuracy": training,
        "val_accuracy": validation,
        "accuracy_gap": None if validation is None else training - validation,
    }


def words(nets: Mapping[str, Net]) -> list[str]:
    """Return the answer: how the weights of the first net differ from each other one's, and why.

    Numbers of weights are of the lowest seed, accuracies of all.
    """
    first, *others = nets
    stats = {name: [layer.stats for layer in net.layers] for name, net in nets.items()}
    pairs = [(stats[first], stats[other], (first, other)) for other in others]
    return [
        *(describe_growth(*pair) for pair in pairs),
        silence_text(nets),
        *(sentence for pair in pairs for sentence in describe_shape(*pair)),
        gap_text({name: net.configuration.runs for name, net in nets.items()}),
        *caveat(nets[first].configuration.values),
    ]


def silence_text(nets: Mapping[str, Net]) -> str:
    """Return which units are silent, what that means for a ReLU, and what became of them here."""
    text = describe_silence({name: net.layers for name, net in nets.items()})
    if not any(layer.n_silent for net in nets.values() for layer in net.layers):
        return text
    are_relu = all(net.shown.tree["act"]["name"] == "relu" for net in nets.values())
    return " ".join([text, *([DEAD_RELU] if are_relu else []), LEFT_OUT])


def gap_text(nets: Mapping[str, Sequence[Run]]) -> str:
    """Return each net's training minus validation accuracy, as a mean where seeds repeat."""
    outcomes = {name: [outcome(run) for run in runs] for name, runs in nets.items()}
    gaps = {name: over_seeds(found, "accuracy_gap") for name, found in outcomes.items()}
    if None in gaps.values():
        return "The gap to validation is not known: a net held no validation split out."
    text = ", ".join(f"{gap} in {name}" for name, gap in gaps.items())
    text = f"Training accuracy exceeds validation accuracy by {text}"
    counts = sorted({len(found) for found in outcomes.values()})
    if counts[-1] == 1:
        return f"{text}."
    n_seeds = " or ".join(map(str, counts))
    return (
        f"{text} (mean ± sd over {n_seeds} seeds). The weights are those of each net's lowest seed."
    )


def over_seeds(by_seed: Sequence[Mapping[str, Any]], key: str) -> str | None:
    """Return the mean of a share, ± its sd over several seeds, or None if a run lacks it."""
    values = [found[key] for found in by_seed]
    if None in values:
        return None
    text = mean_text(*mean_sd(values)[:2])
    return text.replace("%", "points") if key == "accuracy_gap" else text


def caveat(values: Mapping[str, Any]) -> list[str]:
    """Return that nets which differ in several keys cannot tell which of them matters."""
    if len(values) < 2:
        return []
    *most, last = (WORDS.get(key, key) for key in values)
    return [
        f"The nets differ in {', '.join(most)} and {last} at once, so no difference can be put "
        "down to one of them."
    ]


def draw(sweep: Sweep, nets: Mapping[str, Net], log_counts: bool, is_new: bool) -> None:
    """Write the figures that are not there, or older than a job's end."""
    from hw3.plots.weights import filters, histograms  # only when there is something to draw

    layers = {f"{name}: {short_text(net)}": net.layers for name, net in nets.items()}
    path = sweep.folder / ("histograms_log.png" if log_counts else "histograms.png")
    if is_new or is_stale(sweep, path):
        save_figure(path, histograms(layers, log_counts))
    images = {n: found[0] for n, found in layers.items() if is_square(len(found[0].weights))}
    path = sweep.folder / "filters.png"
    if images and (is_new or is_stale(sweep, path)):
        save_figure(path, filters(images))


def is_square(n: int) -> bool:
    """Whether n pixels make a square image."""
    return isqrt(n) ** 2 == n


TASK = Task(train.run, study=summarize_sweep)

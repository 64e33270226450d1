"""What training does to the weights of several networks: a plain run each, compared at the end."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import isqrt

import numpy as np

from hw3.analysis.intervals import mean_sd, mean_text
from hw3.analysis.weights import (
    NEAR_ZERO,
    BoolArray,
    TrainedLayer,
    describe_growth,
    describe_shape,
    describe_silence,
    share_near_zero,
    silent_units,
    trained_layers,
)
from hw3.config.schema import Config
from hw3.config.words import penalties, run_text
from hw3.core.files import save_figure, table_text, write_json, write_text
from hw3.core.table import Table
from hw3.core.terminal import doing, say_kept
from hw3.core.words import counted, number, percent, plural, shape
from hw3.records.layout import (
    DESCRIPTION,
    FILTERS,
    HISTOGRAMS,
    HISTOGRAMS_LOG,
    LAYERS,
    SILENT_UNITS,
)
from hw3.records.read import reading
from hw3.records.run import Run, Sweep
from hw3.records.silence import Silence, UnitNumbers, read_silence
from hw3.sweeps.groups import Configuration, configurations, label_of
from hw3.tasks import Task
from hw3.tasks.train import run
from hw3.training.build import fresh_params, load

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

    name: str
    configuration: Configuration
    layers: Sequence[TrainedLayer]

    @property
    def shown(self) -> Run:
        """The run of the lowest seed, whose weights are shown."""
        return self.configuration.runs[0]

    @property
    def text(self) -> str:
        """What the net was and how it was trained."""
        config = self.shown.config
        text = run_text(config, self.shown.layer_sizes)
        others = [str(run.config.seed) for run in self.configuration.runs[1:]]
        seeds = (
            "" if not others else f"; also from {plural('seed', len(others))} {', '.join(others)}"
        )
        return f"{config.dataset.label}, {text}, {counted(config.epochs, 'epoch')}{seeds}"

    @property
    def short_text(self) -> str:
        """What tells the net from the others: 784-48-10, L2 0.0001, dropout 0.2."""
        parts = [shape(self.shown.layer_sizes)]
        parts += penalties(self.shown.config.regularizer) or ["no regularisation"]
        rest = {k: v for k, v in self.configuration.settings.items() if k not in WORDS}
        parts += [label_of(rest, list(rest))] if rest else []
        if len(self.configuration.runs) > 1:
            parts.append(f"seed {self.shown.config.seed}")
        return ", ".join(parts)

    def over_seeds(self, part: str) -> str | None:
        """Return the mean train or val accuracy, or their gap, ± sd; None if not measured."""
        values = []
        for outcome in self.configuration.outcomes:
            if part != "train" and outcome.val is None:
                return None
            val = outcome.val.accuracy if outcome.val else 0.0
            train = outcome.train.accuracy
            values.append({"train": train, "val": val, "gap": train - val}[part])
        return mean_text(*mean_sd(values)[:2], unit="points" if part == "gap" else "%")


def study(sweep: Sweep, config: Config, is_fresh: bool) -> None:
    """Write figures, measures and words on the weights of a sweep's networks; print the words.

    The data are read only where a job has ended since the last time.
    """
    path = sweep.folder / SILENT_UNITS
    if not is_fresh or not path.exists():
        jobs = {c.runs[0].name: silence(c.runs[0], config.data_dir) for c in nets_of(sweep)}
        write_json(path, asdict(Silence(jobs)))
    nets = recorded_nets(sweep)
    introductions = [introduction(net) for net in nets]
    text = "\n".join([*introductions, *words(nets)])
    say_kept(text)
    write_text(sweep.folder / DESCRIPTION, text + "\n")
    rows = [{"net": net.name, **layer.measures} for net in nets for layer in net.layers]
    write_text(sweep.folder / LAYERS, table_text(rows[0], [row.values() for row in rows]))
    with doing("drawing the weights"):
        draw(sweep, nets, config.log_counts, is_fresh)


def nets_of(sweep: Sweep) -> list[Configuration]:
    """Return the nets in the order of the sweep's jobs; a net's runs begin at its lowest seed."""
    order = [run.name for run in sweep.runs]
    found = sorted(configurations(sweep), key=lambda c: order.index(c.runs[0].name))
    return [replace(c, runs=tuple(sorted(c.runs, key=lambda r: r.config.seed))) for c in found]


def recorded_nets(sweep: Sweep) -> list[Net]:
    """Return "net 1", ... with the layers of each, its silent units as they were measured.

    Raises:
        RunDirError: if weights.json is not there, or does not know a net's run.
    """
    jobs, nets = read_silence(sweep.folder), []
    with reading(sweep.folder / SILENT_UNITS):
        for i, c in enumerate(nets_of(sweep), 1):
            silent, hidden = jobs[c.runs[0].name], c.runs[0].layer_sizes[1:-1]
            masks = [np.isin(np.arange(n), u) for n, u in zip(hidden, silent, strict=True)]
            nets.append(Net(f"net {i}", c, layers_of(c.runs[0], masks)))
    return nets


def silence(run: Run, data_dir: str) -> UnitNumbers:
    """Return the numbers of each hidden layer's silent units, measured on the training rows."""
    inputs = load(replace(run.config, data_dir=data_dir)).train.inputs
    found = silent_units(run.weights, run.config.act, inputs)
    return tuple(tuple(np.flatnonzero(mask).tolist()) for mask in found)


def layers_of(run: Run, silent: Sequence[BoolArray]) -> list[TrainedLayer]:
    """Return a run's layers as they ended and as its seed started them."""
    return trained_layers(run.weights, fresh_params(run.config, run.layer_sizes), silent)


def nets_table(nets: Sequence[Net]) -> Table:
    """Return the accuracies of the networks."""
    parts = ("train", "val", "gap")
    rows = [(f"{net.name}: {net.text}", *map(net.over_seeds, parts)) for net in nets]
    has_seeds = max(len(net.configuration.runs) for net in nets) > 1
    caption = f"Accuracy after the last epoch{', mean ± sd over seeds' if has_seeds else ''}"
    return Table("networks", caption, ("network", "training", "validation", "gap"), rows)


def layers_table(nets: Sequence[Net]) -> Table:
    """Return the weights of each layer in numbers."""
    rows = []
    for net in nets:
        for layer in net.layers:
            stats, n_units = layer.stats, layer.is_silent.size
            silent = f"{layer.n_silent} of {n_units} ({layer.n_shrunk})"
            near = stats.share_near_zero_initial, stats.share_near_zero
            row = [f"{net.name}, {layer.name.partition(' (')[0]}"]
            row += [silent if layer is not net.layers[-1] else "-", number(stats.sd_initial, 3)]
            row += [number(stats.sd, 3), number(stats.growth, 2), number(stats.excess_kurtosis, 2)]
            row += [percent(share, 1) for share in (*near, share_near_zero(layer.weights))]
            rows.append(row)
    caption = (
        "The weights in numbers, without those into and out of silent units (units that give every "
        "training image the same response; shrunk: all their incoming weights near 0); near 0: "
        f"|w| < {NEAR_ZERO}"
    )
    sds = ("sd before", "sd after", "sd after / before", "excess kurtosis")
    near_zero = ("near 0 before", "near 0 after", "near 0 after, with silent units")
    return Table("layers", caption, ("layer", "silent units (shrunk)", *sds, *near_zero), rows)


def introduction(net: Net) -> str:
    """Return what a net is, and its accuracies after the last epoch."""
    text = f"{net.name}: {net.text}; training {net.over_seeds('train')}"
    validation = net.over_seeds("val")
    return f"{text}, validation {validation}" if validation else text


def words(nets: Sequence[Net]) -> list[str]:
    """Return the answer: how the weights of the first net differ from each other one's, and why.

    Numbers of weights are of the lowest seed, accuracies of all.
    """
    first, *others = nets
    stats = {net.name: [layer.stats for layer in net.layers] for net in nets}
    pairs = [(stats[first.name], stats[other.name], (first.name, other.name)) for other in others]
    return [
        *(describe_growth(*pair) for pair in pairs),
        silence_text(nets),
        *(sentence for pair in pairs for sentence in describe_shape(*pair)),
        gap_text(nets),
        *caveat(first),
    ]


def silence_text(nets: Sequence[Net]) -> str:
    """Return which units are silent, what that means for a ReLU, and what became of them here."""
    text = describe_silence({net.name: net.layers for net in nets})
    if not any(layer.n_silent for net in nets for layer in net.layers):
        return text
    are_relu = all(net.shown.config.act.name == "relu" for net in nets)
    return " ".join([text, DEAD_RELU, LEFT_OUT] if are_relu else [text, LEFT_OUT])


def gap_text(nets: Sequence[Net]) -> str:
    """Return each net's training minus validation accuracy, as a mean where seeds repeat."""
    gaps = {net.name: net.over_seeds("gap") for net in nets}
    if None in gaps.values():
        return "The gap to validation is not known: a network held out no validation rows."
    text = ", ".join(f"{gap} in {name}" for name, gap in gaps.items())
    text = f"Training accuracy minus validation accuracy is {text}"
    n_seeds = sorted({len(net.configuration.runs) for net in nets})
    if n_seeds[-1] == 1:
        return f"{text}."
    seeds = " or ".join(map(str, n_seeds))
    return (
        f"{text} (mean ± sd over {seeds} seeds). The weights are those of each net's lowest seed."
    )


def caveat(first: Net) -> list[str]:
    """Return that nets which differ in several keys cannot tell which of them matters."""
    keys = list(first.configuration.settings)
    if len(keys) < 2:
        return []
    *most, last = (WORDS.get(key, key) for key in keys)
    return [
        f"The nets differ in {', '.join(most)} and {last} at once, so no difference can be put "
        "down to one of them."
    ]


def draw(sweep: Sweep, nets: Sequence[Net], log_counts: bool, is_fresh: bool) -> None:
    """Write the figures that are not there, or older than a job's end."""
    layers = {f"{net.name}: {net.short_text}": net.layers for net in nets}
    images = {n: found[0] for n, found in layers.items() if is_square(len(found[0].weights))}
    paths = [sweep.folder / (HISTOGRAMS_LOG if log_counts else HISTOGRAMS)]
    paths += [sweep.folder / FILTERS] if images else []
    missing = [path for path in paths if not (is_fresh and path.exists())]
    if not missing:
        return
    from hw3.plots.weights import filters, histograms  # slow to import

    for path in missing:
        save_figure(
            path, filters(images) if path.name == FILTERS else histograms(layers, log_counts)
        )


def is_square(n: int) -> bool:
    """Whether n pixels make a square image."""
    return isqrt(n) ** 2 == n


TASK = Task(run, study=study)

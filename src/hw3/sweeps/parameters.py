"""The parameters of several networks side by side, each value said once."""

from collections.abc import Mapping, Sequence
from math import ceil

from hw3.config.schema import Config
from hw3.config.words import penalties
from hw3.core.table import Table
from hw3.core.words import counted, shape, span
from hw3.records.run import Run
from hw3.sweeps.curves import changes, halvings

MAX_VALUES = 4  # of a sweep in one cell


def parameters(named: Mapping[str, Sequence[Run]]) -> Table:
    """Return a column for each name: the values that its runs have, in the order of the runs."""
    columns = [[facts(run) for run in runs] for runs in named.values()]
    rows = [
        [key, *(cell([found[key] for found in column]) for column in columns)]
        for key in columns[0][0]
    ]
    rows.append(["seeds", *(span(run.config.seed for run in runs) for runs in named.values())])
    caption = "The networks and their training; what differs within a sweep is listed"
    return Table("parameters", caption, ["", *named], rows)


def cell(values: Sequence[str]) -> str:
    """Return the different values of a parameter, or how many there are."""
    unique = list(dict.fromkeys(values))
    return "; ".join(unique) if len(unique) <= MAX_VALUES else f"{len(unique)} values"


def facts(run: Run) -> dict[str, str]:
    """Return the parameters of a run in words."""
    config, outcome, sizes = run.config, run.outcome, run.layer_sizes
    output = "softmax" if sizes[-1] > 1 else "sigmoid"
    updates = ceil(outcome.n_train / config.batch_size)
    val = f"{outcome.n_val:,} validate" if outcome.n_val else "no validation"
    held = ", ".join(penalties(config.regularizer)) or "none"
    clipped = f", gradient norm at most {config.clip_norm:g}" if config.clip_norm else ""
    l2 = "l2 · Σw²" if config.regularizer.convention == "full" else "l2 · Σw² / 2"
    return {
        "data": f"{outcome.dataset}: {outcome.n_train:,} train, {val}",
        "validation split": config.dataset.split if outcome.n_val else "none",
        "layers, fully connected": shape(sizes),
        "neurons": f"{config.act.name} hidden, {counted(sizes[-1], f'{output} output')}",
        "weights and biases": f"{outcome.n_parameters:,}",
        "initial weights": config.init.replace("_", " "),
        "loss": f"cross-entropy after {output}",
        "regulariser": f"{held} ({l2}, no biases)" if config.regularizer.l2 else held,
        "optimizer": f"{config.optimizer.name}{clipped}",
        "initial rate": f"{config.lr.initial:g}",
        "rate over the epochs": schedule(config, run.epochs.rates),
        "batch size": f"{config.batch_size}: {updates:,} updates per epoch",
        "epochs": str(outcome.epochs),
        "backend": f"{config.model.backend}, {config.dtype}",
    }


def schedule(config: Config, rates: Sequence[float]) -> str:
    """Return how the applied rate changed."""
    changed = changes(rates)
    if not changed:
        return "constant"
    if changed == halvings(rates):
        return f"halved after epochs {' and '.join(map(str, changed))}"
    rises = f"rises for {counted(config.lr.warmup, 'epoch')}, then " if config.lr.warmup else ""
    return f"{rises}{config.lr.name.replace('_', ' ')}, down to {rates[-1]:.2g}"

"""A config in words: the network, its training and its regulariser."""

import textwrap
from collections.abc import Sequence

from hw3.config.schema import Config
from hw3.core.words import shape
from hw3.nn.regularizers import Regularizer
from hw3.nn.schedules import HalveTwice

TITLE_WIDTH = 90  # characters of a figure's title on one line


def penalties(regularizer: Regularizer) -> list[str]:
    """Return ["L2 0.0001", "dropout 0.2"]: what holds the weights back, nothing for none."""
    parts = {"L1": regularizer.l1, "L2": regularizer.l2, "dropout": regularizer.dropout}
    return [f"{name} {value:g}" for name, value in parts.items() if value]


def run_text(config: Config, layer_sizes: Sequence[int]) -> str:
    """Return the network, its training and its seed in one line."""
    parts = [
        f"{shape(layer_sizes)} {config.act.name}",
        config.optimizer.name,
        f"lr {config.lr.initial:g} {config.lr.name}",
        *([f"warm-up {config.lr.warmup}"] if config.lr.warmup else []),
        *([f"gradient norm <= {config.clip_norm:g}"] if config.clip_norm else []),
        f"batch {config.batch_size}",
        *penalties(config.regularizer),
        f"seed {config.seed}",
        config.model.backend,
    ]
    return ", ".join(parts)


def rate_caution(config: Config) -> list[str]:
    """Return what is odd about when the rate of a config is halved, nothing where nothing is."""
    warmup, lr = config.lr.warmup, config.lr
    steps = lr.milestones(config.epochs - warmup) if isinstance(lr, HalveTwice) else ()
    if len(set(steps)) == len(steps):
        return []
    return [
        f"lr=halve_twice halves the rate twice at once, after epoch {steps[0] + warmup} of "
        f"{config.epochs}, to {lr.initial / 4:g}; use more epochs, or lr=constant"
    ]


def figure_title(config: Config, layer_sizes: Sequence[int]) -> str:
    """Return what was run, from the config, so that no figure can be named for another run."""
    title = f"{config.dataset.label}: {run_text(config, layer_sizes)}"
    n_lines = len(title) // TITLE_WIDTH + 1
    title = textwrap.fill(title, len(title) // n_lines + 10)  # lines of about equal length
    if config.instead_of:
        title += f"\nOFFLINE: {config.dataset.label} instead of {config.instead_of}"
    return title

"""Train a config on both backends in float64, and compare their histories and weights.

usage: python -m hw3.parity [key=value ...]

The arguments are those of run. Data are random, of the config's shapes, and no file is read: 10
batches, 3 epochs. Losses may differ by 1e-9 and weights by 1e-6: the backends round in another
order, and training carries that on. Exit status 0 for PASS, 1 for FAIL.

  seed      varies weights, data and order
  plugins   your modules: plugins=[my_module] optimizer=mine

example: python -m hw3.parity act=gelu optimizer=adam clip_norm=1
"""

import sys
from collections.abc import Sequence

from hw3.core.errors import ConfigError
from hw3.core.terminal import doing, run_command
from hw3.core.words import shape


def main(argv: Sequence[str] | None = None) -> int:
    """Print the differences; return the exit status."""
    return run_command(parity, argv)


def parity(overrides: Sequence[str]) -> int:
    """Compare the backends on the config that the arguments compose."""
    with doing("training on both backends"):
        from hw3.backends import BACKENDS, check_rules
        from hw3.config.compose import compose_config
        from hw3.config.schema import parse
        from hw3.training.difference import report
        from hw3.training.memory import check_memory, network_of
        from hw3.training.parity import EPOCHS, differences, made, trained

        config = parse(compose_config(overrides))
        check_rules("torch", config.act, config.optimizer)
        check_memory([config])
        data = made(config)
        ours, theirs = (trained(config, name, data) for name in BACKENDS)
        if ours[0].is_diverged and theirs[0].is_diverged:
            raise ConfigError(
                f"with lr.initial={config.lr.initial:g} the loss diverges on both backends, which "
                "leaves nothing to compare; give a smaller lr, or clip_norm"
            )
        found = differences(ours, theirs)
    rules = f"{config.act.name}, {config.optimizer.name}, lr {config.lr.name}"
    net = f"{shape(network_of(config).layer_sizes)} {rules}"
    return report(f"{net}, seed {config.seed}, {EPOCHS} epochs", found)


if __name__ == "__main__":
    sys.exit(main())

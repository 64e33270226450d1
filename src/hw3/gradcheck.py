"""Check the gradients of a config's network against central differences, on both backends.

usage: python -m hw3.gradcheck [key=value ...]

The arguments are those of run. Data are random, of the config's shapes, and no file is read; of
each array 40 parameters are checked, in float64, with penalties and fixed dropout masks. Where a
unit is so near a kink that the step passes it, they are left out and counted. The activation's
slope is checked alone too. Exit status 0 for PASS, 1 for FAIL.

  seed      varies weights, data and sample
  plugins   your modules: plugins=[my_module] act=mine

example: python -m hw3.gradcheck act=gelu regularizer=dropout_l2
"""

import sys
from collections.abc import Sequence

from hw3.core.terminal import doing, run_command
from hw3.core.words import shape


def main(argv: Sequence[str] | None = None) -> int:
    """Print the differences; return the exit status."""
    return run_command(gradcheck, argv)


def gradcheck(overrides: Sequence[str]) -> int:
    """Check the network of the config that the arguments compose."""
    with doing("checking the gradients"):
        from hw3.config.compose import compose_config
        from hw3.config.schema import parse
        from hw3.training.difference import report
        from hw3.training.gradcheck import ROWS, STEP, differences
        from hw3.training.memory import network_of

        config = parse(compose_config(overrides))
        found = differences(config)
    net = f"{shape(network_of(config).layer_sizes)} {config.act.name}"
    return report(f"{net}, {ROWS} random rows, seed {config.seed}, step {STEP:g}", found)


if __name__ == "__main__":
    sys.exit(main())

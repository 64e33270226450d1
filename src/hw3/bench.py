"""Measure a numpy training epoch beside its matrix products alone.

usage: python -m hw3.bench [key=value ...]

Both are measured in this process on one BLAS thread, in turns, and compared by their medians. The
arguments are keys of the config, such as act, optimizer, model.hidden_sizes, batch_size, dtype.

example: python -m hw3.bench act=tanh optimizer=adam 'model.hidden_sizes=[512]'
"""

import sys
from collections.abc import Sequence

from hw3.core.errors import ConfigError
from hw3.core.terminal import doing, run_command, say
from hw3.core.words import shape


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    return run_command(bench, argv)


def bench(overrides: Sequence[str]) -> int:
    """Measure and print; the arguments are overrides of the config."""
    with doing("reading the command"):  # and nothing that moves while it measures
        from hw3.config.compose import compose_config
        from hw3.config.schema import parse
        from hw3.training.bench import N_CLASSES, N_PIXELS, TURNS, time_epoch

        config = parse(compose_config(["model=numpy_mlp", *overrides]))
        if config.model.backend != "numpy":
            raise ConfigError("this command measures the numpy backend; leave model out")
    sizes = shape([N_PIXELS, *config.model.hidden_sizes, N_CLASSES])
    batch = f"batch {config.batch_size}, {config.dtype}, 1 thread"
    say(f"{sizes}, {batch}, median of {TURNS} turns")
    found = time_epoch(config)
    low, high, ratio = found.ratios[0], found.ratios[-1], found.epoch / found.products
    print(f"matrix products alone  {found.products:.3f} s per epoch")
    print(f"training epoch         {found.epoch:.3f} s per epoch")
    print(f"ratio                  {ratio:.2f}  (turns {low:.2f} to {high:.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

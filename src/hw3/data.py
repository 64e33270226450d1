"""Say what a data set's training file holds: counts, repeated rows, what a split leaks.

usage: python -m hw3.data audit <dataset> [key=value ...]

  dataset   mnist, fashion_mnist, human_machine or digits
  ...       keys of the config: data_dir=<folder>, dataset.val=10000, dataset.split=random, seed=0

example: python -m hw3.data audit human_machine
"""

import sys
from collections.abc import Sequence

from hw3.core.errors import ConfigError
from hw3.core.registry import unknown_choice
from hw3.core.terminal import doing, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """Print what the arguments ask for; return the exit status."""
    return run_command(print_audit, argv)


def print_audit(arguments: Sequence[str]) -> int:
    """Audit the data set that the arguments name."""
    if len(arguments) < 2 or arguments[0] != "audit":
        raise ConfigError("usage: python -m hw3.data audit <dataset> [key=value ...]")
    with doing(f"reading {arguments[1]}"):
        lines = audit(arguments[1], arguments[2:])
    print("\n".join(lines))
    return 0


def audit(name: str, overrides: Sequence[str]) -> list[str]:
    """Return what is to say of a data set, by the splits that it is used with."""
    from hw3.config.compose import compose_config  # slow to import
    from hw3.config.schema import parse
    from hw3.datasets.audit import audit_dataset, audit_lines
    from hw3.datasets.sources import SOURCES, ensure_available

    if name not in SOURCES:
        raise unknown_choice("dataset", name, SOURCES)
    config = parse(compose_config([f"dataset={name}", *overrides]))
    spec = config.dataset
    if spec.name != name:
        raise ConfigError(f"dataset={spec.name}, but the audit is of {name}: name one")
    ensure_available(spec.name, config.data_path)
    splits = ("random", "contributor") if spec.name == "human_machine" else (spec.split,)
    found = audit_dataset(
        spec.name, config.data_path, splits=splits, val=spec.val, seed=config.seed
    )
    return audit_lines(found)


if __name__ == "__main__":
    sys.exit(main())

"""Say what a data set's training file holds: counts, repeated rows, what a split leaks.

usage: python -m hw3.data audit <dataset> [key=value ...]

  dataset   mnist, fashion_mnist, human_machine, digits, a preset of your own, or file
  ...       keys of the config: data_dir=<folder>, dataset.val=10000, dataset.split=random, seed=0

example: python -m hw3.data audit human_machine
         python -m hw3.data audit file dataset.train=iris.csv dataset.labels=species
         python -m hw3.data audit flowers hydra.searchpath=[conf]
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

from hw3.core.errors import ConfigError
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
    from hw3.config.overrides import override_key
    from hw3.config.schema import parse
    from hw3.datasets.audit import audit_dataset, audit_lines
    from hw3.datasets.sources import ensure_available

    if given := [text for text in overrides if override_key(text) == "dataset"]:
        raise ConfigError(f"{given[0]}, but the audit is of {name}: name one")
    tree = compose_config([f"dataset={name}", *overrides])
    config = parse(tree | {"batch_size": tree["dataset"]["batch_sizes"][0]})  # which trains nothing
    spec = config.dataset
    ensure_available(spec, config.data_path)
    splits = ("random", "contributor") if spec.name == "human_machine" else (spec.split,)
    specs = [replace(spec, split=split) for split in splits]
    return audit_lines(audit_dataset(specs, config.data_path, seed=config.seed))


if __name__ == "__main__":
    sys.exit(main())

"""Measure a weight file on a validation or test split.

usage: python -m hw3.evaluate weights=<file.h5 or folder of a run> [key=value ...]

The file may come from any program that writes the course's layout; layer sizes are read from it.
The test split is opened through the seal, which writes every look down.

  weights   the file; for the folder of a run, its params.h5
  split     val (default) or test
  reason    why a real test split is opened, or that of a sweep's job; the ledger keeps it
  dataset   default: what the file's run was trained on, else mnist; so its split and data_dir
  act       default: what the file names, else relu
  plugins   your modules that register the activation: plugins=[my_module]
  ...       further keys of the config, such as dataset.val=10000 or data_dir=<folder>

example: python -m hw3.evaluate weights=net.h5 dataset=fashion_mnist act=tanh
"""

import sys
from collections.abc import Sequence

from hw3.core.errors import ConfigError
from hw3.core.registry import unknown_choice
from hw3.core.terminal import doing, own_arguments, run_command
from hw3.core.words import percent

SPLITS = ("val", "test")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the count of a weight file on a split; return the exit status."""
    return run_command(evaluate_file, argv)


def evaluate_file(arguments: Sequence[str]) -> int:
    """Measure the file that the arguments name."""
    own, overrides = own_arguments(arguments, {"weights": "", "split": "val", "reason": ""})
    with doing("measuring the weights"):
        from hw3.config.compose import refuse_unknown_keys
        from hw3.records.weights import weight_file
        from hw3.testset.evaluation import evaluated

        refuse_unknown_keys(overrides, own)
        if not own["weights"]:
            raise ConfigError("weights=<file.h5 or folder of a run> is missing")
        if own["split"] not in SPLITS:
            raise unknown_choice("split", own["split"], SPLITS)
        path = weight_file(own["weights"])
        correct, n, note = evaluated(path, overrides, own["split"], own["reason"])
    print(f"{correct} correct out of {n} means accuracy is {percent(correct / n)}{note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Print the settings in which runs differ and their results side by side, and draw their curves.

usage: python -m hw3.compare <run or sweep> <run or sweep>... [figure=<path.png>] [plugins=[...]]

The curves go into one figure (outputs/compare.png, unless told). A sweep stands for its jobs; of
more than 12 runs, those that differ in nothing but the seed are one row: mean and standard
deviation, best first.

example: python -m hw3.compare outputs/mnist_sweep outputs/mnist_final/*
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from hw3.core.errors import ConfigError
from hw3.core.files import output_folder
from hw3.core.plugins import take_plugins
from hw3.core.terminal import doing, own_arguments, run_command, say
from hw3.core.words import counted
from hw3.records.layout import COMPARISON, CONFIG, JOBS, LOG, OUTPUTS


def main(argv: Sequence[str] | None = None) -> int:
    """Print tables of the runs and draw their curves; return the exit status."""
    return run_command(compare, argv)


def compare(arguments: Sequence[str]) -> int:
    """Compare the runs in the folders; a sweep stands for all its jobs."""
    arguments = take_plugins(arguments)
    keyed = [argument for argument in arguments if argument.startswith("figure=")]
    own, _ = own_arguments(keyed, {"figure": f"{OUTPUTS}/{COMPARISON}"})
    path = Path(own["figure"])
    if path.suffix != ".png":
        raise ConfigError(f"figure must be a path that ends in .png, got {path}")
    runs = [above for above in path.absolute().parents if (above / CONFIG).exists()]
    if any((run / LOG).exists() for run in runs) or (path.parent / JOBS).exists():
        raise ConfigError(f"figure={path} lies in a record, whose files are its own; name another")
    folders = [Path(argument) for argument in arguments if argument not in keyed]
    with doing("reading the runs"):
        from hw3.sweeps.comparison import compare_runs, runs_in
        from hw3.sweeps.tables import draw, notes, print_tables

        output_folder(str(path.parent), "the folder of figure")
        comparison = compare_runs([run for folder in folders for run in runs_in(folder)])
    if (n := len(comparison.runs)) < 2:
        waiting = f" beside {counted(comparison.n_waiting, 'job')} not started yet"
        raise ConfigError(
            f"needs two runs or more, got {n}{waiting if comparison.n_waiting else ''}; usage: "
            "python -m hw3.compare "
            "<run or sweep> <run or sweep>... [figure=<path.png>]"
        )
    print_tables(comparison)
    with doing("drawing the curves"):
        drawn = draw(comparison, path)
    for note in (*notes(comparison), drawn):
        say(f"hw3: {note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

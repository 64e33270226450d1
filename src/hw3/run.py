"""Compose, check, and run one experiment or a sweep of them: python -m hw3.run key=value ..."""

import sys
from collections.abc import Sequence

from hw3.core.terminal import run_door
from hw3.launch.command import parse
from hw3.launch.printing import is_printing, print_asked, read_flags
from hw3.launch.run import report, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments say; return the exit status.

    0: all completed. 1: a job failed or diverged. 2: the input cannot run, nothing was done.
    130: interrupted; the same command on the same folder continues.
    """
    return run_door(run, argv, is_hydras=True)


def run(arguments: Sequence[str]) -> int:
    """Run the jobs that the arguments name, or print what they ask for."""
    asked = read_flags(arguments)
    if is_printing(asked):
        print_asked(asked, arguments)
        return 0
    return report(run_command(parse(asked.overrides, asked.multirun)))


if __name__ == "__main__":
    sys.exit(main())

"""Compose, check, and run one experiment or a sweep: python -m hw3.run key=value ..."""

import sys
from collections.abc import Sequence

from hw3.core.garbage import keep_what_started, uncollected
from hw3.core.terminal import doing, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments say; return the exit status.

    0: all completed. 1: a job failed or diverged. 2: the input cannot run, nothing was done.
    130: interrupted; the same command on the same folder continues.
    """
    return run_command(run, argv, is_hydras=True)


def run(arguments: Sequence[str]) -> int:
    """Run the jobs that the arguments name, or print what Hydra's own flags ask for."""
    with uncollected(), doing("reading the command"):
        from hw3.launch.command import Command
        from hw3.launch.flags import is_printing, print_by_hydra, read_flags
        from hw3.launch.printing import report
        from hw3.launch.start import launch

        asked = read_flags(arguments)
        is_run = not is_printing(asked)
        command = Command.parse(asked.overrides, is_multirun=asked.multirun) if is_run else None
        keep_what_started()
    return report(launch(command)) if command else print_by_hydra(asked)


if __name__ == "__main__":
    sys.exit(main())

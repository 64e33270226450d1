"""Run what is missing of the assignment's problems, then write the report.

usage: python -m hw3.homework [problem=1|2|3|4|all] [quick=true] [key=value ...]

  problem   which to run; default: all
  quick     true: 3 epochs of everything, into outputs/quick/; default: false
  ...       keys of the config, given to every experiment, such as data_dir=<folder> or threads=2

example: python -m hw3.homework problem=1 quick=true
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from hw3.config.compose import refuse_unknown_keys
from hw3.core.errors import ConfigError
from hw3.core.registry import unknown_choice
from hw3.core.terminal import own_arguments, run_command
from hw3.core.words import quoted
from hw3.launch.homework import PROBLEMS, refuse_places, run_problems
from hw3.records.layout import OUTPUTS, QUICK
from hw3.report.__main__ import write_report


def main(argv: Sequence[str] | None = None) -> int:
    """Run the problems in order; return the first exit status that is not 0."""
    return run_command(homework, argv)


def homework(arguments: Sequence[str]) -> int:
    """Run what the arguments name, then report; further ones are overrides of every experiment.

    A quick look fails the clause on epochs by its nature, so that one alone is not returned.
    """
    own, overrides = own_arguments(arguments, {"problem": "all", "quick": "false"})
    if own["problem"] not in (*PROBLEMS, "all"):
        raise unknown_choice("problem", own["problem"], [*PROBLEMS, "all"])
    if own["quick"] not in ("true", "false"):
        raise ConfigError(f"quick must be true or false, got {quoted(own['quick'])}")
    refuse_places(overrides)
    refuse_unknown_keys(overrides, own)
    problems = list(PROBLEMS) if own["problem"] == "all" else [own["problem"]]
    is_quick = own["quick"] == "true"
    status = run_problems(problems, is_quick, overrides)
    root, excused = (Path(OUTPUTS, QUICK), ["1k"]) if is_quick else (Path(OUTPUTS), [])
    verdict = write_report(root, excused)  # also after a failure: it says what is there
    return status or verdict


if __name__ == "__main__":
    sys.exit(main())

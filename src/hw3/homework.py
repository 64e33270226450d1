"""Run what is missing of the assignment's problems, then write the report.

usage: python -m hw3.homework [problem=1|2|3|4|all] [quick=true] [dry_run=true] [key=value ...]

  problem   which to run; default: all
  quick     true: 3 epochs of everything, into outputs/quick/; default: false
  dry_run   true: only say what would run, be skipped or continue
  ...       keys of every config, such as threads=2 or plugins=[mine]; author="..." and course="..."

example: python -m hw3.homework problem=1 quick=true
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hw3.core.errors import ConfigError
from hw3.core.registry import unknown_choice
from hw3.core.terminal import doing, own_arguments, run_command
from hw3.core.words import quoted
from hw3.records.layout import OUTPUTS, QUICK
from hw3.report.__main__ import BYLINE, write_report

if TYPE_CHECKING:
    from hw3.launch.homework import Step


def main(argv: Sequence[str] | None = None) -> int:
    """Run the problems in order; return the first exit status that is not 0."""
    return run_command(homework, argv)


def homework(arguments: Sequence[str]) -> int:
    """Run what the arguments name, then report."""
    flags = {"quick": "false", "dry_run": "false"}
    own, overrides = own_arguments(arguments, {"problem": "all"} | flags | BYLINE)
    if wrong := [key for key in flags if own[key] not in ("true", "false")]:
        raise ConfigError(f"{wrong[0]} must be true or false, got {quoted(own[wrong[0]])}")
    is_quick, is_dry = (own[key] == "true" for key in flags)
    with doing("reading the command"):
        from hw3.launch.homework import checked, refuse_foreign, run_steps, with_reasons

        refuse_foreign(overrides, own)
        listed = steps(own["problem"])
        commands = checked(listed, is_quick, overrides, is_dry)
    # It may ask, so nothing may be drawn meanwhile.
    status = run_steps(listed, commands if is_quick else with_reasons(listed, commands))
    root = Path(OUTPUTS, QUICK if is_quick else "")  # reported after a failure too
    verdict = 0 if is_dry else write_report(root, own, own["problem"], is_quick)
    return status or verdict


def steps(chosen: str = "all") -> "list[Step]":
    """Return the experiments of the problem of that number, or of all problems, in order."""
    from hw3.launch.homework import Step
    from hw3.report.problems import problems

    numbers = [str(problem.number) for problem in problems()]
    if chosen not in ("all", *numbers):
        raise unknown_choice("problem", chosen, ["all", *numbers])
    return [
        Step(part.problem, name, part.experiment, part.after.experiment if part.after else None)
        for problem in problems()
        if chosen in ("all", str(problem.number))
        for part in problem.parts
        for name in (*part.more, part.experiment)  # a sweep trains the one run beside the others
    ]


if __name__ == "__main__":
    sys.exit(main())

"""Run what is missing of the assignment's problems, then write the report.

usage: python -m hw3.homework [problem=1|2|3|4|all] [quick=true] [dry_run=true] [key=value ...]

  problem   which to run; default: all
  quick     true: 3 epochs of everything, into outputs/quick/; default: false
  dry_run   true: say what would run, be skipped or continue, and touch nothing
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
from hw3.report.__main__ import BYLINE

if TYPE_CHECKING:
    from hw3.launch.homework import Step


def main(argv: Sequence[str] | None = None) -> int:
    """Run the problems in order; return the first exit status that is not 0."""
    return run_command(homework, argv)


def homework(arguments: Sequence[str]) -> int:
    """Run what the arguments name, then report."""
    usual = {"problem": "all", "quick": "false", "dry_run": "false"} | BYLINE
    own, overrides = own_arguments(arguments, usual)
    for key in ("quick", "dry_run"):
        if own[key] not in ("true", "false"):
            raise ConfigError(f"{key} must be true or false, got {quoted(own[key])}")
    is_quick, is_dry = own["quick"] == "true", own["dry_run"] == "true"
    with doing("reading the command"):
        from hw3.launch.homework import checked, refuse_foreign, run_steps, with_reasons
        from hw3.report.__main__ import write_report

        refuse_foreign(overrides, own)
        listed = steps(own["problem"])
        commands = checked(listed, is_quick, overrides, is_dry)
    # It may ask, so nothing may be drawn meanwhile.
    status = run_steps(listed, commands if is_quick else with_reasons(listed, commands))
    if is_dry:
        return status
    root = Path(OUTPUTS, QUICK) if is_quick else Path(OUTPUTS)
    # also after a failure: it says what is there
    verdict = write_report(root, own, own["problem"], is_quick)
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

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

from hw3.config.compose import override_key, refuse_unknown_keys
from hw3.core.errors import ConfigError
from hw3.core.registry import unknown_choice
from hw3.core.terminal import own_arguments, run_door
from hw3.report.__main__ import write_report
from hw3.run import check_command, launch, report
from hw3.tasks.final import OWN_KEYS

# The experiments of each problem, in order; one that reads a sweep names the sweep's experiment.
PROBLEMS: dict[str, tuple[str, ...]] = {
    "1": ("mnist_sweep", "mnist_final"),
    "2": ("fashion_confusion",),
    "3": ("fashion_weights",),
    "4": ("human_machine", "human_machine_seeds", "human_machine_explore"),
}
JOINS = {"human_machine_seeds": "human_machine"}  # whose jobs lie in the folder of another
READS_SWEEP = {"mnist_final": "mnist_sweep"}
PLACES = ("name", "sweep", "experiment", "task", "hydra.run.dir", "hydra.sweep.dir")
QUICK = ("epochs=3",)  # enough for a first look at everything


def main(argv: Sequence[str] | None = None) -> int:
    """Run the problems in order; return the first exit status that is not 0."""
    return run_door(homework, argv)


def homework(arguments: Sequence[str]) -> int:
    """Run what the arguments name, then report; further ones are overrides of every experiment.

    A quick look fails the clause on epochs by its nature, so that one alone is not returned.
    """
    own, overrides = own_arguments(arguments, {"problem": "all", "quick": "false"})
    if own["problem"] not in (*PROBLEMS, "all"):
        raise unknown_choice("problem", own["problem"], [*PROBLEMS, "all"])
    if own["quick"] not in ("true", "false"):
        raise ConfigError(f"quick must be true or false, got {own['quick']!r}")
    for override in overrides:
        key = override_key(override)
        if any(place == key or place.startswith(f"{key}.") for place in PLACES):
            raise ConfigError(f"{override} cannot be given here: homework names its own folders")
    refuse_unknown_keys(overrides, own)
    chosen = list(PROBLEMS) if own["problem"] == "all" else [own["problem"]]
    is_quick = own["quick"] == "true"
    for experiment in (experiment for problem in chosen for experiment in PROBLEMS[problem]):
        check_command(arguments_of(experiment, is_quick, overrides))
    status = run_problems(chosen, is_quick, overrides)
    root, excused = ("outputs/quick", ["1k"]) if is_quick else ("outputs", [])
    verdict = write_report(Path(root), excused)
    return status or verdict


def run_problems(problems: Sequence[str], is_quick: bool, overrides: Sequence[str]) -> int:
    """Run the experiments in order, up to one that fails; return the worst exit status."""
    status = 0
    for problem in problems:
        for experiment in PROBLEMS[problem]:
            print(f"hw3: problem {problem}: {experiment}", flush=True)
            outcomes = launch(arguments_of(experiment, is_quick, overrides))
            status = max(status, report(outcomes))
            if {o.status for o in outcomes} - {"completed", "diverged"}:
                return status
    return status


def arguments_of(experiment: str, is_quick: bool, overrides: Sequence[str]) -> list[str]:
    """Return the command line of an experiment; a quick one has a place of its own."""
    place = JOINS.get(experiment, experiment)
    arguments = [f"experiment={experiment}", f"name={'quick/' * is_quick}{place}"]
    sweep = READS_SWEEP.get(experiment)
    if sweep:  # what it trains is the winner's config; a key of that is for the sweep alone
        kept = [o for o in overrides if override_key(o) in OWN_KEYS or o.startswith("hydra.")]
        return [*arguments, f"sweep=outputs/{'quick/' if is_quick else ''}{sweep}", *kept]
    return [*arguments, *(QUICK if is_quick else ()), *overrides]


if __name__ == "__main__":
    sys.exit(main())

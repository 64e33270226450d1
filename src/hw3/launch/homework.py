"""The assignment's problems: their experiments in order, from the command line of one."""

from collections.abc import Sequence

from hw3.config.compose import override_key
from hw3.core.errors import ConfigError
from hw3.launch.command import parse
from hw3.launch.run import report, run_command
from hw3.records.layout import OUTPUTS
from hw3.tasks.final import is_own

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


def check_homework(problems: Sequence[str], is_quick: bool, overrides: Sequence[str]) -> None:
    """Check the first job of every experiment; data sets and the other jobs come with their run.

    Raises:
        ConfigError: also for a key that would take records out of their place.
    """
    for override in overrides:
        key = override_key(override)
        if any(place == key or place.startswith(f"{key}.") for place in PLACES):
            raise ConfigError(f"{override} cannot be given here: homework names its own folders")
    for problem in problems:
        for experiment in PROBLEMS[problem]:
            if experiment not in READS_SWEEP:  # whose config is not known before the sweep has run
                parse(arguments_of(experiment, is_quick, overrides), only_first=True)


def run_homework(problems: Sequence[str], is_quick: bool, overrides: Sequence[str]) -> int:
    """Run the experiments in order, up to one that fails; return the worst exit status."""
    status = 0
    for problem in problems:
        for experiment in PROBLEMS[problem]:
            print(f"hw3: problem {problem}: {experiment}", flush=True)
            results = run_command(parse(arguments_of(experiment, is_quick, overrides)))
            status = max(status, report(results))
            if {result.status for result in results} - {"completed", "diverged"}:
                return status
    return status


def arguments_of(experiment: str, is_quick: bool, overrides: Sequence[str]) -> list[str]:
    """Return the command line of an experiment; a quick one has a place of its own."""
    place, quick = JOINS.get(experiment, experiment), "quick/" if is_quick else ""
    arguments = [f"experiment={experiment}", f"name={quick}{place}"]
    sweep = READS_SWEEP.get(experiment)
    if sweep:  # what it trains is the winner's config; a key of that is for the sweep alone
        kept = [o for o in overrides if is_own(override_key(o)) or o.startswith("hydra.")]
        return [*arguments, f"sweep={OUTPUTS}/{quick}{sweep}", *kept]
    return [*arguments, *(QUICK if is_quick else ()), *overrides]

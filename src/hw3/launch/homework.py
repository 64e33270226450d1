"""The assignment's problems: which experiments, in which order, checked before the first starts."""

from collections.abc import Sequence

from hw3.config.overrides import override_key
from hw3.core.errors import ConfigError
from hw3.core.words import SHORT, one_line
from hw3.launch.command import Command
from hw3.launch.printing import report
from hw3.launch.start import launch
from hw3.records.layout import OUTPUTS, QUICK
from hw3.tasks.final import may_be_given

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
QUICK_LOOK = "epochs=3"  # enough for a first look at everything


def run_problems(problems: Sequence[str], is_quick: bool, overrides: Sequence[str]) -> int:
    """Check all experiments, then run them in order, up to one that fails.

    Returns:
        The worst exit status.

    Raises:
        ConfigError: before any work, if one of them cannot run with the overrides.
    """
    listed = [(problem, name) for problem in problems for name in PROBLEMS[problem]]
    commands = [Command.parse(arguments_of(name, is_quick, overrides)) for _, name in listed]
    status = 0
    for (problem, name), command in zip(listed, commands, strict=True):
        print(f"hw3: problem {problem}: {name}", flush=True)
        results = launch(command)
        status = max(status, report(results))
        if {result.status for result in results} - {"completed", "diverged"}:
            break
    return status


def refuse_places(overrides: Sequence[str]) -> None:
    """Raise ConfigError for a key that names an experiment's place, or a group above one."""
    for override in overrides:
        key = override_key(override)
        if any(place == key or place.startswith(f"{key}.") for place in PLACES):
            raise ConfigError(
                f"{one_line(override, SHORT)} cannot be given here: homework names its own folders"
            )


def arguments_of(experiment: str, is_quick: bool, overrides: Sequence[str]) -> list[str]:
    """Return the command line of an experiment; a quick one has a place of its own."""
    root = f"{QUICK}/" if is_quick else ""
    arguments = [f"experiment={experiment}", f"name={root}{JOINS.get(experiment, experiment)}"]
    if sweep := READS_SWEEP.get(experiment):  # what it trains is the winner's config
        own = [override for override in overrides if may_be_given(override_key(override))]
        return [*arguments, f"sweep={OUTPUTS}/{root}{sweep}", *own]
    return [*arguments, *([QUICK_LOOK] if is_quick else []), *overrides]

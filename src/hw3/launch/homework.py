"""Several experiments in a row, all of them checked before the first starts."""

from collections.abc import Sequence
from dataclasses import dataclass

from hw3.config.overrides import override_key
from hw3.core.errors import ConfigError
from hw3.core.words import SHORT, one_line
from hw3.launch.command import Command
from hw3.launch.early import with_reason
from hw3.launch.printing import report
from hw3.launch.start import launch
from hw3.records.layout import OUTPUTS, QUICK
from hw3.tasks.final import may_be_given

PLACES = ("name", "sweep", "experiment", "task", "hydra.run.dir", "hydra.sweep.dir")
QUICK_LOOK = "epochs=3"  # enough for a first look at everything


@dataclass(frozen=True)
class Step:
    """An experiment of a problem; `folder` is where its runs lie, `sweep` the one that it reads."""

    problem: int
    experiment: str
    folder: str
    sweep: str | None = None


def run_steps(steps: Sequence[Step], is_quick: bool, overrides: Sequence[str]) -> int:
    """Check all experiments, then run them in order, up to one that fails.

    Returns:
        The worst exit status.

    Raises:
        ConfigError: before any work, if one of them cannot run with the overrides.
    """
    commands = [Command.parse(arguments_of(step, is_quick, overrides)) for step in steps]
    if not is_quick:
        trained = {
            step.folder: command.configs[0] for step, command in zip(steps, commands, strict=True)
        }
        commands = [
            with_reason(c, trained.get(s.sweep or "")) for s, c in zip(steps, commands, strict=True)
        ]
    status = 0
    for step, command in zip(steps, commands, strict=True):
        print(f"hw3: problem {step.problem}: {step.experiment}", flush=True)
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


def arguments_of(step: Step, is_quick: bool, overrides: Sequence[str]) -> list[str]:
    """Return the command line of a step; a quick one has a place of its own."""
    root = f"{QUICK}/" if is_quick else ""
    arguments = [f"experiment={step.experiment}", f"name={root}{step.folder}"]
    if step.sweep:  # what it trains is the winner's config
        own = [override for override in overrides if may_be_given(override_key(override))]
        return [*arguments, f"sweep={OUTPUTS}/{root}{step.sweep}", *own]
    return [*arguments, *([QUICK_LOOK] if is_quick else []), *overrides]

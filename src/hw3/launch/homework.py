"""Several experiments in a row, all of them checked before the first starts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hw3.config.compose import refuse_unknown_keys
from hw3.config.overrides import override_key
from hw3.core.errors import ConfigError, RunDirError
from hw3.core.terminal import briefly, doing, say
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


def checked(
    steps: Sequence[Step], is_quick: bool, overrides: Sequence[str], is_dry: bool = False
) -> list[Command]:
    """Return the commands of the experiments, which only say what they would do if `is_dry`.

    Raises:
        ConfigError: if one of them cannot run with the overrides.
    """
    commands = []
    with doing("checking the experiments", len(steps)) as step_done:
        for step in steps:
            command = Command.parse(arguments_of(step, is_quick, overrides))
            commands.append(replace(command, is_dry=True) if is_dry else command)
            step_done()
    return commands


def with_reasons(steps: Sequence[Step], commands: Sequence[Command]) -> list[Command]:
    """Return the commands, with a reason where they open a test split early.

    Raises:
        ConfigError: without a reason, if no one can be asked or the answer is no.
    """
    trained = {s.folder: c.configs[0] for s, c in zip(steps, commands, strict=True)}
    return [
        with_reason(c, trained.get(s.sweep or "")) for s, c in zip(steps, commands, strict=True)
    ]


def run_steps(steps: Sequence[Step], commands: Sequence[Command]) -> int:
    """Run the experiments in order, up to one that fails; return the worst exit status.

    What their files hold is not printed: the report has the answers.
    """
    status = 0
    for step, command in zip(steps, commands, strict=True):
        print(f"hw3: problem {step.problem}: {step.experiment}", flush=True)
        try:
            with briefly():
                results = launch(command)
        except (ConfigError, RunDirError) as error:
            if not (command.is_dry and step.sweep):
                raise
            say(f"hw3: would run after {step.sweep}, and not now: {error}")
            continue
        status = max(status, report(results))
        if {result.status for result in results} - {"completed", "diverged"}:
            break
    return status


def refuse_foreign(overrides: Sequence[str], own: Iterable[str]) -> None:
    """Raise ConfigError for a key that is not known, or that names an experiment's place.

    `own` are the command's own keys.
    """
    refuse_unknown_keys(overrides, own)
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

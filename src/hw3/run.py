"""python -m hw3.run key=value ...: compose, check, and run one experiment or a sweep of them."""

import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.override_parser.overrides_parser import OverridesParser

from hw3.composition import (
    ROOT,
    conf_dir,
    hydra_session,
    is_multirun,
    normalize_overrides,
    register_resolvers,
    sweep_points,
)
from hw3.config import Config, parse
from hw3.data.sources import ensure_available, read_source
from hw3.doors import run_door
from hw3.errors import ConfigError, DataUnavailableError
from hw3.jobs import Outcome, run_job
from hw3.progress import say
from hw3.sweeping import job_folders, run_sweep, sweep_folder, unfinished
from hw3.tasks import TASKS

MULTIRUN_FLAGS = {"-m", "--multirun"}
# Hydra's own commands, which print and end; its other flags would go round our checks.
PRINTING_FLAGS = {
    *("--help", "-h", "--hydra-help", "--version", "--cfg", "-c", "--info", "-i"),
    *("--resolve", "--package", "-p"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments say; return the exit status.

    0: all completed. 1: a job failed or diverged. 2: the input cannot run, nothing was done.
    130: interrupted; the same command on the same folder continues.
    """
    return run_door(run, argv)


def run(args: Sequence[str]) -> int:
    """Run the jobs that the arguments name, or Hydra's own command."""
    flags = {arg for arg in args if arg.startswith("-")}
    foreign = {flag.partition("=")[0] for flag in flags} - MULTIRUN_FLAGS
    if foreign and foreign <= PRINTING_FLAGS:
        return hydras_own_command(args)
    if foreign:
        raise ConfigError(
            f"{min(foreign)} is not one of our flags; allowed: -m, --multirun, and to print only "
            "--help, --cfg job, --info"
        )
    return report(launch([arg for arg in args if arg not in flags], bool(flags)))


def hydras_own_command(args: Sequence[str]) -> int:
    """Hand --help, --cfg job, --info and the like to Hydra, which prints and exits."""
    import hydra

    sys.argv[1:] = [
        arg if arg.startswith("-") or "=" not in arg else normalize_overrides([arg])[0]
        for arg in args
    ]
    register_resolvers()
    hydra.main(version_base="1.3", config_path=conf_dir(), config_name=ROOT)(run_job)()
    return 0


def launch(arguments: Sequence[str], multirun: bool = False) -> list[Outcome]:
    """Check every job of the command before the first starts, then run them."""
    with hydra_session() as hydra:
        overrides = normalize_overrides(arguments, hydra.config_loader)
        refuse_hydras_keys(overrides)
        if not (multirun or is_multirun(hydra, overrides)):
            refuse_sweeps(overrides)
            (config,) = check_all(hydra, overrides, False)
            if config.crosses:
                raise ConfigError("crosses are the jobs of a multirun: add -m")
            chosen = derived(overrides, config)
            if chosen != overrides:
                (config,) = check_all(hydra, chosen, False)
            replaced = with_data(chosen, [config])
            if replaced != chosen:
                check_all(hydra, replaced, False)
            return [hydra.run(ROOT, run_job, replaced).return_value]
        folder = sweep_folder(hydra, overrides)
        configs = check_all(hydra, overrides, True)
        todo = unfinished(job_folders(folder, configs), configs)
        if todo:
            replaced = with_data(overrides, todo)
            if replaced != overrides:
                overrides, configs = replaced, check_all(hydra, replaced, True)
        return run_sweep(hydra, overrides, folder, configs)


def derived(overrides: list[str], config: Config) -> list[str]:
    """Add the overrides that a task takes from earlier runs; the command line's stay the last."""
    derive = getattr(import_module(TASKS.get(config.task)), "derived_overrides", None)
    return [*derive(config, overrides), *overrides] if derive else overrides


def refuse_hydras_keys(overrides: Iterable[str]) -> None:
    """Raise ConfigError for keys of Hydra that would take records out of their place."""
    for override in overrides:
        key = override.lstrip("+").partition("=")[0]
        if key in ("hydra.sweep.subdir", "hydra.job.chdir", "hydra.output_subdir"):
            raise ConfigError(f"{key} is ours: it decides where records and the test ledger are")


def refuse_sweeps(overrides: Iterable[str]) -> None:
    """Raise ConfigError for several values of one key without a multirun."""
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        if override.is_sweep_override():
            raise ConfigError(
                f"{override.input_line} names several values: add -m to run a job for each"
            )


def check_all(hydra: Any, overrides: Sequence[str], multirun: bool) -> list[Config]:
    """Compose and check every job; the folders of a sweep's jobs must differ."""
    points = sweep_points(hydra, overrides) if multirun else [overrides]
    if not points:
        raise ConfigError("the sweep names no job: one of its ranges is empty")
    configs = [parse(compose(ROOT, list(point))) for point in points]
    for config in configs:
        task = import_module(TASKS.get(config.task))
        if multirun and getattr(task, "OPENS_TEST_SPLIT", False):
            raise ConfigError(
                f"task={config.task} opens the test split and is no job of a sweep: that would be "
                "choosing on the test split; sweep with task=train, then run it once"
            )
        if hasattr(task, "check"):
            task.check(config)
    return configs


def with_data(overrides: Sequence[str], configs: Sequence[Config]) -> list[str]:
    """Make sure that the data are there and sound; return the overrides, perhaps for others.

    A missing data set that cannot be downloaded is replaced by the config's `offline_dataset`, if
    all jobs want the same; the record then says what was asked for (`instead_of`).
    """
    wanted = {(c.dataset.name, c.data_path) for c in configs}
    try:
        for name, data_dir in wanted:
            ensure_available(name, data_dir)
    except DataUnavailableError as error:
        substitutes = {config.offline_dataset for config in configs}
        offline = substitutes.pop()
        if offline is None or substitutes or len(wanted) > 1:
            raise
        print(f"hw3: WARNING: {error}", file=sys.stderr)
        print(
            f"hw3: WARNING: going on with dataset={offline} INSTEAD OF {name}; "
            "the record and the figures say so",
            file=sys.stderr,
        )
        kept = [o for o in overrides if not o.lstrip("+").startswith(("dataset=", "dataset."))]
        wanted = {(offline, configs[0].data_path)}
        overrides = [*kept, f"dataset={offline}", f"instead_of={name}"]
    for name, data_dir in wanted:
        read_source(name, data_dir)
    return list(overrides)


def report(outcomes: Sequence[Outcome]) -> int:
    """Say how the jobs ended and where the record is; return the exit status."""
    for outcome in outcomes:
        tell(outcome, is_alone=len(outcomes) == 1)
    statuses = [outcome.status for outcome in outcomes]
    if len(outcomes) > 1:
        skipped = sum(outcome.was_done for outcome in outcomes)
        folder = os.path.relpath(outcomes[0].folder.parent)
        curves = Path(folder, "curves.png")
        say(
            f"hw3: {statuses.count('completed')} of {len(outcomes)} completed ({skipped} had ended "
            f"before); summary: {folder}/summary.csv" + (f", curves: {curves}" * curves.exists())
        )
    if set(statuses) == {"refused"}:
        return 2
    return int(set(statuses) != {"completed"})


def tell(outcome: Outcome, is_alone: bool) -> None:
    """Print the line of one job; one among many speaks only of trouble."""
    folder = os.path.relpath(outcome.folder)
    if outcome.status == "refused":
        print(f"hw3: error: {outcome.message}", file=sys.stderr)
    elif outcome.status == "failed":
        print(outcome.trace, end="", file=sys.stderr)
        print(f"hw3: failed: {outcome.message}; see {folder}/run.log", file=sys.stderr)
    elif outcome.status == "diverged":
        before = " (before)" if outcome.was_done else ""
        text = f"hw3: diverged{before}: the loss is no longer finite; record: {folder}"
        text += f"; {outcome.message}" if outcome.message else ""
        print(text, file=sys.stderr)
    elif is_alone and outcome.was_done:
        say(f"hw3: {outcome.status} before, skipped; record: {folder}")
    elif is_alone:
        curves = Path(folder, "curves.png")
        say(f"hw3: completed; record: {folder}" + (f", curves: {curves}" * curves.exists()))


if __name__ == "__main__":
    sys.exit(main())

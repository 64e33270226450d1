"""Compose, check, and run one experiment or a sweep: python -m hw3.run key=value ..."""

import os
import sys
from argparse import ArgumentError
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hydra import compose
from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser

from hw3.config.compose import (
    ROOT,
    hydra_session,
    is_multirun,
    normalize_overrides,
    override_key,
    register_resolvers,
    sweep_points,
)
from hw3.config.presets import conf_dir
from hw3.config.schema import Config, parse
from hw3.core.errors import ConfigError, DataUnavailableError
from hw3.core.terminal import run_door, say
from hw3.datasets.sources import SOURCES, ensure_available, read_source
from hw3.launch.job import Outcome, run_job
from hw3.launch.sweep import job_folders, run_sweep, sweep_folder, unfinished
from hw3.tasks import task_of

MULTIRUN_FLAGS = {"-m", "--multirun"}
# Hydra's own commands, which print and end; its other flags would go round our checks.
PRINTING_FLAGS = {
    *("--help", "-h", "--hydra-help", "--version", "--cfg", "-c", "--info", "-i"),
    *("--resolve", "--package", "-p"),
}
# What a user may not set, and why.
OURS = dict.fromkeys(
    ("hydra.sweep.subdir", "hydra.job.chdir", "hydra.output_subdir"),
    "it decides where records and the test ledger are",
) | {
    "instead_of": "it records that offline_dataset replaced the data set that was asked for",
    "optimizer.default_lr": "it records the optimizer's default; set the rate with lr=<number>",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments say; return the exit status.

    0: all completed. 1: a job failed or diverged. 2: the input cannot run, nothing was done.
    130: interrupted; the same command on the same folder continues.
    """
    return run_door(run, argv, is_hydras=True)


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
    """Hand --help, --cfg job, --info and the like to Hydra, which prints and exits.

    A config that is to be printed is checked before, as a run would be.
    """
    import hydra

    parser = get_args_parser()
    parser.exit_on_error = False
    try:
        asked = parser.parse_args(args)
    except ArgumentError as error:
        raise ConfigError(str(error)) from error
    sys.argv[1:] = ["--help"] if asked.help else [arg for arg in args if arg not in asked.overrides]
    if asked.cfg or asked.info:
        if asked.multirun:
            raise ConfigError("-m runs jobs, and --cfg and --info show the config of one; drop -m")
        sys.argv += checked_job(asked.overrides)
    register_resolvers()
    hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name=ROOT)(run_job)()
    return 0


def checked_job(arguments: Sequence[str]) -> list[str]:
    """Return the overrides of one job, composed and checked."""
    with hydra_session() as hydra:
        overrides = normalize_overrides(arguments, hydra.config_loader)
        refuse_our_keys(overrides)
        refuse_sweeps(overrides, "give one, the config of one job is shown")
        check_all(hydra, overrides, False)
    return overrides


def check_command(arguments: Sequence[str]) -> None:
    """Check the first job that a command names, without its data: all of a large one take long."""
    with hydra_session() as hydra:
        overrides = normalize_overrides(arguments, hydra.config_loader)
        refuse_our_keys(overrides)
        multirun = is_multirun(hydra, overrides)
        if not multirun:
            refuse_sweeps(overrides)
        check_all(hydra, overrides, multirun, only_first=True)


def launch(arguments: Sequence[str], multirun: bool = False) -> list[Outcome]:
    """Check every job of the command before the first starts, then run them."""
    with hydra_session() as hydra:
        overrides = normalize_overrides(arguments, hydra.config_loader)
        refuse_our_keys(overrides)
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
    from hw3.tasks.final import derived_overrides

    return (
        [*derived_overrides(config, overrides), *overrides] if config.task == "final" else overrides
    )


def refuse_our_keys(overrides: Iterable[str]) -> None:
    """Raise ConfigError for keys that would take records out of their place, or falsify them."""
    for key in map(override_key, overrides):
        if key in OURS:
            raise ConfigError(f"{key} is ours and cannot be given: {OURS[key]}")


def refuse_sweeps(overrides: Iterable[str], way_out: str = "add -m to run a job for each") -> None:
    """Raise ConfigError for several values of one key where one job is meant."""
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        if override.is_sweep_override():
            raise ConfigError(f"{override.input_line} names several values: {way_out}")


def check_all(
    hydra: Any, overrides: Sequence[str], multirun: bool, only_first: bool = False
) -> list[Config]:
    """Compose and check every job; the folders of a sweep's jobs must differ."""
    points = sweep_points(hydra, overrides) if multirun else [overrides]
    if not points:
        raise ConfigError("the sweep names no job: one of its ranges is empty")
    chosen = points[:1] if only_first else points
    configs = [parse(compose(ROOT, list(point))) for point in chosen]
    for config in configs:
        task = task_of(config)
        if multirun and task.opens_test_split:
            raise ConfigError(
                f"task={config.task} opens the test split and is no job of a sweep: that would be "
                "choosing on the test split; sweep with task=train, then run it once"
            )
        if task.check:
            task.check(config)
    return configs


def with_data(overrides: Sequence[str], configs: Sequence[Config]) -> list[str]:
    """Make sure that the data are there and sound; return the overrides, perhaps for others.

    Where a download fails, the config's `offline_dataset` replaces the data set, if all jobs want
    the same; the record then says what was asked for (`instead_of`). It never replaces a file that
    the user must have: one that cannot be downloaded, or that a given `data_dir` should hold.
    """
    wanted = {(c.dataset.name, c.data_path) for c in configs}
    try:
        for name, data_dir in wanted:
            ensure_available(name, data_dir)
    except DataUnavailableError as error:
        substitutes = {config.offline_dataset for config in configs}
        offline = substitutes.pop()
        is_at_hand = SOURCES.get(name).fetch is None or "data_dir" in map(override_key, overrides)
        if offline is None or substitutes or len(wanted) > 1 or is_at_hand:
            raise
        print(f"hw3: WARNING: {error}", file=sys.stderr)
        print(
            f"hw3: WARNING: going on with dataset={offline} INSTEAD OF {name}; "
            "the record and the figures say so",
            file=sys.stderr,
        )
        kept = [o for o in overrides if override_key(o).partition(".")[0] != "dataset"]
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

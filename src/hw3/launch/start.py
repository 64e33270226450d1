"""Running a command: the data, or what stands in for them, then its one job or its sweep."""

import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from hw3.config.presets import preset
from hw3.config.schema import Config, changed
from hw3.config.words import rate_caution
from hw3.core.errors import DataUnavailableError
from hw3.core.terminal import doing, say
from hw3.core.words import one_line
from hw3.core.workers import FailFastError
from hw3.datasets.cautions import caution_lines
from hw3.datasets.dataset import split_facts
from hw3.datasets.sources import SOURCES, ensure_available
from hw3.datasets.spec import DataSpec
from hw3.launch.command import Command
from hw3.launch.early import with_reason
from hw3.launch.job import JobResult, run_job, unfinished
from hw3.tasks import task_of
from hw3.training.memory import check_memory

DEFAULT_DATA = Path("data")  # where data are if neither a key nor HW3_DATA_DIR names a folder
CAUTIONS = 3  # that a command says


def launch(command: Command) -> list[JobResult]:
    """Run the jobs of a command that have not ended; return how each of them ended.

    Raises:
        ConfigError, DataError, RunDirError: before any work, if it cannot be done.
    """
    if not command.is_sweep:
        if derive := task_of(command.configs[0]).derive:
            command = command.with_configs([derive(command.configs[0], command.given)])
        command = with_reason(command)
    if command.search:
        command.search.check_usable()
    if command.is_dry:
        from hw3.launch.rehearsal import rehearse  # a run starts without

        return rehearse(command)
    todo = unfinished(command.jobs)
    if command.is_sweep and not command.search and "hydra/launcher" not in command.given:
        from hw3.launch.engines.stack import stack_where_it_pays  # one run starts without

        command = replace(command, engine=stack_where_it_pays(command.engine, todo))
    at_once = command.engine.n_workers
    found = with_data(command.configs, [job.config for job in todo], command.given, at_once)
    if found is not command.configs:
        command = command.with_configs(found)
    try:
        return launch_sweep(command, len(todo)) if command.is_sweep else launch_run(command)
    except KeyboardInterrupt:
        text = f"interrupted; every finished epoch is kept; {command.way_on}"
        raise KeyboardInterrupt(text) from None


def launch_run(command: Command) -> list[JobResult]:
    """Run the one job."""
    (job,) = command.jobs
    job.folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        return [run_job(job.config, job.folder, job.overrides)]
    except FailFastError as error:  # which has no one to stop
        return [JobResult(job.folder, error.status, error.message)]


def launch_sweep(command: Command, n_todo: int) -> list[JobResult]:
    """Run the jobs of a sweep, or those that an optimizer proposes."""
    from hw3.launch.study import run_study  # one run starts without
    from hw3.launch.sweep import run_sweep

    if n_todo:
        command.engine.check_usable()
    if command.search:
        return run_study(command, command.search)
    if n_todo > 1 and command.engine.order:
        say(f"hw3: {n_todo} jobs, {command.engine.order}")
    return run_sweep(command)


def with_data(
    configs: Sequence[Config], todo: Sequence[Config], given: Collection[str], at_once: int = 1
) -> Sequence[Config]:
    """Return configs whose data can be read, where those that are still to do need them.

    Where a download fails, the `offline_dataset` of the configs replaces the data set, if all want
    the same; the record then says what was asked for (`instead_of`). It never replaces a file that
    the user must have: one that cannot be downloaded, or that a folder should hold
    which `data_dir` or HW3_DATA_DIR names.

    Raises:
        DataError: for data that are missing or damaged, and that nothing stands in for.
        ConfigError: if those that run at once need more memory than there is.
    """
    wanted = {(c.dataset.name, c.dataset.own, c.data_path): c.dataset for c in todo}
    for (_, _, data_dir), spec in wanted.items():
        try:
            with doing(f"reading {spec.label}"):
                ensure_available(spec, data_dir)
        except DataUnavailableError as error:
            offline = stand_in(todo, spec, given)
            if offline is None or len(wanted) > 1:
                raise
            warn(error, spec.name, offline)
            configs = [replaced(config, offline) for config in configs]
            todo = [replaced(config, offline) for config in todo]
    check_memory(todo, at_once)
    say_cautions(todo)
    return configs


def say_cautions(configs: Sequence[Config]) -> None:
    """Read the data and say what is odd about them, their splits and the rates, each once.

    Raises:
        DataError: for data that are damaged.
    """
    splits = {(config.dataset, config.data_path, config.seed) for config in configs}
    found = dict.fromkeys(line for config in configs for line in rate_caution(config))
    for spec, data_dir, seed in sorted(splits, key=repr):
        with doing(f"reading {spec.label}"):
            facts = split_facts(spec, data_dir, seed)
        found |= dict.fromkeys(caution_lines(facts))
    for line in list(found)[:CAUTIONS]:
        print(f"hw3: CAUTION: {line}", file=sys.stderr)
    if len(found) > CAUTIONS:
        print(f"hw3: CAUTION: and {len(found) - CAUTIONS} more of the kind", file=sys.stderr)


def stand_in(configs: Sequence[Config], spec: DataSpec, given: Collection[str]) -> str | None:
    """Return the data set that replaces a missing one, None if nothing may."""
    is_named = "data_dir" in given or any(c.data_path != DEFAULT_DATA for c in configs)
    must_be_at_hand = spec.own or SOURCES.get(spec.name).fetch is None or is_named
    named = {config.offline_dataset for config in configs}
    return named.pop() if len(named) == 1 and not must_be_at_hand else None


def warn(error: DataUnavailableError, name: str, offline: str) -> None:
    """Say which data are replaced, and why."""
    print(f"hw3: WARNING: {one_line(str(error))}", file=sys.stderr)
    print(
        f"hw3: WARNING: going on with dataset={offline} INSTEAD OF {name}; "
        "the record and the figures say so",
        file=sys.stderr,
    )


def replaced(config: Config, offline: str) -> Config:
    """Return a config on the data set that stands in for its own; all rows train if they did."""
    data = dict(preset("dataset", offline)) | ({} if config.dataset.val else {"val": 0})
    return changed(config, {"dataset": data, "instead_of": config.dataset.name})

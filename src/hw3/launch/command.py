"""Arguments -> checked jobs: a command is parsed once, and nothing has happened before it is."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from hw3.config.compose import (
    compose_points,
    compose_with_hydra,
    expanded,
    hydra_session,
    is_group,
    normalize_overrides,
    one_line_errors,
    override_key,
    sweep_points,
    without_hydra,
)
from hw3.config.schema import Config, checked, resolved
from hw3.core.errors import ConfigError
from hw3.launch.engines import ENGINES
from hw3.launch.job import Job
from hw3.tasks import task_of

# What a user may not set, and why.
OURS = {
    "instead_of": "it records that offline_dataset replaced the data set that was asked for",
    "optimizer.default_lr": "it records the optimizer's default; set the rate with lr=<number>",
}
# Of Hydra's own settings, those that mean something here; a record would not survive the others.
HYDRAS = (
    "hydra.run.dir",
    "hydra.sweep.dir",
    "hydra/launcher",
    "hydra.launcher",
    "hydra.sweeper.params",
    "hydra.mode",
    "hydra.searchpath",
    "hydra.verbose",
)


@dataclass(frozen=True)
class Command:
    """What a command line asks for.

    Attributes:
        jobs: one, or those of a sweep, in its order.
        overrides: as they were given.
        folder: of the sweep; None for a single run.
        engine: what runs the jobs, by its name, with its options.
    """

    jobs: tuple[Job, ...]
    overrides: tuple[str, ...]
    folder: Path | None
    engine: str
    options: Mapping[str, Any]

    @property
    def given(self) -> set[str]:
        """The keys that the command line sets."""
        return set(map(override_key, self.overrides))

    def with_configs(self, configs: Sequence[Config]) -> "Command":
        """Return the command with other configs, whose folders have the names of these."""
        if self.folder is None:
            return replace(self, jobs=(Job(configs[0], self.jobs[0].folder),))
        return replace(self, jobs=tuple(job_folders(self.folder, configs)))


def parse(arguments: Sequence[str], multirun: bool = False, only_first: bool = False) -> Command:
    """Return the checked jobs of a command line.

    Args:
        arguments: overrides, without flags.
        multirun: whether -m was given; an experiment can ask for a sweep as well.
        only_first: check the first job of a sweep alone.

    Raises:
        ConfigError: naming the key, what is allowed and what was got.
    """
    with hydra_session() as loader:
        overrides = normalize_overrides(arguments, loader)
        refuse_our_keys(overrides)
        asked = OverridesParser.create(loader).parse_overrides(overrides)
        swept = next((o for o in asked if o.is_sweep_override()), None)
        if not multirun and swept is None:
            cfg = composed_alone(overrides, asked, loader)
            if cfg.hydra.mode != RunMode.MULTIRUN:
                return single(cfg, overrides, is_shown=only_first)
        probe = compose_with_hydra(probing(asked, loader))
        if not multirun and probe.hydra.mode != RunMode.MULTIRUN:
            line = swept.input_line if swept else ""
            way_out = "give one" if only_first else "add -m to run a job for each"
            raise ConfigError(f"{line} names several values: {way_out}")
        return sweep(probe, overrides, loader, only_first)


def composed_alone(
    overrides: Sequence[str], asked: Sequence[Override], loader: ConfigLoader
) -> DictConfig:
    """Return the tree of what may be a single run.

    A key of a group that only a sweep's points choose is unknown here: then the sweep decides.
    """
    try:
        with one_line_errors():
            return compose_with_hydra(overrides)
    except ConfigError:
        probe = compose_with_hydra(probing(asked, loader))
        if probe.hydra.mode == RunMode.MULTIRUN:
            return probe
        raise


def probing(asked: Iterable[Override], loader: ConfigLoader) -> list[str]:
    """Return what of a command decides how a sweep is run: files, names and Hydra's settings."""
    kept = [
        o
        for o in asked
        if o.key_or_group.startswith("hydra")
        or o.key_or_group in ("name", "crosses")
        or (is_group(o.key_or_group, loader) and not isinstance(o.value(), dict))
    ]
    return next(iter(expanded(kept)), [])


def single(cfg: DictConfig, overrides: Sequence[str], is_shown: bool) -> Command:
    """Return the command of one run; of one that is only shown, not what earlier runs decide."""
    config = checked(resolved(without_hydra(cfg)))
    if config.crosses:
        raise ConfigError("crosses are the jobs of a multirun: add -m")
    check_task(config, is_sweep=False)
    derive = task_of(config).derive
    if derive and not is_shown:
        config = derive(config, [override_key(o) for o in overrides])
    folder = folder_of(cfg, "run", config)
    return Command((Job(config, folder),), tuple(overrides), None, "basic", {})


def sweep(
    probe: DictConfig, overrides: Sequence[str], loader: ConfigLoader, only_first: bool
) -> Command:
    """Return the command of a sweep, each of its jobs composed and checked."""
    engine, options = engine_of(probe)
    params: Any = OmegaConf.to_container(probe.hydra.sweeper, resolve=True)
    listed = [f"{key!s}={value!s}" for key, value in (params["params"] or {}).items()]
    crosses = OmegaConf.to_container(probe.crosses)
    points = sweep_points(overrides, listed, crosses, loader)
    configs = [checked(t) for t in compose_points(points[:1] if only_first else points, loader)]
    for config in configs:
        check_task(config, is_sweep=True)
    check_threads(configs[0].threads, int(options.get("n_jobs", 1)))
    place: Any = OmegaConf.to_container(probe.hydra.sweep)  # may speak of any key of a job
    cfg = OmegaConf.create({**configs[0].tree, "hydra": {"sweep": place}})
    folder = folder_of(cfg, "sweep", configs[0])
    jobs = tuple(job_folders(folder, configs))
    return Command(jobs, tuple(overrides), folder, engine, options)


def engine_of(probe: DictConfig) -> tuple[str, dict[str, Any]]:
    """Return the engine of a sweep and its options.

    Raises:
        ConfigError: for a launcher or a sweeper that hw3 does not have.
    """
    choices = probe.hydra.runtime.choices
    name, sweeper = str(choices["hydra/launcher"]), str(choices["hydra/sweeper"])
    if sweeper != "basic":
        raise ConfigError(f"hydra/sweeper must be basic, got {sweeper!r}: hw3 runs all points")
    ENGINES.get(name)
    options: Any = OmegaConf.to_container(probe.hydra.launcher, resolve=True)
    options = {key: value for key, value in options.items() if key != "_target_"}
    n_jobs = options.get("n_jobs", 1)
    if type(n_jobs) is not int or n_jobs == 0:
        raise ConfigError(f"hydra.launcher.n_jobs must be a whole number but 0, got {n_jobs!r}")
    return name, options


def check_threads(threads: int, n_jobs: int) -> None:
    """Raise ConfigError if the workers' threads would wait for each other."""
    cores = os.cpu_count() or 1
    workers = n_jobs if n_jobs > 0 else max(1, cores + 1 + n_jobs)
    if workers > 1 and threads * workers > cores:
        raise ConfigError(
            f"threads={threads} in each of {workers} workers is more than the {cores} cores; use "
            f"threads={max(1, cores // workers)}, or fewer workers with hydra.launcher.n_jobs"
        )


def folder_of(cfg: DictConfig, kind: str, config: Config) -> Path:
    """Return the folder that hydra.run.dir or hydra.sweep.dir names for a config, absolute.

    A worker that joblib kept from an earlier sweep may be in another folder.
    """
    OmegaConf.register_new_resolver("hw3.job_folder", lambda: config.job_name, replace=True)
    with one_line_errors():
        return Path(str(cfg.hydra[kind].dir)).absolute()


def job_folders(folder: Path, configs: Sequence[Config]) -> list[Job]:
    """Return the jobs of a sweep, each in its folder; two jobs with one config are refused."""
    names = [config.job_name for config in configs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigError(f"the sweep names the same run twice: {', '.join(sorted(twice))}")
    return [Job(config, folder / name) for config, name in zip(configs, names, strict=True)]


def check_task(config: Config, is_sweep: bool) -> None:
    """Raise ConfigError for a config that its task cannot run, or not in a sweep."""
    task = task_of(config)
    if is_sweep and task.opens_test_split:
        raise ConfigError(
            f"task={config.task} opens the test split and is no job of a sweep: that would be "
            "choosing on the test split; sweep with task=train, then run it once"
        )
    if task.check:
        task.check(config)


def refuse_our_keys(overrides: Collection[str]) -> None:
    """Raise ConfigError for keys that would take records out of their place, or falsify them."""
    for key in map(override_key, overrides):
        if key in OURS:
            raise ConfigError(f"{key} is ours and cannot be given: {OURS[key]}")
        if key.startswith("hydra") and not key.startswith(HYDRAS) and key != "hydra/sweeper":
            raise ConfigError(
                f"{key} is ours and cannot be given: it decides where records and the test ledger "
                f"are, or does nothing here; of Hydra's own, allowed are {', '.join(HYDRAS)}"
            )

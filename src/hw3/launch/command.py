"""A command line, read once: the jobs that it names, composed and checked, before any work."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from hw3.config.base import FROM, Base
from hw3.config.compose import Composed, Session, hydra_session
from hw3.config.overrides import override_key, pasted, refuse_several
from hw3.config.points import search_space, sweep_points
from hw3.config.schema import Config, parse
from hw3.core.errors import ConfigError
from hw3.core.terminal import doing
from hw3.core.words import SHORT, counted, one_line, quoted
from hw3.launch.checks import check_config, refuse_twins
from hw3.launch.engine import Engine
from hw3.launch.engines import engine_of
from hw3.launch.job import Job
from hw3.launch.search import Search, SearchKeys, search_keys

# What of Hydra's own has an effect here; the rest would have none, or break a record.
PLACES = ("hydra.run.dir", "hydra.sweep.dir", "hydra.searchpath")
PARTS = ("hydra/launcher", "hydra.launcher", "hydra/sweeper", "hydra.sweeper")
HYDRAS = (*PLACES, *PARTS, "hydra.mode", "hydra.verbose")
DRY = "dry_run"
SHOWN = "give one, the config of one job is shown"
SEVERAL = "give one, or add -m to python -m hw3.run (in Python: hw3.sweep)"


@dataclass(frozen=True)
class Command:
    """What one command line asks for; reading it touches no data, no record and no folder.

    Attributes:
        overrides: as given, in full: lr.initial=0.1 for lr=0.1.
        points: the overrides of each job, in full.
        configs: of each job, checked.
        is_sweep: whether they run as jobs of a sweep, be it of one.
        engine: what runs the jobs of a sweep.
        composed: what says in which folder.
        search: what an optimizer is to propose; the jobs are then the ends of its space.
        base: the earlier run that from=<folder> starts from.
        is_dry: whether it is only to say what it would do.
    """

    overrides: tuple[str, ...]
    points: tuple[tuple[str, ...], ...]
    configs: tuple[Config, ...]
    is_sweep: bool
    engine: Engine
    composed: Composed
    search: Search | None = None
    base: Base | None = None
    is_dry: bool = False

    @classmethod
    def parse(
        cls, arguments: Iterable[str], *, is_multirun: bool = False, is_shown: bool = False
    ) -> "Command":
        """Return the command of the overrides: with -m or without, or of the one job to show.

        Raises:
            ConfigError: for the first key, value or combination that cannot run.
        """
        own, arguments = own_words(arguments)
        with hydra_session(arguments) as session:
            if FROM in own:
                session.base = based_on(own[FROM], is_shown)
            overrides = session.grammar.normalized(arguments)
            refuse_hydras_keys(overrides)
            composed = session.composed(o for o in overrides if not o.is_sweep_override())
            is_sweep = not is_shown and (is_multirun or composed.is_multirun)
            if not is_sweep:
                refuse_several(overrides, SHOWN if is_shown else SEVERAL)
            search: Search | None = None
            points = [overrides]
            if is_sweep:
                search, points = planned(session, composed, overrides)
            elif not is_shown and sweeper_keys(session, composed):
                raise ConfigError("hydra/sweeper=optuna runs several trials: add -m")
            configs = configs_at(session, points, is_sweep)
            engine = engine_in(session, composed)
        if not (is_sweep or is_shown) and configs[0].crosses:
            raise ConfigError("crosses are the jobs of a multirun: add -m")
        first = (f"{FROM}={own[FROM]}",) if FROM in own else ()
        of_jobs = tuple((*first, *texts(point)) for point in points)
        given, is_dry = (*first, *texts(overrides)), own.get(DRY) == "true"
        command = cls(given, of_jobs, (), is_sweep, engine, composed, search, session.base, is_dry)
        return command.with_configs(configs)

    def with_configs(self, configs: Sequence[Config]) -> "Command":
        """Return the command with these configs, checked to run alone or side by side.

        Raises:
            ConfigError: for no config, one that its task cannot run, and two that are one.
        """
        if not configs:
            raise ConfigError("the sweep names no job: one of its ranges is empty")
        for config in configs:
            check_config(config, self.is_sweep)
        refuse_twins(configs)
        if self.search:
            self.search.check(configs)
        if self.is_sweep:
            self.engine.check_threads(max(config.threads for config in configs))
        return replace(self, configs=tuple(configs))

    @property
    def given(self) -> list[str]:
        """The keys that were given."""
        return [override_key(override) for override in self.overrides]

    @cached_property
    def folder(self) -> Path:
        """Where the run's record goes, or the folders of the sweep's jobs; the time in it stays."""
        return self.composed.folder("sweep" if self.is_sweep else "run", self.configs[0])

    @cached_property
    def jobs(self) -> list[Job]:
        """The jobs, in order; those of a sweep are named for what they run."""
        if not self.is_sweep:
            return [Job(self.configs[0], self.folder, self.overrides)]
        return [
            Job(config, self.folder / config.job_name, point)
            for config, point in zip(self.configs, self.points, strict=True)
        ]

    @property
    def way_on(self) -> str:
        """How the command goes on once it was interrupted: with the folder that it has now."""
        kind = "sweep" if self.is_sweep else "run"
        template = OmegaConf.to_container(self.composed.hydra[kind], resolve=False)
        if "${now:" not in str(template):
            return "the same command continues"
        place = pasted(f"hydra.{kind}.dir", os.path.relpath(self.folder))
        return f"the same command with {place} at its end continues"


def own_words(arguments: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the command's own words that are given, from and dry_run, and the overrides.

    Raises:
        ConfigError: for a word that is given twice, and for a dry_run that is no truth value.
    """
    own: dict[str, str] = {}
    overrides = []
    for text in arguments:
        word, separator, value = text.partition("=")
        if not separator or word not in (FROM, DRY):
            overrides.append(text)
        elif word in own:
            raise ConfigError(f"{word} is given twice; give it once")
        else:
            own[word] = value
    if own.get(DRY, "true") not in ("true", "false"):
        raise ConfigError(f"{DRY} must be true or false, got {quoted(own[DRY])}")
    return own, overrides


def based_on(folder: str, is_shown: bool) -> Base:
    """Return the earlier run in a folder as what a command starts from, its plugins imported.

    Raises:
        ConfigError: where the YAML files are to be shown.
    """
    if is_shown:
        raise ConfigError(f"--cfg and --info show what YAML files say; leave {FROM} out")
    from hw3.launch.origin import read_base  # most commands start from none

    return read_base(folder)


def planned(
    session: Session, composed: Composed, overrides: Sequence[Override]
) -> tuple[Search | None, list[list[Override]]]:
    """Return what an optimizer is to propose, with the ends of its space, or a sweep's points."""
    keys = sweeper_keys(session, composed)
    if not keys:
        return None, sweep_points(session, composed, overrides)
    search = Search(keys, search_space(session, composed, overrides))
    ends = map(search.space.point, search.space.ends())
    return search, [[session.grammar.read(text) for text in end] for end in ends]


def texts(overrides: Iterable[Override]) -> tuple[str, ...]:
    """Return overrides as they were given."""
    return tuple(str(override.input_line) for override in overrides)


def refuse_hydras_keys(overrides: Iterable[Override]) -> None:
    """Raise ConfigError for keys of Hydra's own that have no effect here, or cannot be deleted."""
    for override in overrides:
        key = override.key_or_group
        if not override.is_hydra_override():
            continue
        is_known = any(key == name or key.startswith(f"{name}.") for name in HYDRAS)
        if override.is_delete() or not is_known:
            raise ConfigError(
                f"{one_line(key, SHORT)} is ours and cannot be given: hw3 names the folders and "
                "the jobs, runs and logs for itself; of Hydra's own keys it takes "
                f"{', '.join(HYDRAS)}"
            )
        value = str(override.input_line).partition("=")[2]
        if key == "hydra.verbose" and not isinstance(override.value(), bool | str | list):
            raise ConfigError(f"{key} must be true, false or names of loggers, got {value}")
        text = one_line(pasted(key, value), SHORT)
        refuse_several([override], f"give one; if it is text, write {text}")


def configs_at(
    session: Session, points: Sequence[Sequence[Override]], is_in_sweep: bool
) -> list[Config]:
    """Return the config of each point; says how far it is, since many take long."""
    configs = []
    with doing(f"checking {counted(len(points), 'job')}", len(points)) as step:
        for point in points:
            configs.append(config_at(session, point, is_in_sweep))
            step()
    return configs


def config_at(session: Session, point: Sequence[Override], is_in_sweep: bool = True) -> Config:
    """Return the config of one point; its record need not hold all the crosses of a sweep.

    Raises:
        ConfigError: if it cannot run.
    """
    own: dict[str, object] = {"crosses": []} if is_in_sweep else {}
    return parse(session.tree(point) | own)


def sweeper_keys(session: Session, composed: Composed) -> SearchKeys | None:
    """Return the keys of hydra/sweeper=optuna, None for a sweep whose jobs are planned."""
    node = keys_in(session, composed.hydra.sweeper, left_out="params")
    return search_keys(composed.choice("hydra/sweeper"), node)


def engine_in(session: Session, composed: Composed) -> Engine:
    """Return the engine that hydra/launcher and its keys name."""
    return engine_of(composed.choice("hydra/launcher"), keys_in(session, composed.hydra.launcher))


def keys_in(session: Session, node: Any, left_out: str = "") -> Any:
    """Return the keys of a part of Hydra's own; an environment variable may hold a number."""
    if not OmegaConf.is_config(node):
        return node
    raw: Any = OmegaConf.to_container(node)
    kept = OmegaConf.masked_copy(node, [key for key in raw if key != left_out])
    found: Any = OmegaConf.to_container(kept, resolve=True)
    return {key: session.read_text(raw[key], value) for key, value in found.items()}

"""Command line -> composed trees, by Hydra's public interface; its errors become one line."""

import copy
import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from hw3.config.overrides import Grammar, keys_of, override_key, unknown_config_key
from hw3.config.presets import conf_dir
from hw3.config.schema import Config
from hw3.core.errors import ConfigError, first_line

ROOT = "config"  # conf/config.yaml


@dataclass
class JoblibKeys:
    """The keys of hydra/launcher=joblib: how many workers, -1 for as many as cores."""

    n_jobs: int = -1


@dataclass(frozen=True)
class Composed:
    """What one choice of groups composes: the tree before values are set, and Hydra's settings."""

    tree: DictConfig
    hydra: DictConfig

    @property
    def is_multirun(self) -> bool:
        """Whether the config itself asks for a multirun."""
        return bool(self.hydra.mode == RunMode.MULTIRUN)

    def choice(self, group: str) -> str:
        """Return the file that was chosen of a group, such as hydra/launcher."""
        return str(self.hydra.runtime.choices[group])

    def with_values(self, values: Iterable[Override], used: DictConfig | None = None) -> DictConfig:
        """Return the tree with values set, as Hydra would; in a used copy, over those in it.

        Raises:
            ConfigAttributeError, ConfigKeyError: for a key that the tree does not have.
        """
        tree = copy.deepcopy(self.tree) if used is None else used
        for override in values:
            key, is_new = override.key_or_group, override.is_add() or override.is_force_add()
            if override.is_delete():
                raise ConfigError(f"{key} is missing: a run needs all keys; leave ~{key} out")
            OmegaConf.update(tree, key, override.value(), merge=True, force_add=is_new)
        return tree

    def folder(self, kind: Literal["run", "sweep"], config: Config) -> Path:
        """Return hydra.run.dir or hydra.sweep.dir, which may name keys of the config."""
        register_job_folder(config)
        whole = OmegaConf.create({**config.tree, "hydra": self.hydra})
        HydraConfig.instance().set_config(whole)
        with one_line_errors():
            return Path(str(whole.hydra[kind].dir))


class Session:
    """Hydra on our conf/ folder, for one command; each choice of groups is composed once."""

    def __init__(self) -> None:
        self.loader = GlobalHydra.instance().config_loader()
        self.grammar = Grammar(self.loader)
        self._composed: dict[tuple[str, ...], Composed] = {}
        self._used: dict[tuple[object, ...], DictConfig] = {}

    def composed(self, overrides: Iterable[Override]) -> Composed:
        """Return what the choices among the overrides compose, values aside."""
        chosen = [o for o in overrides if not self.grammar.is_value(o)]
        key = tuple(str(o.input_line) for o in chosen)
        if key not in self._composed:
            cfg = compose(ROOT, list(key), return_hydra_config=True)
            with open_dict(cfg):
                self._composed[key] = Composed(cfg, cfg.pop("hydra"))
        return self._composed[key]

    def tree(self, overrides: Sequence[Override]) -> dict[str, Any]:
        """Return the tree of one run as plain data, its interpolations resolved.

        Raises:
            ConfigError: for an unknown key, and for a value that cannot be resolved.
        """
        composed, values = self.composed(overrides), list(filter(self.grammar.is_value, overrides))
        # copying takes the longest: points that set the same keys overwrite each other's values
        place = (id(composed), *(override.key_or_group for override in values))
        is_merged = any(isinstance(override.value(), dict) for override in values)
        tree = composed.with_values(values, None if is_merged else self._used.get(place))
        self._used[place] = tree
        return resolved(tree)


@contextmanager
def hydra_session() -> Iterator[Session]:
    """Yield Hydra on our conf/ folder; its errors become ConfigErrors of one line."""
    with (
        one_line_errors(),
        uncollected(),
        initialize_config_dir(str(conf_dir()), job_name="hw3", version_base="1.3"),
    ):
        # here, since the plugin hydra-joblib-launcher, where it is installed, stores its own
        ConfigStore.instance().store("joblib", JoblibKeys, "hydra/launcher", provider="hw3")
        yield Session()


@contextmanager
def uncollected() -> Iterator[None]:
    """Let no garbage be looked for meanwhile: a quarter of the time of composing, for nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def compose_config(overrides: Iterable[str] = ()) -> dict[str, Any]:
    """Return the resolved tree of one run, as the command line would compose it."""
    with hydra_session() as session:
        return session.tree(session.grammar.normalized(overrides))


def refuse_unknown_keys(overrides: Iterable[str], own: Iterable[str]) -> None:
    """Raise ConfigError for an override whose first word is neither a key nor a group.

    `own` are the keys that the command takes beside those of the config.
    """
    with hydra_session() as session:
        roots = list(dict.fromkeys([*keys_of(Config), *sorted(session.loader.list_groups(""))]))
    for key in map(override_key, overrides):
        if re.split(r"[./@]", key)[0] not in roots:
            raise unknown_config_key(key, [*own, *roots])


def register_job_folder(config: Config) -> None:
    """Make ${hw3.job_folder:} in hydra.run.dir the name of what a config runs."""
    OmegaConf.register_new_resolver("hw3.job_folder", lambda: config.job_name, replace=True)


def resolved(tree: DictConfig) -> dict[str, Any]:
    """Return a tree as plain data."""
    try:
        found: Any = OmegaConf.to_container(tree, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise ConfigError(first_line(error)) from error
    return {str(key): value for key, value in found.items()}


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what Hydra and OmegaConf raise into a ConfigError that names key, choices and value."""
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        raise translated(error) from error


def translated(error: Exception) -> ConfigError:
    """Return our error for one of Hydra's."""
    cause = error if isinstance(error, OmegaConfBaseException) else error.__cause__
    parent = getattr(cause, "parent_node", None)
    is_key = isinstance(cause, ConfigAttributeError | ConfigKeyError)
    if is_key and isinstance(parent, DictConfig):
        key = str(getattr(cause, "full_key", ""))
        return unknown_config_key(key, [str(k) for k in parent])
    reason = f": {first_line(cause)}" if cause and cause is not error else ""
    return ConfigError(" ".join(str(error).split()) + reason)

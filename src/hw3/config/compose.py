"""Command line -> composed trees, by Hydra's public interface; its errors become one line."""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from hw3.config.base import OURS, Base
from hw3.config.hydras import one_line_errors, own_hydra, own_plugins
from hw3.config.keys import flatten, with_values
from hw3.config.ours import check_ours
from hw3.config.overrides import (
    Grammar,
    keys_of,
    missing,
    override_key,
    refuse_several,
    unknown_config_key,
)
from hw3.config.own import SEARCHPATH, own_folders
from hw3.config.presets import conf_dir
from hw3.config.schema import Config, with_numbers
from hw3.config.validate import build
from hw3.core.errors import ConfigError, first_line
from hw3.core.files import output_folder
from hw3.core.garbage import uncollected
from hw3.core.plugins import load_plugins, named_plugins
from hw3.core.words import quoted
from hw3.datasets.dataset import n_split
from hw3.datasets.spec import DataSpec

ROOT = "config"  # conf/config.yaml
PARTS = "launcher sweeper help hydra_help output env hydra_logging job_logging"  # of Hydra's own
BARE = [f"~hydra/{part}" for part in PARTS.split()]  # composing takes a third less without


@dataclass(frozen=True)
class Composed:
    """What one choice of groups composes: the tree before values are set, and Hydra's settings."""

    tree: DictConfig
    hydra: DictConfig

    @property
    def is_multirun(self) -> bool:
        """Whether the config itself asks for a multirun."""
        return bool(self.hydra.mode == RunMode.MULTIRUN)

    def size(self, config: Config) -> tuple[int, int] | None:
        """Return the epochs and the training rows that the YAML files say, before values are given.

        None where they leave one of them open, or where an experiment is of another task. Files of
        a person's own are those of the config.
        """
        tree, spec = plain(self.tree), config.dataset
        try:
            if spec.own is None:
                spec = build(DataSpec, tree.get("dataset"), "dataset", {})
            rows, _ = n_split(replace(spec, subset=None), config.data_path, config.seed)
        except ConfigError:
            return None
        is_meant = self.choice("experiment") == "None" or tree.get("task") == config.task
        epochs = tree.get("epochs")
        return (epochs, rows) if isinstance(epochs, int) and is_meant else None

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
                raise missing(key)
            OmegaConf.update(tree, key, override.value(), merge=True, force_add=is_new)
        return tree

    def based(self, values: Mapping[str, object]) -> DictConfig:
        """Return a copy of the tree with the values of an earlier run, but for what is ours."""
        tree = copy.deepcopy(self.tree)
        for key, value in values.items():
            if key not in OURS:
                OmegaConf.update(tree, key, value)
        return tree

    def folder(self, kind: Literal["run", "sweep"], config: Config) -> Path:
        """Return hydra.run.dir or hydra.sweep.dir, which may name keys of the config.

        Raises:
            ConfigError: for a folder that cannot be.
        """
        with one_line_errors(), own_hydra():
            register_job_folder(config)  # in the lock: another thread would name its own
            whole = OmegaConf.create({**config.tree, "hydra": self.hydra})
            HydraConfig.instance().set_config(whole)
            return output_folder(str(whole.hydra[kind].dir), f"hydra.{kind}.dir")


class Session:
    """Hydra on our conf/ folder, for one command; each choice of groups is composed once."""

    def __init__(self, plugins: Sequence[str] = (), base: Base | None = None) -> None:
        self.plugins = list(plugins)  # that the command names
        self.base = base
        self.loader = GlobalHydra.instance().config_loader()
        self.grammar = Grammar(self.loader)
        self._composed: dict[tuple[str, ...], Composed] = {}
        self._used: dict[tuple[object, ...], DictConfig] = {}

    def composed(self, overrides: Iterable[Override], *, is_point: bool = False) -> Composed:
        """Return what the choices among the overrides compose, values aside.

        Of a point nobody asks for Hydra's settings, which the command has.
        """
        chosen = [
            o for o in overrides if not self.grammar.is_value(o) and o.key_or_group != SEARCHPATH
        ]
        based = self.base.choices_beside(groups_in(chosen)) if self.base else []
        key = (*based, *(str(o.input_line) for o in chosen))
        if is_point and key not in self._composed:
            own = (str(o.input_line) for o in chosen if not o.is_hydra_override())
            key = (*based, *own, *BARE)
        if key not in self._composed:
            try:
                cfg = compose(ROOT, list(key), return_hydra_config=True)
            except (ValueError, TypeError, AttributeError, AssertionError) as error:
                asked = " ".join(text for text in key if text not in BARE)
                raise ConfigError(f"Hydra cannot compose {asked}: {error}") from error
            with open_dict(cfg):
                self._composed[key] = Composed(cfg, cfg.pop("hydra"))
        return self._composed[key]

    def tree(self, overrides: Sequence[Override]) -> dict[str, Any]:
        """Return the tree of one run as plain data, its interpolations resolved.

        Raises:
            ConfigError: for an unknown key, and for a value that cannot be resolved.
        """
        composed = self.composed(overrides, is_point=True)
        values = list(filter(self.grammar.is_value, overrides))
        # copying takes the longest: points that set the same keys overwrite each other's values
        place = (id(composed), *(override.key_or_group for override in values))
        is_merged = any(isinstance(override.value(), dict) for override in values)
        based = {}
        if self.base:
            given = groups_in(o for o in overrides if not self.grammar.is_value(o))
            based = self.base.values_beside(given)
        used = None if is_merged else self._used.get(place)
        tree = composed.with_values(values, used or composed.based(based))
        self._used[place] = tree
        found = self.read_texts(tree, resolved(tree))
        check_ours(found, composed.choice, self.plugins)
        return with_values(found, {key: based[key] for key in OURS if key in based})

    def read_texts(self, tree: DictConfig, found: dict[str, Any]) -> dict[str, Any]:
        """Return a resolved tree in which text from elsewhere is a number, where one is wanted.

        ${oc.env:SEED} is text, as all that an environment variable holds.
        """
        texts = {k: v for k, v in flatten(found).items() if k in with_numbers() and has_text(v)}
        if not texts:  # as nearly always, and looking for where they came from takes long
            return found
        raw = flatten(plain(tree))
        return with_values(found, {k: self.read_text(raw.get(k), v) for k, v in texts.items()})

    def read_text(self, raw: object, value: object) -> object:
        """Return what a text stands for that came from an interpolation, each of a list."""
        if isinstance(raw, list) and isinstance(value, list):
            return [self.read_text(*pair) for pair in zip(raw, value, strict=True)]
        is_text = isinstance(value, str) and isinstance(raw, str) and "${" in raw
        return self.grammar.decoded(str(value)) if is_text else value


@contextmanager
def hydra_session(arguments: Iterable[str] = (), base: Base | None = None) -> Iterator[Session]:
    """Yield Hydra on our conf/ folder and those that the arguments name, in hydra.searchpath.

    The plugins that they name are imported. What is composed starts from a base, if there is one.

    Raises:
        ConfigError: of one line, for what Hydra raises.
    """
    arguments = list(arguments)
    plugins = named_plugins(arguments)
    load_plugins(plugins)
    with (
        one_line_errors(),
        uncollected(),
        own_hydra(),
        own_folders(named_folders(arguments)),
        initialize_config_dir(str(conf_dir()), job_name="hw3", version_base="1.3"),
        own_plugins("launcher"),
        own_plugins("sweeper"),
    ):
        yield Session(plugins, base)


def groups_in(chosen: Iterable[Override]) -> set[str]:
    """Return the groups of a config, not Hydra's own, for which overrides choose a file."""
    return {o.key_or_group for o in chosen if not o.is_hydra_override()}


def named_folders(arguments: Iterable[str]) -> list[Override]:
    """Return the overrides that say where own YAML files are, as far as they can be read."""
    given = [text for text in arguments if override_key(text) == SEARCHPATH]
    return [o for o in OverridesParser.create().parse_overrides(given) if not o.is_delete()]


def compose_config(overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Return the resolved tree of one run, as the command line would compose it."""
    with hydra_session(overrides) as session:
        read = session.grammar.normalized(overrides)
        refuse_several(read, "give one")
        for override in read:
            if override.is_hydra_override() and override.key_or_group != SEARCHPATH:
                raise ConfigError(
                    f"{quoted(override.key_or_group)} has no effect in this command; leave it out"
                )
        return session.tree(read)


def refuse_unknown_keys(overrides: Sequence[str], own: Iterable[str]) -> None:
    """Raise ConfigError for an override whose first word is neither a key nor a group.

    `own` are the keys that the command takes beside those of the config.
    """
    with hydra_session(overrides) as session:
        roots = list(dict.fromkeys([*keys_of(Config), *sorted(session.loader.list_groups(""))]))
    for key in map(override_key, overrides):
        if re.split(r"[./@]", key)[0] not in roots:
            raise unknown_config_key(key, [*own, *roots])


def register_job_folder(config: Config) -> None:
    """Make ${hw3.job_folder:} in hydra.run.dir the name of what a config runs."""
    OmegaConf.register_new_resolver("hw3.job_folder", lambda: config.job_name, replace=True)


def resolved(tree: DictConfig) -> dict[str, Any]:
    """Return a tree as plain data, its interpolations resolved."""
    try:
        return plain(tree, resolve=True)
    except MissingMandatoryValue as error:
        raise ConfigError(f"{error.full_key} has no default; give {error.full_key}=...") from error
    except OmegaConfBaseException as error:
        raise ConfigError(first_line(error)) from error


def plain(tree: DictConfig, *, resolve: bool = False) -> dict[str, Any]:
    """Return a tree as plain data."""
    found: Any = OmegaConf.to_container(tree, resolve=resolve, throw_on_missing=resolve)
    return {str(key): value for key, value in found.items()}


def has_text(value: object) -> bool:
    """Whether a value, or one of a list, is text."""
    return any(map(has_text, value)) if isinstance(value, list) else isinstance(value, str)

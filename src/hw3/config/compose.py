"""Command line -> composed trees: Hydra's grammar, our short forms, and errors of one line."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Any, get_type_hints

from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, ValueType
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hw3.config.presets import conf_dir
from hw3.config.schema import NAMED_GROUPS, Config, Crosses, parse
from hw3.config.validate import convert
from hw3.core.errors import ConfigError
from hw3.core.registry import nearest, unknown_choice

ROOT = "config"  # conf/config.yaml
UNLISTED = ("hydra", "instead_of", "default_lr")  # Hydra's own, and what the record alone sets


def register_resolvers() -> None:
    """Make ${hw3.job_folder:} known to OmegaConf: the name of a sweep job's folder."""

    def job_folder(*, _root_: DictConfig) -> str:
        tree = {key: value for key, value in _root_.items_ex(resolve=False) if key != "hydra"}
        return parse(OmegaConf.create(tree)).job_name

    OmegaConf.register_new_resolver("hw3.job_folder", job_folder, replace=True)


@contextmanager
def hydra_session() -> Iterator[Any]:
    """Yield Hydra on our conf/ folder; its errors become ConfigErrors of one line."""
    register_resolvers()
    with (
        one_line_errors(),
        initialize_config_dir(str(conf_dir()), job_name="hw3", version_base="1.3"),
    ):
        yield GlobalHydra.instance().hydra


def compose_config(overrides: Iterable[str] = ()) -> DictConfig:
    """Return the composed tree of one run, as the command line would compose it."""
    with hydra_session():
        return compose(ROOT, normalize_overrides(overrides))


def is_multirun(hydra: Any, overrides: Sequence[str]) -> bool:
    """Whether the composed config itself asks for a multirun."""
    mode = hydra.get_mode(config_name=ROOT, overrides=list(overrides))
    return bool(mode == RunMode.MULTIRUN)


def sweep_points(hydra: Any, overrides: Sequence[str]) -> list[list[str]]:
    """Return the overrides of each job of a multirun, in the order of Hydra's basic sweeper.

    With `crosses`, the sweeper's params are crossed with each of them in turn, so that one sweep
    can hold several designs; a job that two of them name runs once.
    """
    master = hydra.compose_config(
        config_name=ROOT,
        overrides=list(overrides),
        run_mode=RunMode.MULTIRUN,
        with_log_configuration=False,
    )
    params: Any = OmegaConf.to_container(master.hydra.sweeper, resolve=True)
    listed = [f"{key!s}={value!s}" for key, value in (params["params"] or {}).items()]
    parser = OverridesParser.create(config_loader=hydra.config_loader)
    points: dict[frozenset[str], list[str]] = {}
    for block in crossed_blocks(master.crosses) or [[]]:
        parsed = parser.parse_overrides([*listed, *normalize_overrides(block), *overrides])
        (batch,) = BasicSweeper.split_arguments(parsed, max_batch_size=None)
        for point in batch:
            key = frozenset(point) if master.crosses else frozenset([str(len(points))])
            points.setdefault(key, point)
    return list(points.values())


def crossed_blocks(crosses: Any) -> list[list[str]]:
    """Return the overrides of each combination of levels; a level is overrides with spaces between.

    A level that sets several keys keeps them together, such as an optimizer and its rate.
    """
    checked = convert(OmegaConf.to_container(crosses), Crosses, "crosses", {})
    return [shlex.split(" ".join(levels)) for cross in checked for levels in product(*cross)]


def normalize_overrides(overrides: Iterable[str], config_loader: Any = None) -> list[str]:
    """Return overrides in which numbers for `lr` have become `lr.initial`.

    `lr` is a config group (the schedule's shape), so Hydra alone would look for a file 0.1.yaml.

    Raises:
        ConfigError: for text that is no override, and for numbers mixed with schedules.
    """
    parser = OverridesParser.create(config_loader)  # which glob(*) in a sweep needs
    kept = (override for override in overrides if override != "experiment=null")  # the default
    return [normalize_override(parser, override) for override in kept]


def normalize_override(parser: OverridesParser, text: str) -> str:
    """Return one override, with `lr=0.1` and `lr=0.1,0.5` as `lr.initial=...`."""
    try:
        override = parser.parse_override(text)
    except HydraException as error:
        raise ConfigError(
            f"{text!r} is not an override; write key=value, such as lr=0.1 or model=numpy_mlp "
            f"({first_line(error)})"
        ) from error
    group = Path(conf_dir(), override.key_or_group)
    if override.is_delete() or not group.is_dir():
        return text
    values = list(override_values(override))
    if group.name != "lr":
        check_names(group, values)
        return text
    numbers = [type(value) in (int, float) for value in values]
    if any(numbers) and not all(numbers):
        raise ConfigError(
            f"{text}: numbers set lr.initial and names choose a schedule; sweep over the two "
            "separately, as in lr=halve_twice,cosine lr.initial=0.1,0.5"
        )
    if numbers and all(numbers):
        return text.replace("lr", "lr.initial", 1)
    check_names(group, values)
    return text


def check_names(group: Path, values: Iterable[Any]) -> None:
    """Raise ConfigError for a value that names no file of a config group."""
    choices = sorted(path.stem for path in group.glob("*.yaml"))
    for value in values:
        if str(value) not in choices:
            raise unknown_choice(group.name, str(value), choices)


def override_values(override: Override) -> Iterable[Any]:
    """Return the value of an override, or the values it sweeps over."""
    if override.value_type == ValueType.GLOB_CHOICE_SWEEP:
        return ()  # names of files that are there
    if override.is_sweep_override():
        return override.sweep_iterator() if override.is_discrete_sweep() else [0.0]
    return [override.value()]


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text."""
    return (str(error).splitlines() or [type(error).__name__])[0]


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
    if isinstance(parent, DictConfig) and "not in struct" in str(cause):
        key = str(getattr(cause, "full_key", ""))
        return unknown_key(key, [str(k) for k in parent])
    return ConfigError(" ".join(str(error).split()))


def override_key(override: str) -> str:
    """Return the key of an override: lr.initial for ++lr.initial=0.1."""
    return override.lstrip("+~").partition("=")[0]


def refuse_unknown_keys(overrides: Iterable[str], own: Iterable[str]) -> None:
    """Raise ConfigError for an override whose first word is neither a key nor a group.

    `own` are the keys that the door takes beside those of the config.
    """
    groups = sorted(path.name for path in Path(conf_dir()).iterdir() if path.is_dir())
    keys = [field.name for field in fields(Config) if field.init]
    roots = list(dict.fromkeys([*keys, *groups]))
    for key in map(override_key, overrides):
        if re.split(r"[./@]", key)[0] not in (*roots, "hydra"):
            raise unknown_key(key, [*own, *roots])


def unknown_key(key: str, allowed: Sequence[str]) -> ConfigError:
    """Return the error for a key that is not among those allowed, with what may be meant."""
    allowed = [name for name in allowed if name not in UNLISTED]
    leaf = key.rpartition(".")[2]
    places = key_places()
    similar = [leaf] if leaf in places else []
    if not similar and not nearest(leaf, allowed):
        similar = get_close_matches(leaf, places, n=1)
    meant = " or ".join(places[similar[0]]) if similar else ""
    hint = f"; did you mean {meant}?" if meant else nearest(leaf, allowed)
    return ConfigError(f"unknown key {key!r}; allowed here: {', '.join(allowed)}{hint}")


def key_places() -> dict[str, list[str]]:
    """Return where a key inside a group stands: "optimizer.rho with optimizer=rmsprop" for rho."""
    places: dict[str, list[str]] = {}
    for group, hint in get_type_hints(Config, include_extras=True).items():
        registry = NAMED_GROUPS.get(hint, ())
        records = [(name, registry.get(name)) for name in registry]
        records += [("", hint)] if is_dataclass(hint) and not records else []
        holders: dict[str, list[str]] = {}
        for name, record in records:
            for field in (field for field in fields(record) if field.init):
                holders.setdefault(field.name, []).append(name)
        for key, names in holders.items():
            choice = f" with {group}={' or '.join(names)}" if len(names) < len(records) else ""
            places.setdefault(key, []).append(f"{group}.{key}{choice}")
    return places

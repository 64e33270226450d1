"""Command line -> composed trees: Hydra's grammar, our short forms, and errors of one line."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import product
from typing import Any, get_args, get_type_hints

from hydra import compose, initialize_config_dir
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, ValueType
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hw3.config.presets import conf_dir
from hw3.config.schema import NAMED_GROUPS, Config, Crosses, resolved
from hw3.config.validate import convert
from hw3.core.errors import ConfigError
from hw3.core.registry import nearest, unknown_choice

ROOT = "config"  # conf/config.yaml
UNLISTED = ("hydra", "instead_of", "default_lr")  # Hydra's own, and what the record alone sets
Tree = dict[str, Any]


@contextmanager
def hydra_session() -> Iterator[ConfigLoader]:
    """Yield Hydra's view of our conf/ folder; its errors become ConfigErrors of one line."""
    place = str(conf_dir())
    with one_line_errors(), initialize_config_dir(place, job_name="hw3", version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


def compose_config(overrides: Iterable[str] = ()) -> DictConfig:
    """Return the composed tree of one run, as the command line would compose it."""
    with hydra_session() as loader:
        return compose(ROOT, normalize_overrides(overrides, loader))


def without_hydra(cfg: DictConfig) -> Tree:
    """Return a composed tree without Hydra's own settings, its interpolations as they stand."""
    tree: Any = OmegaConf.to_container(cfg)
    return {key: value for key, value in tree.items() if key != "hydra"}


def compose_with_hydra(overrides: Sequence[str]) -> DictConfig:
    """Return the composed tree of one run with Hydra's own settings under `hydra`."""
    return compose(ROOT, list(overrides), return_hydra_config=True)


def compose_points(points: Sequence[Sequence[str]], loader: ConfigLoader) -> Iterator[Tree]:
    """Yield the resolved tree of each point; points that choose the same files share them.

    Hydra composes each distinct choice of files once, which takes 0.1 s; the plain values of a
    point are then set, as Hydra would do last.
    """
    parsed = cache(OverridesParser.create(loader).parse_override)
    shared: dict[tuple[str, ...], Any] = {}
    for point in points:
        overrides = [parsed(text) for text in point]
        values = [o for o in overrides if is_plain_value(o, loader)]
        choice = tuple(o.input_line or "" for o in overrides if o not in values)
        if choice not in shared:
            shared[choice] = OmegaConf.to_container(compose(ROOT, list(choice)))
        tree = deepcopy(shared[choice])
        if not all(set_value(tree, o.key_or_group, o.value()) for o in values):
            tree = OmegaConf.to_container(compose(ROOT, list(point)))  # Hydra says what is wrong
        yield resolved(tree)


def is_group(key: str, loader: ConfigLoader) -> bool:
    """Whether a key names a folder of conf/, or one of Hydra's."""
    return bool(group_options(key, loader))


@lru_cache(maxsize=256)  # Hydra copies its caches to answer, which takes 10 ms
def group_options(group: str, loader: ConfigLoader) -> tuple[str, ...]:
    """Return the names of the files of a config group, none for what is no group."""
    return tuple(sorted(loader.get_group_options(group)))


def is_plain_value(override: Override, loader: ConfigLoader) -> bool:
    """Whether an override sets one value of a key that the chosen files already have."""
    key = override.key_or_group
    is_bare = not (override.is_add() or override.is_delete() or override.package)
    is_ours = not (key.startswith("hydra") or is_group(key, loader))
    return is_bare and is_ours and not isinstance(override.value(), dict)


def set_value(tree: Tree, key: str, value: object) -> bool:
    """Set a value in a nested tree; return whether its key was there."""
    *groups, leaf = key.split(".")
    node: Any = tree
    for group in groups:
        node = node.get(group) if isinstance(node, dict) else None
    if not isinstance(node, dict) or leaf not in node:
        return False
    node[leaf] = value
    return True


def expanded(overrides: Iterable[Override]) -> list[list[str]]:
    """Return each combination of the values that overrides sweep over, in the order of a product.

    Raises:
        ConfigError: for a sweep over an interval, which has no list of values.
    """
    levels: dict[str, list[str]] = {}  # by key: the last one given counts
    for o in overrides:
        key = o.get_key_element()
        if not o.is_sweep_override():
            levels[key] = [o.input_line or ""]
        elif o.is_discrete_sweep():
            levels[key] = [f"{key}={value}" for value in o.sweep_string_iterator()]
        else:
            raise ConfigError(f"{o.input_line}: an interval has no list of values to run")
    return [list(point) for point in product(*levels.values())]


def sweep_points(
    overrides: Sequence[str], params: Sequence[str], crosses: Any, loader: ConfigLoader
) -> list[list[str]]:
    """Return the overrides of each job of a sweep, in the order of Hydra's basic sweeper.

    With `crosses`, the params are crossed with each of them in turn, so that one sweep can hold
    several designs; a job that two of them name runs once.
    """
    parser = OverridesParser.create(loader)
    points: dict[frozenset[str], list[str]] = {}
    blocks = crossed_blocks(crosses)
    for block in blocks or [[]]:
        listed = normalize_overrides([*params, *block], loader)
        for point in expanded(parser.parse_overrides([*listed, *overrides])):
            key = frozenset(point) if blocks else frozenset([str(len(points))])
            points.setdefault(key, point)
    if not points:
        raise ConfigError("the sweep names no job: one of its ranges is empty")
    return list(points.values())


def crossed_blocks(crosses: Any) -> list[list[str]]:
    """Return the overrides of each combination of levels; a level is overrides with spaces between.

    A level that sets several keys keeps them together, such as an optimizer and its rate.
    """
    checked = convert(crosses, Crosses, "crosses", {})
    try:
        return [shlex.split(" ".join(levels)) for cross in checked for levels in product(*cross)]
    except ValueError as error:
        raise ConfigError(f"crosses: {error}") from error


def normalize_overrides(overrides: Iterable[str], loader: ConfigLoader) -> list[str]:
    """Return overrides in which numbers for `lr` have become `lr.initial`.

    `lr` is a config group (the schedule's shape), so Hydra alone would look for a file 0.1.yaml.

    Raises:
        ConfigError: for text that is no override, and for numbers mixed with schedules.
    """
    parser = OverridesParser.create(loader)  # which glob(*) in a sweep needs
    kept = (override for override in overrides if override != "experiment=null")  # the default
    return [normalize_override(parser, override, loader) for override in kept]


def normalize_override(parser: OverridesParser, text: str, loader: ConfigLoader) -> str:
    """Return one override, with `lr=0.1` and `lr=0.1,0.5` as `lr.initial=...`."""
    try:
        override = parser.parse_override(text)
    except HydraException as error:
        raise ConfigError(
            f"{text!r} is not an override; write key=value, such as lr=0.1 or model=numpy_mlp "
            f"({first_line(error)})"
        ) from error
    group = override.key_or_group
    choices = () if group.startswith("hydra") else group_options(group, loader)
    if override.is_delete() or not choices:
        return text
    values = list(override_values(override))
    numbers = [type(value) in (int, float) for value in values]
    if group == "lr" and any(numbers):
        if not all(numbers):
            raise ConfigError(
                f"{text}: numbers set lr.initial and names choose a schedule; sweep over the two "
                "separately, as in lr=halve_twice,cosine lr.initial=0.1,0.5"
            )
        return text.replace("lr", "lr.initial", 1)
    for value in values:
        if not isinstance(value, dict) and str(value) not in choices:
            raise unknown_choice(group, str(value), choices)
    return text


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

    `own` are the keys that the command takes beside those of the config.
    """
    groups = sorted(path.name for path in conf_dir().iterdir() if path.is_dir())
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
        base = next(iter(get_args(hint)), hint)
        registry = NAMED_GROUPS.get(base if base in NAMED_GROUPS else hint, ())
        records = [(name, registry.get(name)) for name in registry]
        record = base if is_dataclass(base) else hint
        records += [("", record)] if is_dataclass(record) and not records else []
        holders: dict[str, list[str]] = {}
        for name, holder in records:
            for field in (field for field in fields(holder) if field.init):
                holders.setdefault(field.name, []).append(name)
        for key, names in holders.items():
            choice = f" with {group}={' or '.join(names)}" if len(names) < len(records) else ""
            places.setdefault(key, []).append(f"{group}.{key}{choice}")
    return places

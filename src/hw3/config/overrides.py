"""The words of a command line: Hydra's grammar of overrides, our short forms, unknown keys."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_type_hints

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, ValueType
from hydra.errors import HydraException

from hw3.config.schema import NAMED_GROUPS, Config
from hw3.core.errors import ConfigError, first_line
from hw3.core.registry import nearest, unknown_choice, unknown_key

UNLISTED = ("hydra", "_target_", "instead_of", "default_lr")  # Hydra's own, and the record's


class Grammar:
    """Reads overrides; each text is parsed once, since the points of a sweep repeat them."""

    def __init__(self, loader: ConfigLoader) -> None:
        self.loader = loader
        self.files = cache(loader.get_group_options)  # of a config group; of a key, none
        self.read = cache(self._read)
        self._parser = OverridesParser.create(loader)

    def _read(self, text: str) -> Override:
        """Return an override as Hydra reads it.

        Raises:
            ConfigError: for text that is no override.
        """
        try:
            override = self._parser.parse_override(text)
        except HydraException as error:
            raise ConfigError(
                f"{text!r} is not an override; write key=value, such as lr=0.1 or "
                f"model=numpy_mlp ({first_line(error)})"
            ) from error
        override.config_loader = self.loader  # which glob(*) asks for the files
        return override

    def normalized(self, texts: Iterable[str]) -> list[Override]:
        """Return overrides in which numbers for `lr` have become `lr.initial`, names checked.

        `lr` is a config group (the schedule's shape), so Hydra alone looks for a file 0.1.yaml.

        Raises:
            ConfigError: for text that is no override, for a name that no file of a group has, and
                for numbers mixed with schedules.
        """
        return [self._in_full(self.read(text)) for text in texts if text != "experiment=null"]

    def _in_full(self, override: Override) -> Override:
        group, text = override.key_or_group, str(override.input_line)
        choices = self.files(group)
        values = [] if override.is_delete() or not choices else list(values_of(override))
        numbers = [type(value) in (int, float) for value in values]
        if group == "lr" and any(numbers):
            if not all(numbers):
                raise ConfigError(
                    f"{text}: numbers set lr.initial and names choose a schedule; sweep over the "
                    "two separately, as in lr=halve_twice,cosine lr.initial=0.1,0.5"
                )
            return self.read(text.replace("lr", "lr.initial", 1))
        for value in values:
            if str(value) not in choices:
                raise unknown_choice(group, str(value), choices)
        return override

    def is_value(self, override: Override) -> bool:
        """Whether an override sets a value in the tree; the others choose files, or are Hydra's."""
        is_choice = override.package is not None or self.files(override.key_or_group)
        return not (is_choice or override.is_hydra_override())


def values_of(override: Override) -> Iterable[Any]:
    """Return the value of an override, or the values it sweeps over."""
    if override.value_type == ValueType.GLOB_CHOICE_SWEEP:
        return ()  # names of files that are there
    if override.is_sweep_override():
        return override.sweep_iterator() if override.is_discrete_sweep() else [0.0]
    return [override.value()]


def override_key(override: str) -> str:
    """Return the key of an override's text: lr.initial for ++lr.initial=0.1."""
    return override.lstrip("+~").partition("=")[0]


def unknown_config_key(key: str, allowed: Sequence[str]) -> ConfigError:
    """Return the error for a key that is not among those allowed, with what may be meant."""
    allowed = [name for name in allowed if name not in UNLISTED]
    leaf = key.rpartition(".")[2]
    places = key_places()
    similar = [leaf] if leaf in places else []
    if not similar and not nearest(leaf, allowed):
        similar = get_close_matches(leaf, places, n=1)
    meant = " or ".join(places[similar[0]]) if similar else ""
    return unknown_key(key, allowed, f"; did you mean {meant}?" if meant else None)


def keys_of(record: type) -> list[str]:
    """Return the keys of a dataclass of the schema."""
    return [field.name for field in fields(record) if field.init]


def key_places() -> dict[str, list[str]]:
    """Return where a key inside a group stands: "optimizer.rho with optimizer=rmsprop" for rho."""
    places: dict[str, list[str]] = {}
    for group, hint in get_type_hints(Config).items():
        registry = NAMED_GROUPS.get(hint, ())
        records = [(name, registry.get(name)) for name in registry]
        records += [("", hint)] if is_dataclass(hint) and not records else []
        holders: dict[str, list[str]] = {}
        for name, record in records:
            for key in keys_of(record):
                holders.setdefault(key, []).append(name)
        for key, names in holders.items():
            choice = f" with {group}={' or '.join(names)}" if len(names) < len(records) else ""
            places.setdefault(key, []).append(f"{group}.{key}{choice}")
    return places

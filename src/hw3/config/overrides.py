"""The words of a command line: Hydra's grammar of overrides, our short forms, unknown keys."""

import math
import os
import re
import shlex
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_type_hints

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep, ValueType
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hw3.config.schema import NAMED_GROUPS, Config
from hw3.core.errors import ConfigError, first_line
from hw3.core.files import LONGEST_NAME
from hw3.core.limits import WHOLE
from hw3.core.registry import nearest, unknown_choice, unknown_key
from hw3.core.words import SHORT, one_line, quoted

UNLISTED = ("hydra", "_target_", "instead_of", "default_lr")  # Hydra's own, and the record's
DEEPEST = 4  # folders in folders that hold experiments; a link may lead back up
MAX_JOBS = 10_000  # of one command: checking as many takes half a minute
KEY = re.compile(r"[\w./@:$-]+", re.ASCII)  # with a package: optimizer@net
# what looks like text in quotes, a list, a dict or a function, and was perhaps not finished
STRUCTURED = re.compile(r"""\s*(['"[{]|(choice|range|interval|glob|sort|shuffle|tag)\()""")


class Grammar:
    """Reads overrides; each text is parsed once, since the points of a sweep repeat them."""

    def __init__(self, loader: ConfigLoader) -> None:
        self.loader = loader
        self.files = cache(self._files)  # of a config group; of a key, none
        self.read = cache(self._read)
        self._parser = OverridesParser.create(loader)

    def _files(self, group: str) -> list[str]:
        """Return the files of a group, those in folders inside it as team/mine."""
        if any(len(os.fsencode(name)) > LONGEST_NAME for name in group.split("/")):
            return []  # the file system would refuse to look
        found = self.loader.get_group_options(group)
        is_open = group.split("/")[0] == "experiment" and group.count("/") < DEEPEST
        for inner in self.loader.list_groups(group) if is_open else []:
            found += [f"{inner}/{name}" for name in self.files(f"{group}/{inner}")]
        return found

    def _read(self, text: str) -> Override:
        """Return an override as Hydra reads it, else with its value as text, if it can be no other.

        Raises:
            ConfigError: for text that is no override.
        """
        try:
            override = self._parsed(text)
        except HydraException as error:
            override = self._with_text(text, first_line(error))
        if not override.key_or_group:
            raise ConfigError(f"{quoted(text)} is not an override; write key=value, as in lr=0.1")
        override.config_loader = self.loader  # which glob(*) asks for the files
        return override

    def _parsed(self, text: str) -> Override:
        try:
            return self._parser.parse_override(text)
        except (RecursionError, ValueError, OverflowError) as error:  # of brackets, of numbers
            raise ConfigError(
                f"{quoted(text)} cannot be read ({first_line(error)}); write a plain value"
            ) from error

    def _with_text(self, text: str, reason: str) -> Override:
        """Return key="value" for key=value where Hydra's grammar has no reading of the value."""
        key, separator, value = text.partition("=")
        name = key.lstrip("+~")
        if not separator or not name:
            raise ConfigError(
                f"{quoted(text)} is not an override; write key=value, such as lr=0.1 or "
                f"model=numpy_mlp ({one_line(reason, SHORT)})"
            )
        if not KEY.fullmatch(name):
            raise unknown_config_key(name, keys_of(Config))
        meant = f"{key}={in_quotes(value)}"
        if not STRUCTURED.match(value) and "," not in value:
            with suppress(HydraException):
                return self._parsed(meant)
        raise ConfigError(
            f"{quoted(text)} is not an override ({one_line(reason, SHORT)}); if the value is text, "
            f"write {one_line(pasted(key, value), SHORT)}"
        )

    def decoded(self, text: str) -> Any:
        """Return what a text would be as a value of the command line: 3 for "3"."""
        with suppress(HydraException, ConfigError):
            override = self._parsed(f"key={text}")
            if not override.is_sweep_override():
                return override.value()
        return text

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
        check_count(override)
        choices = self.files(group)
        if not choices:
            return override
        if override.is_delete():
            raise missing(group)
        values = list(values_of(override))
        if len(values) == 1 and "${" in str(values[0]):
            return self._in_full(self.read(f"{override.get_key_element()}={resolved(values[0])}"))
        numbers = [type(value) in (int, float) for value in values]
        if group == "lr" and any(numbers):
            if not all(numbers):
                raise ConfigError(
                    f"{one_line(text, SHORT)}: numbers set lr.initial and names choose a schedule; "
                    "sweep over the two separately, as in lr=halve_twice,cosine lr.initial=0.1,0.5"
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


def in_quotes(value: str) -> str:
    """Return a value as text in Hydra's grammar, in which a backslash guards quotes alone."""
    guarded = re.sub(r'(\\*)("|$)', lambda m: m[1] * 2 + ("\\" + m[2] if m[2] else ""), value)
    return f'"{guarded}"'


def pasted(key: str, value: str) -> str:
    """Return an override that a shell and Hydra's grammar hand on as it was meant."""
    is_plain = re.fullmatch(r"[\w./-]+", value, re.ASCII)
    return f"{key}={value}" if is_plain else shlex.quote(f"{key}={in_quotes(value)}")


def resolved(value: object) -> object:
    """Return a value with its interpolations resolved, of which only those of no key can be."""
    try:
        return OmegaConf.create({"value": value}).value
    except OmegaConfBaseException as error:
        raise ConfigError(f"{quoted(value)}: {one_line(first_line(error))}") from error


def missing(key: str) -> ConfigError:
    """Return the error for a key that is taken away."""
    shown = one_line(key, SHORT)
    return ConfigError(f"{shown} is missing: a run needs all keys; leave ~{shown} out")


def refuse_several(overrides: Iterable[Override], way_out: str) -> None:
    """Raise ConfigError for several values of one key where one is meant."""
    for override in overrides:
        if override.is_sweep_override():
            raise ConfigError(
                f"{one_line(str(override.input_line), SHORT)} names several values: {way_out}"
            )


def check_count(override: Override) -> None:
    """Raise ConfigError for more values than a command can have jobs, before they are listed."""
    swept, n = override.value(), 1
    if isinstance(swept, RangeSweep):
        ends = (swept.start or 0, swept.stop or 0, swept.step)
        start, stop, step = (float(max(-WHOLE, min(WHOLE, end))) for end in ends)  # nan is WHOLE
        if not step or not all(abs(end) < WHOLE for end in (start, stop, step)):
            raise ConfigError(
                f"{one_line(str(override.input_line), SHORT)} has no end: a range needs two finite "
                "numbers and a step that is not 0"
            )
        n = math.ceil((stop - start) / step)
    elif isinstance(swept, ChoiceSweep):
        n = len(swept.list)
    check_n_jobs(n, f"{one_line(str(override.input_line), SHORT)} names {n:,} values")


def check_n_jobs(n: int, what: str) -> None:
    """Raise ConfigError for more jobs than a command may have."""
    if n > MAX_JOBS:
        raise ConfigError(f"{what}; one command takes at most {MAX_JOBS:,} jobs, so give several")


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
    if meant == key:  # data that are known by name have not the keys of files
        return ConfigError(f"{key} needs dataset=file, or a preset of your own that begins with it")
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

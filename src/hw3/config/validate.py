"""Plain trees -> typed records; an error names the full key, what is allowed and what was got."""

import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import MISSING
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from hw3.config.keys import Also, Since
from hw3.core.errors import ConfigError
from hw3.core.limits import WHOLE, Interval
from hw3.core.registry import Registry, unknown_choice, unknown_key
from hw3.core.words import quoted

R = TypeVar("R")
NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def build(record: type[R], node: Any, key: str, registries: Mapping[Any, Registry[Any]]) -> R:
    """Return an instance of a dataclass from a mapping that has exactly its fields."""
    node = as_group(node, key)
    hints, fields = hints_of(record), fields_by_name(record)  # type: ignore[arg-type]
    for name in node:
        if name not in fields:
            raise unknown_key(join(key, name), fields)
    values = {}
    for name, field in fields.items():
        if name in node:
            values[name] = convert(node[name], hints[name], join(key, name), registries)
        elif since := [mark for mark in get_args(hints[name]) if isinstance(mark, Since)]:
            values[name] = since[0].neutral  # a record of a schema that had no such key
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ConfigError(f"{join(key, name)} is missing")
    return record(**values)


@cache
def hints_of(record: type) -> Mapping[str, Any]:
    """Return the type hints of a dataclass, which take longer to find than a record to build."""
    return get_type_hints(record, include_extras=True)


@cache
def fields_by_name(record: type) -> Mapping[str, dataclasses.Field[Any]]:
    """Return what a dataclass is made from."""
    return {f.name: f for f in dataclasses.fields(record) if f.init}


def as_group(value: Any, key: str) -> Mapping[Any, Any]:
    """Return a value that must be a mapping."""
    if not isinstance(value, Mapping):
        raise ConfigError(f"{key} must be a group of keys, got {quoted(value)}")
    return value


def join(key: str, name: object) -> str:
    """Return "key.name", or "name" at the root."""
    return f"{key}.{name}" if key else str(name)


def convert(value: Any, hint: Any, key: str, registries: Mapping[Any, Registry[Any]]) -> Any:
    """Return the value as the type hint wants it, or raise ConfigError."""
    base = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if base in registries:
        group = as_group(value, key)
        record = registries[base].get(group.get("name"))
        taken = {"name", *(mark.key for mark in get_args(hint) if isinstance(mark, Also))}
        return build(record, {k: v for k, v in group.items() if k not in taken}, key, registries)
    if dataclasses.is_dataclass(base) and isinstance(base, type):
        return build(base, value, key, registries)
    if base not in (int, float, str, bool):  # marks of these are limits
        hint = base
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        if value not in args:
            raise unknown_choice(key, value, args)
        return value
    if origin is tuple:
        return convert_tuple(value, args, key, registries)
    if origin is Mapping:
        return convert_mapping(value, args[1], key, registries)
    if tuples := [a for a in args if get_origin(a) is tuple and isinstance(value, list | tuple)]:
        return convert_tuple(value, get_args(tuples[0]), key, registries)
    records = [a for a in args if dataclasses.is_dataclass(a) or get_origin(a) is Mapping]
    if records and NoneType in args:  # a record, or null
        return None if value is None else convert(value, records[0], key, registries)
    return value if hint is Any else convert_scalar(value, hint, key)


def convert_mapping(
    value: Any, hint: Any, key: str, registries: Mapping[Any, Registry[Any]]
) -> dict[str, Any]:
    """Return a mapping whose values are as the type hint wants them."""
    items = as_group(value, key).items()
    return {str(k): convert(v, hint, join(key, k), registries) for k, v in items}


def convert_tuple(
    value: Any, args: tuple[Any, ...], key: str, registries: Mapping[Any, Registry[Any]]
) -> tuple[Any, ...]:
    """Return a list as a tuple, of any length for tuple[X, ...]."""
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{key} must be a list such as [256,128], got {quoted(value)}")
    if args[-1] is Ellipsis:
        args = args[:1] * len(value)
    if len(value) != len(args):
        raise ConfigError(f"{key} must have {len(args)} entries, got {quoted(value)}")
    pairs = enumerate(zip(value, args, strict=True))
    return tuple(convert(v, arg, f"{key}[{i}]", registries) for i, (v, arg) in pairs)


def convert_scalar(value: Any, hint: Any, key: str) -> Any:
    """Return a number, word, truth value or null that one of the hint's alternatives allows."""
    alternatives = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for alternative in alternatives:
        base, limits = unpack(alternative)
        if (
            isinstance(base, type)
            and has_type(value, base)
            and all(value in limit for limit in limits)
        ):
            return float(value) if base is float else value
    allowed = " or ".join(describe(alternative) for alternative in alternatives)
    is_whole = allowed.startswith(NAMES[int]) and isinstance(value, int)
    if is_whole and value > WHOLE and "in [" not in allowed:
        allowed += ", below 2^63"
    raise ConfigError(f"{key} must be {allowed}, got {quoted(value)}")


@cache
def unpack(hint: Any) -> tuple[type, list[Interval]]:
    """Return the type of a hint and the limits in its annotation."""
    if get_origin(hint) is not Annotated:
        return hint, []
    base, *extras = get_args(hint)
    return base, [e for e in extras if isinstance(e, Interval)]


def has_type(value: Any, base: type) -> bool:
    """Whether a YAML value is of a type: a whole number is a number, a truth value is neither."""
    if type(value) is bool:
        return base is bool
    if base is float:
        return isinstance(value, int | float) and abs(value) <= sys.float_info.max
    if base is int:
        return isinstance(value, int) and abs(value) <= WHOLE
    return isinstance(value, base) and "\0" not in str(value)  # no file's name can hold it


def describe(hint: Any) -> str:
    """Return "a number > 0", "null" and the like."""
    base, limits = unpack(hint)
    if base is NoneType:
        return "null"
    if get_origin(base) is tuple:
        return "a list"
    return " ".join([NAMES[base], *map(str, limits)])

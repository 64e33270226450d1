"""What each key of a config is for: what is hashed, grouped and compared asks the schema here."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from hw3.core.limits import Role as Role
from hw3.core.limits import Since as Since  # the marks of keys
from hw3.core.registry import Registry


@dataclasses.dataclass(frozen=True)
class Also:
    """Marks a group whose YAML has one more key than its records: `default_lr` of an optimizer."""

    key: str
    role: Role


def fields_of(
    record: type, registries: Mapping[Any, Registry[Any]], prefix: str = ""
) -> Iterator[tuple[str, Any, list[object]]]:
    """Yield (full key, type, marks) for each field of a record and of its groups."""
    for name, hint in get_type_hints(record, include_extras=True).items():
        key, marks = f"{prefix}{name}", []
        if get_origin(hint) is Annotated:
            hint, *marks = get_args(hint)
        yield key, hint, marks
        groups = [registries[hint].get(n) for n in registries[hint]] if hint in registries else []
        for group in groups or [hint]:
            if dataclasses.is_dataclass(group) and isinstance(group, type):
                yield from fields_of(group, registries, f"{key}.")


def declared(record: type, registries: Mapping[Any, Registry[Any]]) -> Iterator[tuple[str, object]]:
    """Yield (full key, mark) for each mark on the fields of a record and of its groups."""
    for key, _, marks in fields_of(record, registries):
        yield from ((key, mark) for mark in marks)


def holds_text(hint: Any) -> bool:
    """Whether a type has words among its values, or is a group of keys."""
    if hint in (str, Any) or get_origin(hint) is Literal:
        return True
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return True
    return any(map(holds_text, get_args(hint)))


def holds_number(hint: Any) -> bool:
    """Whether a type has numbers among its values, beside others."""
    return any(arg in (int, float) or holds_number(arg) for arg in get_args(hint))


@cache
def marks() -> tuple[Mapping[str, Role], Mapping[str, object]]:
    """Return the schema's roles, and the neutral values of its later keys, by full key."""
    from hw3.config.schema import NAMED_GROUPS, Config  # which names the roles of this module

    found = list(declared(Config, NAMED_GROUPS))
    roles = {key: mark for key, mark in found if isinstance(mark, Role)}
    roles |= {f"{key}.{mark.key}": mark.role for key, mark in found if isinstance(mark, Also)}
    neutral = {key: mark.neutral for key, mark in found if isinstance(mark, Since)}
    return roles, neutral


def role_of(key: str) -> Role:
    """Return the role of a full key, which is that of its group where the group has one."""
    roles, _ = marks()
    return roles.get(key) or roles.get(key.partition(".")[0], Role.IDENTITY)


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return {"act.name": ...} for a nested tree."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def with_values(tree: Mapping[str, Any], values: Mapping[str, object]) -> dict[str, Any]:
    """Return a tree in which keys such as dataset.val have other values, a group as a whole too."""
    changed = dict(tree)
    for key, value in values.items():
        first, _, rest = key.partition(".")
        changed[first] = with_values(changed.get(first) or {}, {rest: value}) if rest else value
    return changed


def without_neutral(
    tree: Mapping[str, Any], neutral: Mapping[str, object], prefix: str = ""
) -> dict[str, Any]:
    """Return a tree without its later keys that have their neutral value, nor groups of these."""
    kept: dict[str, Any] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            inner = without_neutral(value, neutral, f"{key}.")
            if inner or not value:
                kept[name] = inner
        elif key not in neutral or repr(value) != repr(neutral[key]):  # False is not 0 here
            kept[name] = value
    return kept


def config_hash(tree: Mapping[str, Any]) -> str:
    """Return the digest of what a resolved tree computes, 64 hex digits.

    Left out are the keys that only say where it runs, and later keys with their neutral value.
    """
    _, neutral = marks()
    kept = {key: value for key, value in tree.items() if role_of(key) is not Role.PLACE}
    text = json.dumps(without_neutral(kept, neutral), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def normal(value: object) -> object:
    """Return a value in the one form that compares: a whole number has no point, in lists too."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return [normal(item) for item in value] if isinstance(value, list | tuple) else value


def canonical(settings: Mapping[str, object]) -> str:
    """Return what is equal for equal settings, and for no others: 1 and 1.0 are equal."""
    return json.dumps({k: normal(v) for k, v in settings.items()}, sort_keys=True, default=str)


def settings(tree: Mapping[str, Any]) -> dict[str, object]:
    """Return what a result could depend on, by full key: without seed, names and places."""
    _, neutral = marks()
    flat = flatten(without_neutral(tree, neutral))
    roles = Role.IDENTITY, Role.MACHINE
    return {key: value for key, value in flat.items() if role_of(key) in roles}

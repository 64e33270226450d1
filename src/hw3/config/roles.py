"""What a field of the schema says of its key beside the type: its role, and since when it is there.

    seed: Annotated[Count, Role.REPLICATE]
    ema: Annotated[float, Since(2, neutral=0.0)]

The functions take any schema: a dataclass whose fields are keys, and the groups whose `name` picks
a record.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any, TypeGuard, get_args, get_origin, get_type_hints

Groups = Mapping[Any, Any]  # a type hint, and the registry of its records


class Role(Enum):
    """What a key is to a result.

    IDENTITY: what is computed. REPLICATE: which of many equal draws. PLACE: where and how it runs
    and is drawn; not in the hash. IMPLIED: follows from other keys, or is a name; in the hash since
    version 1, and no setting to compare.
    """

    IDENTITY = "identity"
    REPLICATE = "replicate"
    PLACE = "place"
    IMPLIED = "implied"


@dataclass(frozen=True)
class Since:
    """The version of the schema that added a key, and the value that means what was before.

    The neutral value is fixed for ever: with it the key is left out of the hash, and a record that
    lacks the key is read with it.
    """

    version: int
    neutral: Any

    def is_neutral(self, value: Any) -> bool:
        """Whether a value is the neutral one; 0.0 is 0, and neither is false."""
        return bool(value == self.neutral) and isinstance(value, bool) == isinstance(
            self.neutral, bool
        )


@dataclass(frozen=True)
class Beside:
    """A key that stands in a group's YAML for other keys to refer to; its record has no field."""

    key: str
    role: Role


@dataclass(frozen=True)
class Key:
    """A field of a schema: its type hint without the marks of this module, and the marks."""

    hint: Any
    role: Role | None
    since: Since | None
    beside: Mapping[str, Role]


@cache
def keys_of(record: type) -> Mapping[str, Key]:
    """Return the keys of a dataclass, in order; fields that are no arguments are none."""
    hints = get_type_hints(record, include_extras=True)
    names = [field.name for field in dataclasses.fields(record) if field.init]
    return {name: key_of(hints[name]) for name in names}


def key_of(hint: Any) -> Key:
    """Return a hint apart from its marks; limits stay with the hint."""
    base, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    limits = tuple(mark for mark in marks if not isinstance(mark, Role | Since | Beside))
    return Key(
        Annotated[(base, *limits)] if limits else base,
        next((mark for mark in marks if isinstance(mark, Role)), None),
        next((mark for mark in marks if isinstance(mark, Since)), None),
        {mark.key: mark.role for mark in marks if isinstance(mark, Beside)},
    )


def role_in(schema: type, dotted_key: str) -> Role:
    """Return the role of a key, or of the group above it that has one; else it is IDENTITY."""
    first, _, rest = dotted_key.partition(".")
    key = keys_of(schema).get(first)
    if key is None:
        return Role.IDENTITY
    if key.role or not rest:
        return key.role or Role.IDENTITY
    if rest in key.beside:
        return key.beside[rest]
    return role_in(key.hint, rest) if is_record(key.hint) else Role.IDENTITY


def is_record(hint: Any) -> TypeGuard[type]:
    """Whether a type hint is a dataclass."""
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def record_of(hint: Any, node: Any, groups: Groups) -> type | None:
    """Return the dataclass whose fields are the keys of a node, or None for a value."""
    if not isinstance(node, Mapping):
        return None
    if hint in groups:
        name = node.get("name")
        return groups[hint].get(name) if isinstance(name, str) and name in groups[hint] else None
    return hint if is_record(hint) else None


def filled(tree: Mapping[str, Any], schema: type, groups: Groups) -> dict[str, Any]:
    """Return a tree with the neutral values of the keys that it is too old to have."""
    found = dict(tree)
    for name, key in keys_of(schema).items():
        if name not in tree and key.since:
            found[name] = key.since.neutral
        elif record := record_of(key.hint, tree.get(name), groups):
            found[name] = filled(tree[name], record, groups)
    return found


def hashed(tree: Mapping[str, Any], schema: type, groups: Groups) -> dict[str, Any]:
    """Return what of a tree is in its hash: no places, and no later key that is neutral."""
    keys, found = keys_of(schema), {}
    for name, value in tree.items():
        key = keys.get(name)
        record = key and record_of(key.hint, value, groups)
        if key and (key.role is Role.PLACE or (key.since and key.since.is_neutral(value))):
            continue
        found[name] = hashed(value, record, groups) if record else value
    return found


def tree_hash(tree: Mapping[str, Any], schema: type, groups: Groups) -> str:
    """Return the digest of everything in a resolved tree that decides the outcome."""
    text = json.dumps(hashed(tree, schema, groups), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()

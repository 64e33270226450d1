"""What each key of a config is for: its role decides what is hashed, grouped and compared."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints


class Role(Enum):
    """IDENTITY: what is computed. REPLICATE: the seed. PLACE: where it runs and how it is drawn.

    IMPLIED: in the hash since schema 1, but no setting: it follows from other keys, or is a name.
    """

    IDENTITY = "identity"
    REPLICATE = "replicate"
    PLACE = "place"
    IMPLIED = "implied"


@cache
def declared_roles() -> Mapping[str, Role]:
    """Return the roles that the schema's fields declare, by full key."""
    from hw3.config.schema import Config

    return {**roles_of(Config, ""), "optimizer.default_lr": Role.IMPLIED}


def roles_of(record: type, prefix: str) -> dict[str, Role]:
    """Return the roles that a dataclass declares on its fields and on those of its groups."""
    found: dict[str, Role] = {}
    for name, hint in get_type_hints(record, include_extras=True).items():
        if get_origin(hint) is Annotated:
            hint, *extras = get_args(hint)
            found |= {f"{prefix}{name}": e for e in extras if isinstance(e, Role)}
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            found |= roles_of(hint, f"{prefix}{name}.")
    return found


def role_of(key: str) -> Role:
    """Return the role of a full key, which is that of its group where the group has one."""
    roles = declared_roles()
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


def config_hash(tree: Mapping[str, Any]) -> str:
    """Return the digest of a resolved tree, without the keys that only say where it runs."""
    kept = {key: value for key, value in tree.items() if role_of(key) is not Role.PLACE}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def settings(tree: Mapping[str, Any]) -> dict[str, object]:
    """Return what a result could depend on, by full key: without seed, names and places."""
    return {k: v for k, v in flatten(tree).items() if role_of(k) is Role.IDENTITY}

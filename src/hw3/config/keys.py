"""The keys of a run's config: their roles, the settings that a result depends on, the hash."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from hw3.config.roles import Role, filled, role_in, tree_hash
from hw3.config.schema import NAMED_GROUPS, Config


@cache
def role_of(dotted_key: str) -> Role:
    """Return the role of a key such as record.figures; a key that no schema has is IDENTITY."""
    return role_in(Config, dotted_key)


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return {"act.name": ...} for a nested tree."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def settings(tree: Mapping[str, Any]) -> dict[str, object]:
    """Return by dotted key all that a result could depend on, but for the seed."""
    flat = flatten(filled(tree, Config, NAMED_GROUPS))
    return {key: value for key, value in flat.items() if role_of(key) is Role.IDENTITY}


def config_hash(tree: Mapping[str, Any]) -> str:
    """Return the digest of a resolved tree, without the keys that only say where it runs."""
    return tree_hash(tree, Config, NAMED_GROUPS)

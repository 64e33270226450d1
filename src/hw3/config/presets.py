"""The YAML files of the config groups, read as they are: what a group's name stands for."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hw3.core.errors import ConfigError
from hw3.core.registry import Registry
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.optimizers import OPTIMIZERS
from hw3.nn.schedules import SCHEDULES

OPEN: Mapping[str, Registry[Any]] = {r.key: r for r in (ACTIVATIONS, OPTIMIZERS, SCHEDULES)}


def conf_dir() -> Path:
    """Return the absolute folder of the YAML files: in the package, or at the checkout's top."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "conf"
    return packaged if packaged.is_dir() else here.parents[3] / "conf"


def preset_file(group: str, name: str) -> Path:
    """Return where a name's YAML file is, if it has one of ours."""
    return conf_dir() / group / f"{name}.yaml"


@cache
def preset(group: str, name: str) -> Mapping[str, object]:
    """Return the keys of conf/<group>/<name>.yaml, nothing for a file that is not there."""
    path = preset_file(group, name)
    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    return found if isinstance(found, dict) else {}


def of_plugin(group: str, name: str) -> dict[str, Any]:
    """Return what a name stands for that a plugin registered: the defaults of its dataclass.

    Nothing for a name that has a YAML file of ours, and for one that nobody registered.

    Raises:
        ConfigError: for an optimizer that says no default rate.
    """
    if name not in OPEN.get(group, ()) or preset_file(group, name).is_file():
        return {}
    record = OPEN[group].get(name)
    keys: dict[str, Any] = {"name": name}
    if group == "lr":
        keys |= {"initial": "${optimizer.default_lr}", "warmup": 0}
    if group == "optimizer":
        if not hasattr(record, "default_lr"):
            raise ConfigError(f"optimizer={name} lacks default_lr; see docs/plugins.md")
        keys["default_lr"] = record.default_lr
    for field in fields(record):
        value = field.default if field.default_factory is MISSING else field.default_factory()
        if field.init and (value is not MISSING or field.name not in keys):
            keys[field.name] = "???" if value is MISSING else value
    return {k: list(v) if isinstance(v, tuple) else v for k, v in keys.items()}


def is_preset(key: str, value: object, name: object) -> bool:
    """Whether a key has the value that its group's name stands for, as act.slope_at_zero 0."""
    group, _, leaf = key.rpartition(".")
    found = preset(group, str(name)) or of_plugin(group, str(name))
    return leaf in found and found[leaf] == value

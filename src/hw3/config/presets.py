"""The YAML files of the config groups, read as they are: what a group's name stands for."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml


def conf_dir() -> Path:
    """Return the absolute folder of the YAML files: in the package, or at the checkout's top."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "conf"
    return packaged if packaged.is_dir() else here.parents[3] / "conf"


@cache
def preset(group: str, name: str) -> Mapping[str, object]:
    """Return the keys of conf/<group>/<name>.yaml, nothing for a file that is not there."""
    path = conf_dir() / group / f"{name}.yaml"
    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    return found if isinstance(found, dict) else {}


def is_preset(key: str, value: object, name: object) -> bool:
    """Whether a key has the value that its group's name stands for, as act.slope_at_zero 0."""
    group, _, leaf = key.rpartition(".")
    found = preset(group, str(name))
    return leaf in found and found[leaf] == value

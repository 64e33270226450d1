"""What no command line and no YAML file may set: what the record alone says, and names of files."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hw3.config.keys import flatten
from hw3.config.presets import preset
from hw3.core.errors import ConfigError
from hw3.core.words import quoted
from hw3.datasets.spec import OWN


def check_ours(
    tree: Mapping[str, Any], choice: Callable[[str], str], plugins: Sequence[str]
) -> None:
    """Raise ConfigError for what no config may say of itself, wherever it was written.

    A name belongs to the file that its group chose, with the keys beside it; other keys are set
    by the record alone.
    """
    for key, value in flatten(tree).items():
        if isinstance(value, str) and "${" in value:
            raise ConfigError(
                f"{key} may not hold ${{, which stands for a value; got {quoted(value)}"
            )
    if tree.get("instead_of") is not None:
        raise ConfigError(
            "instead_of is ours and cannot be given: it records that offline_dataset replaced "
            "the data set that was asked for"
        )
    if tree.get("plugins", []) != plugins:
        raise ConfigError(
            f"plugins={quoted(tree['plugins'])} stands in a YAML file or among the values of a "
            "sweep, and no file may name code to import; give plugins=[...] on the command line"
        )
    if "experiment" in tree:
        raise ConfigError("an experiment's file must begin with '# @package _global_'")
    for group in ("act", "optimizer", "lr", "dataset", "tracker"):
        file, held = preset(group, choice(group)), tree.get(group)
        if not file or not isinstance(held, Mapping):  # a file of one's own, or no group
            continue
        if held.get("name") != file["name"] != OWN:  # own data may have any name
            raise ConfigError(
                f"{group}.name={quoted(held.get('name'))} would leave the other keys of "
                f"{group}={choice(group)} as they are; choose with {group}=<name>"
            )
        if held.get("default_lr") != file.get("default_lr"):
            raise ConfigError(
                f"{group}.default_lr is ours and cannot be given: it records the optimizer's "
                "default; set the rate with lr=<number>"
            )

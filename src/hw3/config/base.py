"""What a run starts from instead of the YAML files' values: the config of an earlier run."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hw3.core.errors import ConfigError

FROM = "from"  # the word of the command line
GROUPS = ("model", "act", "optimizer", "lr", "regularizer", "dataset", "tracker")
DEFAULT = "optimizer.default_lr"
OURS = ("instead_of", DEFAULT)  # what the record alone says


@dataclass(frozen=True)
class Base:
    """The config of an earlier run, for all that a command line does not say.

    Attributes:
        choices: the file of each group that its record names.
        values: its keys in full; those of a group that is chosen anew do not count.
    """

    choices: Mapping[str, str]
    values: Mapping[str, object]

    def choices_beside(self, given: Collection[str]) -> list[str]:
        """Return the choices of groups that are not among those given.

        Raises:
            ConfigError: for a group that is no key of a config, and so sets keys that nobody names.
        """
        if strange := sorted({*given} - {*GROUPS}):
            raise ConfigError(
                f"{strange[0]} cannot be given with {FROM}=<folder>, whose record says all keys; "
                f"give the keys that change, or files of {', '.join(GROUPS)}"
            )
        return [f"{group}={name}" for group, name in self.choices.items() if group not in given]

    def values_beside(self, given: Collection[str]) -> dict[str, object]:
        """Return the values of keys in no group that is given.

        A rate that was its optimizer's default is left to another optimizer's.
        """
        left = {*given} | ({"instead_of"} if "dataset" in given else set())  # nothing stands in
        if "optimizer" in given and self.values["lr.initial"] == self.values.get(DEFAULT):
            left.add("lr.initial")
        return {k: v for k, v in self.values.items() if not {k, k.partition(".")[0]} & left}

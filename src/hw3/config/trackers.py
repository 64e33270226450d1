"""The group `tracker`: whom a run is told to beside its own record, and the keys of each."""

import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import ClassVar, Literal

from hw3.core.errors import ConfigError
from hw3.core.registry import Registry


class Tracker:
    """Whom a run is told to; `name` is as a config names it, set by the registry."""

    name: ClassVar[str]

    def check(self) -> None:
        """Raise ConfigError, before any work, for what cannot be used here."""
        found = find_spec(self.name)
        if found is None or found.origin is None:  # a mere folder of that name has no origin
            raise ConfigError(
                f"tracker={self.name} needs {self.name}: pip install 'hw3[{self.name}]'"
            )


TRACKERS: Registry[type[Tracker]] = Registry("tracker")


@TRACKERS.register("none")
@dataclass(frozen=True)
class NoTracker(Tracker):
    """The record in the run's folder is all."""

    def check(self) -> None:
        """Nothing is needed."""


@TRACKERS.register("tensorboard")
@dataclass(frozen=True)
class TensorBoard(Tracker):
    """Event files in the run's folder."""


@TRACKERS.register("mlflow")
@dataclass(frozen=True)
class Mlflow(Tracker):
    """A run in a database or on a server; `uri` and `experiment` null leave them to others."""

    uri: str | None
    experiment: str | None

    def check(self) -> None:
        """Raise ConfigError also for a password, which every record would keep."""
        if self.uri and re.search(r"://[^/]*:[^/]*@", self.uri):
            raise ConfigError(
                "tracker.uri may hold no password, since the record of each run keeps it; use "
                "tracker.uri=null, and set MLFLOW_TRACKING_URI"
            )
        super().check()


@TRACKERS.register("wandb")
@dataclass(frozen=True)
class Wandb(Tracker):
    """A run of Weights & Biases; offline, nothing leaves the machine until `wandb sync`."""

    mode: Literal["offline", "online"]
    project: str
    entity: str | None

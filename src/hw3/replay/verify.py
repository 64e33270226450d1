"""Stands in for the replay of records until it is merged."""

from dataclasses import dataclass
from pathlib import Path

from hw3.core.errors import ConfigError


@dataclass(frozen=True)
class Asked:
    """How much is trained again: runs, epochs of each, and the seed that draws them."""

    sample: int | None = None
    epochs: int | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Verified:
    """What a replay found."""

    verdict: str
    sentence: str


def verified(folder: Path, asked: Asked) -> Verified:
    """Return what the replay of a record finds."""
    raise ConfigError(f"{folder} cannot be verified by this version ({asked})")

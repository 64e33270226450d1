"""Stands in for the sandbox until it is merged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How much a checked program may take."""

    seconds: float = 60

"""Limits of a parameter, written beside it: `momentum: Annotated[float, Interval(0, 1, "[)")]`."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

WHOLE = 2**63 - 1  # the largest whole number that a file of ours can hold


@dataclass(frozen=True)
class Interval:
    """An interval of numbers; the two marks of `ends` say whether each end belongs to it."""

    low: float
    high: float = math.inf
    ends: Literal["[]", "[)", "(]", "()"] = "[]"

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.ends[0] == "[" else value > self.low
        below = value <= self.high if self.ends[1] == "]" else value < self.high
        return above and below and -math.inf < value < math.inf  # isfinite fails beyond 1e308

    def __str__(self) -> str:
        if self.high == math.inf:
            return f"{'>=' if self.ends[0] == '[' else '>'} {self.low:g}"
        return f"in {self.ends[0]}{self.low:g}, {self.high:g}{self.ends[1]}"


Count = Annotated[int, Interval(0)]
PositiveInt = Annotated[int, Interval(1)]
PositiveFloat = Annotated[float, Interval(0, ends="()")]
NonNegativeFloat = Annotated[float, Interval(0)]
Share = Annotated[float, Interval(0, 1)]  # a closed share
Decay = Annotated[float, Interval(0, 1, "[)")]  # a coefficient of an exponential average

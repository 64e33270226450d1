"""What is said of a key beside it: `momentum: Annotated[float, Interval(0, 1, "[)")]`."""

import math
from dataclasses import dataclass
from enum import Enum
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


@dataclass(frozen=True)
class Since:
    """Marks a key that the schema got later: `clip: Annotated[float | None, Since(3, None)]`.

    `neutral` is the value with which the key changes nothing, fixed for ever when the key comes.
    A record of an older schema has it; and a config whose key has it keeps the hash that it had
    before, whatever the default in the YAML becomes.
    """

    schema: int
    neutral: object


class Role(Enum):
    """What a key is for, declared at its field: `seed: Annotated[int, Role.REPLICATE]`.

    IDENTITY, where nothing is declared: it decides what is computed.
    MACHINE: which parts of a machine compute; it decides the last bits, and never what they mean.
    REPLICATE: it repeats the same computation on other random numbers.
    PLACE: it says where and how a run happens or is drawn; no hash and no comparison sees it.
    IMPLIED: a name, or what follows from other keys; in the hash since schema 1, but no setting.
    """

    IDENTITY = "identity"
    MACHINE = "machine"
    REPLICATE = "replicate"
    PLACE = "place"
    IMPLIED = "implied"


Count = Annotated[int, Interval(0)]
PositiveInt = Annotated[int, Interval(1)]
PositiveFloat = Annotated[float, Interval(0, ends="()")]
NonNegativeFloat = Annotated[float, Interval(0)]
Share = Annotated[float, Interval(0, 1)]  # a closed share
Decay = Annotated[float, Interval(0, 1, "[)")]  # a coefficient of an exponential average

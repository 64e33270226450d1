"""A line chart for the page, as numbers for SVG.

Unlike a picture of matplotlib it follows the width and the colours of the page, dark or light, and
takes no time to draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from typing import Literal

Kind = Literal["train", "val", "mean"]  # which gives a line its colour
LEFT, RIGHT, TOP, BOTTOM = 44.0, 352.0, 34.0, 196.0  # of the axes, in a box of 360 by 230
HUGE = 1e300  # what is no smaller is not drawn: an axis up to the largest float would overflow
MOST = 6  # steps between the labels of an axis


@dataclass(frozen=True)
class Scale:
    """The vertical axis; what lies beyond its ends is out of sight."""

    low: float
    high: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Return the height of a value in the box."""
        low, high, at = (self._size(v) for v in (self.low, self.high, value))
        share = (at - low) / (high - low) if high > low else 0.5
        return BOTTOM - share * (BOTTOM - TOP)

    def _size(self, value: float) -> float:
        return log10(max(value, 1e-30)) if self.is_log else value

    @property
    def ticks(self) -> list[float]:
        """Round values on the axis: powers of ten where there are enough of them."""
        if not self.is_log:
            return steps(self.low, self.high)
        low, high = log10(self.low), log10(self.high)
        powers = [10.0**k for k in steps(low, high) if k == int(k)]
        if len(powers) > 1:
            return powers
        found = [f * 10.0**k for k in range(floor(low), ceil(high) + 1) for f in (1, 2, 5)]
        return [value for value in found if self.low <= value <= self.high]


def steps(low: float, high: float) -> list[float]:
    """Return the multiples of 1, 2 or 5 times a power of ten from low to high, at most 7."""
    span = high - low
    if not span:
        return [low]
    size = 10.0 ** floor(log10(span / MOST))
    step = next(size * f for f in (1, 2, 5, 10) if span / (size * f) <= MOST)
    return [float(f"{step * i:.12g}") for i in range(ceil(low / step), floor(high / step) + 1)]


def is_drawn(value: float) -> bool:
    """Whether a value has a place on an axis: NaN and infinity have none."""
    return abs(value) < HUGE


@dataclass(frozen=True)
class Chart:
    """Lines over the epochs 1, 2, ...; each line is a kind and its values.

    Attributes:
        text: what the chart shows, for those who do not see it.
        unit: what the vertical axis shows.
        marks: where something happens, between two epochs or at one, and what.
    """

    title: str
    text: str
    lines: Sequence[tuple[Kind, Sequence[float]]]
    scale: Scale
    unit: str = ""
    marks: Mapping[float, str] = field(default_factory=dict)

    def across(self, epoch: float) -> float:
        """Return where an epoch is in the box."""
        last = max(len(values) for _, values in self.lines)
        return round(LEFT + (epoch - 1) / max(last - 1, 1) * (RIGHT - LEFT), 1)

    @property
    def x_ticks(self) -> list[tuple[float, str]]:
        """Where epochs are written below."""
        last = max(len(values) for _, values in self.lines)
        found = dict.fromkeys([1, *(e for e in steps(1, last) if e > 2 and e == int(e))])
        return [(self.across(epoch), f"{epoch:g}") for epoch in found]

    @property
    def y_ticks(self) -> list[tuple[float, str]]:
        """Where values are written at the left."""
        return [(round(self.scale.place(v), 1), f"{v:g}") for v in self.scale.ticks]

    @property
    def paths(self) -> list[tuple[Kind, str]]:
        """The kind and the points of each line; one epoch alone is a dot."""
        found = []
        for kind, values in self.lines:
            points = [
                f"{self.across(epoch)},{self.scale.place(value):.1f}"
                for epoch, value in enumerate(values, 1)
                if is_drawn(value)
            ]
            found.append((kind, " ".join(points * 2 if len(points) == 1 else points)))
        return found

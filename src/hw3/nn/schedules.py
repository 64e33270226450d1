"""Learning-rate schedules: the rate of an epoch, counted from 0, out of `epochs`."""

from dataclasses import dataclass
from math import cos, pi
from typing import Annotated, ClassVar, Protocol

from hw3.core.limits import Interval, PositiveFloat, PositiveInt, Share
from hw3.core.registry import Registry

Milestone = PositiveInt | Annotated[float, Interval(0, 1, "()")]


class Schedule(Protocol):
    """A rule for the learning rate; `name` is as a config names it, set by the registry."""

    name: ClassVar[str]

    @property
    def initial(self) -> float:
        """The rate of the first epoch."""

    def rate(self, epoch: int, epochs: int) -> float:
        """Return the learning rate of an epoch in [0, epochs)."""


SCHEDULES: Registry[type[Schedule]] = Registry("lr")


@SCHEDULES.register("halve_twice")
@dataclass(frozen=True)
class HalveTwice:
    """Halve the rate after two milestones: the last rate is a quarter of the first.

    A milestone is a whole number of epochs, or a share of all epochs, rounded and kept inside the
    run, so that both halvings happen in short runs too (a run of one epoch has none).
    """

    name: ClassVar[str]
    initial: PositiveFloat
    after: tuple[Milestone, Milestone]

    def milestones(self, epochs: int) -> tuple[int, ...]:
        """Return after how many epochs the rate is halved, each in [1, epochs)."""
        whole = (m if isinstance(m, int) else max(1, round(m * epochs)) for m in self.after)
        return tuple(min(m, epochs - 1) for m in whole) if epochs > 1 else ()

    def rate(self, epoch: int, epochs: int) -> float:
        """Return initial / 2^(milestones reached)."""
        return self.initial * 0.5 ** sum(epoch >= m for m in self.milestones(epochs))


@SCHEDULES.register("constant")
@dataclass(frozen=True)
class Constant:
    """The same rate in every epoch."""

    name: ClassVar[str]
    initial: PositiveFloat

    def rate(self, epoch: int, epochs: int) -> float:
        """Return initial."""
        return self.initial


@SCHEDULES.register("step")
@dataclass(frozen=True)
class Step:
    """Multiply the rate by `factor` after every `every` epochs."""

    name: ClassVar[str]
    initial: PositiveFloat
    every: PositiveInt
    factor: Annotated[float, Interval(0, 1, "(]")]

    def rate(self, epoch: int, epochs: int) -> float:
        """Return initial * factor^floor(epoch / every)."""
        return self.initial * self.factor ** (epoch // self.every)


@SCHEDULES.register("cosine")
@dataclass(frozen=True)
class Cosine:
    """Half a cosine from initial towards final_share * initial.

    rate = low + (initial - low) (1 + cos(pi epoch / epochs)) / 2, low = final_share * initial
    (Loshchilov & Hutter 2017, eq. 5, one period, without restarts).
    """

    name: ClassVar[str]
    initial: PositiveFloat
    final_share: Share

    def rate(self, epoch: int, epochs: int) -> float:
        """Return the rate of the equation above."""
        low = self.final_share * self.initial
        return low + (self.initial - low) * (1 + cos(pi * epoch / epochs)) / 2

"""Learning-rate schedules: the rate of an epoch, counted from 0, out of `epochs`."""

from abc import abstractmethod
from dataclasses import dataclass
from math import cos, pi
from typing import Annotated, ClassVar

from hw3.core.limits import Count, Interval, PositiveFloat, PositiveInt, Share, Since
from hw3.core.registry import Registry

Milestone = PositiveInt | Annotated[float, Interval(0, 1, "()")]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A rule for the learning rate; those that are registered derive from it and have a `rate`.

    Attributes:
        name: as a config names it; the registry sets it.
        initial: the rate that the schedule begins with.
        warmup: epochs before, in which the rate rises to it by equal steps (Goyal et al. 2017).
    """

    initial: PositiveFloat
    warmup: Annotated[Count, Since(4, 0)]
    name: ClassVar[str]

    @abstractmethod
    def rate(self, epoch: int, epochs: int) -> float:
        """Return the learning rate of an epoch in [0, epochs), without a warm-up."""

    def applied(self, epoch: int, epochs: int) -> float:
        """Return the rate of an epoch of a run: `rate` of what remains after the warm-up.

        In the warm-up it is initial (epoch + 1) / (warmup + 1).
        """
        if epoch < self.warmup:
            return self.initial * (epoch + 1) / (self.warmup + 1)
        return self.rate(epoch - self.warmup, epochs - self.warmup)


SCHEDULES: Registry[type[Schedule]] = Registry("lr", ("rate", "applied"))


@SCHEDULES.register("halve_twice")
@dataclass(frozen=True, kw_only=True)
class HalveTwice(Schedule):
    """Halve the rate after two milestones: the last rate is a quarter of the first.

    A milestone is a whole number of epochs, or a share of all epochs, rounded and kept inside the
    run, so that both halvings happen in short runs too (a run of one epoch has none).
    """

    after: tuple[Milestone, Milestone]

    def milestones(self, epochs: int) -> tuple[int, ...]:
        """Return after how many epochs the rate is halved, each in [1, epochs)."""
        whole = (m if isinstance(m, int) else max(1, round(m * epochs)) for m in self.after)
        return tuple(min(m, epochs - 1) for m in whole) if epochs > 1 else ()

    def rate(self, epoch: int, epochs: int) -> float:
        """Return initial / 2^(milestones reached)."""
        return self.initial * 0.5 ** sum(epoch >= m for m in self.milestones(epochs))


@SCHEDULES.register("constant")
@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """The same rate in every epoch."""

    def rate(self, epoch: int, epochs: int) -> float:
        """Return initial."""
        return self.initial


@SCHEDULES.register("step")
@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    """Multiply the rate by `factor` after every `every` epochs."""

    every: PositiveInt
    factor: Annotated[float, Interval(0, 1, "(]")]

    def rate(self, epoch: int, epochs: int) -> float:
        """Return initial * factor^floor(epoch / every)."""
        return self.initial * self.factor ** (epoch // self.every)


@SCHEDULES.register("cosine")
@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """Half a cosine from initial towards final_share * initial.

    rate = low + (initial - low) (1 + cos(pi epoch / epochs)) / 2, low = final_share * initial
    (Loshchilov & Hutter 2017, eq. 5, one period, without restarts).
    """

    final_share: Share

    def rate(self, epoch: int, epochs: int) -> float:
        """Return the rate of the equation above."""
        low = self.final_share * self.initial
        return low + (self.initial - low) * (1 + cos(pi * epoch / epochs)) / 2

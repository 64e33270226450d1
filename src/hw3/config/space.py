"""What a search may choose from: the keys of a command that have several values, or an interval."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep

from hw3.config.keys import Role, role_of
from hw3.core.errors import ConfigError
from hw3.core.words import SHORT, one_line

DIGITS = 4  # that a proposed number has: nobody needs more to repeat it
Params = Mapping[str, str]  # of one trial: the value of each searched key, as an override has it


@dataclass(frozen=True)
class Options:
    """Values to choose from; those of a range are ordered."""

    values: tuple[str, ...]
    is_ordered: bool = False

    @property
    def ends(self) -> tuple[str, ...]:
        """The values to check before any trial: all of them."""
        return self.values

    @property
    def n_values(self) -> float:
        """How many there are."""
        return len(self.values)


@dataclass(frozen=True)
class Between:
    """The numbers of an interval, both ends included; on a log scale each factor weighs alike."""

    low: float
    high: float
    is_log: bool
    is_whole: bool

    @property
    def ends(self) -> tuple[str, ...]:
        """The values to check before any trial."""
        return repr(self.low), repr(self.high)

    @property
    def n_values(self) -> float:
        """How many there are."""
        return self.high - self.low + 1 if self.is_whole else math.inf

    def text(self, value: float) -> str:
        """Return a number of the interval as an override has it, of few digits."""
        if self.is_whole:
            return str(int(value))
        short = float(f"{value:.{DIGITS}g}")
        return repr(min(max(short, self.low), self.high))


Dimension = Options | Between


@dataclass(frozen=True)
class Space:
    """The overrides of a trial, in order: what is given, and what is searched.

    Attributes:
        fixed: the whole override of each key that has one value, by key.
        searched: the values of each key that is searched.
        words: these as they were given.
    """

    order: tuple[str, ...]
    fixed: Mapping[str, str]
    searched: Mapping[str, Dimension]
    words: Mapping[str, str]

    def point(self, params: Params) -> list[str]:
        """Return the overrides of a trial."""
        return [self.fixed.get(key) or f"{key}={params[key]}" for key in self.order]

    def ends(self) -> Iterator[Params]:
        """Yield trials in which each value, or end of an interval, occurs: one is changed each."""
        first = {key: found.ends[0] for key, found in self.searched.items()}
        yield first
        for key, found in self.searched.items():
            yield from (first | {key: value} for value in found.ends[1:])

    @property
    def size(self) -> float:
        """How many different trials there are."""
        return math.prod(found.n_values for found in self.searched.values())


def space_of(overrides: Iterable[Override]) -> Space:
    """Return what overrides leave open; a key given again keeps its place, with its last value.

    Raises:
        ConfigError: for what cannot be searched, and if nothing is.
    """
    last = {override.get_key_element(): override for override in overrides}
    searched = {key: dimension(o) for key, o in last.items() if o.is_sweep_override()}
    if not searched:
        raise ConfigError(
            "hydra/sweeper=optuna has nothing to search; give a key several values or an interval, "
            "as in 'lr=tag(log, interval(0.001, 1))'"
        )
    fixed = {k: f"{k}={o.get_value_element_as_str()}" for k, o in last.items() if k not in searched}
    words = {key: str(last[key].input_line).partition("=")[2] for key in searched}
    return Space(tuple(last), fixed, searched, words)


def dimension(override: Override) -> Dimension:
    """Return the values that an override leaves open.

    Raises:
        ConfigError: for a key that changes no result or not what is computed, and for a sweep of
            Hydra's grammar that means nothing in a search.
    """
    key, swept = override.key_or_group, override.value()
    shown = one_line(str(override.input_line), SHORT)
    if key.split(".")[0] == "dataset" or role_of(key) is not Role.IDENTITY:
        raise ConfigError(
            f"{shown} cannot be searched: hydra/sweeper=optuna searches keys that change the "
            "network or its training; give one value"
        )
    unknown = sorted(set(getattr(swept, "tags", ())) - {"log"})
    if unknown or getattr(swept, "shuffle", False):
        what = f"the tag {unknown[0]}" if unknown else "shuffle"
        raise ConfigError(f"{shown}: {what} means nothing in a search; leave it out")
    is_log = "log" in getattr(swept, "tags", ())
    if isinstance(swept, IntervalSweep):
        return between(swept, is_log, shown)
    if is_log:
        raise ConfigError(
            f"{shown}: the tag log is for an interval, as in tag(log, interval(1, 9))"
        )
    values = tuple(override.sweep_string_iterator())
    if not values:
        raise ConfigError(f"{shown} names no value")
    return Options(values, isinstance(swept, RangeSweep))


def between(swept: IntervalSweep, is_log: bool, shown: str) -> Between:
    """Return the numbers of an interval.

    Raises:
        ConfigError: for ends that are not finite or do not rise, and on a log scale not above 0.
    """
    low, high = swept.start, swept.end
    if low is None or high is None or not math.isfinite(low) or not low < high < math.inf:
        raise ConfigError(f"{shown} must have two finite ends, the lower first")
    if is_log and low <= 0:
        raise ConfigError(f"{shown}: on a log scale the lower end must be above 0, got {low:g}")
    return Between(low, high, is_log, isinstance(low, int) and isinstance(high, int))

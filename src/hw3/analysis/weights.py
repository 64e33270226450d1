"""What training did to the weights of a layer."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hw3.nn.arrays import FloatArray

NEAR_ZERO = 0.01
FROZEN = 0.5
SAME = 1.1  # ratios below it, or above its inverse, are called equal
HEAVY_TAILS, LIGHT_TAILS = 1.0, -0.5  # excess kurtosis: Laplace has 3, normal 0, uniform -1.2


@dataclass(frozen=True)
class WeightStats:
    """One layer's weights (fan_in, fan_out); near zero is |w| < NEAR_ZERO.

    Attributes:
        sd: over all n weights (divisor n), as is sd_initial.
        excess_kurtosis: mean((w - mean)^4) / sd^4 - 3, None if sd is 0.
        growth: sd / sd_initial, None if sd_initial is 0.
        n_dead_units: columns that are all near zero: units that no input reaches.
        n_frozen_units: columns w with |w - w_initial| < FROZEN |w_initial| (Euclidean): units that
            training has hardly moved, such as ReLU units that no example ever activates.
        n_pruned_inputs: rows that are all near zero: inputs that reach no unit.
    """

    n: int
    mean: float
    sd: float
    excess_kurtosis: float | None
    share_near_zero: float
    max_abs: float
    sd_initial: float
    growth: float | None
    n_dead_units: int
    n_frozen_units: int
    n_pruned_inputs: int


@dataclass(frozen=True)
class TrainedLayer:
    """One layer of a net, (fan_in, fan_out) weights before and after its training."""

    name: str
    weights: FloatArray
    initial: FloatArray

    @cached_property
    def stats(self) -> WeightStats:
        """The statistics of the weights."""
        return weight_stats(self.weights, self.initial)


def weight_stats(weights: FloatArray, initial: FloatArray) -> WeightStats:
    """Return the statistics of a layer's weights against their initial values, in float64.

    Raises:
        ValueError: unless both are (fan_in, fan_out).
    """
    if weights.ndim != 2 or weights.shape != initial.shape:
        raise ValueError(
            f"needs two (fan_in, fan_out) arrays, got {weights.shape} and {initial.shape}"
        )
    w, start = weights.astype(np.float64), initial.astype(np.float64)
    sd, sd_initial = float(w.std()), float(start.std())
    moved, length = (np.linalg.norm(columns, axis=0) for columns in (w - start, start))
    is_small = np.abs(w) < NEAR_ZERO
    return WeightStats(
        n=w.size,
        mean=float(w.mean()),
        sd=sd,
        excess_kurtosis=float((((w - w.mean()) / sd) ** 4).mean()) - 3 if sd else None,
        share_near_zero=float(is_small.mean()),
        max_abs=float(np.abs(w).max()),
        sd_initial=sd_initial,
        growth=sd / sd_initial if sd_initial else None,
        n_dead_units=int(is_small.all(axis=0).sum()),
        n_frozen_units=int((moved < FROZEN * length).sum()),
        n_pruned_inputs=int(is_small.all(axis=1).sum()),
    )


def shared_bins(arrays: Iterable[FloatArray], n_bins: int) -> FloatArray:
    """Return n_bins + 1 equidistant edges that span all arrays.

    Histograms of the same layer of several nets are comparable only over equal bins.
    """
    values = np.concatenate([np.ravel(array) for array in arrays])
    edges: FloatArray = np.histogram_bin_edges(values, n_bins)
    return edges


def describe_difference(
    net_a: WeightStats, net_b: WeightStats, names: tuple[str, str], layer: str
) -> list[str]:
    """Return sentences on how the same layer of two nets differs, each with its figures."""
    nets = list(zip(names, (net_a, net_b), strict=True))
    spread = _contrast(
        [(name, net.sd, f"{net.sd:.4f}") for name, net in nets],
        "the weights of {} are {} as wide as those of {} (standard deviation {} and {})",
    )
    near_zero = _contrast(
        [(name, net.share_near_zero, f"{net.share_near_zero:.1%}") for name, net in nets],
        "{} has {} as large a share of its weights there as {} ({} and {})",
    )
    return [
        f"{layer}, spread: {spread}.",
        f"{layer}, growth: {'; '.join(_growth(name, net) for name, net in nets)}.",
        f"{layer}, tails: {'; '.join(_tails(name, net) for name, net in nets)}.",
        f"{layer}, |w| < {NEAR_ZERO}: {near_zero}.",
        f"{layer}, unused: {'; '.join(_unused(name, net) for name, net in nets)}.",
    ]


def _contrast(named: list[tuple[str, float, str]], template: str) -> str:
    (high, large, large_text), (low, small, small_text) = sorted(named, key=lambda n: -n[1])
    times = f"{large / small:.1f} times" if small else "infinitely many times"
    if large <= SAME * small:
        times = "about"
    return template.format(high, times, low, large_text, small_text)


def _growth(name: str, net: WeightStats) -> str:
    if net.growth is None:
        return f"{name} started without spread and reached {net.sd:.4f}"
    verb = "grew" if net.growth > SAME else "shrank" if net.growth < 1 / SAME else "stayed close"
    return f"{name} {verb} to {net.growth:.2f} times its initial spread of {net.sd_initial:.4f}"


def _tails(name: str, net: WeightStats) -> str:
    kurtosis = net.excess_kurtosis
    if kurtosis is None:
        return f"{name} has none, its weights are all equal"
    weight = "heavier than" if kurtosis > HEAVY_TAILS else "about those of"
    if kurtosis < LIGHT_TAILS:
        weight = "lighter than"
    return f"{name} has tails {weight} a normal distribution (excess kurtosis {kurtosis:.2f})"


def _unused(name: str, net: WeightStats) -> str:
    units, frozen, inputs = net.n_dead_units, net.n_frozen_units, net.n_pruned_inputs
    return (
        f"{name} has {units or 'no'} dead unit{'s' * (units != 1)} (all |w| < {NEAR_ZERO}), "
        f"{frozen or 'none'} that hardly moved from the start, "
        f"and {inputs or 'no'} pruned input{'s' * (inputs != 1)}"
    )

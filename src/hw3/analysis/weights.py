"""What training did to the weights of a layer, and which hidden units take no part."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hw3.core.words import percent
from hw3.nn.activations import Activation
from hw3.nn.arrays import FloatArray, LayerParams

NEAR_ZERO = 0.01
CONSTANT = 1e-6  # a response that varies less is the same but for rounding
ROWS = 5000  # of a product; bounds the memory
SAME = 1.1  # ratios below it are called equal
SAME_TAILS = 0.2  # and so are differences of excess kurtosis below this

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class WeightStats:
    """The statistics of the live weights of a layer: those not into or out of a silent unit.

    Attributes:
        n, mean, sd, max_abs: after training; sd with divisor n, max_abs the largest |w|.
        sd_initial: of the same weights before training.
        growth: sd / sd_initial, None if that is 0. The initial sd depends on fan-in, so that sd
            alone compares widths.
        excess_kurtosis: mean((w - mean)^4) / sd^4 - 3, None if sd is 0; 0 if normal, 3 Laplace.
        share_near_zero, share_near_zero_initial: with |w| < NEAR_ZERO, after and before.
    """

    n: int
    mean: float
    sd: float
    sd_initial: float
    growth: float | None
    excess_kurtosis: float | None
    max_abs: float
    share_near_zero: float
    share_near_zero_initial: float


@dataclass(frozen=True)
class TrainedLayer:
    """One layer of a net.

    Attributes:
        weights: (fan_in, fan_out) after training.
        initial: the same before.
        is_silent_input: (fan_in,) which inputs are the outputs of silent units.
        is_silent: (fan_out,) which units are silent.
    """

    name: str
    weights: FloatArray
    initial: FloatArray
    is_silent_input: BoolArray
    is_silent: BoolArray

    @property
    def is_live(self) -> BoolArray:
        """Which weights neither enter nor leave a silent unit, (fan_in, fan_out)."""
        return ~(self.is_silent_input[:, None] | self.is_silent)

    @property
    def n_silent(self) -> int:
        """The number of silent units."""
        return int(self.is_silent.sum())

    @property
    def n_shrunk(self) -> int:
        """How many of the silent units have only incoming weights near zero."""
        is_shrunk = (np.abs(self.weights) < NEAR_ZERO).all(axis=0)
        return int((is_shrunk & self.is_silent).sum())

    @cached_property
    def stats(self) -> WeightStats:
        """The statistics of the live weights; of all weights if none is live."""
        chosen = self.is_live if self.is_live.any() else np.ones_like(self.is_live)
        return weight_stats(self.weights[chosen], self.initial[chosen])

    @cached_property
    def measures(self) -> dict[str, object]:
        """All of it by name, see WeightStats; share_near_zero_all is of all weights."""
        return {
            "layer": self.name,
            "n_units": self.is_silent.size,
            "n_silent": self.n_silent,
            "n_shrunk": self.n_shrunk,
            **asdict(self.stats),
            "share_near_zero_all": share_near_zero(self.weights),
        }


def trained_layers(
    end: Sequence[LayerParams], start: Sequence[LayerParams], silent: Sequence[BoolArray]
) -> list[TrainedLayer]:
    """Return a net's layers from its parameters after and before training.

    Args:
        end: (weight (fan_in, fan_out), bias) of each layer after training.
        start: the same before.
        silent: (n_units,) of each hidden layer, see `silent_units`.
    """
    ends = [np.zeros(len(end[0][0]), bool), *silent, np.zeros(end[-1][0].shape[1], bool)]
    return [
        TrainedLayer(f"layer {i} ({w.shape[0]} to {w.shape[1]})", w, initial, ends[i - 1], ends[i])
        for i, ((w, _), (initial, _)) in enumerate(zip(end, start, strict=True), 1)
    ]


def silent_units(
    params: Sequence[LayerParams], activation: Activation, inputs: FloatArray
) -> list[BoolArray]:
    """Return which units of each hidden layer respond alike to all inputs, (n_units,) each.

    A ReLU that never fires is one, and so is any unit that saturates or ignores its inputs.
    Without dropout, h_0 = inputs (n, n_features) and h_l = act(h_(l-1) W_l + b_l).
    """
    ranges = [(np.full(len(b), np.inf), np.full(len(b), -np.inf)) for _, b in params[:-1]]
    for first in range(0, len(inputs), ROWS):
        h = inputs[first : first + ROWS]
        for (weight, bias), (low, high) in zip(params[:-1], ranges, strict=True):
            z = h @ weight + bias
            h = np.empty_like(z)
            activation.value(z, out=h)
            np.minimum(low, h.min(axis=0), out=low)
            np.maximum(high, h.max(axis=0), out=high)
    return [high - low <= CONSTANT for low, high in ranges]


def weight_stats(weights: FloatArray, initial: FloatArray) -> WeightStats:
    """Return the statistics of weights against their initial values, in float64.

    Raises:
        ValueError: unless both have the same shape and hold a weight.
    """
    if weights.shape != initial.shape or not weights.size:
        raise ValueError(f"needs two arrays of one shape, got {weights.shape} and {initial.shape}")
    w, start = weights.astype(np.float64), initial.astype(np.float64)
    sd, sd_initial = float(w.std()), float(start.std())
    return WeightStats(
        n=w.size,
        mean=float(w.mean()),
        sd=sd,
        sd_initial=sd_initial,
        growth=sd / sd_initial if sd_initial else None,
        excess_kurtosis=float((((w - w.mean()) / sd) ** 4).mean()) - 3 if sd else None,
        max_abs=float(np.abs(w).max()),
        share_near_zero=share_near_zero(w),
        share_near_zero_initial=share_near_zero(start),
    )


def share_near_zero(weights: FloatArray) -> float:
    """Return the share of weights with |w| < NEAR_ZERO."""
    return float((np.abs(weights) < NEAR_ZERO).mean())


def shared_bins(arrays: Iterable[FloatArray], n_bins: int) -> FloatArray:
    """Return n_bins + 1 equidistant edges that span all arrays.

    Histograms of the same layer of several nets are comparable only over equal bins.
    """
    values = np.concatenate([np.ravel(array) for array in arrays])
    edges: FloatArray = np.histogram_bin_edges(values, n_bins)
    return edges


def describe_growth(
    net_a: Sequence[WeightStats], net_b: Sequence[WeightStats], names: tuple[str, str]
) -> str:
    """Return a sentence on which net's weights grew more, with the growth of each layer."""
    text = compared(
        [(a.growth, b.growth) for a, b in zip(net_a, net_b, strict=False)],
        names,
        ("The weights of {} grew more than those of {}", "Neither net's weights grew more"),
        lambda a, b: a > SAME * b,
        " times",
    )
    return (
        f"{text} (standard deviation after training over that before). What it is before depends "
        "on a layer's fan-in, so only the ratio compares nets of different width."
    )


def describe_shape(
    net_a: Sequence[WeightStats], net_b: Sequence[WeightStats], names: tuple[str, str]
) -> list[str]:
    """Return sentences on how two nets differ near zero and in the tails, with their numbers."""
    pairs = list(zip(net_a, net_b, strict=False))
    tails = compared(
        [(a.excess_kurtosis, b.excess_kurtosis) for a, b in pairs],
        names,
        ("The tails of {} are heavier than those of {}", "Neither net has heavier tails"),
        lambda a, b: a > b + SAME_TAILS,
    )
    shares = "; ".join(
        f"layer {i}, {near_zero(names[0], a)} and {near_zero(names[1], b)}"
        for i, (a, b) in enumerate(pairs, 1)
    )
    return [
        f"Weights near zero, |w| < {NEAR_ZERO}: {shares}.",
        f"{tails} (excess kurtosis; a normal distribution has 0).",
    ]


def compared(
    pairs: Sequence[tuple[float | None, float | None]],
    names: tuple[str, str],
    leads: tuple[str, str],
    is_more: Callable[[float, float], bool],
    unit: str = "",
) -> str:
    """Return which net has more, if that holds in every layer, and the numbers of each layer."""
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if known and all(is_more(b, a) for a, b in known):
        return compared([(b, a) for a, b in pairs], (names[1], names[0]), leads, is_more, unit)
    has_more = known and all(is_more(a, b) for a, b in known)
    more, neither = (lead.format(*names) for lead in leads)
    numbers = ", ".join(
        f"{two_digits(a)} against {two_digits(b)}{unit} in layer {i}"
        for i, (a, b) in enumerate(pairs, 1)
    )
    return f"{more if has_more else neither} in every layer: {numbers}"


def two_digits(value: float | None) -> str:
    """Return 2.75, or what is said where there is no such number."""
    return "undefined" if value is None else f"{value:.2f}"


def near_zero(name: str, net: WeightStats) -> str:
    """Return "7.2 % in net 1 (15.8 % before training)"."""
    before, after = percent(net.share_near_zero_initial, 1), percent(net.share_near_zero, 1)
    return f"{after} in {name} ({before} before training)"


def describe_silence(nets: Mapping[str, Sequence[TrainedLayer]]) -> str:
    """Return sentences on the silent units of each net, and where their weights are."""
    counts = "; ".join(
        f"{silence(layer)} in {name}" + (f", layer {i}" if len(hidden) > 1 else "")
        for name, (*hidden, _) in nets.items()
        for i, layer in enumerate(hidden, 1)
    )
    shrunk = [name for name, layers in nets.items() if any(layer.n_shrunk for layer in layers)]
    spike = f" The shrunk ones are the spike at 0 in the histograms of {' and '.join(shrunk)}."
    return (
        "Hidden units that give every training image the same response (silent): "
        f"{counts or 'none, since there is no hidden layer'}.{spike if shrunk else ''}"
    )


def silence(layer: TrainedLayer) -> str:
    """Return "8 of 128 (0 of them with weights shrunk to 0)"."""
    text = f"{layer.n_silent} of {layer.is_silent.size}"
    return f"{text} ({layer.n_shrunk} of them with weights shrunk to 0)" if layer.n_silent else text

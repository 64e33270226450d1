"""Networks of one shape in torch, k at a time: their arrays, their logits, their gradients."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from hw3.backends.base import Network
from hw3.core.errors import ConfigError
from hw3.core.words import quoted
from hw3.nn.activations import GELU, Activation
from hw3.nn.arrays import runs
from hw3.nn.losses import Loss, SigmoidCrossEntropy

# Elements to which vectors are rounded up. Torch computes the end of an array that fills no vector
# register by other instructions, which round otherwise: without an end, the place does not count.
FULL = 64


def relu(z: Tensor, slope_at_zero: float) -> Tensor:
    """max(0, z) with a chosen slope at 0; torch's own is 0 there.

    The detached step function is a constant to autograd, so d(z step(z)) / dz = step(z).
    """
    if slope_at_zero == 0:
        return torch.relu(z)
    return z * torch.heaviside(z.detach(), z.new_tensor(slope_at_zero))


def sigmoid(z: Tensor) -> Tensor:
    """(1 + tanh(z / 2)) / 2; the last elements of torch.sigmoid are rounded otherwise (FULL)."""
    return torch.tanh(z * 0.5) * 0.5 + 0.5


def silu(z: Tensor) -> Tensor:
    """z sigmoid(z), from what leaves the last elements alone, as those below."""
    return z * sigmoid(z)


def elu(z: Tensor, alpha: float) -> Tensor:
    """z for z > 0, else alpha (e^z - 1)."""
    return torch.expm1(z.clamp(max=0)) * alpha + torch.relu(z)


def gelu(z: Tensor) -> Tensor:
    """z / 2 (1 + tanh(u)), as numpy's."""
    u = (z * z * GELU.CUBIC + 1) * z * GELU.SCALE
    return z * 0.5 * (torch.tanh(u) + 1)


OWN: dict[str, Callable[..., Tensor]] = {f.__name__: f for f in (relu, sigmoid, silu, elu, gelu)}


def activate(activation: Activation, z: Tensor) -> Tensor:
    """Return the activation at z: by its own method, or by the function that it names."""
    if hasattr(activation, "torch_value"):
        value: Tensor = activation.torch_value(z)
    else:
        name = activation.torch_name  # type: ignore[attr-defined]  # numpy needs none
        function = OWN.get(name) or named(functional, name, f"act={activation.name}")
        value = function(z, **vars(activation))
    return value


def named(module: Any, name: str, rule: str) -> Any:
    """Return what a rule's torch_name is in a module of torch, or raise ConfigError."""
    if not hasattr(module, name):
        raise ConfigError(f"{rule}: its torch_name {quoted(name)} is not in {module.__name__}")
    return getattr(module, name)


class Vectors:
    """Numbers shaped like the parameters of k networks, flat and rounded up to FULL.

    Attributes:
        arrays: (k, n) each: the weights of each layer, and last the biases of all.
    """

    def __init__(self, layer_sizes: Sequence[int], arrays: list[Tensor]) -> None:
        self.layer_sizes, self.arrays = layer_sizes, arrays

    @classmethod
    def zeros(cls, network: Network, device: torch.device) -> "Vectors":
        """Return those of one network."""
        sizes = network.layer_sizes
        lengths = [fan_in * fan_out for fan_in, fan_out in pairwise(sizes)] + [sum(sizes[1:])]
        dtype = getattr(torch, network.dtype)
        full = [(1, -(-length // FULL) * FULL) for length in lengths]
        return cls(sizes, [torch.zeros(shape, dtype=dtype, device=device) for shape in full])

    @classmethod
    def joined(cls, parts: Sequence["Vectors"]) -> "Vectors":
        """Return copies of them, stacked."""
        each = zip(*(part.arrays for part in parts), strict=True)
        return cls(parts[0].layer_sizes, [torch.cat(arrays) for arrays in each])

    def part(self, networks: slice) -> "Vectors":
        """Return a view of some networks'."""
        return Vectors(self.layer_sizes, [array[networks] for array in self.arrays])

    def layers(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Return views of each layer: weight (k, fan_in, fan_out) and bias (k, 1, fan_out)."""
        *weights, biases = self.arrays
        start = 0
        for array, (fan_in, fan_out) in zip(weights, pairwise(self.layer_sizes), strict=True):
            weight = array[:, : fan_in * fan_out].unflatten(1, (fan_in, fan_out))
            yield weight, biases[:, None, start : start + fan_out]
            start += fan_out

    def tensors(self) -> list[Tensor]:
        """Return the views of all layers in a row: W1, b1, W2, ..."""
        return [tensor for layer in self.layers() for tensor in layer]

    def named(self) -> Iterator[tuple[str, Tensor]]:
        """Return W1, b1, ... of the first network as torch has them: (fan_out, fan_in)."""
        for i, (weight, bias) in enumerate(self.layers(), 1):
            yield f"W{i}", weight[0].T
            yield f"b{i}", bias[0, 0]


def logits_of(
    networks: Sequence[Network], layers: Sequence[Tensor], x: Tensor, masks: Sequence[Tensor] = ()
) -> Tensor:
    """Return the logits (k, n, n_outputs) of x (k, n, n_features); masks are (k, n, width)."""
    acts = list(runs([network.activation for network in networks]))
    pairs = list(zip(layers[::2], layers[1::2], strict=True))
    h = x
    for i, (weight, bias) in enumerate(pairs):
        h = torch.baddbmm(bias, h, weight)
        if i < len(pairs) - 1:
            parts = [activate(act, h[part]) for part, act in acts]
            h = torch.cat(parts) if len(parts) > 1 else parts[0]
            h = h * masks[i] if masks else h
    return h


def gradients(
    networks: Sequence[Network],
    layers: Sequence[Tensor],
    x: Tensor,
    y: Tensor,
    masks: Sequence[Tensor] = (),
) -> tuple[Tensor, ...]:
    """Return d(mean loss of each network) / d layers; y is (k, n): labels, or -1 and 1 of two.

    The gradient of a sum over networks is that of each, which no other takes part in.
    """
    total = total_loss(networks[0].loss, logits_of(networks, layers, x, masks), y)
    return torch.autograd.grad(total, layers, total.new_tensor(1 / x.shape[1]))


def total_loss(loss: Loss, logits: Tensor, y: Tensor) -> Tensor:
    """Return the sum of the losses of logits (k, n, n_outputs), in nats."""
    if isinstance(loss, SigmoidCrossEntropy):
        return -functional.logsigmoid(logits.flatten(1) * y).sum()
    return functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum")

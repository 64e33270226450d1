"""Whether torch networks that compute as one have the bits of lone ones: the library is asked."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from hw3.backends.base import Network
from hw3.backends.torch_nets import Vectors, gradients
from hw3.nn.losses import SigmoidCrossEntropy

ALIGNED = 16  # bytes
DRAWS = 8  # of random batches on which a stack must agree with lone networks


def same_bits_alone(networks: Sequence[Network], n: int, device: torch.device) -> bool:
    """Return whether the gradients of a batch of n rows are, bit by bit, those of lone networks.

    A matrix library may sum in another order where a slice lies elsewhere in memory: MKL does for
    slices that do not begin at a multiple of 16 bytes. Other causes (widths of 1, several threads)
    depend on the version, so the library is asked too, on random numbers.
    """
    sizes, generator = networks[0].layer_sizes, torch.Generator().manual_seed(0)
    item = np.dtype(networks[0].dtype).itemsize
    slices = [n * width for width in sizes] + [a * b for a, b in pairwise(sizes)]
    if any(length * item % ALIGNED for length in slices):
        return False
    return all(same_gradients(networks, n, device, generator) for _ in range(DRAWS))


def same_gradients(
    networks: Sequence[Network], n: int, device: torch.device, generator: torch.Generator
) -> bool:
    """Return whether one batch of random numbers has the same gradients together and alone."""
    net, k = networks[0], len(networks)

    def drawn(*shape: int) -> Tensor:
        numbers = torch.randn(shape, generator=generator, dtype=getattr(torch, net.dtype))
        return numbers.to(device)

    alone = [Vectors.zeros(network, device) for network in networks]
    for vectors in alone:
        for array in vectors.arrays:
            array.copy_(drawn(*array.shape) / net.layer_sizes[0] ** 0.5)
    x, y = drawn(k, n, net.layer_sizes[0]), drawn(k, n).sign()
    if not isinstance(net.loss, SigmoidCrossEntropy):
        y = torch.randint(net.layer_sizes[-1], (k, n), generator=generator).to(device)
    masks = [drawn(k, n, width) for width in net.hidden_sizes]

    def found(of: Sequence[Network], vectors: Vectors, one: slice) -> tuple[Tensor, ...]:
        layers = [tensor.detach().requires_grad_() for tensor in vectors.tensors()]
        return gradients(of, layers, x[one].clone(), y[one], [mask[one] for mask in masks])

    whole = found(networks, Vectors.joined(alone), slice(None))
    for i, vectors in enumerate(alone):
        one = slice(i, i + 1)
        lone = found(networks[one], vectors, one)
        if not all(torch.equal(a[one], b) for a, b in zip(whole, lone, strict=True)):
            return False
    return True

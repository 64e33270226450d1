"""Torch networks of one shape that train as one, each with the bits that it has alone."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from hw3.backends.base import Network
from hw3.backends.torch_backend import State, Together, TorchBackend
from hw3.backends.torch_nets import gradients
from hw3.nn.arrays import FloatArray, IntArray
from hw3.nn.losses import SigmoidCrossEntropy


class TorchStack:
    """Networks of one shape that train as one where that leaves the bits of each, else in turn.

    Neighbours with the same rate, optimizer, penalty and activation share kernels: sort them.
    """

    def __init__(self, members: Sequence[TorchBackend]) -> None:
        self.members = members
        data, state = members[0].data, State.joined([member.state for member in members])
        for i, member in enumerate(members):
            member.live_on(state.part(slice(i, i + 1)), data)
        self.whole = Together([member.network for member in members], state, data)
        self._same: dict[int, bool] = {}  # by the rows of a batch

    def train_epoch(
        self,
        inputs: FloatArray,
        labels: IntArray,
        orders: IntArray,
        *,
        batch_size: int,
        learning_rates: Sequence[float],
        dropout_rngs: Sequence[np.random.Generator],
    ) -> None:
        """Take one step per batch in every network; orders are (k, n)."""
        n = orders.shape[1]
        lengths = {min(batch_size, n), n % batch_size} - {0}
        together = all(self._leaves_bits(rows) for rows in lengths)
        one_by_one = [slice(i, i + 1) for i in range(len(self.members))]
        for part in [slice(None)] if together else one_by_one:
            nets = self.whole if together else self.members[part][0].alone
            nets.train_epoch(
                inputs,
                labels,
                orders[part],
                batch_size=batch_size,
                learning_rates=learning_rates[part],
                dropout_rngs=dropout_rngs[part],
            )

    def _leaves_bits(self, rows: int) -> bool:
        if rows not in self._same:
            self._same[rows] = same_bits_alone(self.whole.networks, rows, self.whole.data.device)
        return self._same[rows]


def join(backends: Sequence[TorchBackend]) -> TorchStack:
    """Return a stack of backends, whose parameters and states live in shared arrays from now on.

    They share layer sizes, loss, dtype, device, threads, batch size and the optimizer's kind. When
    some leave, join those that go on.
    """
    return TorchStack(backends)


def same_bits_alone(networks: Sequence[Network], n: int, device: torch.device) -> bool:
    """Return whether the gradients of a batch of n rows are, bit by bit, those of lone networks.

    A matrix library may sum in another order where a slice lies elsewhere in memory: MKL does for
    widths that fill no 16 bytes, and with several threads. So it is asked, on random numbers.
    """
    net, k = networks[0], len(networks)
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        numbers = torch.randn(shape, generator=generator, dtype=getattr(torch, net.dtype))
        return numbers.to(device)

    layers = []
    for fan_in, fan_out in pairwise(net.layer_sizes):
        weight, bias = drawn(k, fan_in, fan_out) / fan_in**0.5, drawn(k, 1, fan_out)
        layers += [weight.requires_grad_(), bias.requires_grad_()]
    x, y = drawn(k, n, net.layer_sizes[0]), drawn(k, n).sign()
    if not isinstance(net.loss, SigmoidCrossEntropy):
        y = torch.randint(net.layer_sizes[-1], (k, n), generator=generator).to(device)
    whole = gradients(networks, layers, x, y)
    for i in range(k):
        one = slice(i, i + 1)
        own = [layer[one].detach().requires_grad_() for layer in layers]
        lone = gradients(networks[one], own, x[one], y[one])
        if not all(torch.equal(a[one], b) for a, b in zip(whole, lone, strict=True)):
            return False
    return True

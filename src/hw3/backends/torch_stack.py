"""Torch networks of one shape that train as one, each with the bits that it has alone.

A lone network is a stack of one: one code for both, so that a network's bits do not depend on its
company. Arrays have the networks on their first axis, of length k.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from inspect import signature
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from hw3.backends.base import Network
from hw3.backends.torch_bits import same_bits_alone
from hw3.backends.torch_nets import Vectors, gradients, named
from hw3.core.errors import ConfigError
from hw3.core.words import quoted
from hw3.nn.arrays import FloatArray, IntArray, runs
from hw3.nn.clipping import EPS
from hw3.nn.losses import SigmoidCrossEntropy
from hw3.nn.regularizers import dropout_masks


@dataclass
class State:
    """What k networks are: their parameters, and what torch's optimizer remembers of each.

    slots: by torch's name, such as exp_avg. steps: (k,), how many were taken.
    """

    params: Vectors
    slots: dict[str, Vectors]
    steps: Tensor

    @classmethod
    def joined(cls, states: Sequence["State"]) -> "State":
        """Return copies of them, stacked."""
        slots = {key: Vectors.joined([s.slots[key] for s in states]) for key in states[0].slots}
        params = Vectors.joined([state.params for state in states])
        return cls(params, slots, torch.cat([state.steps for state in states]))

    def part(self, networks: slice) -> "State":
        """Return a view of some networks'."""
        slots = {key: slot.part(networks) for key, slot in self.slots.items()}
        return State(self.params.part(networks), slots, self.steps[networks])


def make_optimizer(network: Network, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """Return the optimizer of a network's kind: one fused kernel for all, where torch has one."""
    rule: Any = network.optimizer
    own = getattr(rule, "torch_class", None)
    kind = own() if own else named(torch.optim, rule.torch_name, f"optimizer={rule.name}")
    ways = {"fused": True} if "fused" in signature(kind).parameters else {"foreach": False}
    optimizer: torch.optim.Optimizer = kind(groups, lr=1.0, **({} if own else ways))
    return optimizer


def fresh_state(network: Network, device: torch.device) -> State:
    """Return all zeros; which slots there are, torch's optimizer shows at its first step."""
    rule: Any = network.optimizer
    one = nn.Parameter(torch.zeros(1, device=device))
    one.grad = torch.zeros_like(one)
    optimizer = make_optimizer(network, [{"params": [one]} | rule.torch_options()])
    optimizer.step()
    kept = {k: v for k, v in optimizer.state[one].items() if k != "step" and v is not None}
    for name, value in kept.items():
        if not isinstance(value, Tensor) or value.shape != one.shape:
            raise ConfigError(
                f"optimizer={rule.name} keeps {quoted(name)} in torch's state; it may "
                "keep step, a tensor, and tensors shaped like the parameters"
            )
    slots = {name: Vectors.zeros(network, device) for name in kept}
    return State(Vectors.zeros(network, device), slots, torch.zeros(1, device=device))


class Alike:
    """Neighbours in a stack with the same rate, rule, penalty and clipping, whose steps are one."""

    def __init__(self, network: Network, where: slice, state: State, rate: float) -> None:
        self.regularizer, self.where = network.regularizer, where
        self.clip_norm, self._k = network.clip_norm, where.stop - where.start
        self.flats = [nn.Parameter(array.view(-1)) for array in state.params.arrays]
        grads = Vectors(state.params.layer_sizes, [*map(torch.zeros_like, state.params.arrays)])
        self._views = grads.tensors()
        for flat, array in zip(self.flats, grads.arrays, strict=True):
            flat.grad = array.view(-1)
        rule: Any = network.optimizer
        options: dict[str, Any] = {"lr": rate} | rule.torch_options()
        self.groups: list[dict[str, Any]] = [{"params": self.flats} | options]
        if options.get("weight_decay"):  # weights only, as in the numpy backend
            self.groups = [
                {"params": self.flats[:-1]} | options,
                {"params": self.flats[-1:]} | options | {"weight_decay": 0.0},
            ]
        self.remembered: dict[Tensor, dict[str, Tensor]] = {
            flat: {"step": state.steps[0].clone()}
            | {key: slot.arrays[i].view(-1) for key, slot in state.slots.items()}
            for i, flat in enumerate(self.flats)
        }

    def take(self, gradients: Sequence[Tensor]) -> None:
        """Give the optimizer these networks' part, with l1 sign(w) + 2 l2_factor w added."""
        for i, (view, gradient) in enumerate(zip(self._views, gradients, strict=True)):
            ours = gradient[self.where]
            if i % 2 == 0 and self.flats[i // 2].numel() == ours.numel():
                self.flats[i // 2].grad = ours.reshape(-1)  # nothing to round up, nothing to copy
            else:
                view.copy_(ours)
        if self.regularizer.l1 or self.regularizer.l2:
            self._add_penalty()
        if self.clip_norm:
            self._clip(self.clip_norm)

    def _add_penalty(self) -> None:
        l1, l2 = self.regularizer.l1, 2 * self.regularizer.l2_factor
        for flat in self.flats[:-1]:
            weights, grad = flat.detach(), flat.grad
            assert grad is not None
            if l1:
                grad.add_(weights.sign(), alpha=l1)
            if l2:
                grad.add_(weights, alpha=l2)

    def _clip(self, limit: float) -> None:
        """Scale each network's gradient to that norm; each is asked for its own, for its bits."""
        rows = [flat.grad.view(self._k, -1) for flat in self.flats if flat.grad is not None]
        for own in zip(*rows, strict=True):
            factor = (limit / (nn.utils.get_total_norm(own) + EPS)).clamp(max=1)
            for part in own:
                part.mul_(factor)


class Together:
    """Networks that take their steps at once, on arrays that they share."""

    def __init__(self, networks: Sequence[Network], state: State, data: "Data") -> None:
        self.networks, self.state, self.data = networks, state, data

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
        """Take one step per batch; orders are (k, n)."""
        x, y = self.data.on_device(inputs), self.data.on_device(labels)
        if isinstance(self.networks[0].loss, SigmoidCrossEntropy):
            y = (2 * y - 1).to(x.dtype)
        layers = [tensor.detach().requires_grad_() for tensor in self.state.params.tensors()]
        parts = self._alike(learning_rates)
        optimizer = make_optimizer(self.networks[0], [g for part in parts for g in part.groups])
        for part in parts:
            optimizer.state.update(part.remembered)
        batches = torch.from_numpy(orders).to(x.device).split(batch_size, dim=1)
        for rows in batches:
            batch = x.index_select(0, rows.flatten()).view(*rows.shape, -1)
            masks = self._masks(rows.shape[1], dropout_rngs)
            new = gradients(self.networks, layers, batch, y.take(rows), masks)
            for part in parts:
                part.take(new)
            optimizer.step()
        self.state.steps += len(batches)

    def _alike(self, rates: Sequence[float]) -> list[Alike]:
        nets, steps = self.networks, self.state.steps.tolist()
        rules = [(net.optimizer, net.regularizer, net.clip_norm) for net in nets]
        found = runs(list(zip(rules, rates, steps, strict=True)))
        return [
            Alike(nets[where.start], where, self.state.part(where), rate)
            for where, (_, rate, _) in found
        ]

    def _masks(self, n: int, rngs: Sequence[np.random.Generator]) -> list[Tensor]:
        """Return a mask (k, n, width) per hidden layer; those of a network without are ones."""
        shares = [network.regularizer.dropout for network in self.networks]
        if not any(shares):
            return []
        net = self.networks[0]
        masks = dropout_masks(rngs, n, net.hidden_sizes, shares, net.dtype)
        return [torch.from_numpy(mask).to(self.data.device) for mask in masks]


class Data:
    """Arrays as tensors on the device, copied there once for the whole run."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._resident: dict[int, tuple[np.ndarray, Tensor]] = {}

    def on_device(self, array: np.ndarray) -> Tensor:
        """Return the array as a tensor."""
        if id(array) not in self._resident:  # the array is kept too, so that its id stays its own
            self._resident[id(array)] = (array, torch.tensor(array, device=self.device))
        return self._resident[id(array)][1]


class Member(Protocol):
    """A network of a stack, which takes over its state."""

    network: Network
    state: State
    data: Data


class TorchStack:
    """Networks of one shape that train as one where that leaves the bits of each, else in turn.

    Neighbours with the same rate, optimizer, penalty and activation share kernels: sort them.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        data, state = members[0].data, State.joined([member.state for member in members])
        for i, member in enumerate(members):
            member.state, member.data = state.part(slice(i, i + 1)), data
        self.whole = Together([member.network for member in members], state, data)
        ask = partial(same_bits_alone, self.whole.networks, device=data.device)
        self._leaves_bits = cache(ask)  # of the rows of a batch

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
        parts = [(slice(None), self.whole)]
        if len(self.members) > 1 and not all(self._leaves_bits(rows) for rows in lengths):
            alone = [Together([m.network], m.state, m.data) for m in self.members]
            parts = [(slice(i, i + 1), together) for i, together in enumerate(alone)]
        for part, together in parts:
            together.train_epoch(
                inputs,
                labels,
                orders[part],
                batch_size=batch_size,
                learning_rates=learning_rates[part],
                dropout_rngs=dropout_rngs[part],
            )

"""The torch backend: networks of one shape, trained as one, from autograd and torch.optim.

A lone network is a stack of one: one code for both, so that a network's bits do not depend on its
company. Arrays have the networks on their first axis, of length k.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hw3.backends.base import Network
from hw3.backends.torch_nets import Vectors, gradients, logits_of, runs
from hw3.core.errors import ConfigError
from hw3.nn.arrays import FloatArray, IntArray, LayerParams
from hw3.nn.losses import SigmoidCrossEntropy
from hw3.nn.regularizers import dropout_masks

PREDICT_ROWS = 10_000  # bounds the memory of a prediction


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
    kind = getattr(torch.optim, network.optimizer.torch_name)
    way = "fused" if "fused" in signature(kind).parameters else "foreach"
    optimizer: torch.optim.Optimizer = kind(groups, lr=1.0, **{way: way == "fused"})
    return optimizer


def fresh_state(network: Network, device: torch.device) -> State:
    """Return all zeros; which slots there are, torch's optimizer shows at its first step."""
    one = nn.Parameter(torch.zeros(1, device=device))
    one.grad = torch.zeros_like(one)
    optimizer = make_optimizer(network, [{"params": [one]} | network.optimizer.torch_options()])
    optimizer.step()
    names = [
        key for key, value in optimizer.state[one].items() if key != "step" and value is not None
    ]
    slots = {name: Vectors.zeros(network, device) for name in names}
    return State(Vectors.zeros(network, device), slots, torch.zeros(1, device=device))


class Alike:
    """Neighbours in a stack with the same rate, rule and penalty, whose steps are one."""

    def __init__(self, network: Network, where: slice, state: State, rate: float) -> None:
        self.regularizer, self.where = network.regularizer, where
        self.flats = [nn.Parameter(array.view(-1)) for array in state.params.arrays]
        grads = Vectors(state.params.layer_sizes, [*map(torch.zeros_like, state.params.arrays)])
        self._views = grads.tensors()
        for flat, array in zip(self.flats, grads.arrays, strict=True):
            flat.grad = array.view(-1)
        options = {"lr": rate} | network.optimizer.torch_options()
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

    def _add_penalty(self) -> None:
        l1, l2 = self.regularizer.l1, 2 * self.regularizer.l2_factor
        for flat in self.flats[:-1]:
            weights, grad = flat.detach(), flat.grad
            assert grad is not None
            if l1:
                grad.add_(weights.sign(), alpha=l1)
            if l2:
                grad.add_(weights, alpha=l2)


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
        rules = [(network.optimizer, network.regularizer) for network in nets]
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
        each = [
            dropout_masks(rng, n, net.hidden_sizes, share, net.dtype)
            for rng, share in zip(rngs, shares, strict=True)
        ]
        stacked = (torch.from_numpy(np.stack(layer)) for layer in zip(*each, strict=True))
        return [mask.to(self.data.device) for mask in stacked]


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


class TorchBackend:
    """One network and its optimizer, a stack of one or a member of a larger one."""

    def __init__(self, network: Network) -> None:
        self.network = network
        device = torch.device(resolve_device(network.device))
        torch.set_num_threads(network.threads)
        self.live_on(fresh_state(network, device), Data(device))

    def live_on(self, state: State, data: Data) -> None:
        """Have the parameters and the optimizer's state of a network there from now on."""
        self.state, self.data = state, data
        self.alone = Together([self.network], state, data)

    def train_epoch(
        self,
        inputs: FloatArray,
        labels: IntArray,
        order: IntArray,
        *,
        batch_size: int,
        learning_rate: float,
        dropout_rng: np.random.Generator,
    ) -> None:
        """Take one step per batch."""
        self.alone.train_epoch(
            inputs,
            labels,
            order[None],
            batch_size=batch_size,
            learning_rates=[learning_rate],
            dropout_rngs=[dropout_rng],
        )

    def predict_logits(self, inputs: FloatArray) -> FloatArray:
        """Return the logits (n, n_outputs)."""
        layers = self.state.params.tensors()
        with torch.no_grad():
            parts = [
                logits_of([self.network], layers, rows[None])[0]
                for rows in self.data.on_device(inputs).split(PREDICT_ROWS)
            ]
        logits: FloatArray = torch.cat(parts).cpu().numpy()
        return logits

    def get_params(self) -> list[LayerParams]:
        """Return copies of each layer's (weight, bias)."""
        return [
            (w[0].cpu().numpy().copy(), b[0, 0].cpu().numpy().copy())
            for w, b in self.state.params.layers()
        ]

    def set_params(self, params: Sequence[LayerParams]) -> None:
        """Copy each layer's (weight, bias) in."""
        for ours, given in zip(self.state.params.layers(), params, strict=True):
            for tensor, array in zip(ours, given, strict=True):
                tensor[:] = torch.tensor(array)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return W1, b1, ... as (fan_out, fan_in), and the optimizer's, such as exp_avg_W1."""
        return {name: tensor.cpu().numpy().copy() for name, tensor in self._named()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copy such a state in."""
        for name, tensor in self._named():
            if name in state:  # older versions counted no steps where torch's rule needs none
                tensor.copy_(torch.tensor(state[name]))

    def _named(self) -> Iterator[tuple[str, Tensor]]:
        yield from self.state.params.named()
        for key, slot in self.state.slots.items():
            yield from ((f"{key}_{name}", tensor) for name, tensor in slot.named())
        yield from ((f"step_{name}", self.state.steps[0]) for name, _ in self.state.params.named())


def make(network: Network) -> TorchBackend:
    """Return the backend of a network."""
    return TorchBackend(network)


def resolve_device(device: str) -> str:
    """Return "cpu" or "cuda" for "auto", or raise ConfigError for a GPU that is not there."""
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise ConfigError("device=cuda, but torch sees no CUDA device here; use auto or cpu")
    return "cuda" if has_gpu and device != "cpu" else "cpu"

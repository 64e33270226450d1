"""The torch backend: the same network from autograd and torch.optim."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from hw3.backends.base import Network
from hw3.backends.torch_nets import logits_of
from hw3.backends.torch_stack import Data, TorchStack, fresh_state
from hw3.core.errors import ConfigError
from hw3.nn.arrays import FloatArray, LayerParams

PREDICT_ROWS = 10_000  # bounds the memory of a prediction


class TorchBackend:
    """One network and its optimizer, whose arrays are its own or a slice of a stack's."""

    def __init__(self, network: Network) -> None:
        self.network = network
        device = torch.device(resolve_device(network.device))
        torch.set_num_threads(network.threads)
        self.state, self.data = fresh_state(network, device), Data(device)

    @staticmethod
    def join(backends: Sequence["TorchBackend"]) -> TorchStack:
        """Return the stack of these networks, whose arrays are slices of its from now on."""
        return TorchStack(backends)

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


make = TorchBackend


def resolve_device(device: str) -> str:
    """Return "cpu" or "cuda" for "auto", or raise ConfigError for a GPU that is not there."""
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise ConfigError("device=cuda, but torch sees no CUDA device here; use auto or cpu")
    return "cuda" if has_gpu and device != "cpu" else "cpu"

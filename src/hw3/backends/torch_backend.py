"""The torch backend: the same network from nn.Module, autograd and torch.optim."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hw3.backends.base import Network
from hw3.core.errors import ConfigError
from hw3.nn.arrays import FloatArray, IntArray, LayerParams
from hw3.nn.losses import SigmoidCrossEntropy
from hw3.nn.regularizers import dropout_masks

PREDICT_ROWS = 10_000  # bounds the memory of a prediction


def relu(z: Tensor, slope_at_zero: float) -> Tensor:
    """max(0, z) with a chosen slope at 0; torch's own is 0 there.

    The detached step function is a constant to autograd, so d(z step(z)) / dz = step(z).
    """
    if slope_at_zero == 0:
        return torch.relu(z)
    return z * torch.heaviside(z.detach(), z.new_tensor(slope_at_zero))


class Net(nn.Module):
    """Linear layers with an activation between them; returns logits."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        sizes = network.layer_sizes
        dtype = getattr(torch, network.dtype)
        self.layers = nn.ModuleList(
            nn.Linear(sizes[i], sizes[i + 1], dtype=dtype) for i in range(len(sizes) - 1)
        )
        name = network.activation.torch_name
        self.activation = relu if name == "relu" else getattr(functional, name)
        self.options: dict[str, float] = vars(network.activation)

    def forward(self, inputs: Tensor, masks: Sequence[Tensor] = ()) -> Tensor:
        """Return logits (n, n_outputs); masks are one (n, width) a hidden layer, or none."""
        h = inputs
        for i, layer in enumerate(self.layers):
            h = layer(h)
            if i < len(self.layers) - 1:
                h = self.activation(h, **self.options)
                h = h * masks[i] if masks else h
        return h


class TorchBackend:
    """A Net with a torch optimizer; data stay on the device from the first epoch on."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.device = torch.device(resolve_device(network.device))
        torch.set_num_threads(network.threads)
        self.net = Net(network).to(self.device)
        self.weights = [p for name, p in self.net.named_parameters() if name.endswith("weight")]
        self.biases = [p for name, p in self.net.named_parameters() if name.endswith("bias")]
        groups: list[dict[str, Any]] = [{"params": self.weights}, {"params": self.biases}]
        options = network.optimizer.torch_options()
        if "weight_decay" in options:
            groups[1]["weight_decay"] = 0.0  # weights only, as in the numpy backend
        make_optimizer = getattr(torch.optim, network.optimizer.torch_name)
        self.optimizer: torch.optim.Optimizer = make_optimizer(groups, lr=1.0, **options)
        self._resident: dict[int, tuple[np.ndarray, Tensor]] = {}

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
        """Take one step per batch."""
        (order,), (learning_rate,), (dropout_rng,) = orders, learning_rates, dropout_rngs
        x, y = self._on_device(inputs), self._on_device(labels)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.net.train()
        for rows in torch.from_numpy(order).to(self.device).split(batch_size):
            logits = self.net(x[rows], self._masks(len(rows), dropout_rng))
            objective = self._mean_loss(logits, y[rows]) + self._penalty()
            self.optimizer.zero_grad()
            objective.backward()
            self.optimizer.step()

    def _on_device(self, array: np.ndarray) -> Tensor:
        """Return the array as a tensor on the device, copied there once for the whole run."""
        if id(array) not in self._resident:  # the array is kept too, so that its id stays its own
            self._resident[id(array)] = (array, torch.tensor(array, device=self.device))
        return self._resident[id(array)][1]

    def _masks(self, n: int, rng: np.random.Generator) -> list[Tensor]:
        net = self.network
        if not net.regularizer.dropout:
            return []
        masks = dropout_masks([rng], n, net.hidden_sizes, [net.regularizer.dropout], net.dtype)
        return [torch.from_numpy(mask[0]).to(self.device) for mask in masks]

    def _mean_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        if isinstance(self.network.loss, SigmoidCrossEntropy):
            z = logits[:, 0]
            return functional.binary_cross_entropy_with_logits(z, labels.to(z.dtype))
        return functional.cross_entropy(logits, labels)

    def _penalty(self) -> Tensor | float:
        regularizer = self.network.regularizer
        penalty: Tensor | float = 0.0
        if regularizer.l1:
            penalty += regularizer.l1 * sum(w.abs().sum() for w in self.weights)
        if regularizer.l2:
            penalty += regularizer.l2_factor * sum(w.square().sum() for w in self.weights)
        return penalty

    def predict_logits(self, inputs: FloatArray) -> FloatArray:
        """Return the logits (n, n_outputs)."""
        self.net.eval()
        with torch.no_grad():
            parts = [self.net(rows) for rows in self._on_device(inputs).split(PREDICT_ROWS)]
        logits: FloatArray = torch.cat(parts).cpu().numpy()
        return logits

    def get_params(self) -> list[LayerParams]:
        """Return copies of each layer's (weight, bias)."""
        return [
            (w.detach().cpu().numpy().T.copy(), b.detach().cpu().numpy().copy())
            for w, b in zip(self.weights, self.biases, strict=True)
        ]

    def set_params(self, params: Sequence[LayerParams]) -> None:
        """Copy each layer's (weight, bias) in."""
        pairs = zip(self.weights, self.biases, params, strict=True)
        with torch.no_grad():
            for weight, bias, (new_weight, new_bias) in pairs:
                weight.copy_(torch.tensor(new_weight.T))
                bias.copy_(torch.tensor(new_bias))

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return W1, b1, ... and the tensors of the optimizer's state, such as exp_avg_W1."""
        state = {}
        for name, parameter in self._named():
            state[name] = parameter.detach().cpu().numpy().copy()
            for key, value in self.optimizer.state.get(parameter, {}).items():
                if value is not None:
                    state[f"{key}_{name}"] = torch.as_tensor(value).cpu().numpy().copy()
        return state

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copy such a state in."""
        for name, parameter in self._named():
            with torch.no_grad():
                parameter.copy_(torch.tensor(state[name]))
            ending = f"_{name}"
            for key in (key for key in state if key.endswith(ending)):
                # torch keeps Adam's "step" on the CPU and the rest beside the parameter
                value = torch.tensor(state[key])
                value = value if value.ndim == 0 else value.to(self.device)
                self.optimizer.state[parameter][key.removesuffix(ending)] = value

    @staticmethod
    def join(backends: Sequence["TorchBackend"]) -> "TorchBackend":
        """Return the one network: several do not train together here."""
        (backend,) = backends
        return backend

    def _named(self) -> list[tuple[str, nn.Parameter]]:
        weights = [(f"W{i}", p) for i, p in enumerate(self.weights, 1)]
        return weights + [(f"b{i}", p) for i, p in enumerate(self.biases, 1)]


def make(network: Network) -> TorchBackend:
    """Return the backend of a network."""
    return TorchBackend(network)


def resolve_device(device: str) -> str:
    """Return "cpu" or "cuda" for "auto", or raise ConfigError for a GPU that is not there."""
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise ConfigError("device=cuda, but torch sees no CUDA device here; use auto or cpu")
    return "cuda" if has_gpu and device != "cpu" else "cpu"

"""What a backend is: one network that trains and predicts on numpy arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from hw3.nn.activations import Activation
from hw3.nn.arrays import FloatArray, IntArray, LayerParams, n_parameters
from hw3.nn.losses import Loss
from hw3.nn.optimizers import Optimizer
from hw3.nn.regularizers import Regularizer


@dataclass(frozen=True)
class Network:
    """Everything that a backend needs to know, and nothing of where it came from."""

    layer_sizes: tuple[int, ...]
    activation: Activation
    loss: Loss
    optimizer: Optimizer
    regularizer: Regularizer
    dtype: str
    device: str
    threads: int
    batch_size: int
    clip_norm: float | None = None  # the largest norm of a whole gradient

    @property
    def n_parameters(self) -> int:
        """How many weights and biases there are."""
        return n_parameters(self.layer_sizes)

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """The widths of the hidden layers."""
        return self.layer_sizes[1:-1]


class Backend(Protocol):
    """One network and its optimizer. It keeps no random state: randomness is handed in."""

    network: Network

    def predict_logits(self, inputs: FloatArray) -> FloatArray:
        """Return the logits (n, n_outputs) of inputs (n, n_features), without dropout."""

    def get_params(self) -> list[LayerParams]:
        """Return copies: weight (fan_in, fan_out) and bias (fan_out,) of each layer."""

    def set_params(self, params: Sequence[LayerParams]) -> None:
        """Copy such a list in."""

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return weights and optimizer state as arrays: what continuing to the same bits needs."""

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copy such a state in."""

    @staticmethod
    def join(backends: Sequence[Any]) -> "Stack":
        """Return what trains these networks as one; each goes on by itself when it is left out.

        They are of one backend and share layer sizes, loss, dtype, device, threads, batch size and
        the kind of optimizer; all else may differ. Their results are the bits that each has alone.
        """


class Stack(Protocol):
    """Networks of one shape that train together; one, where a run is alone."""

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
        """Take one step of each network for each batch of its order; the last may be short.

        Args:
            inputs: (n_rows, n_features), in the networks' dtype, which all of them share.
            labels: (n_rows,), int64.
            orders: (k, n), rows in the order in which the batches of each network are cut.
            batch_size: rows of a batch.
            learning_rates: of all steps of this epoch, of each network.
            dropout_rngs: of each network, draws its dropout masks, batch by batch.
        """

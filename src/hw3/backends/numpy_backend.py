"""The hand-written backend: numpy and the standard library, nothing else."""

from collections.abc import Iterator, Sequence

import numpy as np

from hw3.backends.base import Network
from hw3.core.errors import ConfigError
from hw3.nn.arrays import FloatArray, IntArray, LayerParams
from hw3.nn.mlp import MLP
from hw3.nn.optimizers import new_state
from hw3.nn.regularizers import dropout_masks

PREDICT_ROWS = 1000  # rows a product when predicting: large enough for BLAS, small enough for cache


class NumpyBackend:
    """An MLP of hw3.nn with its optimizer's state."""

    def __init__(self, network: Network) -> None:
        self.network = network
        rows = max(network.batch_size, PREDICT_ROWS)
        self.mlp = MLP(network.layer_sizes, network.activation, network.dtype, rows)
        self.optimizer_state = new_state(network.optimizer, self.mlp.params)
        self._batch = np.empty((network.batch_size, network.layer_sizes[0]), network.dtype)

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
        """Take one step per batch. Overflow is no error: the loss after the epoch shows it."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
            for start in range(0, len(order), batch_size):
                rows = order[start : start + batch_size]
                batch = self._batch[: len(rows)]
                # mode="clip" lets take write into `out` without a buffer; rows are in range
                np.take(inputs, rows, axis=0, out=batch, mode="clip")
                self._fill_gradient(batch, labels[rows], dropout_rng)
                self._step(learning_rate)

    def gradient(
        self, inputs: FloatArray, labels: IntArray, dropout_rng: np.random.Generator | None = None
    ) -> list[LayerParams]:
        """Return d(mean loss + penalty) / d(weight, bias) of each layer for one batch."""
        self._fill_gradient(inputs, labels, dropout_rng)
        return [(w.copy(), b.copy()) for w, b in self.mlp.grads.layers()]

    def _fill_gradient(
        self, inputs: FloatArray, labels: IntArray, dropout_rng: np.random.Generator | None
    ) -> None:
        net, mlp = self.network, self.mlp
        masks: Sequence[FloatArray] = ()
        if net.regularizer.dropout and dropout_rng is not None:
            dropout = net.regularizer.dropout
            masks = dropout_masks(dropout_rng, len(inputs), net.hidden_sizes, dropout, net.dtype)
        logits = mlp.forward(inputs, masks)
        net.loss.d_logits(logits, labels, out=mlp.d_logits_buffer())
        mlp.backward()
        net.regularizer.add_gradient(mlp.params.weight_vector, mlp.grads.weight_vector)

    def _step(self, learning_rate: float) -> None:
        self.optimizer_state.step += 1
        self.network.optimizer.update(
            self.mlp.params, self.mlp.grads.vector, self.optimizer_state, learning_rate
        )

    def predict_logits(self, inputs: FloatArray) -> FloatArray:
        """Return the logits (n, n_outputs), computed PREDICT_ROWS rows at a time."""
        logits = np.empty((len(inputs), self.network.layer_sizes[-1]), self.network.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(inputs), PREDICT_ROWS):
                rows = slice(start, start + PREDICT_ROWS)
                logits[rows] = self.mlp.forward(inputs[rows])
        return logits

    def get_params(self) -> list[LayerParams]:
        """Return copies of each layer's (weight, bias)."""
        return [(w.copy(), b.copy()) for w, b in self.mlp.params.layers()]

    def set_params(self, params: Sequence[LayerParams]) -> None:
        """Copy each layer's (weight, bias) in."""
        self.mlp.params.copy_in(params)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return the vectors of parameters and slots, and the number of steps taken."""
        state = {name: vector.copy() for name, vector in self._vectors()}
        return state | {"step": np.array(self.optimizer_state.step)}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copy such a state in."""
        for name, vector in self._vectors():
            vector[...] = state[name]
        self.optimizer_state.step = int(state["step"])

    def _vectors(self) -> Iterator[tuple[str, FloatArray]]:
        yield "params", self.mlp.params.vector
        for name, slot in self.optimizer_state.slots.items():
            yield f"slot_{name}", slot


def make(network: Network) -> NumpyBackend:
    """Return the backend of a network."""
    resolve_device(network.device)
    return NumpyBackend(network)


def resolve_device(device: str) -> str:
    """Return "cpu", or raise ConfigError."""
    if device not in ("auto", "cpu"):
        raise ConfigError(
            f"device must be auto or cpu with model.backend=numpy, got {device!r}; "
            "model=torch_mlp can use a GPU"
        )
    return "cpu"

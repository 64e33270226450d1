"""The hand-written backend: numpy and the standard library, nothing else."""

from collections.abc import Iterator, Sequence

import numpy as np

from hw3.backends.base import Network
from hw3.core.errors import ConfigError
from hw3.nn.arrays import FloatArray, IntArray, LayerParams, Parameters
from hw3.nn.clipping import Clipping
from hw3.nn.factors import factors_of_steps
from hw3.nn.mlp import MLP
from hw3.nn.optimizers import State
from hw3.nn.regularizers import Penalties, dropout_masks

PREDICT_ROWS = 1000  # rows a product when predicting: large enough for BLAS, small enough for cache


class NumpyBackend:
    """One network with its optimizer's state: vectors of its own, or rows of a stack's."""

    def __init__(self, network: Network) -> None:
        resolve_device(network.device)
        self.network = network
        self.params = Parameters.zeros(network.layer_sizes, network.dtype)
        self.slots = {name: np.zeros_like(self.params.vector) for name in network.optimizer.slots}
        self.step = 0

    def predict_logits(self, inputs: FloatArray) -> FloatArray:
        """Return the logits (n, n_outputs), computed PREDICT_ROWS rows at a time."""
        mlp = MLP(self.params, [self.network.activation], min(PREDICT_ROWS, len(inputs)))
        logits = np.empty((len(inputs), self.network.layer_sizes[-1]), self.network.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(inputs), PREDICT_ROWS):
                rows = slice(start, start + PREDICT_ROWS)
                logits[rows] = mlp.forward(inputs[rows])
        return logits

    def get_params(self) -> list[LayerParams]:
        """Return copies of each layer's (weight, bias)."""
        return [(w.copy(), b.copy()) for w, b in self.params.layers()]

    def set_params(self, params: Sequence[LayerParams]) -> None:
        """Copy each layer's (weight, bias) in."""
        self.params.copy_in(params)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return the vectors of parameters and slots, and the number of steps taken."""
        state = {name: vector.copy() for name, vector in self._vectors()}
        return state | {"step": np.array(self.step)}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copy such a state in."""
        for name, vector in self._vectors():
            vector[...] = state[name]
        self.step = int(state["step"])

    def _vectors(self) -> Iterator[tuple[str, FloatArray]]:
        yield "params", self.params.vector
        for name, slot in self.slots.items():
            yield f"slot_{name}", slot

    @staticmethod
    def join(backends: Sequence["NumpyBackend"]) -> "NumpyStack":
        """Return the stack of these networks, whose parameters are rows of its from now on."""
        return NumpyStack(backends)


class NumpyStack:
    """Networks of one shape that train as one with a leading axis; of one, where a run is alone."""

    def __init__(self, backends: Sequence[NumpyBackend]) -> None:
        self.backends = backends
        self.networks = [backend.network for backend in backends]
        first = self.networks[0]
        self.params = Parameters(first.layer_sizes, stacked([b.params.vector for b in backends]))
        self.grads = Parameters(first.layer_sizes, np.empty_like(self.params.vector))
        slots = {s: stacked([b.slots[s] for b in backends]) for s in first.optimizer.slots}
        self.state = State(slots, np.empty_like(self.params.vector))
        for i, backend in enumerate(backends):
            backend.params = Parameters(first.layer_sizes, self.params.vector[i])
            backend.slots = {name: slot[i] for name, slot in slots.items()}
        self.mlp = MLP(self.params, [n.activation for n in self.networks], first.batch_size)
        with np.errstate(all="ignore"):
            self.penalties = Penalties([n.regularizer for n in self.networks], first.dtype)
            self.clipping = Clipping([n.clip_norm for n in self.networks], first.dtype)
        self.dropouts = [network.regularizer.dropout for network in self.networks]
        self._batch = np.empty(
            (len(backends) * first.batch_size, first.layer_sizes[0]), first.dtype
        )

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
        """Take one step per batch. Overflow is no error: the loss after the epoch shows it."""
        k, n = orders.shape
        starts = range(0, n, batch_size)
        optimizers, taken = [x.optimizer for x in self.networks], [b.step for b in self.backends]
        with np.errstate(all="ignore"):
            factors = factors_of_steps(
                optimizers, learning_rates, taken, len(starts), self.networks[0].dtype
            )
            for start, of_step in zip(starts, factors, strict=True):
                rows = orders[:, start : start + batch_size]
                batch = self._batch[: rows.size]
                # mode="clip" lets take write into `out` without a buffer; rows are in range
                np.take(inputs, rows.ravel(), axis=0, out=batch, mode="clip")
                self.fill_gradient(batch.reshape(k, -1, batch.shape[1]), labels[rows], dropout_rngs)
                self.clipping.apply(self.grads.vector)
                optimizers[0].update(self.params, self.grads.vector, self.state, of_step)
        for backend in self.backends:
            backend.step += len(starts)

    def fill_gradient(
        self,
        inputs: FloatArray,
        labels: IntArray,
        dropout_rngs: Sequence[np.random.Generator] = (),
    ) -> None:
        """Set `grads` to d(mean loss + penalty) / d(weight, bias) of one batch of each network.

        Args:
            inputs: (k, n, n_features).
            labels: (k, n).
            dropout_rngs: draw the masks; none leaves dropout out.
        """
        net, masks = self.networks[0], list[FloatArray]()
        if any(self.dropouts) and dropout_rngs:
            n = inputs.shape[1]
            masks = dropout_masks(dropout_rngs, n, net.hidden_sizes, self.dropouts, net.dtype)
        logits = self.mlp.forward(inputs, masks)
        net.loss.d_logits(logits, labels, out=self.mlp.d_logits_buffer())
        self.mlp.backward(self.grads)
        self.penalties.add_gradient(self.params.weight_vector, self.grads.weight_vector)


def stacked(vectors: Sequence[FloatArray]) -> FloatArray:
    """Return vectors as the rows of one array; of one vector, a view of it."""
    return vectors[0][None] if len(vectors) == 1 else np.stack(vectors)


make = NumpyBackend


def resolve_device(device: str) -> str:
    """Return "cpu", or raise ConfigError."""
    if device not in ("auto", "cpu"):
        raise ConfigError(
            f"device must be auto or cpu with model.backend=numpy, got {device!r}; "
            "model=torch_mlp can use a GPU"
        )
    return "cpu"

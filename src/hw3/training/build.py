"""From a checked config to data, a network with fresh weights, and a training plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from hw3.backends import Backend, Network, make_backend
from hw3.config.schema import Config
from hw3.core.errors import ConfigError
from hw3.core.seeds import stream
from hw3.datasets.dataset import load_dataset
from hw3.datasets.types import Dataset, Split
from hw3.nn.arrays import LayerParams
from hw3.nn.initializers import initial_params
from hw3.nn.losses import Loss, loss_for
from hw3.training.fit import Plan


@dataclass(frozen=True)
class Experiment:
    """What a run trains, on what, and how."""

    dataset: Dataset
    backend: Backend
    plan: Plan

    @property
    def network(self) -> Network:
        """The network that the backend holds."""
        return self.backend.network

    @property
    def loss(self) -> Loss:
        """The loss that training minimises, without the penalty."""
        return self.network.loss

    @property
    def held_out(self) -> Split:
        """The validation split.

        Raises:
            ConfigError: if the config holds nothing out.
        """
        if self.dataset.val is None:
            raise ConfigError("dataset.val=0 leaves no validation split to evaluate")
        return self.dataset.val


def network_for(config: Config, n_features: int, n_classes: int) -> Network:
    """Return the network that a config describes for such data."""
    loss = loss_for(n_classes)
    return Network(
        layer_sizes=(n_features, *config.model.hidden_sizes, loss.n_outputs(n_classes)),
        activation=config.act,
        loss=loss,
        optimizer=config.optimizer,
        regularizer=config.regularizer,
        dtype=config.dtype,
        device=config.device,
        threads=config.threads,
        batch_size=config.batch_size,
        clip_norm=config.clip_norm,
    )


def assemble(
    config: Config, n_features: int, n_classes: int, params: Sequence[LayerParams] | None = None
) -> Backend:
    """Return the network of a config on its backend, with some weights, else those of its seed."""
    network = network_for(config, n_features, n_classes)
    backend = make_backend(config.model.backend, network)
    backend.set_params(fresh_params(config, network.layer_sizes) if params is None else params)
    return backend


def fresh_params(config: Config, layer_sizes: Sequence[int]) -> list[LayerParams]:
    """Return the float64 (weight, bias) pairs that a run of this config starts from."""
    return initial_params(layer_sizes, config.init, stream(config.seed, "init"))


def load(config: Config) -> Dataset:
    """Return the training and validation data of a config."""
    return load_dataset(config.dataset, config.data_path, seed=config.seed, dtype=config.dtype)


def make_experiment(config: Config, params: Sequence[LayerParams] | None = None) -> Experiment:
    """Load the data and return the experiment at its start, or with some weights."""
    dataset = load(config)
    n_features, n_classes = dataset.train.inputs.shape[1], len(dataset.class_names)
    backend = assemble(config, n_features, n_classes, params)
    plan = Plan(
        backend.network.loss,
        config.lr,
        config.epochs,
        config.batch_size,
        config.seed,
        config.early_stopping.patience,
    )
    return Experiment(dataset, backend, plan)

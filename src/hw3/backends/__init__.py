"""The border between the two implementations of the same network; each loads only when used."""

from importlib import import_module

from hw3.backends.base import Backend, Network, Stack
from hw3.core.errors import ConfigError
from hw3.core.registry import Registry
from hw3.nn.activations import Activation
from hw3.nn.optimizers import Optimizer

__all__ = [
    "BACKENDS",
    "Backend",
    "Network",
    "Stack",
    "check_device",
    "check_rules",
    "has_torch",
    "make_backend",
]

# Modules by name: importing one imports its framework, and a numpy run never imports torch.
BACKENDS: Registry[str] = Registry("model.backend")
BACKENDS.register("numpy")("hw3.backends.numpy_backend")
BACKENDS.register("torch")("hw3.backends.torch_backend")


def make_backend(name: str, network: Network) -> Backend:
    """Return a backend with all parameters zero; give it some with `set_params`."""
    backend: Backend = import_module(BACKENDS.get(name)).make(network)
    return backend


def has_torch(rule: Activation | Optimizer) -> bool:
    """Whether the torch backend knows the rule."""
    return any(hasattr(rule, name) for name in ("torch_name", "torch_value", "torch_class"))


def check_rules(name: str, activation: Activation, optimizer: Optimizer) -> None:
    """Raise ConfigError if the backend is torch and does not know a rule."""
    lacking = []
    if not has_torch(activation):
        lacking.append(f"act={activation.name} has no torch_name and no torch_value")
    if not has_torch(optimizer):
        lacking.append(f"optimizer={optimizer.name} has no torch_name and no torch_class")
    elif not hasattr(optimizer, "torch_options"):
        lacking.append(f"optimizer={optimizer.name} has no torch_options")
    if lacking and name == "torch":
        raise ConfigError(f"{lacking[0]}, which model.backend=torch needs; model=numpy_mlp works")


def check_device(name: str, device: str) -> None:
    """Raise ConfigError if the backend cannot run on that device here."""
    if device == "cuda":  # the CPU is always there, and finding out about a GPU costs an import
        import_module(BACKENDS.get(name)).resolve_device(device)

"""The border between the two implementations of the same network; each loads only when used."""

from importlib import import_module

from hw3.backends.base import Backend, Network, Stack
from hw3.core.registry import Registry

__all__ = ["BACKENDS", "Backend", "Network", "Stack", "check_device", "make_backend"]

# Modules by name: importing one imports its framework, and a numpy run never imports torch.
BACKENDS: Registry[str] = Registry("model.backend")
BACKENDS.register("numpy")("hw3.backends.numpy_backend")
BACKENDS.register("torch")("hw3.backends.torch_backend")


def make_backend(name: str, network: Network) -> Backend:
    """Return a backend with all parameters zero; give it some with `set_params`."""
    backend: Backend = import_module(BACKENDS.get(name)).make(network)
    return backend


def check_device(name: str, device: str) -> None:
    """Raise ConfigError if the backend cannot run on that device here."""
    if device == "cuda":  # the CPU is always there, and finding out about a GPU costs an import
        import_module(BACKENDS.get(name)).resolve_device(device)

"""hw3: controlled, reproducible experiments with multilayer perceptrons."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hw3.api.run import Run, Sweep, load_run, load_sweep
    from hw3.api.train import sweep, train
    from hw3.config.schema import Config, changed
    from hw3.core.errors import Hw3Error

__version__ = "0.1.0"
__all__ = [
    "Config",
    "Hw3Error",
    "Run",
    "Sweep",
    "changed",
    "load_run",
    "load_sweep",
    "sweep",
    "train",
]
PLACES = {
    "hw3.api.run": ("Run", "Sweep", "load_run", "load_sweep"),
    "hw3.api.train": ("train",),
    "hw3.config.schema": ("Config", "changed"),
    "hw3.core.errors": ("Hw3Error",),
}


def __getattr__(name: str) -> Any:
    """Import what notebooks use when it is first asked for: `import hw3` stays cheap."""
    if name == "sweep":  # the command's module, which can be called
        return import_module("hw3.sweep")
    for module, names in PLACES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'hw3' has no attribute {name!r}")

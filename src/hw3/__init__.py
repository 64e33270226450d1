"""hw3: controlled, reproducible experiments with multilayer perceptrons."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hw3.records.run import Run, Sweep, load_run, load_sweep

__version__ = "0.1.0"
__all__ = ["Run", "Sweep", "load_run", "load_sweep"]


def __getattr__(name: str) -> Any:
    """Import what notebooks use when it is first asked for: `import hw3` stays cheap."""
    if name in __all__:
        from hw3.records import run as load

        return getattr(load, name)
    raise AttributeError(f"module 'hw3' has no attribute {name!r}")

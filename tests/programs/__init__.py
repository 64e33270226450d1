"""Programs of three styles, each right but for one bug: what `check` is tried on.

`scripts/museum <folder>` writes them, with the right ones, as files.
"""

from tests.programs import columns, functions, layers
from tests.programs.patch import Patch, right

__all__ = ["PATCHES", "STYLES", "Patch", "right"]

STYLES = ("functions", "layers", "columns")
PATCHES = [*functions.PATCHES, *layers.PATCHES, *columns.PATCHES]

"""A figure that shows itself in a notebook."""

import io

from matplotlib.figure import Figure


class InlineFigure(Figure):
    """A figure that IPython shows as PNG, which it does for others only where pyplot is used."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()

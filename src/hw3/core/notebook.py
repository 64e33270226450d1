"""What is drawn over in a notebook, where lines for every epoch would flood the page."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

REST_SECONDS = 0.2  # between two drawings: short epochs would flood the kernel's messages


def is_notebook() -> bool:
    """Whether a Jupyter kernel shows what is printed."""
    ipython = sys.modules.get("IPython")  # which a kernel has imported
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


@contextmanager
def drawing(total: int) -> Iterator[Callable[[int, str], None]]:
    """Yield what shows a bar and a text over those before; the last stays, after Ctrl-C too.

    By the messages that all notebooks know: rich's bars would need a package of widgets.
    """
    from html import escape  # which a run in a terminal never needs

    from IPython.display import display

    def shown(done: int, text: str) -> dict[str, str]:
        bar = f'<progress value="{done}" max="{max(1, total)}"></progress>'
        return {"text/html": f"{bar}<pre>{escape(text)}</pre>", "text/plain": text}

    last, drawn = shown(0, ""), time.monotonic()
    handle = display(last, raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def draw(done: int, text: str) -> None:
        nonlocal last, drawn
        last = shown(done, text)
        if time.monotonic() - drawn > REST_SECONDS:
            handle.update(last, raw=True)
            drawn = time.monotonic()

    try:
        yield draw
    finally:
        handle.update(last, raw=True)

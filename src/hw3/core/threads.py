"""Something that goes on beside a body of code."""

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def meanwhile(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do the work in a thread while the body runs; the event tells it to end, which is awaited."""
    stop = threading.Event()
    context = contextvars.copy_context()  # by which a notebook knows the cell that is running
    thread = threading.Thread(target=context.run, args=(work, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

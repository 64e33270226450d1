"""When Python looks for garbage: not while a command starts, which makes much and throws little."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def uncollected() -> Iterator[None]:
    """Let no garbage be looked for meanwhile: a quarter of the time of composing, for nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@cache  # once per process: what it keeps for good are modules, and garbage of one start
def keep_what_started() -> None:
    """Let what is there be looked through no more: it stays to the end of the process."""
    gc.freeze()

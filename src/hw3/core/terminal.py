"""What all commands share: arguments of the form key=value, how they end, where they print."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hw3.core.errors import ConfigError, Hw3Error
from hw3.core.words import one_line, quoted

if TYPE_CHECKING:
    from rich.console import Console


ANOTHER_FOLDER = (
    "; if it is the output folder that cannot be used, give another with hydra.run.dir=<folder> or "
    "hydra.sweep.dir=<folder>"
)


def run_command(
    work: Callable[[Sequence[str]], int], argv: Sequence[str] | None, *, is_hydras: bool = False
) -> int:
    """Do the work of a command on the arguments; return the exit status.

    -h and --help print the docstring of the command's module, unless it is Hydra's, which has a
    help and keys of its own. Errors of ours are one line and status 2 (the traceback too, with
    HYDRA_FULL_ERROR=1). Ctrl-C and SIGTERM are status 130.
    """
    if threading.current_thread() is threading.main_thread():  # others get no signals
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as on Ctrl-C
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if not is_hydras and {"-h", "--help"} & set(arguments):
            print((sys.modules[work.__module__].__doc__ or "").strip())
            return 0
        return work(arguments)
    except Hw3Error as error:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        print(f"hw3: error: {one_line(str(error))}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read our output has gone
        silence()
        return 141
    except OSError as error:
        way_out = ANOTHER_FOLDER if is_hydras else ""
        print(f"hw3: error: {one_line(f'{error}{way_out}')}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("hw3: interrupted", file=sys.stderr)
        return 130


def own_arguments(
    arguments: Sequence[str], defaults: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the command's own keys, with defaults, and the other arguments: overrides of a config.

    Raises:
        ConfigError: for an argument without "=".
    """
    own, overrides = dict(defaults), []
    for argument in arguments:
        key, separator, value = argument.partition("=")
        if not separator:
            raise ConfigError(f"{quoted(argument)} is not an argument; write key=value")
        if key in defaults:
            own[key] = value
        else:
            overrides.append(argument)
    return own, overrides


def console() -> "Console":
    """Return where tables go: as wide as the terminal, and wide enough where there is none."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 140)


def silence() -> None:
    """Send what is still to be printed nowhere."""
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115


def say(text: str) -> None:
    """Print a line; training goes on when whoever read it has gone (`... | head`)."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        silence()

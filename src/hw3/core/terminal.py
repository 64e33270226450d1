"""What all commands share: arguments of the form key=value, how they end, where they print."""

import os
import shutil
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TextIO

from hw3.core.errors import TROUBLE, ConfigError, Hw3Error, os_text
from hw3.core.streams import surviving_streams
from hw3.core.words import escaped, one_line, quoted
from hw3.core.workers import is_in_sweep

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


ANOTHER_FOLDER = (
    "; if it is the output folder that cannot be used, give another with hydra.run.dir=<folder> or "
    "hydra.sweep.dir=<folder>"
)


def run_command(
    work: Callable[[Sequence[str]], int], argv: Sequence[str] | None, *, is_hydras: bool = False
) -> int:
    """Do the work of a command on the arguments; return the exit status.

    Output that nobody can take is lost and stops nothing; where it is all that a command is for,
    the status tells: 141 when the reader has gone, 1 otherwise.
    """
    with surviving_streams() as streams:
        status = ended(work, argv, is_hydras)
        if is_hydras or status or streams.lost is None:
            return status
        if isinstance(streams.lost, BrokenPipeError):
            return 141
        complain(f"error: the output could not be written: {streams.lost.strerror}")
        return 1


def ended(work: Callable[[Sequence[str]], int], argv: Sequence[str] | None, is_hydras: bool) -> int:
    """Do the work; return the exit status, and say in a line what stopped it.

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
        complain(f"error: {error}")
        return error.status
    except OSError as error:
        complain(f"error: {os_text(error)}{ANOTHER_FOLDER if is_hydras else ''}")
        return 1 if error.errno in TROUBLE else 2
    except KeyboardInterrupt as error:  # with what is kept and how it continues, if there is any
        complain(str(error) or "interrupted")
        return 130


def own_arguments(
    arguments: Sequence[str], defaults: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return the command's own keys, with defaults, and the other arguments: overrides of a config.

    Raises:
        ConfigError: for an argument without "=".
    """
    own, overrides = dict(defaults), []
    for argument in arguments:
        key, separator, value = argument.partition("=")
        if not separator:
            is_weights = "weights" in defaults and os.path.exists(argument)
            meant = f"weights={argument}" if is_weights else "key=value"
            raise ConfigError(f"{quoted(argument)} is not an argument; write {one_line(meant, 99)}")
        if key in defaults:
            if sum(other.startswith(f"{key}=") for other in arguments) > 1:
                raise ConfigError(f"{key} is given twice; give it once")
            own[key] = value
        else:
            overrides.append(argument)
    return own, overrides


MIN_WIDTH = 60  # below it no table can be read: lines that wrap say more


def is_live() -> bool:
    """Whether what is printed can be drawn over again: on a terminal that is wide enough."""
    is_dumb = os.environ.get("TERM", "").lower() in ("", "dumb", "unknown")
    return sys.stdout.isatty() and not is_dumb and console().width > MIN_WIDTH


def console() -> "Console":
    """Return where tables go: as wide as the terminal, and wide enough where there is none.

    A text is shown as it is: names of folders and experiments may look like rich's markup.
    """
    from rich.console import Console

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 140
    return Console(width=width, markup=False, emoji=False)


_shown: "list[Progress]" = []  # at most one: rich before 14.1 has one live display at a time


@contextmanager
def doing(text: str, n_steps: int | None = None) -> Iterator[Callable[[], object]]:
    """Show on a terminal what is being done, until it is done; where it nests, a line for each.

    Yields the function to call after each step. What takes long to import is imported in the body,
    and what the command prints is printed after it: rich would wrap the lines.
    """
    if not is_live() or is_in_sweep():  # which has a table of its own
        yield lambda: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(20), TaskProgressColumn()
    with ExitStack() as stack:
        if not _shown:
            shown = Progress(*columns, console=console(), transient=True, refresh_per_second=5)
            _shown.append(stack.enter_context(shown))
            stack.callback(_shown.clear)
        (shown,) = _shown
        task = shown.add_task(escaped(text), total=n_steps)
        stack.callback(shown.remove_task, task)
        yield lambda: shown.advance(task)


_is_brief = ContextVar("is_brief", default=False)


@contextmanager
def briefly() -> Iterator[None]:
    """Print nothing of what is kept in files as well, as of several experiments in a row."""
    token = _is_brief.set(True)
    try:
        yield
    finally:
        _is_brief.reset(token)


def is_brief() -> bool:
    """Whether what is kept in files is not printed."""
    return _is_brief.get()


def is_yes(question: str) -> bool:
    """Whether someone is there to be asked, and says yes."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return input(wrapped(question, sys.stdout)).strip().lower() in ("y", "yes")
    except EOFError:
        print()  # after the question
        return False
    except KeyboardInterrupt:
        print()
        raise


def say_kept(text: str) -> None:
    """Print lines that a file holds too."""
    if not is_brief():
        say(text)


def say(text: str) -> None:
    """Print lines, at once; control characters in them do nothing."""
    print("\n".join(wrapped(escaped(line), sys.stdout) for line in text.split("\n")), flush=True)


def complain(text: str) -> None:
    """Print a line on stderr, as hw3's."""
    print(wrapped(f"hw3: {one_line(text)}", sys.stderr), file=sys.stderr, flush=True)


def wrapped(line: str, stream: TextIO) -> str:
    """Return a line as lines of whole words, as wide as the terminal that it goes to."""
    width = shutil.get_terminal_size().columns
    if len(line) <= width or not stream.isatty():
        return line
    return textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)

"""Modules of one's own that register activations, optimizers and schedules when they are imported.

A person names them on the command line, or has installed them. What a record or a YAML file names
is never imported.
"""

import os
import sys
import traceback
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from hw3.core.errors import ConfigError, first_line
from hw3.core.files import sha256
from hw3.core.words import quoted

KEY = "plugins"
GROUP = "hw3.plugins"  # of the entry points of installed packages
IMPORTING = ("<frozen ", __file__, import_module.__code__.co_filename)  # files of no plugin
_digests: dict[str, str] = {}  # of the files that were imported, by module


def named_plugins(arguments: Iterable[str]) -> list[str]:
    """Return the modules of plugins=[...] among the arguments; of several, the last one counts.

    Raises:
        ConfigError: for what is no list of modules' names.
    """
    given = [a.partition("=")[2] for a in arguments if a.lstrip("+").partition("=")[0] == KEY]
    text = given[-1].strip() if given else "[]"
    listed = text[1:-1].strip() if text[:1] == "[" and text[-1:] == "]" else text or "-"
    names = [name.strip().strip("'\"") for name in listed.split(",")] if listed else []
    if listed == text or not all(part.isidentifier() for n in names for part in n.split(".")):
        raise ConfigError(
            f"plugins must be a list of modules such as [my_module], got {quoted(text)}"
        )
    return names


def take_plugins(arguments: Iterable[str]) -> list[str]:
    """Import what plugins=[...] names, for a command without a config; return the other arguments.

    Raises:
        ConfigError: as `load_plugins`.
    """
    arguments = list(arguments)
    load_plugins(named_plugins(arguments))
    return [argument for argument in arguments if argument.partition("=")[0] != KEY]


def load_plugins(names: Iterable[str], folder: str | None = None) -> None:
    """Import the plugins that are installed, and modules of such names once.

    They are looked for in a folder too, unless told the current one, as `python -m` does.

    Raises:
        ConfigError: of one line, for a module that is not there or cannot be imported.
    """
    load_installed()
    place = folder or os.getcwd()
    for name in names:
        if place not in sys.path:
            sys.path.insert(0, place)
        if name not in _digests:
            _digests[name] = imported(name, f"plugins=[{name}]")


@cache
def load_installed() -> None:
    """Import what installed packages offer as entry points of our group."""
    for point in entry_points(group=GROUP):
        _digests[point.module] = imported(point.module, f"the installed plugin {point.name}")


def imported(name: str, what: str) -> str:
    """Import a module; return the sha256 of its file."""
    try:
        file = import_module(name).__file__
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise ConfigError(
                f"{what}: there is no module {name} in {os.getcwd()}, nor among those installed"
            ) from error
        kind = "" if isinstance(error, ConfigError) else f"{type(error).__name__}: "
        raise ConfigError(f"{what}: {place_of(error)}: {kind}{first_line(error)}") from error
    if file is None:
        raise ConfigError(f"{what} is a folder without __init__.py; name a module in it")
    return sha256(Path(file))


def way_out(modules: Iterable[object] = ()) -> str:
    """Return what to do about a name that is not registered, where a record may say its modules."""
    listed = ",".join(map(str, modules)) or "<its module>"
    return f"if a plugin registers it, give plugins=[{listed}] or import the module first"


def place_of(error: BaseException) -> str:
    """Return the file and line of a module at which its import failed."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    found = next((f for f in frames if not f.filename.startswith(IMPORTING)), frames[-1])
    return f"{found.filename}, line {found.lineno}"


def plugin_digests() -> Mapping[str, str]:
    """Return the sha256 of the file of each plugin that was imported, by module."""
    return dict(_digests)

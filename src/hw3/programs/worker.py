"""The process in which a person's program runs; `process` starts this file, nothing imports it.

It knows numpy and the standard library alone. What it uses is bound before their code runs, so
that their patches of json or numpy change their own results and no message.
"""

import sys
from collections.abc import Callable, Mapping
from faulthandler import enable
from importlib.util import module_from_spec, spec_from_file_location
from inspect import Parameter, signature
from io import TextIOWrapper
from json import loads
from os import _exit, read, write
from os.path import abspath, basename, dirname, join
from time import perf_counter
from traceback import extract_tb
from types import ModuleType
from typing import TYPE_CHECKING, Any

HERE = dirname(abspath(__file__))


def module_at(path: str, name: str) -> ModuleType:
    """Return the module of a file, run under a name."""
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{basename(path)} is no Python file")
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from hw3.programs import guard, wire
else:  # by their files: their program must not find hw3 because of us
    sys.path += [p for p in loads(sys.argv[1])["packages"] if p not in sys.path]
    guard, wire = (module_at(join(HERE, f"{n}.py"), f"hw3_{n}") for n in ("guard", "wire"))

PACKAGE = "their_program"  # so that `from .layers import` finds the files beside theirs
LIBRARIES = {"numpy", "scipy", "torch", "sklearn", "matplotlib"} | sys.stdlib_module_names


class Server:
    """Runs the functions of one program, as messages ask for them."""

    def __init__(self, path: str, watch: "guard.Watch", printed: "guard.Tail") -> None:
        self.path, self.watch, self.printed = path, watch, printed
        self.module = ModuleType("nothing")
        self.has_failed = False

    def start(self, about: dict[str, Any]) -> bytes:
        """Return the reply that says what their file defines, or why it cannot be imported."""

        def hello() -> object:
            package = sys.modules[PACKAGE] = ModuleType(PACKAGE)
            package.__path__ = [dirname(self.path)]
            name = basename(self.path).removesuffix(".py").replace(".", "_")
            self.module = module_at(self.path, f"{PACKAGE}.{name}")
            found = {name: getattr(self.module, name, None) for name in wire.FUNCTIONS}
            theirs = {n: f for n, f in found.items() if callable(f) and is_theirs(f)}
            functions = {n: tuple(parameters(f)) for n, f in theirs.items()}
            values = {name: getattr(self.module, name, None) for name in wire.CONSTANTS}
            constants = {n: v for n, v in values.items() if v is not None and packed(v)}
            return about | {"functions": functions, "constants": constants}

        return self.reply(hello, {})

    def run(self, name: str, arguments: dict[str, Any]) -> bytes:
        """Return the reply to a call of a function; of "load", of the outputs of what it loads."""

        def outputs() -> object:
            weights, named = call(module.load, arguments["load"]), parameters(module.outputs)
            given = {
                key: weights if value is None else value
                for key, value in arguments["outputs"].items()
                if not isinstance(value, str) or is_needed(named[key])  # the activation
            }
            return call(module.outputs, given)

        module = self.module
        if name == "load" and "outputs" in arguments:
            return self.reply(outputs, arguments)
        return self.reply(lambda: call(getattr(module, name), arguments), arguments)

    def reply(self, work: Callable[[], object], arguments: Mapping[str, object]) -> bytes:
        """Do some work of theirs, and return what came of it as a message."""
        before = {name: packed(value) for name, value in arguments.items()}
        self.watch.opened.clear()
        self.printed.kept, self.has_failed = b"", False
        start = perf_counter()
        try:
            value = work()
            seconds = perf_counter() - start
            changed = [name for name, old in before.items() if packed(arguments[name]) != old]
            told = {"value": value, "changed": changed, "seconds": seconds}
            return wire.packed(told | self.seen())
        except BaseException as error:  # an exit, too, is theirs
            self.has_failed = True
            return wire.packed(self.trouble(error) | self.seen())

    def seen(self) -> dict[str, object]:
        """Return what was seen of the last call."""
        printed = self.printed.kept.decode("utf-8", "replace")
        return {"opened": list(self.watch.opened), "printed": printed}

    def trouble(self, error: BaseException) -> dict[str, object]:
        """Return what they raised, and the lines of theirs that led to it."""
        try:
            name, text = type(error).__name__, f"{error}"[: guard.TAIL]
        except BaseException:  # of a __str__ of theirs
            name, text = "an exception", "its text cannot be had"
        frames = [f for f in extract_tb(error.__traceback__) if dirname(f.filename) != HERE]
        near = [f for f in frames if f.filename.startswith(dirname(self.path) + "/")]
        own = [f for f in near if "-packages" not in f.filename] or frames
        lines = [[basename(f.filename), f.lineno, f.name, f.line or ""] for f in own[-8:]]
        if isinstance(error, SyntaxError) and error.filename:
            lines = [[basename(error.filename), error.lineno, "<module>", error.text or ""]]
        return {"error": str(name), "text": text, "lines": lines}


def parameters(function: Callable[..., object]) -> dict[str, Parameter]:
    """Return the parameters of a function, none if it does not tell."""
    try:
        return dict(signature(function).parameters)
    except (TypeError, ValueError):
        return {}


def is_theirs(function: Callable[..., object]) -> bool:
    """Whether a function is no library's, as `from numpy import *` brings load and split."""
    return str(getattr(function, "__module__", "")).partition(".")[0] not in LIBRARIES


def is_needed(parameter: Parameter) -> bool:
    """Whether a function cannot be called without it."""
    is_any = parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return parameter.default is Parameter.empty and not is_any


def call(function: Callable[..., object], arguments: Mapping[str, object]) -> object:
    """Call a function with those of the arguments that it names."""
    named = parameters(function)
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in named.values()):
        return function(**arguments)
    needed = [name for name, parameter in named.items() if is_needed(parameter)]
    if unknown := [name for name in needed if name not in arguments]:
        known = ", ".join(arguments)
        raise TypeError(f"its parameter {unknown[0]} is none of those that check knows: {known}")
    return function(**{name: arguments[name] for name in named if name in arguments})


def packed(value: object) -> bytes | None:
    """Return a value as a message, None if it is, or has become, what no message holds."""
    try:
        return wire.packed(value)
    except (TypeError, ValueError):
        return None


def main() -> None:
    """Answer messages until there are no more."""
    setup = loads(sys.argv[1])
    take, give = setup["pipes"]

    def read_all(n: int) -> bytes:
        data = bytearray()
        while len(data) < n:
            piece = read(take, min(n - len(data), 1 << 20))
            if not piece:
                _exit(0)
            data += piece
        return bytes(data)

    def send(data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[write(give, rest) :]

    about = {"unlimited": guard.limited(setup["limits"]), "is_offline": guard.cut_off()}
    enable()  # so that a crash of native code says where
    server = prepared(setup)
    send(server.start(about))
    while True:
        message = wire.received(read_all)
        for arguments in message["many"]:
            send(server.run(message["name"], arguments))
            if server.has_failed:
                break


def prepared(setup: Mapping[str, Any]) -> Server:
    """Return what runs their program, in a process that is ready for it."""
    path, printed, watch = setup["path"], guard.Tail(), guard.Watch(setup["folder"])
    out: Any = TextIOWrapper(printed, "utf-8", "backslashreplace", write_through=True)
    sys.stdout = sys.stderr = out
    sys.argv[:] = [path]
    sys.path[:] = [dirname(path), *sys.path]
    sys.meta_path.insert(0, watch)
    sys.addaudithook(watch.hear)
    return Server(path, watch, printed)


if __name__ == "__main__":
    main()

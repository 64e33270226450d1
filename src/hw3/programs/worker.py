"""The process in which a person's program runs; `program` starts this file, nothing imports it.

It knows numpy and the standard library alone. What it refuses by audit events (PEP 578) guards
against accidents: a program that writes over data, opens the network or starts others. It is no
jail: native code and ctypes go past it.
"""

import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from ctypes import CDLL
from faulthandler import enable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from inspect import Parameter, signature
from io import RawIOBase, TextIOWrapper
from json import loads
from os import (
    O_ACCMODE,
    O_CREAT,
    O_RDONLY,
    O_TRUNC,
    PathLike,
    _exit,
    devnull,
    fsdecode,
    getgid,
    getuid,
    read,
    write,
)
from os.path import abspath, basename, dirname, join, realpath
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
    from hw3.programs import wire
else:  # without hw3, which their program must not find by us
    wire = module_at(join(HERE, "wire.py"), "hw3_wire")

NETWORK = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
NETWORK |= {"socket.getaddrinfo", "socket.gethostbyname"}
OTHERS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"}
OTHERS |= {"os.fork", "os.forkpty"}
CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.link"}
CHANGES |= {"os.symlink", "os.chmod", "os.chown", "os.utime", "shutil.rmtree", "os.setxattr"}
CODE = (".py", ".pyc", ".so", ".pth")
H5_MODES = {"r": "r", "r+": "r+", "a": "r+"}  # the others begin a file anew
MOST = 200  # files of a call that are told
TAIL = 4000  # bytes of what is printed that are kept
CLONE_NEWUSER, CLONE_NEWNET, PR_SET_PDEATHSIG, SIGKILL = 0x10000000, 0x40000000, 1, 9


class Watch(MetaPathFinder):
    """Notes which files are opened, and refuses what a program that is checked has no use for."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.opened: list[tuple[str, str]] = []

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Hear of an event, before it happens."""
        if event == "open":
            flags = args[2] if isinstance(args[2], int) else 0
            reads = flags & O_ACCMODE == O_RDONLY and not flags & (O_CREAT | O_TRUNC)
            self.note(args[0], "r" if reads else "w" if flags & O_TRUNC else "r+")
        elif event in NETWORK:
            raise PermissionError("a program that is checked has no network")
        elif event in OTHERS:
            raise PermissionError("a program that is checked starts no other process")
        elif event in CHANGES:
            for path in args[:2]:
                self.refuse(path)

    def note(self, path: object, mode: str) -> None:
        """Note that a file is opened; refuse one that is written outside the folder."""
        if mode != "r":
            self.refuse(path)
        if isinstance(path, str | bytes | PathLike) and len(self.opened) < MOST:
            name = abspath(fsdecode(path))
            if not name.endswith(CODE):
                self.opened.append((name, mode))

    def refuse(self, path: object) -> None:
        """Raise PermissionError for a path outside the folder."""
        if isinstance(path, str | bytes | PathLike):
            name = realpath(fsdecode(path))
            if not (name + "/").startswith(self.folder + "/") and name != devnull:
                raise PermissionError(
                    f"a program that is checked changes no file of others: {name}"
                )

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find h5py, and watch its files once it is there: HDF5 tells no audit event."""
        if name != "h5py":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec and spec.loader:
            run = spec.loader.exec_module

            def run_and_watch(module: ModuleType) -> None:
                run(module)
                self.watch_files(module.File)

            spec.loader.exec_module = run_and_watch  # type: ignore[method-assign]
        return spec

    def watch_files(self, kind: Any) -> None:
        """Note what h5py.File opens."""
        opening = kind.__init__

        def init(file: Any, name: Any, mode: str = "r", *args: Any, **options: Any) -> None:
            self.note(name, H5_MODES.get(mode, "w"))
            opening(file, name, mode, *args, **options)

        kind.__init__ = init


class Tail(RawIOBase):
    """What is printed: its end is kept, all else is lost."""

    kept = b""

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Keep the end."""
        self.kept = (self.kept + bytes(data[-TAIL:]))[-TAIL:]
        return len(data)


def limited(limits: Mapping[str, int]) -> list[str]:
    """Set the limits of this process; return those that the system does not know."""
    failed = []
    for name, value in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            failed.append(name)
    return failed


def cut_off() -> bool:
    """Let this process die with its parent, and have no network; return whether it has none."""
    if sys.platform != "linux":
        return False
    libc, user = CDLL(None), (getuid(), getgid())
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL)
    if libc.unshare(CLONE_NEWNET) == 0:  # which only root may
        return True
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    with suppress(OSError), open("/proc/self/uid_map", "w") as file:
        file.write(f"{user[0]} {user[0]} 1")
    return True


def names_of(function: Callable[..., object]) -> dict[str, Parameter]:
    """Return the parameters of a function, none if it does not tell."""
    try:
        return dict(signature(function).parameters)
    except (TypeError, ValueError):
        return {}


def is_needed(parameter: Parameter) -> bool:
    """Whether a function cannot be called without it."""
    is_any = parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return parameter.default is Parameter.empty and not is_any


def call(function: Callable[..., object], arguments: Mapping[str, object]) -> object:
    """Call a function with those of the arguments that it names; a lone one may have any name."""
    parameters = names_of(function)
    needed = [p.name for p in parameters.values() if is_needed(p)]
    if len(arguments) == len(needed) == 1:
        return function(*arguments.values())
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return function(**arguments)
    if unknown := [name for name in needed if name not in arguments]:
        raise TypeError(
            f"its parameter {unknown[0]} is none of those that check knows: {', '.join(arguments)}"
        )
    return function(**{name: arguments[name] for name in parameters if name in arguments})


class Server:
    """Runs the functions of one program, as messages ask for them.

    What it uses was bound before their code ran, so that their patches of json or numpy change
    their own results alone.
    """

    def __init__(self, path: str, watch: Watch, printed: Tail) -> None:
        self.path, self.watch, self.printed = path, watch, printed
        self.module = ModuleType("nothing")
        self.has_failed = False

    def start(self, about: dict[str, Any]) -> bytes:
        """Return the reply that says what their file defines, or why it cannot be imported."""

        def found() -> dict[str, object]:
            name = basename(self.path).removesuffix(".py")
            name = name if name.isidentifier() and name not in sys.modules else "their_program"
            self.module = module_at(self.path, name)
            defined = {name: getattr(self.module, name, None) for name in wire.FUNCTIONS}
            given = {n: tuple(names_of(f)) for n, f in defined.items() if callable(f)}
            values = {name: getattr(self.module, name, None) for name in wire.CONSTANTS}
            told = {name: value for name, value in values.items() if is_told(value)}
            return about | {"functions": given, "constants": told}

        return self.reply(found, {})

    def run(self, name: str, arguments: dict[str, Any]) -> bytes:
        """Return the reply to a call of a function; of "load", of the outputs of what it loads."""

        def value() -> object:
            if name != "load":
                return call(getattr(self.module, name), arguments)
            weights = call(self.module.load, {"path": arguments["path"]})
            activation = names_of(self.module.outputs).get("activation")
            is_told = activation is None or not is_needed(activation)
            hidden = {"path", "activation"} if is_told else {"path"}
            own = {key: item for key, item in arguments.items() if key not in hidden}
            return call(self.module.outputs, own | {"weights": weights})

        return self.reply(value, arguments)

    def reply(self, work: Callable[[], object], arguments: Mapping[str, object]) -> bytes:
        """Do some work of theirs, and return what came of it as a message."""
        before = {name: wire.packed(value) for name, value in arguments.items()}
        self.watch.opened.clear()
        self.printed.kept, self.has_failed = b"", False
        start = perf_counter()
        try:
            value = work()
            seconds = perf_counter() - start
            changed = [
                name for name, old in before.items() if packed_or_none(arguments[name]) != old
            ]
            told = {"value": value, "changed": changed, "seconds": seconds}
            return wire.packed(told | self.heard)
        except BaseException as error:  # an exit, too, is theirs
            self.has_failed = True
            return wire.packed(self.trouble(error) | self.heard)

    @property
    def heard(self) -> dict[str, object]:
        """What was seen of the last call."""
        printed = self.printed.kept.decode("utf-8", "replace")
        return {"opened": list(self.watch.opened), "printed": printed}

    def trouble(self, error: BaseException) -> dict[str, object]:
        """Return what they raised, and the lines of theirs that led to it."""
        try:
            name, text = type(error).__name__, f"{error}"[:TAIL]
        except BaseException:  # of a __str__ of theirs
            name, text = "an exception", "its text cannot be had"
        frames = [f for f in extract_tb(error.__traceback__) if dirname(f.filename) != HERE]
        near = [f for f in frames if f.filename.startswith(dirname(self.path) + "/")]
        own = [f for f in near if "-packages" not in f.filename] or frames
        lines = [[basename(f.filename), f.lineno, f.name, f.line or ""] for f in own[-8:]]
        if isinstance(error, SyntaxError) and error.filename:
            lines = [[basename(error.filename), error.lineno, "<module>", error.text or ""]]
        return {"error": str(name), "text": text, "lines": lines}


def is_told(value: object) -> bool:
    """Whether a constant is there and can be told."""
    return value is not None and packed_or_none(value) is not None


def packed_or_none(value: object) -> bytes | None:
    """Return a value as a message, None if it has become what no message holds."""
    try:
        return bytes(wire.packed(value))
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

    about = {"unlimited": limited(setup["limits"]), "is_offline": cut_off()}
    enable(sys.__stderr__ or 2)  # a crash of native code says where
    printed, watch = Tail(), Watch(setup["folder"])
    out = TextIOWrapper(printed, "utf-8", "backslashreplace", write_through=True)  # type: ignore[type-var]
    sys.stdout = sys.stderr = out
    path = setup["path"]
    sys.argv[:] = [path]
    sys.path[:] = [dirname(path), *sys.path, *(p for p in setup["packages"] if p not in sys.path)]
    sys.meta_path.insert(0, watch)
    sys.addaudithook(watch.hear)
    server = Server(path, watch, printed)
    send(server.start(about))
    while True:
        message = wire.received(read_all)
        for arguments in message["many"]:
            send(server.run(message["name"], arguments))
            if server.has_failed:
                break


if __name__ == "__main__":
    main()

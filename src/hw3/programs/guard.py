"""What keeps a program that is checked to itself; loaded in its process, before its code.

Limits and namespaces are the system's. What audit events (PEP 578) refuse guards against accidents:
a program that writes over data, asks the network or starts others. It is no jail: native code and
ctypes go past it.
"""

import os
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from ctypes import CDLL
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from io import RawIOBase
from os import O_ACCMODE, O_CREAT, O_RDONLY, O_TRUNC, PathLike, devnull, fsdecode
from os.path import abspath, realpath
from types import ModuleType
from typing import Any

NETWORK = {
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"),
    *("socket.getaddrinfo", "socket.gethostbyname"),
}
OTHERS = {
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"),
    *("os.fork", "os.forkpty"),
}
CHANGES = {
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink"),
    *("os.chmod", "os.chown", "os.utime", "os.setxattr", "shutil.rmtree"),
}
REFUSED = "a program that is checked "
CODE = (".py", ".pyc", ".so", ".pth")  # what an import opens is not told, nor what follows
PLACES = (f"{realpath(sys.base_prefix)}/", "/proc/", "/sys/", "/usr/share/")
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
            raise PermissionError(f"{REFUSED}has no network")
        elif event in OTHERS:
            raise PermissionError(f"{REFUSED}starts no other process")
        elif event in CHANGES:
            for path in args[:2]:
                self.refuse(path)

    def note(self, path: object, mode: str) -> None:
        """Note that a file is opened; refuse one that is written outside the folder."""
        if isinstance(path, str | bytes | PathLike) and (name := fsdecode(path)) != devnull:
            if mode != "r":
                self.refuse(name)
            name = abspath(name)
            is_own = not name.endswith(CODE) and not name.startswith(PLACES)
            if is_own and "-packages/" not in name and len(self.opened) < MOST:
                self.opened.append((name, mode))

    def refuse(self, path: object) -> None:
        """Raise PermissionError for a path outside the folder."""
        if isinstance(path, str | bytes | PathLike):
            name = realpath(fsdecode(path))
            if not (name + "/").startswith(self.folder + "/"):
                raise PermissionError(f"{REFUSED}changes no file outside its own folder: {name}")

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find h5py, and watch its files once it is there: HDF5 raises no audit event."""
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
    """Set the limits of this process; return those that the system does not take."""
    failed = []
    for name, wanted in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            failed.append(name)
    return failed


def cut_off() -> bool:
    """Let this process die with its parent, and have no network; return whether it has none."""
    if sys.platform != "linux":
        return False
    libc, user = CDLL(None), os.getuid()
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL)
    if libc.unshare(CLONE_NEWNET) == 0:  # which only root may
        return True
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    with suppress(OSError), open("/proc/self/uid_map", "w") as file:
        file.write(f"{user} {user} 1")  # else it would be nobody
    return True

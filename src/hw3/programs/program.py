"""Somebody else's program, called from here while it runs in a process of its own.

The process gets a folder to work in, limits of time and memory, no network where the system can
cut it off, and none of the environment but paths of libraries; `worker` says what it is refused.
It is a guard against accidents and no jail: run what may be hostile in a container.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hw3.core.errors import ConfigError, Hw3Error
from hw3.core.words import escaped
from hw3.programs.answer import (
    Answer,
    Died,
    NoProgramError,
    OutOfTime,
    ProgramError,
    answer,
    failure,
)
from hw3.programs.names import ours
from hw3.programs.process import Limits, Process
from hw3.programs.wire import FUNCTIONS, Tree, packed

__all__ = ["Answer", "Died", "Limits", "NoProgramError", "OutOfTime", "Program", "ProgramError"]

MOST_DEATHS = 3
DYING_SECONDS = 0.5  # between the end of its pipe and its own
GARBLED = (ValueError, LookupError, TypeError, AttributeError, OverflowError)  # a forged answer
ADAPTER = """# adapter.py, beside the program: python -m hw3.check adapter.py
from my_net import Net  # the program, which may look as it likes

def made(weights):
    net = Net()
    net.weights = weights
    return net

def loss(weights, x, y): return made(weights).loss(x, y)
def gradients(weights, x, y): return made(weights).backward(x, y)
def outputs(weights, x): return made(weights).forward(x)"""


@dataclass
class Program:
    """The functions of a file, each a message to the process that imported it.

    After a ProgramError it goes on; after a death the next call starts a new process, until it has
    died three times.

    Attributes:
        functions: name -> the parameters that it names, of those of the contract that it defines.
        constants: `sizes` and `activation`, where it defines them.
        imported: what was seen when its file was imported; the value is None.
        is_offline: whether the system cut it off from the network; else audit events refuse it.
        remarks: what could not be limited here.
    """

    path: Path
    folder: Path
    limits: Limits
    functions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, Tree] = field(default_factory=dict)
    imported: Answer = field(default_factory=lambda: Answer(None))
    is_offline: bool = False
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.limits.seconds
        self._process: Process | None = None
        self._deaths: list[ProgramError] = []
        self._n_saved = 0

    @classmethod
    @contextmanager
    def started(cls, path: Path, limits: Limits | None = None) -> Iterator["Program"]:
        """Yield the program of a file; at the end nothing of its process or folder is left.

        Raises:
            ConfigError: for what cannot be run, is no Python or defines nothing to check.
            ProgramError: if it cannot be imported.
        """
        check_runnable(path)
        with TemporaryDirectory(prefix="hw3-check-", ignore_cleanup_errors=True) as folder:
            program = cls(path.absolute(), Path(folder).resolve(), limits or Limits())
            try:
                program._running()
                yield program
            finally:
                if program._process:
                    program._process.kill()

    def call(self, name: str, /, **arguments: Tree) -> Answer:
        """Return what a function makes of those of the arguments that it names.

        Raises:
            ProgramError: if it raises, takes too long or dies, or returns what is no tree.
        """
        return self.many(name, [arguments])[0]

    def many(self, name: str, arguments: Sequence[Mapping[str, Tree]]) -> list[Answer]:
        """Return the answers of one function to many calls, in one message; limits are a call's."""
        return self._exchanged(self._running(), name, arguments)

    def round_trip(self, weights: Tree, activation: Tree, x: Tree) -> Answer:
        """Return `outputs(loaded, x)` of weights that were saved, and loaded by a new process.

        The activation is told to `save`; to `outputs` only where it cannot be called without.
        """
        self._n_saved += 1
        folder = self.folder / f"saved{self._n_saved}"
        folder.mkdir()
        path = folder / "weights.npz"
        known = {"weights": weights, "activation": activation, "path": str(path)}
        self.call("save", **self._named("save", known))
        files = sorted(folder.iterdir())
        if not path.exists() and len(files) == 1:  # numpy appends an ending to what it saves
            path = files[0]
        known = {"weights": None, "x": x} | ({"activation": activation} if activation else {})
        asked = self._named("outputs", known)  # what was loaded takes the place of None
        loaded = {"load": self._named("load", {"path": str(path)}), "outputs": asked}
        fresh = self._new()
        try:
            self._answer(fresh, "import", self.limits.import_seconds)
            return self._exchanged(fresh, "load", [loaded])[0]
        finally:
            fresh.kill()

    def _named(self, function: str, known: Mapping[str, Tree]) -> dict[str, Tree]:
        """Return those of the arguments that a function takes, by its own names."""
        names = ours(function, self.functions.get(function, ()))
        return {theirs: known[name] for theirs, name in names.items() if name in known}

    def _new(self) -> Process:
        return Process(self.path, self.folder, self.limits)

    def _running(self) -> Process:
        """Return the process, a new one if there is none."""
        if len(self._deaths) >= MOST_DEATHS:
            raise self._deaths[-1]
        if time.monotonic() >= self._end:
            raise self._late("the next call", 0)
        if self._process is None:
            process = self._new()
            try:
                self.imported = self._answer(process, "import", self.limits.import_seconds)
                with self._dying(process, "import"):
                    self._learn(self.imported.value)
                self._check_defined()
            except BaseException:
                process.kill()
                raise
            self._process = process
        return self._process

    def _check_defined(self) -> None:
        """Raise NoProgramError for a file that defines nothing to check."""
        if not self.functions:
            raise NoProgramError(
                f"{self.path.name} defines none of the functions that can be checked: "
                f"{', '.join(FUNCTIONS)}; write an adapter, as of ten lines",
                ADAPTER.splitlines(),
            )

    def _learn(self, hello: Any) -> None:
        """Take what a process says when it has imported the program."""
        functions = hello["functions"].items()
        self.functions = {str(name): tuple(map(str, named)) for name, named in functions}
        self.constants = dict(hello["constants"])
        self.is_offline = hello["is_offline"]
        offline = "the network could not be cut off; Python's own ways to it are refused"
        self.remarks = () if self.is_offline else (offline,)
        self.remarks += tuple(
            f"the limit {name} cannot be set on this system" for name in hello["unlimited"]
        )

    def _exchanged(
        self, process: Process, name: str, arguments: Sequence[Mapping[str, Tree]]
    ) -> list[Answer]:
        """Send a message of calls and return the answers; a failure stops the rest."""
        message = packed({"name": name, "many": arguments})
        with self._dying(process, name):
            process.send(message, self._end)
        return [self._answer(process, name, self.limits.call_seconds) for _ in arguments]

    def _answer(self, process: Process, name: str, seconds: float) -> Answer:
        """Return what a process answers; raise what it says that their code raised."""
        with self._dying(process, name, seconds):
            reply = process.receive(min(self._end, time.monotonic() + seconds))
            found = failure(name, reply) if "error" in reply else answer(reply)
        if isinstance(found, Hw3Error):
            raise found
        return found

    @contextmanager
    def _dying(self, process: Process, name: str, seconds: float = 0) -> Iterator[None]:
        """Raise OutOfTime or Died for what a process does not do; it is killed for it."""
        try:
            yield
        except (TimeoutError, EOFError, *GARBLED) as trouble:
            is_late = isinstance(trouble, TimeoutError)
            how = process.kill(0 if is_late else DYING_SECONDS)
            lines = tuple(map(escaped, process.farewell().splitlines()))
            error = self._late(name, seconds) if is_late else Died(f"{name}: {how}", lines)
            self._process = None if process is self._process else self._process
            self._deaths.append(error)
            raise error from None

    def _late(self, name: str, seconds: float) -> OutOfTime:
        """Return the error for a call that took too long."""
        if time.monotonic() >= self._end:
            return OutOfTime(
                f"{name}: the {self.limits.seconds:g} seconds of the whole check are used up; "
                "time=<seconds> gives more"
            )
        if name == "import":
            return OutOfTime(
                f"{self.path.name} was not imported after {seconds:g} seconds; what it does "
                'when imported, such as training, belongs under if __name__ == "__main__":'
            )
        return OutOfTime(f"{name} had not returned after {seconds:g} seconds")


def check_runnable(path: Path) -> None:
    """Raise ConfigError for what cannot be run: no Python file, or no system for it."""
    if os.name != "posix":
        raise ConfigError("programs are checked on Linux and macOS; on Windows, use WSL")
    if path.suffix == ".ipynb":
        raise ConfigError(
            f"{path} is a notebook; make a Python file of it: jupyter nbconvert --to script {path}"
        )
    if path.suffix != ".py" or not path.is_file():
        raise ConfigError(f"{path}: there is no Python file of this name")

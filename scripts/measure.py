"""What scripts/bench measures with: works in turns, commands with their peak memory, rows."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
Work = Callable[[], None]


@dataclass(frozen=True)
class Row:
    """One figure: all values that were measured, or why there is none."""

    name: str
    unit: str = "s"
    values: Sequence[float] = ()
    cpu: Sequence[float] = ()  # of all threads and child processes, where it was asked
    note: str = ""
    missing: str = ""

    def shared(self, among: int) -> "Row":
        """Return what was measured in seconds as milliseconds for each of so many."""
        wall, cpu = ([1000 * value / among for value in part] for part in (self.values, self.cpu))
        return replace(self, unit="ms", values=wall, cpu=cpu)

    @property
    def median(self) -> float:
        """The middle of the values."""
        return median(self.values)

    def beside(self, other: "Row") -> float:
        """How many times another it is, by CPU time where both have it: that is less noisy."""
        if self.cpu and other.cpu:
            return median(self.cpu) / median(other.cpu)
        return self.median / other.median

    @property
    def spread(self) -> str:
        """The lowest and the highest value."""
        return f"{number(min(self.values))} to {number(max(self.values))}"


@dataclass(frozen=True)
class Section:
    """Rows that were measured in turns, and compared with the first of them."""

    name: str
    title: str
    threads: str
    rows: Sequence[Row]


def number(value: float) -> str:
    """Return a figure with three digits that count."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}" if value >= 0.01 else f"{value:.2g}"


def progress(text: str) -> None:
    """Say what is being measured."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def cpu_seconds() -> float:
    """Return what this process and its ended children have had of the processor."""
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


def took(work: Work) -> tuple[float, float]:
    """Return the wall and the CPU seconds of a work."""
    start, before = time.perf_counter(), cpu_seconds()
    work()
    return time.perf_counter() - start, cpu_seconds() - before


def made(makers: Mapping[str, Callable[[], Work]]) -> tuple[dict[str, Work], list[Row]]:
    """Return the works of those whose packages are installed, and a row for each other."""
    works, missing = {}, []
    for name, make in makers.items():
        try:
            works[name] = make()
        except ImportError as error:
            missing.append(Row(name, missing=f"not installed: {error.name or error}"))
    return works, missing


def in_turns(works: Mapping[str, Work], turns: int, title: str) -> list[Row]:
    """Return the seconds of each work in each turn: a noisy minute meets all of them.

    A turn before the first, which compiles and fills caches, does not count.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for turn in range(turns + 1):
        progress(f"{title}: turn {turn} of {turns}" if turn else f"{title}: {len(works)} warm up")
        for name, work in works.items():
            found[name].append(took(work))
    pairs = {name: tuple(zip(*each[1:], strict=True)) for name, each in found.items()}
    return [Row(name, values=wall, cpu=cpu) for name, (wall, cpu) in pairs.items()]


PEAK = """\
import resource, subprocess, sys
status = subprocess.call([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def command(*arguments: str, cwd: Path | None = None) -> float:
    """Run Python with some arguments; return the wall seconds to its end.

    Raises:
        subprocess.CalledProcessError: if it fails; a figure of a failure is none.
    """
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=cwd, check=True, capture_output=True)
    return time.perf_counter() - start


def peak(*arguments: str) -> float:
    """Return the most memory in MiB that a process of a command held.

    A small process starts it: what is started begins with the peak of the one that started it.

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    whole = [sys.executable, "-c", PEAK, *arguments]
    said = subprocess.run(whole, check=True, capture_output=True, text=True).stdout
    return int(said) / (1 << 20 if sys.platform == "darwin" else 1 << 10)

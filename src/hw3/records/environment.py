"""Where a run ran: versions, commit, processor, threads. Nothing is imported to find out."""

import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_info

from hw3.core.plugins import plugin_digests
from hw3.core.words import quoted
from hw3.core.workers import usable_cores
from hw3.datasets.types import DataFacts
from hw3.records.code import Code, Commit, running_code

PACKAGES = [
    "hw3",
    "numpy",
    "h5py",
    "torch",
    "torchvision",
    "hydra-core",
    "omegaconf",
    "matplotlib",
    "seaborn",
    "scikit-learn",
]


@dataclass(frozen=True)
class Environment:
    """environment.json: where a run ran, and the facts of the data file that it read.

    Attributes:
        commit, code_sha256: the code that it started with.
        later_code: what other code it was continued with, in order.
    """

    python: str
    platform: str
    packages: Mapping[str, str | None]
    commit: Commit | None
    processor: str
    gpu: str | None
    threads: Mapping[str, int]
    cores: int | None
    command: tuple[str, ...]
    data: DataFacts
    kernels: tuple[str, ...] = ()  # none in a record of before it was asked
    plugins: Mapping[str, str] = field(default_factory=dict)  # the sha256 of each one's file
    overrides: tuple[str, ...] = ()  # what made the run's config, in full; none in older records
    code_sha256: str | None = None  # of the package's modules; none in older records
    later_code: tuple[Code, ...] = ()
    moved: tuple[str, ...] = ()  # what of `deciders` was another when the run was continued

    @property
    def codes(self) -> tuple[Code, ...]:
        """The code that it ran with: of one that was continued with other code, each."""
        return Code(self.code_sha256, self.commit), *self.later_code

    def continued(self, code: Code, moves: Iterable[str]) -> "Environment":
        """Return what is recorded of a run that this started, and some code continues, moved so."""
        is_same = code.sha256 == self.codes[-1].sha256
        later = self.later_code if is_same else (*self.later_code, code)
        return replace(self, later_code=later, moved=(*self.moved, *moves))

    def deciders(self, backend: str) -> dict[str, str]:
        """Return what decides the last bits of a result beside config and data, by name."""
        pools = {k: n for k, n in self.threads.items() if backend == "torch" or "blas" in k}
        return {
            f"{backend} version": self.packages.get(backend) or "unknown",
            "kernels": ", ".join(sorted(self.kernels) or ["not recorded"]),
            "threads": ", ".join(f"{n} of {name}" for name, n in sorted(pools.items())),
            "processor": self.gpu or self.processor,
            **{f"plugin {name}": digest[:12] for name, digest in self.plugins.items()},
        }

    def moves_to(self, other: "Environment", backend: str) -> list[str]:
        """Return which deciders are others there: "numpy version '2.3' there, '2.4' here".

        A process may have loaded more libraries than another; that changes nothing.
        """
        there, here = (
            of.deciders(backend) | {"hw3 version": of.packages.get("hw3") or "unknown"}
            for of in (self, other)
        )
        pairs = [(name, value, here.get(name, "none")) for name, value in there.items()]
        return [f"{n} {quoted(a)} there, {quoted(b)} here" for n, a, b in pairs if apart(a, b)]

    @property
    def machine(self) -> str:
        """The versions and the computer in words."""
        named = ("numpy", "torch", "h5py", "matplotlib", "scikit-learn")
        versions = [f"{name} {self.packages[name]}" for name in named if self.packages.get(name)]
        return (
            f"Python {self.python}, {', '.join(versions)}; {self.processor}, "
            f"{', '.join((*sorted(self.kernels), f'{self.cores} cores'))}, "
            f"{self.gpu or 'no GPU used'}, {self.platform}"
        )


def apart(a: str, b: str) -> bool:
    """Whether neither of two lists of names is part of the other."""
    there, here = set(a.split(", ")), set(b.split(", "))
    return not (there <= here or here <= there)


def environment(backend: str, data: DataFacts, overrides: tuple[str, ...] = ()) -> Environment:
    """Return the facts of this process, for a run on such data and of such overrides."""
    code = running_code()
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        packages={name: installed_version(name) for name in PACKAGES},
        commit=code.commit,
        processor=processor(),
        gpu=gpu() if backend == "torch" else None,
        threads=pool_threads(),
        cores=usable_cores(),
        command=tuple(sys.argv),
        plugins=plugin_digests(),
        overrides=overrides,
        data=data,
        kernels=tuple(kernels(backend)),
        code_sha256=code.sha256,
    )


def pool_threads() -> dict[str, int]:
    """Return the threads of each library by its name; of two of one name, as scipy's, numpy's."""
    pools = sorted(threadpool_info(), key=lambda pool: "numpy" in pool["filepath"])
    return {pool["prefix"]: pool["num_threads"] for pool in pools}


def kernels(backend: str) -> Iterator[str]:
    """Yield whose machine code multiplies matrices: "openblas 0.3.31 for SkylakeX"."""
    for pool in threadpool_info():
        if pool["user_api"] == "blas":
            target = f" for {pool['architecture']}" if "architecture" in pool else ""
            yield f"{pool['internal_api']} {pool['version']}{target}"
    torch = sys.modules.get("torch")
    if torch and backend == "torch":
        yield f"torch's {torch.backends.cpu.get_cpu_capability()}"


def versions() -> str:
    """Return in a line what a run is started or continued with."""
    source = running_code().commit
    text = f"hw3 {installed_version('hw3')}, numpy {installed_version('numpy')}"
    return f"{text}, {source}" if source else text


@cache
def installed_version(name: str) -> str | None:
    """Return the version of an installed package, without importing it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """Return the processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def gpu() -> str | None:
    """Return the name of the GPU that torch, which is running, sees."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    name: str = torch.cuda.get_device_name()
    return name

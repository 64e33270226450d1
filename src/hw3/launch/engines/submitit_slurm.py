"""Each job as a task of a Slurm job array, by submitit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw3.core.errors import ConfigError
from hw3.core.limits import PositiveFloat, PositiveInt
from hw3.launch.engine import Engine, in_order
from hw3.launch.engines._submitit import as_they_end, executor, submitted
from hw3.launch.job import Job, JobResult

ARRAY = 1000  # tasks of a job array: Slurm's MaxArraySize is 1001, unless a cluster has another


@dataclass(frozen=True)
class SubmititSlurm(Engine):
    """Job arrays of Slurm; the keys are submitit's."""

    timeout_min: PositiveInt
    partition: str | None
    cpus_per_task: PositiveInt | None
    mem_gb: PositiveFloat | None
    array_parallelism: PositiveInt
    options: tuple[str, ...]
    setup: tuple[str, ...]

    def check_usable(self) -> None:
        """Raise ConfigError where submitit is not installed, or there is no Slurm."""
        executor("slurm", Path())

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Hand jobs over to Slurm, and wait for them."""
        slurm = executor("slurm", jobs[0].folder.resolve().parent)
        slurm.update_parameters(**self.parameters(max(job.config.threads for job in jobs)))
        handles: list[Any] = []
        for start in range(0, len(jobs), ARRAY):
            with refusals(), slurm.batch():
                handles += [submitted(slurm, job) for job in jobs[start : start + ARRAY]]
        return in_order(jobs, as_they_end(handles, len(jobs), lambda handle: handle.cancel()))

    def parameters(self, threads: int) -> dict[str, object]:
        """Return what submitit is to ask Slurm for, for jobs of so many threads."""
        return {
            "name": "hw3",
            "timeout_min": self.timeout_min,
            "cpus_per_task": self.cpus_per_task or threads,
            "slurm_array_parallelism": self.array_parallelism,
            "slurm_setup": list(self.setup),
            "slurm_additional_parameters": dict(map(option, self.options)),
            **({"mem_gb": self.mem_gb} if self.mem_gb else {}),
            **({"slurm_partition": self.partition} if self.partition else {}),
        }

    def check_threads(self, threads: int) -> None:
        """Raise ConfigError if a job has more threads than cores are asked for."""
        if self.cpus_per_task is not None and threads > self.cpus_per_task:
            raise ConfigError(
                f"threads={threads} are more than hydra.launcher.cpus_per_task="
                f"{self.cpus_per_task}; leave that out, or use fewer threads"
            )


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what sbatch says when it takes no jobs into a ConfigError."""
    from submitit.core.utils import FailedJobError

    try:
        yield
    except FailedJobError as error:
        said = "; ".join(str(error).splitlines())
        raise ConfigError(f"sbatch took no jobs: {said}") from error


def option(text: str) -> tuple[str, str | bool]:
    """Return "account=team" or "--exclusive" as submitit takes it."""
    name, separator, value = text.removeprefix("--").partition("=")
    return name, value if separator else True

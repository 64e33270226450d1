"""What runs the jobs of a sweep: jobs go in, results come out, and the records are on disk.

Each engine is a module with `launch(jobs, options)`, named as `hydra/launcher` names it.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module

from hw3.core.registry import Registry
from hw3.launch.job import Job, JobResult

ENGINES: Registry[str] = Registry("hydra/launcher")
ENGINES.register("basic")("hw3.launch.engines.basic")
ENGINES.register("joblib")("hw3.launch.engines.joblib")


def launch(name: str, jobs: Sequence[Job], options: Mapping[str, object]) -> list[JobResult]:
    """Run jobs by an engine.

    Raises:
        BrokenProcessPool: if a worker was killed; what ended before is on disk.
        FailFastError: at the first failure, of jobs that say so.
    """
    found: list[JobResult] = import_module(ENGINES.get(name)).launch(jobs, options)
    return found

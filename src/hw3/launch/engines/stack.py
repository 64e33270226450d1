"""Jobs whose networks have one shape train as one, several such stacks at a time."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from hw3.config.presets import preset
from hw3.config.schema import Config
from hw3.config.validate import build
from hw3.core.limits import PositiveInt
from hw3.core.memory import available
from hw3.launch.engine import Engine, in_order
from hw3.launch.engines.basic import Basic
from hw3.launch.engines.joblib import Joblib
from hw3.launch.job import Job, JobResult, run_together
from hw3.training.memory import needed, network_of

MAX_ROWS = 2**24  # bytes of training rows that are a job's own; copies of more cost what is saved
SMALL = 20_000  # parameters; the products of larger networks take longer than what a stack saves


@dataclass(frozen=True)
class Stack(Joblib):
    """Stacks of small networks; a job whose network is large, or like no other, runs alone."""

    size: PositiveInt

    @property
    def order(self) -> str:
        """As one network where they can be, in one process."""
        text = "small networks of one shape as one; hydra/launcher=stack uses all cores"
        return text if self.n_workers == 1 else ""

    def run(self, jobs: Sequence[Job]) -> list[JobResult]:
        """Run jobs, in this process where one worker is asked for."""
        if self.n_workers > 1:
            return super().run(jobs)
        return in_order(jobs, (r for stack in self.stacks(jobs) for r in run_together(stack)))

    def joins(self, jobs: Sequence[Job]) -> bool:
        """Whether any of the jobs would train together."""
        return sum(1 for _ in self.stacks(jobs)) < len(jobs)

    def stacks(self, jobs: Sequence[Job]) -> Iterator[list[Job]]:
        """Yield the jobs that train together: of one shape, as many as fit and cores leave."""
        alike: dict[Hashable, list[Job]] = {}
        for job in jobs:
            alike.setdefault(shape_of(job.config) or job.folder, []).append(job)
        share, free = ceil(len(jobs) / self.n_workers), available()
        for group in sorted(alike.values(), key=len, reverse=True):  # the longest first
            room = share if free is None else free // (self.n_workers * needed(group[0].config))
            n = max(1, min(self.size, share, room))
            group.sort(key=lambda job: repr(job.config.act))  # one call of each activation
            yield from (group[i : i + n] for i in range(0, len(group), n))


def stack_where_it_pays(engine: Engine, jobs: Sequence[Job]) -> Engine:
    """Return Hydra's default of one job after another as a stack, if any jobs train together."""
    keys = {**preset("hydra/launcher", "stack"), "n_jobs": 1}
    stack = build(Stack, keys, "hydra.launcher", {})
    return stack if engine == Basic() and stack.joins(jobs) else engine


def shape_of(config: Config) -> Hashable:
    """Return what jobs must share to train together (`Backend.join`); None for one that may not."""
    network = network_of(config)
    own_rows = config.dataset.split != "last"  # each job then holds a copy of its rows
    n_bytes = config.n_train * network.layer_sizes[0] * np.dtype(config.dtype).itemsize
    if network.n_parameters > SMALL or (own_rows and n_bytes > MAX_ROWS):
        return None
    machine = config.model.backend, config.dtype, config.device, config.threads
    data = config.dataset.name, config.dataset.own, config.data_path, config.n_train
    return network.layer_sizes, *machine, config.batch_size, config.optimizer.name, *data

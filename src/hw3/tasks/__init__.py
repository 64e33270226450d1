"""What a run does, by the config's `task`; a module is imported only when its task is asked for.

Each module hw3.tasks.<name> holds a TASK. The names are those that the schema allows.
"""

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar, cast

from hw3.config.schema import Config
from hw3.records.rundir import RunDir
from hw3.training.fit import Training

T = TypeVar("T")
Steps = Generator[Training, None, T]  # yields a training, and goes on once it has been done

if TYPE_CHECKING:
    from hw3.records.run import Sweep


@dataclass(frozen=True)
class Task:
    """What a run of one kind does, and how a sweep of such runs is read.

    Attributes:
        run: records a training, which it yields to whoever trains it, alone or with others;
            returns the status that the run ended with.
        check: raises ConfigError for a config that it cannot run, before any job starts.
        derive: the config of a run that takes it from earlier runs, checked; it gets the config
            that was asked for and the keys that were given, and raises ConfigError for a key that
            the earlier runs decide.
        study: compares the jobs of a sweep, once all have completed, after the general summary;
            told whether nothing has changed since the last one, so that figures can stay.
        has_table: whether the study prints a table of all configurations, in the summary's place.
        opens_test_split: whether a run opens test data; such a task is refused in a sweep.
    """

    run: Callable[[Config, RunDir], Steps[str]]
    check: Callable[[Config], None] | None = None
    derive: Callable[[Config, Collection[str]], Config] | None = None
    study: "Callable[[Sweep, Config, bool], None] | None" = None
    has_table: bool = False
    opens_test_split: bool = False


def task_of(config: Config) -> Task:
    """Return the task that a config names."""
    return cast(Task, import_module(f"hw3.tasks.{config.task}").TASK)

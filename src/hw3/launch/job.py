"""One job, in this process or in a worker: a config, the folder of its record, how it ended."""

import os
import traceback
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from hw3.config.schema import Config, typed
from hw3.config.trackers import NoTracker
from hw3.core.errors import Hw3Error, RunDirError, os_text
from hw3.core.plugins import KEY, load_plugins
from hw3.core.workers import FailFastError, is_in_sweep
from hw3.records.environment import versions
from hw3.records.outcome import SOUND, Outcome, read_outcome
from hw3.records.rundir import RunDir
from hw3.tasks import Steps, task_of
from hw3.training.fit import Training, fit

GONE = (
    "{folder} has gone; bring it back and the same command continues, or name where it is now with "
    "{key}=<folder>"
)
CONTINUED = "when that is mended, the same command continues the run"


@dataclass(frozen=True)
class Job:
    """What runs, where its record goes, and the overrides that made its config."""

    config: Config
    folder: Path
    overrides: tuple[str, ...] = ()

    def resolved(self) -> "Job":
        """Return the job for a process that may be in another folder."""
        return replace(self, folder=self.folder.resolve())

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to a worker as plain data, which imports the plugins before it knows a class."""
        return sent, (dict(self.config.tree), self.folder, self.overrides, os.getcwd())


def sent(tree: dict[str, Any], folder: Path, overrides: tuple[str, ...], cwd: str) -> Job:
    """Return a job in the worker that it was sent to, from a process in the folder `cwd`.

    A kept worker may be in another, where data and trackers of relative paths are not.
    """
    with suppress(OSError):  # another machine may not have it
        os.chdir(cwd)
    load_plugins(tree[KEY], cwd)
    return Job(typed(tree), folder, overrides)


@dataclass(frozen=True)
class JobResult:
    """How a job ended: completed, diverged, pruned, failed or refused (nothing was touched)."""

    folder: Path
    status: str
    message: str = ""
    trace: str = ""
    was_done: bool = False


def unfinished(jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs that have not ended, or failed."""
    return [job for job in jobs if not isinstance(read_outcome(job.folder), Outcome)]


def run_job(config: Config, folder: Path, overrides: tuple[str, ...] = ()) -> JobResult:
    """Run the task that the config names, with its record in the folder.

    Raises:
        FailFastError: if it failed and its config wants the sweep to stop then.
    """
    (result,) = run_together([Job(config, folder, overrides)])
    return result


def run_together(jobs: Sequence[Job]) -> list[JobResult]:
    """Run jobs whose networks train as one; what fails of one is a result, and the others go on.

    Raises:
        FailFastError: if one failed and its config wants the sweep to stop then; the others can
            be continued.
    """
    results: dict[int, JobResult] = {}
    waiting: dict[Training, tuple[int, Steps[JobResult]]] = {}
    with ExitStack() as held, threadpool_limits(max(job.config.threads for job in jobs)):

        def go_on(i: int, steps: Steps[JobResult], error: Exception | None = None) -> None:
            try:
                waiting[steps.throw(error) if error else next(steps)] = i, steps
            except StopIteration as end:
                results[i] = end.value

        for i, job in enumerate(jobs):
            go_on(i, held.enter_context(closing(steps_of(job))))
        training = fit(list(waiting))
        while waiting:
            try:
                ended = next(training)
            except Exception as error:  # of the training itself, and so of all
                for i, steps in list(waiting.values()):
                    go_on(i, steps, error)
                break
            go_on(*waiting.pop(ended))
    return [results[i] for i in range(len(jobs))]


def steps_of(job: Job) -> Steps[JobResult]:
    """Do what a job does, but for its training, which is yielded; return the job's result."""
    config, folder = job.config, job.folder
    try:
        with RunDir.claim(folder, config, job.overrides) as run_dir:
            result = yield from steps_in(run_dir, config)
    except Hw3Error as error:
        return JobResult(folder, "refused", str(error))
    except OSError as error:  # the folder cannot be used; a sweep has others
        if not is_in_sweep():
            raise
        return JobResult(folder, "failed", f"{os_text(error)}; {CONTINUED}")
    if config.fail_fast and result.status not in SOUND and not result.was_done:
        raise FailFastError(str(folder), result.status, result.message)
    return result


def steps_in(run_dir: RunDir, config: Config) -> Steps[JobResult]:
    """Run the task unless the folder's run has ended; a failure is recorded there."""
    before = run_dir.ended
    if before and before.status != "failed":
        run_dir.check_whole()
        return JobResult(run_dir.path, before.status, was_done=True)
    try:
        run_dir.log(f"started with {versions()}")
        run_dir.reopen()
        if not isinstance(config.tracker, NoTracker):
            from hw3.trackers.subscriber import Subscriber  # which a plain run never imports

            run_dir.listeners.append(Subscriber(config, run_dir))
        status = yield from task_of(config).run(config, run_dir)
    except RunDirError:
        raise  # the folder is not this run's to write a failure into
    except Exception as error:  # the one place where a job's failure becomes its record
        run_dir.fail(error)
        if not run_dir.path.is_dir():
            gone = GONE.format(folder=run_dir.path, key="hydra.run.dir")
            return JobResult(run_dir.path, "failed", gone)
        if isinstance(error, OSError) and error.errno is not None:
            return JobResult(run_dir.path, "failed", f"{os_text(error)}; {CONTINUED}")
        trace = "" if isinstance(error, Hw3Error) else traceback.format_exc()
        return JobResult(run_dir.path, "failed", f"{type(error).__name__}: {error}", trace)
    return JobResult(run_dir.path, status)

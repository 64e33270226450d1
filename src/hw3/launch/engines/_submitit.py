"""What the engines of submitit share."""

import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from hw3.core.errors import ConfigError, first_line
from hw3.core.workers import FailFastError
from hw3.launch.afar import run_afar
from hw3.launch.job import Job, JobResult

POLL_SECONDS = 0.5
FOLDER = ".submitit"  # in the sweep's: what submitit sends, and what the jobs print


def executor(cluster: str, folder: Path) -> Any:
    """Return submitit's executor; its files are in the sweep's folder.

    Raises:
        ConfigError: where submitit is not installed, or finds no such cluster.
    """
    try:
        import submitit

        submitit.core.logger.get_logger().setLevel("ERROR")  # it would write into the live table
        return submitit.AutoExecutor(folder / FOLDER, cluster=cluster)
    except ImportError:
        raise ConfigError(
            f"hydra/launcher=submitit_{cluster} needs submitit: pip install '.[slurm]'"
        ) from None
    except RuntimeError as error:
        raise ConfigError(
            f"hydra/launcher=submitit_{cluster} cannot be used here: {first_line(error)}; "
            "hydra/launcher=joblib runs the jobs on this machine"
        ) from error


def submitted(executor: Any, job: Job) -> Any:
    """Return the handle of a job that is handed over."""
    with unheard():
        return executor.submit(run_afar, job, Path.cwd())


@contextmanager
def unheard() -> Iterator[None]:
    """Start processes that Ctrl-C in this terminal does not reach: they hear of the sweep's end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread sets handlers
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def as_they_end(
    handles: Iterable[Any], at_once: int, stop: Callable[[Any], object]
) -> Generator[JobResult | FailFastError, None, None]:
    """Yield what jobs came to; of handles that submit when they are asked for, so many at once.

    `stop` is called for those that still run when this is closed, or by Ctrl-C.

    Raises:
        BrokenProcessPool: at the end, if a job was stopped, by its time limit or with its node.
    """
    from submitit.core.utils import FailedJobError, UncompletedJobError

    left, stopped = iter(handles), None
    running: list[Any] = []
    try:
        while running := [*running, *islice(left, at_once - len(running))]:
            done = [handle for handle in running if handle.done()]
            running = [handle for handle in running if handle not in done]
            for handle in done:
                try:
                    yield handle.result()
                except FailedJobError:
                    raise  # a bug, with the traceback from where it happened
                except UncompletedJobError as error:
                    stopped = error
            if not done:
                time.sleep(POLL_SECONDS)
    finally:
        for handle in running:
            with suppress(Exception):  # it may have ended meanwhile
                stop(handle)
    if stopped:
        raise BrokenProcessPool(first_line(stopped)) from stopped

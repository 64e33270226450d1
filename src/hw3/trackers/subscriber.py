"""The one subscriber to a run that tells its tracker; what fails there is said, and no more."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib import import_module

from hw3.config.keys import canonical, flatten
from hw3.config.schema import Config
from hw3.core.errors import first_line
from hw3.core.files import write_json
from hw3.core.terminal import complain
from hw3.core.words import one_line
from hw3.records.layout import JOBS, RUN_FILES, TRACKED
from hw3.records.outcome import Failure, Outcome
from hw3.records.read import read_record
from hw3.records.rundir import RunDir
from hw3.trackers.contract import About, Ending, TrackedRun, Values
from hw3.training.history import EpochRecord, History

# Set before the libraries are imported, unless the user has: nothing is told to their makers and
# nothing printed; a server that is down is given up soon, a busy machine is not.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",  # seconds
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_SILENT": "true",
    "WANDB__SERVICE_WAIT": "300",  # seconds for its process on this machine to start
}
say_once = cache(complain)  # in a process, that is: jobs of a sweep meet the same server


class Subscriber:
    """Tells one run's epochs and end; the tracker's run is opened when there is something to tell.

    After an error nothing more is told until the end, which is tried once more: by then the
    tracker may be back, and gets all that it lacks.
    """

    def __init__(self, config: Config, run_dir: RunDir) -> None:
        self.config, self.run_dir = config, run_dir
        self.tracked: TrackedRun | None = None
        self.told = 0
        self.history = History()
        self.is_lost = False

    def on_epoch(self, history: History) -> None:
        """Tell every epoch that the tracker lacks."""
        self.history = history
        if not self.is_lost:
            self.guarded(self.catch_up)

    def on_end(self, ended: Outcome | Failure) -> None:
        """Tell how it ended, after what is still to be told."""

        def end(run: TrackedRun) -> None:
            self.catch_up(run)
            pictures = sorted(self.run_dir.path.glob("*.png"))
            figures = [path for path in pictures if path.name in RUN_FILES]
            said = flatten(asdict(ended))
            numbers = {key: v for key, v in said.items() if isinstance(v, int | float)}
            words = {key: v for key, v in said.items() if isinstance(v, str)}
            run.end(Ending(ended.status, numbers, words, figures))

        self.guarded(end)

    def guarded(self, work: Callable[[TrackedRun], None]) -> None:
        """Do what may raise anything; say the first error in a line, and log it."""
        try:
            self.tracked = self.tracked or self.opened()
            work(self.tracked)
        except Exception as error:
            self.tracked = None
            if self.is_lost:
                return
            self.is_lost = True
            what = one_line(f"{type(error).__name__}: {first_line(error)}", 200)
            text = f"WARNING: tracker={self.config.tracker.name} failed ({what}); the run goes on"
            with suppress(OSError):
                self.run_dir.log(text)
            say_once(text)

    def opened(self) -> TrackedRun:
        """Return the run in the tracker; the one of earlier, where this run continues."""
        config, folder = self.config, self.run_dir.path.resolve()
        flat = flatten(config.tree)
        place = canonical({k: v for k, v in flat.items() if k.startswith("tracker.")})
        known = read_record(folder / TRACKED) or {}
        is_job = (folder.parent / JOBS).exists()
        group = f"{config.name}/{folder.parent.name}" if is_job else config.name
        about = About(folder, config.name, group, flat, config.hash)
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        module = import_module(f"hw3.trackers.{config.tracker.name}")
        run: TrackedRun = module.open_run(about, config.tracker, known.get(place))
        write_json(folder / TRACKED, {**known, place: run.id})
        self.told = run.n_epochs
        return run

    def catch_up(self, run: TrackedRun) -> None:
        """Tell the epochs that the tracker lacks, in order."""
        for epoch in self.history.epochs[self.told :]:
            run.write(epoch.epoch, values(epoch))
            self.told = epoch.epoch


def values(epoch: EpochRecord) -> Values:
    """Return what an epoch measured, by name."""
    found = {"lr": epoch.lr, "seconds": epoch.seconds}
    for part, metrics in (("train", epoch.train), ("val", epoch.val)):
        if metrics:
            found |= {f"{part}/loss": metrics.loss, f"{part}/accuracy": metrics.accuracy}
    return found

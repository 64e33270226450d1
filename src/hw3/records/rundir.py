"""The folder of a run while it is being written: one process holds it, files appear whole."""

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from filelock import FileLock, Timeout

from hw3.config.keys import Role, config_hash, flatten, role_of
from hw3.config.schema import Config
from hw3.core.errors import RunDirError
from hw3.core.files import (
    TEMPORARY_PREFIX,
    check_regular,
    naming,
    remove_temporaries,
    save_figure,
    table_text,
    write_json,
    write_text,
)
from hw3.core.opened import watching
from hw3.core.terminal import complain
from hw3.core.workers import patience
from hw3.datasets.types import DataFacts
from hw3.records.checkpoint import Checkpoint, newest_checkpoint, write_checkpoint
from hw3.records.config_text import config_text
from hw3.records.environment import Environment
from hw3.records.integrity import changed_or_missing
from hw3.records.layout import (
    CHECKPOINT,
    CHECKPOINT_BEFORE,
    CONFIG,
    ENVIRONMENT,
    HISTORY,
    JOBS,
    LOCK,
    LOG,
    METRICS,
    RUN_FILES,
    is_of_run,
    kept_checkpoint,
)
from hw3.records.outcome import Failure, Outcome, outcome_json, read_outcome
from hw3.records.read import read_tree, read_typed, reading, record_digests
from hw3.training.history import History, history_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Listener(Protocol):
    """Who hears of a run while it is written; what it raises ends the run."""

    def on_epoch(self, history: History) -> None:
        """Hear of the epochs so far: after each, and where the run continues."""

    def on_end(self, ended: Outcome | Failure) -> None:
        """Hear how it ended, before metrics.json says so: a run killed in between ends again."""


class RunDir:
    """One run's folder, held by this process from `claim` on.

    metrics.json is written last: where it is, the run has ended; where it is not, the run was
    interrupted and continues from checkpoint.h5.
    """

    def __init__(self, path: Path, config: Config, overrides: tuple[str, ...] = ()) -> None:
        self.path = path
        self.config = config
        self.overrides = overrides
        self.data_files: set[str] = set()
        self.listeners: list[Listener] = []

    @classmethod
    @contextmanager
    def claim(
        cls, path: Path, config: Config, overrides: tuple[str, ...] = ()
    ) -> Iterator["RunDir"]:
        """Hold the folder for this run and no other process; release it at the end.

        Raises:
            RunDirError: if another process holds it, or it holds another run or other files.
        """
        path.mkdir(exist_ok=True)  # a sweep's folder that was moved away must not come back
        run = cls(path, config, overrides)
        run.check_same_run()  # before anything of ours, the lock too, gets into a stranger's folder
        lock = FileLock(path / LOCK, timeout=patience())
        try:
            lock.acquire()
        except Timeout:
            raise RunDirError(
                f"{path} is in use by another process; left alone: when that has ended (a worker "
                "of a killed sweep ends at its next epoch), the same command goes on"
            ) from None
        try:
            run.check_same_run()  # again, now that no one else can change it
            remove_temporaries(path)
            if not (path / CONFIG).exists():
                write_text(path / CONFIG, config_text(config.tree))
            own = config.source.own_files
            with watching(None if own else config.data_path, own) as run.data_files:
                yield run
        finally:
            lock.release()

    def check_same_run(self) -> None:
        """Raise RunDirError if the folder holds anything but this run, started or not."""
        found = {p.name for p in self.path.iterdir() if not p.name.startswith(TEMPORARY_PREFIX)}
        if CONFIG not in found:
            strange = sorted(found & (RUN_FILES | {JOBS}))  # other files are none of our business
            if strange:
                raise RunDirError(
                    f"{self.path} holds {strange[0]} and no {CONFIG}; move it away to start "
                    "again, or give another folder with hydra.run.dir=<folder>"
                )
            return
        other = read_tree(self.path / CONFIG)
        if config_hash(other) != self.config.hash:
            listed = list(differences(other, self.config.tree))
            differing = ", ".join(listed[:3] + ["..."] * (len(listed) > 3))
            raise RunDirError(
                f"{self.path} holds a run of another config ({differing}); "
                "give another folder with hydra.run.dir=<folder>"
            )
        if self.config.dataset.own:  # which are at hand, where a run that ended is skipped too
            self.check_same_data(self.config.source.read(self.config.data_path).facts)

    def check_same_data(self, data: DataFacts) -> None:
        """Raise RunDirError if an earlier start of this run had other data."""
        before = self.environment
        if before and before.data.sha256 != data.sha256:
            raise RunDirError(
                f"{self.path} was started on another {data.file} (sha256 "
                f"{before.data.sha256[:12]}... then, {data.sha256[:12]}... now); "
                "give another folder with hydra.run.dir=<folder>"
            )

    @property
    def ended(self) -> Outcome | Failure | None:
        """How the run ended, None while it has not."""
        return read_outcome(self.path)

    @property
    def environment(self) -> Environment | None:
        """What an earlier start of this run recorded, else None."""
        return read_typed(Environment, self.path / ENVIRONMENT)

    def log(self, text: str) -> None:
        """Append to run.log, with the time."""
        path = self.path / LOG
        check_regular(path)
        with naming(path), path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')} {text}\n")

    def save_environment(self, facts: Environment) -> None:
        """Write environment.json."""
        write_json(self.path / ENVIRONMENT, asdict(facts))

    def save_checkpoint(self, state: Mapping[str, np.ndarray], history: History) -> None:
        """Write all that continuing to the same bits needs, in one step; keep the one before."""
        path = self.path / CHECKPOINT
        if path.exists():
            path.replace(self.path / CHECKPOINT_BEFORE)
        write_checkpoint(path, state, history)

    def keep_checkpoint(self, state: Mapping[str, np.ndarray], history: History) -> None:
        """Write the same for good, under the number of its epoch."""
        path = kept_checkpoint(self.path, len(history))
        path.parent.mkdir(exist_ok=True)
        write_checkpoint(path, state, history)

    def save_history(self, history: History) -> None:
        """Write history.csv."""
        write_text(self.path / HISTORY, history_csv(history))

    def load_checkpoint(self) -> Checkpoint | None:
        """Return what the newest checkpoint holds, or None before the first epoch's end.

        A damaged one falls back to the one before, and says so.

        Raises:
            RunDirError: if none is whole.
        """
        found, damage = newest_checkpoint(self.path)
        if damage:
            text = f"WARNING: {damage}; this run goes on from the one before"
            self.log(text)
            complain(text)
        return found

    def save_figure(self, name: str, figure: "Figure") -> None:
        """Write a figure as PNG."""
        save_figure(self.path / name, figure)

    def save_table(
        self, name: str, header: Sequence[str], rows: Iterable[Iterable[object]]
    ) -> None:
        """Write a CSV file."""
        write_text(self.path / name, table_text(header, rows))

    def reopen(self) -> None:
        """Take back the end of a failed run, which is now run again."""
        (self.path / METRICS).unlink(missing_ok=True)

    def finish(self, outcome: Outcome) -> str:
        """Write metrics.json, with the hashes of all that the run wrote; return the status."""
        for listener in self.listeners:
            listener.on_end(outcome)
        digests = record_digests(self.path)
        outcome = replace(
            outcome,
            files={k: v for k, v in digests.items() if is_of_run(k)},
            data_files=tuple(sorted(self.data_files)),
        )
        write_json(self.path / METRICS, outcome_json(outcome))
        (self.path / CHECKPOINT_BEFORE).unlink(missing_ok=True)
        return outcome.status

    def fail(self, error: BaseException) -> None:
        """Record a failure: the traceback in run.log, the reason in metrics.json.

        On a full disk nothing can be recorded: the run is unfinished then.
        """
        failure = Failure(f"{type(error).__name__}: {error}")
        with suppress(OSError):
            self.log("failed\n" + "".join(traceback.format_exception(error)))
            for listener in self.listeners:
                listener.on_end(failure)
            write_json(self.path / METRICS, outcome_json(failure))

    def check_whole(self) -> None:
        """Raise RunDirError if the files of an ended run are not those that it wrote."""
        check_whole(self.path, self.ended)


def check_whole(folder: Path, ended: Outcome | Failure | None) -> None:
    """Raise RunDirError if a file of an ended run is gone, or is not the one that it wrote."""
    recorded = ended.files if isinstance(ended, Outcome) else None
    with reading(folder):
        now = record_digests(folder) if recorded else {}
    if fault := next(changed_or_missing(recorded or {}, now), None):
        raise RunDirError(
            f"{folder} has ended, but {fault}; bring the file back, or move the folder away and "
            "the same command runs it again"
        )


def differences(old: Mapping[str, object], new: Mapping[str, object]) -> Iterable[str]:
    """Yield "lr.initial: 0.1 there, 0.5 asked for" for each key of the hash that differs."""
    there, asked = flatten(old), flatten(new)
    for key in dict.fromkeys([*there, *asked]):
        if role_of(key) is not Role.PLACE and there.get(key) != asked.get(key):
            yield f"{key}: {there.get(key)} there, {asked.get(key)} asked for"

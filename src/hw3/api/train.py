"""Training from Python, by the road of the commands: the same folders, records and skips."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from hw3.api.run import Run, Sweep, load_run, load_sweep
from hw3.config.overrides import in_quotes
from hw3.config.schema import Config, parse
from hw3.core.errors import ConfigError, RunDirError, TroubleError, os_text
from hw3.core.words import quoted
from hw3.launch.command import Command
from hw3.launch.job import JobResult
from hw3.launch.printing import report
from hw3.launch.start import launch

# Threads of BLAS, on which the bits of a run depend, belong to the process; so does the mark of a
# sweep. Calls from several threads therefore run one after another.
LOCK = threading.Lock()


def train(*asked: str | Config, folder: str | Path | None = None) -> Run:
    """Train in this process as `python -m hw3.run` does, and return the run.

    A folder that holds the same run goes on with it; one that has ended is returned as it is.

    Args:
        asked: overrides such as "act=tanh", "lr=0.1"; or one config, such as
            `hw3.changed(run.config, {"epochs": 20})`.
        folder: where the record goes, as hydra.run.dir; by default a new one below outputs/.

    Raises:
        ConfigError, DataError, RunDirError: before any work, if it cannot be done.
        TroubleError: if it failed; run.log in its folder says more.
    """
    config = asked[0] if asked and isinstance(asked[0], Config) else None
    overrides = () if config and len(asked) == 1 else asked
    with LOCK:
        command = Command.parse(arguments(overrides, "hydra.run.dir", folder))
        if command.is_sweep:
            raise ConfigError("this names the jobs of a sweep: call hw3.sweep")
        if config:
            command = command.with_configs([checked(config)])
        (result,) = launched(command)
    return load_run(result.folder)


def sweep(*overrides: str, folder: str | Path | None = None) -> Sweep:
    """Run the jobs of a sweep as the flag -m of the command line does, and return them all.

    Jobs that have ended before are not run again. What failed or diverged is among the jobs, with
    its status, unless none could be run.

    Args:
        overrides: such as "act=relu,tanh", "lr=0.1,0.5"; "hydra/launcher=joblib" runs the jobs
            side by side in processes.
        folder: of the jobs' folders, as hydra.sweep.dir; by default a new one below outputs/.

    Raises:
        ConfigError, DataError, RunDirError: before any work, if it cannot be done.
        TroubleError: if it is the only job and failed, or the summary could not be written.
    """
    with LOCK:
        given = arguments(overrides, "hydra.sweep.dir", folder)
        command = Command.parse(given, is_multirun=True)
        launched(command)
    return load_sweep(command.folder)


def arguments(overrides: Sequence[object], key: str, folder: str | Path | None) -> list[str]:
    """Return overrides with the folder among them.

    Raises:
        ConfigError: for one that is no text, and for a folder that is no path.
    """
    if folder is not None and (folder == "" or not isinstance(folder, str | os.PathLike)):
        raise ConfigError(f"folder must be a path such as outputs/first, got {quoted(folder)}")
    texts = [text for text in overrides if isinstance(text, str)]
    if len(texts) < len(overrides):
        wrong = next(value for value in overrides if not isinstance(value, str))
        raise ConfigError(
            'the arguments must be overrides, each a text such as "lr=0.1", or one hw3.Config '
            f"alone; got {quoted(wrong)}"
        )
    return texts if folder is None else [*texts, f"{key}={in_quotes(str(folder))}"]


def checked(config: Config) -> Config:
    """Return a config that can run on this machine, which one from a record need not.

    Raises:
        ConfigError: if it cannot, or was changed by other means than `hw3.changed`.
    """
    if not hasattr(config, "tree"):  # dataclasses.replace leaves it out
        raise ConfigError('change a config with hw3.changed(config, {"epochs": 20})')
    return parse(config.tree)


def launched(command: Command) -> list[JobResult]:
    """Run a command and say how it ended; return how each of its jobs did.

    Raises:
        Hw3Error: where no job of it could run, and where the only one failed.
    """
    if command.is_dry:
        raise ConfigError(
            "dry_run=true is for the command line: python -m hw3.run dry_run=true ..."
        )
    try:
        results = launch(command)
    except OSError as error:
        raise RunDirError(os_text(error)) from error
    first = results[0]
    if {result.status for result in results} == {"refused"}:
        raise RunDirError(first.message)
    if len(results) == 1 and first.status == "failed":
        raise TroubleError(f"{first.message}; the record is in {first.folder}")
    report(results)
    return results

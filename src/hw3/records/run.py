"""Runs and sweeps read back from their folders: what summaries, figures and notebooks build on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hw3.config.keys import config_hash
from hw3.config.schema import Config, parse
from hw3.core.errors import RunDirError
from hw3.nn.arrays import LayerParams
from hw3.records.rundir import (
    CONFIG,
    HISTORY,
    JOBS,
    PARAMS,
    read_jobs,
    read_metrics,
    read_tree,
    reading,
)
from hw3.records.weights import digest, layer_sizes, load_params
from hw3.training.history import HISTORY_COLUMNS

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Run:
    """One run's folder; what is read is read when asked for.

    Attributes:
        folder: where it is.
        tree: the resolved config as plain data.
        metrics: what metrics.json says; empty while the run has not ended.
    """

    folder: Path
    tree: dict[str, Any]
    metrics: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def status(self) -> str:
        """completed, diverged or failed; "unfinished" without metrics.json."""
        return str(self.metrics.get("status", "unfinished"))

    @property
    def is_unfinished(self) -> bool:
        """Whether the same command would run it: it has not ended, or failed."""
        return self.status in ("unfinished", "failed")

    @property
    def config_hash(self) -> str:
        """The digest of the config that the folder holds."""
        return config_hash(self.tree)

    @property
    def has_history(self) -> bool:
        """Whether an epoch of it has ended."""
        return (self.folder / HISTORY).exists()

    @cached_property
    def config(self) -> Config:
        """The typed config."""
        return parse(self.tree)

    @cached_property
    def history(self) -> "DataFrame":
        """history.csv, a row an epoch.

        Raises:
            RunDirError: if it is not there, or is no history.
        """
        import pandas as pd  # slow to import, and a sweep of finished jobs does not need it

        path = self.folder / HISTORY
        if not path.exists():
            raise RunDirError(f"{path} is missing: no epoch of this run has ended")
        with reading(path):
            frame = pd.read_csv(path)
            frame[list(HISTORY_COLUMNS)].astype(float)
            return frame

    @property
    def weights(self) -> list[LayerParams]:
        """(weight (fan_in, fan_out), bias (fan_out,)) of each layer; read anew each time.

        A sweep of a thousand runs does not fit in memory.
        """
        return load_params(self.folder / PARAMS)

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Inputs, hidden layers and outputs, from the shapes of the weights."""
        return self._of_weights[0]

    @property
    def weights_sha256(self) -> str:
        """The digest of the weights that the folder holds."""
        return self._of_weights[1]

    @cached_property
    def _of_weights(self) -> tuple[tuple[int, ...], str]:
        params = self.weights  # read once for both
        return layer_sizes(params), digest(params)


@dataclass(frozen=True)
class Sweep:
    """The jobs of a sweep's folder, in the order of its last command."""

    folder: Path
    runs: Sequence[Run]

    @property
    def unfinished(self) -> list[Run]:
        """The jobs that have not ended, or failed and will be run again."""
        return [run for run in self.runs if run.is_unfinished]


def load_run(folder: str | Path) -> Run:
    """Return the run in a folder.

    Raises:
        RunDirError: if there is none, or its record cannot be read; names the file.
    """
    folder = Path(folder)
    if not (folder / CONFIG).is_file():
        raise RunDirError(f"{folder} holds no run: {CONFIG} is missing")
    return Run(folder, read_tree(folder / CONFIG), read_metrics(folder) or {})


def load_sweep(folder: str | Path) -> Sweep:
    """Return the jobs of a sweep: those of its last command, or all runs in the folder.

    Raises:
        RunDirError: if the folder holds neither.
    """
    folder = Path(folder)
    return Sweep(folder, [load_job(job) for job in job_folders(folder)])


def job_folders(folder: Path) -> list[Path]:
    """Return the folders of a sweep's jobs; those that have not started need not exist.

    Raises:
        RunDirError: if the folder holds no sweep; names those below it.
    """
    listed = read_jobs(folder)
    names = listed["jobs"] if listed else sorted(p.parent.name for p in folder.glob(f"*/{CONFIG}"))
    if not names:
        text = f"{folder} holds no sweep: no {JOBS} and no run in it"
        below = [str(p.parent) for depth in ("*", "*/*") for p in folder.glob(f"{depth}/{JOBS}")]
        raise RunDirError(f"{text}; sweeps below it: {', '.join(sorted(below))}" if below else text)
    return [folder / name for name in names]


def load_job(folder: Path) -> Run:
    """Return the run of a sweep's job; a job that has not started has an empty tree."""
    return load_run(folder) if (folder / CONFIG).exists() else Run(folder, {}, {})

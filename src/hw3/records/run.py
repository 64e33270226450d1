"""Runs and sweeps read back from their folders: what summaries, figures and notebooks build on."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hw3.config.keys import config_hash, settings
from hw3.config.schema import Config, typed
from hw3.core.errors import RunDirError
from hw3.core.files import check_regular
from hw3.datasets.dataset import split_rows
from hw3.datasets.splits import Rows
from hw3.datasets.types import DataFacts
from hw3.nn.arrays import LayerParams, digest
from hw3.records.environment import Environment
from hw3.records.jobs import read_jobs
from hw3.records.layout import CONFIG, ENVIRONMENT, HISTORY, JOBS, LOG, PARAMS
from hw3.records.outcome import Failure, Look, Outcome, read_outcome
from hw3.records.read import needed, read_tree, read_typed, reading
from hw3.records.study import Proposals, read_study
from hw3.records.weights import layer_sizes, load_params
from hw3.training.history import History, history_frame, read_history
from hw3.training.metrics import Metrics

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Run:
    """One run's folder; what is read is read when asked for, and a damaged file is an error then.

    Attributes:
        folder: where it is.
        tree: the resolved config as plain data; empty while the run has not started.
        ended: how it ended, None while it has not.
        planned: what the settings will be, with the seed, of a sweep's job that has not started.
    """

    folder: Path
    tree: Mapping[str, Any]
    ended: Outcome | Failure | None
    planned: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def status(self) -> str:
        """completed, diverged, pruned or failed; "unfinished" without metrics.json."""
        return self.ended.status if self.ended else "unfinished"

    @property
    def is_unfinished(self) -> bool:
        """Whether the same command would run it: it has not ended, or failed."""
        return not isinstance(self.ended, Outcome)

    @property
    def is_completed(self) -> bool:
        """Whether it trained to its end."""
        return self.status == "completed"

    @property
    def outcome(self) -> Outcome:
        """What an ended run came to.

        Raises:
            RunDirError: if it has not ended, or failed.
        """
        if not isinstance(self.ended, Outcome):
            raise RunDirError(
                f"{self.folder} is {self.status} and has no outcome; its command goes on with it"
            )
        return self.ended

    @property
    def val(self) -> Metrics:
        """How it ended on its validation split.

        Raises:
            RunDirError: if it has not ended, or held nothing out.
        """
        if self.outcome.val is None:
            raise RunDirError(f"{self.folder} held out no validation rows")
        return self.outcome.val

    @property
    def look(self) -> Look:
        """What it found on the test split.

        Raises:
            RunDirError: if it has not ended, or was not measured there.
        """
        if self.outcome.test is None:
            raise RunDirError(f"{self.folder} was not measured on the test split: {self.status}")
        return self.outcome.test

    @property
    def last_sign(self) -> str:
        """When it last wrote its log, ISO 8601; file times do not survive copying."""
        path = self.folder / LOG
        with reading(path):
            check_regular(path)
            text = path.read_text("utf-8", errors="replace") if path.exists() else ""
        return max(re.findall(r"^\d{4}-\d\d-\d\dT[\d:]{8}\S*", text, re.MULTILINE), default="")

    @cached_property
    def rows(self) -> Rows:
        """Which rows its config trains and validates on, drawn again; of own files, read again."""
        spec = self.config.dataset
        with reading(self.folder / CONFIG):
            return split_rows(spec, self.config.data_path, self.config.seed)

    @property
    def config_hash(self) -> str:
        """The digest of the config that the folder holds."""
        return config_hash(self.tree)

    @cached_property
    def settings(self) -> Mapping[str, object]:
        """What its result could depend on, by full key; without the seed."""
        return settings(self.tree or {k: v for k, v in self.planned.items() if k != "seed"})

    @property
    def seed(self) -> object:
        """Its seed, None where nothing says it."""
        return (self.tree or self.planned).get("seed")

    @cached_property
    def config(self) -> Config:
        """The typed config; whether it could run on this machine is not asked.

        Raises:
            RunDirError: if the run has not started, or its config.yaml is none of ours.
        """
        with reading(self.folder / CONFIG):
            return typed(self.tree)

    @property
    def has_history(self) -> bool:
        """Whether an epoch of it has ended."""
        return (self.folder / HISTORY).exists()

    @cached_property
    def epochs(self) -> History:
        """What each epoch measured.

        Raises:
            RunDirError: if history.csv is not there, or is none.
        """
        path = self.folder / HISTORY
        if not path.exists():
            raise RunDirError(f"{path} is missing: no epoch of this run has ended")
        with reading(path):
            check_regular(path)
            return read_history(path.read_text(encoding="utf-8"), *self._sizes)

    @property
    def _sizes(self) -> tuple[int, int]:
        if isinstance(self.ended, Outcome):
            return self.ended.n_train, self.ended.n_val
        return self.config.n_train, self.config.n_val

    @cached_property
    def history(self) -> "DataFrame":
        """What each epoch measured, as a pandas frame with accuracies, for notebooks."""
        return history_frame(self.epochs)

    @cached_property
    def environment(self) -> Environment:
        """Where it ran and on what data.

        Raises:
            RunDirError: if environment.json is not there, or is none.
        """
        path = self.folder / ENVIRONMENT
        return needed(read_typed(Environment, path), path)

    @property
    def data_facts(self) -> DataFacts | None:
        """The facts of the data file that it read, None where they are not recorded."""
        return self.environment.data if (self.folder / ENVIRONMENT).exists() else None

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
    def n_parameters(self) -> int:
        """How many weights and biases the folder holds."""
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(self.layer_sizes))

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
    """The jobs of a sweep's folder, in the order of its last command.

    `study` says how an optimizer came to propose them, None for jobs that were planned.
    """

    folder: Path
    runs: Sequence[Run]
    study: Proposals | None = None

    @cached_property
    def ended(self) -> list[Run]:
        """The jobs that came to something."""
        return [run for run in self.runs if not run.is_unfinished]

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
    return Run(folder, read_tree(folder / CONFIG), read_outcome(folder))


def load_sweep(folder: str | Path) -> Sweep:
    """Return the jobs of a sweep: those of its last command, or all runs in the folder.

    Raises:
        RunDirError: if the folder holds neither, or lists none of the runs that lie in it.
    """
    folder = Path(folder)
    runs = load_jobs(folder, load_job)
    if not any(run.tree for run in runs) and any(folder.glob(f"*/{CONFIG}")):
        raise RunDirError(
            f"{folder / JOBS} lists none of the runs that lie beside it; the same command, or "
            "python -m hw3.sweep without that file, writes it anew"
        )
    return Sweep(folder, runs, read_study(folder))


def load_jobs(folder: Path, load: Callable[[Path], Run]) -> list[Run]:
    """Return the jobs of a sweep, each read by `load`; those that have not started need no folder.

    Raises:
        RunDirError: if the folder holds no sweep; names those below it.
    """
    if not folder.is_dir():
        raise RunDirError(f"{folder} is no folder")
    listed = read_jobs(folder)
    names = listed.jobs if listed else sorted(p.parent.name for p in folder.glob(f"*/{CONFIG}"))
    if not names:
        text = f"{folder} holds no sweep: no {JOBS} and no run in it"
        below = [str(p.parent) for depth in ("*", "*/*") for p in folder.glob(f"{depth}/{JOBS}")]
        raise RunDirError(f"{text}; sweeps below it: {', '.join(sorted(below))}" if below else text)
    return planned([load(folder / name) for name in names], listed.settings if listed else ())


def load_job(folder: Path) -> Run:
    """Return the run of a sweep's job; a job that has not started has an empty tree."""
    return load_run(folder) if (folder / CONFIG).exists() else Run(folder, {}, None)


def planned(runs: list[Run], plan: Sequence[Mapping[str, Any]]) -> list[Run]:
    """Return jobs, those that wait with their settings: another's but for what the list names."""
    if not plan:
        return runs
    varied = {key for own in plan for key in own}
    started = next((run.settings for run in runs if run.tree), {})
    common = {key: value for key, value in started.items() if key not in varied}
    return [
        run if run.tree else replace(run, planned=common | dict(own))
        for run, own in zip(runs, plan, strict=True)
    ]

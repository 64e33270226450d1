"""Runs and sweeps as notebooks use them: with frames, figures, predictions and a table."""

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hw3.analysis.intervals import accuracy_text
from hw3.config.words import run_text
from hw3.core.errors import DataError
from hw3.core.words import counted, quoted
from hw3.nn.arrays import FloatArray, IntArray
from hw3.records import run as records
from hw3.records.outcome import Outcome
from hw3.records.prediction import probabilities_of
from hw3.sweeps.groups import telling
from hw3.training.memory import network_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class Run(records.Run):
    """One run's folder: its history, weights, predictions and curves, read when asked for."""

    def __repr__(self) -> str:
        return f"Run({os.path.relpath(self.folder)!r}, {self.status})"

    def predict_proba(self, inputs: object) -> FloatArray:
        """Return the probability of each class, (n, n_classes), by the network of the run.

        Args:
            inputs: (n, n_features): pixels in [0, 1], the entries of a sequence -1 and +1, those of
                own data as in their file. Columns of a frame are taken by their names.

        Raises:
            DataError: for inputs that do not fit, or where the run has no weights yet.
        """
        columns, facts = list(getattr(inputs, "columns", ())), self.data_facts
        names = facts.feature_names if facts else ()
        if names and any(isinstance(column, str) for column in columns):
            if missing := [name for name in names if name not in columns]:
                raise DataError(f"the inputs have no column {quoted(missing[0])}")
            inputs = inputs[list(names)]  # type: ignore[index]
        return probabilities_of(self, inputs)

    def predict(self, inputs: object) -> IntArray:
        """Return the index of the most probable class of each row, (n,); `classes` names them."""
        found: IntArray = np.argmax(self.predict_proba(inputs), axis=1)
        return found

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of their probabilities."""
        facts = self.data_facts
        return facts.class_names if facts and facts.class_names else self.config.source.class_names

    def curves(self) -> "Figure":
        """Return a figure of the accuracies of each epoch, which a notebook shows.

        Raises:
            RunDirError: if no epoch has ended.
        """
        from hw3.plots.curves import Curve, curves  # slow to import

        return curves([Curve.of(self.epochs)], self.text)

    @property
    def text(self) -> str:
        """The network, its training and its seed in a line, empty while it has not started."""
        return run_text(self.config, network_of(self.config).layer_sizes) if self.tree else ""

    def _repr_html_(self) -> str:
        """Return a table of how it ended, what it is and where."""
        outcome = self.ended if isinstance(self.ended, Outcome) else None
        val = outcome and outcome.val
        rows = {
            "status": self.status,
            "config": self.text,
            "validation": accuracy_text(val.n_correct, val.n_examples) if val else "-",
            "folder": os.path.relpath(self.folder),
        }
        cells = (f"<tr><th>{k}</th><td>{escape(text)}</td></tr>" for k, text in rows.items())
        return f"<table>{''.join(cells)}</table>"


class Sweep(records.Sweep):
    """The jobs of a sweep's folder, as runs and as a frame."""

    runs: Sequence[Run]

    def __repr__(self) -> str:
        return f"Sweep({os.path.relpath(self.folder)!r}, {counted(len(self.runs), 'job')})"

    @property
    def frame(self) -> "DataFrame":
        """The jobs as a pandas frame, a row each: what differs, how it ended, where it is."""
        from pandas import DataFrame

        told = telling([run.settings for run in self.runs])
        rows = [{key: run.settings.get(key) for key in told} | cells(run) for run in self.runs]
        return DataFrame(rows)

    def _repr_html_(self) -> str:
        """Return its folder above the table of its jobs."""
        table = self.frame.to_html(
            index=False, escape=True, max_rows=20, float_format="{:.4g}".format
        )
        return f"<p>{escape(repr(self))}</p>{table}"


def cells(run: records.Run) -> dict[str, object]:
    """Return what a frame says of each job, None for what was not measured."""
    outcome = run.ended if isinstance(run.ended, Outcome) else None
    val = outcome and outcome.val
    return {
        "seed": run.seed,
        "status": run.status,
        "epochs": outcome and outcome.epochs,
        "train_accuracy": outcome and outcome.train.accuracy,
        "val_accuracy": val and val.accuracy,
        "val_loss": val and val.loss,
        "seconds": outcome and outcome.seconds,
        "folder": os.path.relpath(run.folder),
    }


def load_run(folder: str | Path) -> Run:
    """Return the run in a folder.

    Raises:
        RunDirError: if there is none, or its record cannot be read; names the file.
    """
    return shown(records.load_run(folder))


def load_sweep(folder: str | Path) -> Sweep:
    """Return the jobs of a sweep: those of its last command, or all runs in the folder.

    Raises:
        RunDirError: if the folder holds neither, or lists none of the runs that lie in it.
    """
    found = records.load_sweep(folder)
    return Sweep(found.folder.absolute(), list(map(shown, found.runs)), found.study)


def shown(run: records.Run) -> Run:
    """Return a run as a notebook uses it, wherever the process goes."""
    return Run(run.folder.absolute(), run.tree, run.ended, run.planned)

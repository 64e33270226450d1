"""A run of MLflow, through its client: the module's own active run would be one a process."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from hw3.config.trackers import Mlflow
from hw3.trackers.contract import About, Ending, Values

SQLITE = "sqlite:///"
BATCH = 100  # parameters that a server takes at once
KEY = "seconds"  # what every epoch has
STATUS = {"completed": "FINISHED", "pruned": "KILLED", "diverged": "FAILED", "failed": "FAILED"}


class MlflowRun:
    """One run, named by its id in every call."""

    def __init__(self, client: MlflowClient, run_id: str, n_epochs: int, file: Path | None) -> None:
        self.client, self.id, self.n_epochs, self.file = client, run_id, n_epochs, file

    def write(self, epoch: int, values: Values) -> None:
        """Take an epoch, in one transaction."""
        now = int(1000 * time.time())
        metrics = [Metric(key, value, now, epoch) for key, value in values.items()]
        with held(self.file):
            self.client.log_batch(self.id, metrics)

    def end(self, ending: Ending) -> None:
        """Take the figures and the end."""
        now = int(1000 * time.time())
        metrics = [Metric(f"end/{key}", v, now, 0) for key, v in ending.numbers.items()]
        words = {"status": ending.status, **ending.words}
        tags = [RunTag(key, text) for key, text in words.items()]
        with held(self.file):
            for path in ending.figures:
                self.client.log_artifact(self.id, str(path))
            self.client.log_batch(self.id, metrics, tags=tags)
            self.client.set_terminated(self.id, STATUS[ending.status])


def open_run(about: About, keys: Mlflow, known: str | None) -> MlflowRun:
    """Return a run that is known, or a new one with its config."""
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    file = database(keys.uri)
    with held(file):
        client = MlflowClient(tracking_uri=f"{SQLITE}{file}" if file else keys.uri)
        experiment = experiment_id(client, keys.experiment or about.experiment, file)
        if known:
            client.update_run(known, status="RUNNING")
            steps = [metric.step for metric in client.get_metric_history(known, KEY)]
            return MlflowRun(client, known, max(steps, default=0), file)
        tags = {"group": about.group, "folder": str(about.folder), "config_hash": about.config_hash}
        run = client.create_run(experiment, run_name=about.folder.name, tags=tags)
        params = [Param(key, str(value)) for key, value in about.config.items()]
        for i in range(0, len(params), BATCH):
            client.log_batch(run.info.run_id, params=params[i : i + BATCH])
        return MlflowRun(client, run.info.run_id, 0, file)


def experiment_id(client: MlflowClient, name: str, file: Path | None) -> str:
    """Return the id of an experiment, which is made where it is not there."""
    artifacts = (file.parent / "mlartifacts" / name).as_uri() if file else None
    if client.get_experiment_by_name(name) is None:
        with suppress(MlflowException):  # another job was quicker
            return str(client.create_experiment(name, artifact_location=artifacts))
    found = client.get_experiment_by_name(name)
    assert found
    return str(found.experiment_id)


def database(uri: str | None) -> Path | None:
    """Return the file of a database, in full since a process may change its folder; else None."""
    is_file = uri is not None and uri.startswith(SQLITE)
    return Path(str(uri).removeprefix(SQLITE)).resolve() if is_file else None


@contextmanager
def held(file: Path | None) -> Iterator[None]:
    """Let one job at a time make the tables of a database and write: SQLite gives up waiting."""
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock"):
        yield

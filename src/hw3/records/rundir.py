"""The folder of a run: the only file that knows the names of what is in it."""

import csv
import io
import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import yaml
from filelock import FileLock, Timeout
from omegaconf import OmegaConf
from yaml import YAMLError

from hw3.config.keys import config_hash, role_of
from hw3.config.keys import flatten as flatten
from hw3.config.roles import Role
from hw3.config.schema import Config
from hw3.core.errors import RunDirError
from hw3.core.files import (
    TEMPORARY_PREFIX,
    read_json,
    remove_temporaries,
    save_figure,
    sha256,
    write_json,
    write_text,
    writing_hdf5,
)
from hw3.training.history import History, history_array, history_csv, history_from_array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CONFIG, METRICS, HISTORY = "config.yaml", "metrics.json", "history.csv"
PARAMS, CHECKPOINT, ENVIRONMENT, LOG = "params.h5", "checkpoint.h5", "environment.json", "run.log"
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where PyYAML was built with it
RECORD_ENDINGS = (".csv", ".h5", ".json", ".png", ".txt", ".yaml")
MAX_CONFIG = 15_000  # characters, ten times as long as any; libyaml crashes on 30,000 brackets
LOCK = ".lock"
JOBS = "jobs.json"  # in a sweep's folder: the jobs of its last command
ELSEWHERE = "move its folder away to start again, or give another with hydra.run.dir=<folder>"
WRITTEN_ANEW = "delete that one file: the command that wrote it writes it anew"


class RunDir:
    """One run's folder, held by this process from `claim` on.

    metrics.json is written last: where it is, the run has ended; where it is not, the run was
    interrupted and continues from checkpoint.h5.
    """

    def __init__(self, path: Path, config: Config) -> None:
        self.path = path
        self.config = config

    @classmethod
    @contextmanager
    def claim(cls, path: Path, config: Config) -> Iterator["RunDir"]:
        """Hold the folder for this run and no other process; release it at the end.

        Raises:
            RunDirError: if another process holds it, or it holds another run or other files.
        """
        path.mkdir(parents=True, exist_ok=True)
        run = cls(path, config)
        run.check_same_run()  # before anything of ours, the lock too, gets into a stranger's folder
        lock = FileLock(path / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise RunDirError(f"{path} is in use by another process; left alone") from None
        try:
            run.check_same_run()  # again, now that no one else can change it
            remove_temporaries(path)
            if not (path / CONFIG).exists():
                write_text(path / CONFIG, OmegaConf.to_yaml(OmegaConf.create(dict(config.tree))))
            yield run
        finally:
            lock.release()

    def check_same_run(self) -> None:
        """Raise RunDirError if the folder holds anything but this run, started or not."""
        found = {p.name for p in self.path.iterdir() if not p.name.startswith(TEMPORARY_PREFIX)}
        if CONFIG not in found:
            strange = sorted(found - {LOCK})
            if strange:
                raise RunDirError(
                    f"{self.path} is not empty and holds no run (found {strange[0]}); "
                    "give another folder with hydra.run.dir=<folder>"
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

    @property
    def metrics(self) -> dict[str, Any] | None:
        """What an ended run recorded, else None."""
        return read_metrics(self.path)

    @property
    def environment(self) -> dict[str, Any] | None:
        """What an earlier start of this run recorded, else None."""
        return read_record(self.path / ENVIRONMENT)

    def log(self, text: str) -> None:
        """Append to run.log, with the time."""
        with (self.path / LOG).open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')} {text}\n")

    def save_environment(self, facts: Mapping[str, Any]) -> None:
        """Write environment.json."""
        write_json(self.path / ENVIRONMENT, facts)

    def save_checkpoint(self, state: Mapping[str, np.ndarray], history: History) -> None:
        """Write all that continuing to the same bits needs, in one step."""
        with writing_hdf5(self.path / CHECKPOINT) as file:
            for name, array in state.items():
                file[f"state/{name}"] = array
            for i, (weight, bias) in enumerate(history.kept or ()):
                file[f"kept/{i}/weight"], file[f"kept/{i}/bias"] = weight, bias
            file["history"] = history_array(history)

    def save_history(self, history: History) -> None:
        """Write history.csv."""
        write_text(self.path / HISTORY, history_csv(history))

    def load_checkpoint(self) -> tuple[dict[str, np.ndarray], History] | None:
        """Return what the newest checkpoint holds, or None before the first epoch's end."""
        path = self.path / CHECKPOINT
        if not path.exists():
            return None
        with reading(path), h5py.File(path, "r") as file:
            state = {name: data[()] for name, data in file["state"].items()}
            history = history_from_array(file["history"][()])
            if "kept" in file:
                layers = [file[f"kept/{i}"] for i in range(len(file["kept"]))]
                history.kept = [(layer["weight"][()], layer["bias"][()]) for layer in layers]
            return state, history

    def save_figure(self, name: str, figure: "Figure") -> None:
        """Write a figure as PNG."""
        save_figure(self.path / name, figure)

    def save_table(self, name: str, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
        """Write a CSV file."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
        write_text(self.path / name, text.getvalue())

    def reopen(self) -> None:
        """Take back the end of a failed run, which is now run again."""
        (self.path / METRICS).unlink(missing_ok=True)

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """Write metrics.json, with the hashes of all that the run wrote: the run has ended."""
        write_json(self.path / METRICS, {**metrics, "files": record_digests(self.path)})

    def fail(self, error: BaseException) -> None:
        """Record a failure: the traceback in run.log, the reason in metrics.json."""
        self.log("failed\n" + "".join(traceback.format_exception(error)))
        failure = {"status": "failed", "error": f"{type(error).__name__}: {error}"}
        write_json(self.path / METRICS, failure)


def record_digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file of a run's record, by name.

    Left out are those that may change after the end: metrics.json, the log, the checkpoint.
    """
    return file_digests(folder, {METRICS, LOG, CHECKPOINT})


def file_digests(folder: Path, left_out: Collection[str]) -> dict[str, str]:
    """Return the sha256 of each file that looks like a record, by name; notes may lie beside."""
    found = (path for path in folder.iterdir() if path.suffix in RECORD_ENDINGS)
    return {
        path.name: sha256(path)
        for path in sorted(found)
        if path.is_file() and path.name not in left_out and not path.name.startswith(".")
    }


@contextmanager
def reading(path: Path, way_out: str = ELSEWHERE) -> Iterator[None]:
    """Turn whatever a damaged record raises into a RunDirError that names it and the way out."""
    try:
        yield
    except PermissionError as error:
        raise RunDirError(f"{path} cannot be read: {error.strerror}") from error
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, YAMLError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise RunDirError(f"{path} is damaged, or not of a run ({reason}); {way_out}") from error


def read_record(path: Path, way_out: str = ELSEWHERE) -> dict[str, Any] | None:
    """Return what a JSON record holds, or None if it is not there."""
    with reading(path, way_out):
        record: dict[str, Any] | None = read_json(path)
        if not isinstance(record, dict | None):
            raise ValueError("no JSON object")
    return record


def read_metrics(folder: Path) -> dict[str, Any] | None:
    """Return what an ended run recorded, or None; without it, a run goes on from its checkpoint."""
    return read_record(folder / METRICS, WRITTEN_ANEW)


def read_jobs(folder: Path) -> dict[str, Any] | None:
    """Return the `jobs` of a sweep's last command and the `overrides` that named them, or None."""
    record = read_record(folder / JOBS, WRITTEN_ANEW)
    with reading(folder / JOBS, WRITTEN_ANEW):
        names = [] if record is None else record["jobs"]
        if not isinstance(names, list) or not all(isinstance(n, str) and n for n in names):
            raise ValueError(f"jobs must be a list of folders' names, got {names!r}")
    return record


def read_tree(path: Path) -> dict[str, Any]:
    """Return the resolved tree of a config.yaml."""
    with reading(path):
        text = path.read_text(encoding="utf-8")
        if len(text) > MAX_CONFIG:
            raise ValueError(f"{len(text):,} characters")
        # plain YAML, as it was written resolved; 20 times as fast as through OmegaConf
        tree = yaml.load(text, Loader=Loader)
        if not isinstance(tree, dict) or not tree:
            raise ValueError("no mapping")
    return {str(key): value for key, value in tree.items()}


def differences(old: Mapping[Any, Any], new: Mapping[str, Any]) -> Iterable[str]:
    """Yield "lr.initial: 0.1 there, 0.5 asked for" for each key that differs."""
    there, asked = flatten(old), flatten(new)
    for key in dict.fromkeys([*there, *asked]):
        if role_of(key) is not Role.PLACE and there.get(key) != asked.get(key):
            yield f"{key}: {there.get(key)} there, {asked.get(key)} asked for"

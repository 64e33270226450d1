"""A run that is told to a tracker: what is there, after kills too, and that the run never minds."""

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import ClassVar

import pytest
from filelock import FileLock

from hw3 import run as door
from hw3.config import trackers
from hw3.trackers import subscriber
from hw3.trackers.subscriber import Subscriber
from tests.builders import record
from tests.tracked import told

SMALL = ("dataset=digits", "epochs=3", "model.hidden_sizes=[16]", "batch_size=50")
QUICK = (*SMALL, "record.figures=false")
NAMES = [name for name in trackers.TRACKERS if name != "none"]
pytestmark = [
    # MLflow 3.17 uses what SQLAlchemy 2.1 warns of
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated"),
]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory, request):
    """A database of MLflow with its tables, which take seconds to make: one for all workers."""
    from sqlalchemy.exc import SADeprecationWarning

    folder = tmp_path_factory.getbasetemp()
    file = (folder.parent if hasattr(request.config, "workerinput") else folder) / "mlflow.db"
    with FileLock(f"{file}.lock"), warnings.catch_warnings():
        warnings.simplefilter("ignore", SADeprecationWarning)
        from mlflow import MlflowClient

        if not file.exists():
            MlflowClient(tracking_uri=f"sqlite:///{file}.new")
            Path(f"{file}.new").rename(file)
    return file


@pytest.fixture(autouse=True)
def own_environment(monkeypatch, own_folder, request):
    Path("outputs").mkdir()
    if "mlflow" in request.node.name and "joblib" not in request.node.name:
        # (the workers of joblib make the tables of a new database at the same time)
        shutil.copy(request.getfixturevalue("empty_database"), "outputs/mlflow.db")
    for name, value in subscriber.QUIET.items():
        monkeypatch.setenv(name, value)
    subscriber.say_once.cache_clear()


def run(*overrides, folder="out", quick=QUICK):
    return door.main([*quick, f"hydra.run.dir={folder}", *overrides])


def epochs_of(folder):
    lines = Path(folder, "history.csv").read_text().splitlines()
    header, *rows = [line.split(",") for line in lines]
    at = [header.index(key) for key in ("epoch", "val_correct", "val_n")]
    found = [[int(row[i]) for i in at] for row in rows]
    return [(epoch, pytest.approx(correct / n, rel=1e-6)) for epoch, correct, n in found]


@pytest.mark.parametrize("tracker", NAMES)
def test_a_tracker_has_what_the_record_has_and_changes_none_of_it(tracker, capfd):
    assert run(f"tracker={tracker}", quick=SMALL) == 0
    metrics, found = record(), told(tracker)
    assert found.epochs == epochs_of("out")
    assert found.numbers["final.val_correct"] == metrics["final"]["val_correct"]
    assert (found.numbers["n_val"], found.numbers["n_train"]) == (297, 1200)
    assert found.words["status"] == "completed"
    assert found.words["weights_sha256"] == metrics["weights_sha256"]
    assert (found.config["act.name"], found.config["batch_size"]) in {
        ("relu", "50"),
        ("relu", "50.0"),
    }
    assert found.figures == {"curves"}
    printed = capfd.readouterr()
    assert printed.err == ""
    assert [line[:5] for line in printed.out.splitlines()] == ["epoch"] * 3 + ["hw3: "]
    assert run(folder="plain", quick=SMALL) == 0
    plain = record("plain")
    for key in ("weights_sha256", "config_hash", "final", "train_rows_sha256"):
        assert metrics[key] == plain[key]
    assert set(metrics["files"]) == set(plain["files"])


# Each death is that of a process of its own, which has what takes long to import from its parent.
KILLED = """
import os, sys
from importlib import import_module
from hw3 import run
from hw3.tasks import train
from hw3.trackers import subscriber

def dying(inner, at):
    def call(*args):
        if at(*args):
            os._exit(9)
        return inner(*args)
    return call

def killed_in(place, epoch):
    if place == "before":  # the checkpoint has it, the tracker has not
        on_epoch = subscriber.Subscriber.on_epoch
        subscriber.Subscriber.on_epoch = dying(on_epoch, lambda _, h: len(h) == epoch)
    elif place == "after":  # the tracker has it, the checkpoint has not
        told = subscriber.Subscriber.catch_up
        def then_die(self, run):
            told(self, run)
            if len(self.history) == epoch:
                os._exit(9)
        subscriber.Subscriber.catch_up = then_die
    elif place == "end":  # the tracker has the end, and metrics.json is not there
        from hw3.records import rundir
        rundir.record_digests = lambda path: os._exit(9)
    run.main([*sys.argv[2:], f"tracker={sys.argv[1]}", "hydra.run.dir=out"])
    os._exit(0)

import_module(f"hw3.trackers.{sys.argv[1]}")
assert run.main([*sys.argv[2:], "tracker=none", "hydra.run.dir=plain"]) == 0
for death in (("before", 2), ("after", 3), ("end", 3)):
    if (child := os.fork()) == 0:
        killed_in(*death)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 9, (death, status)
    assert not os.path.exists("out/metrics.json"), death
"""


@pytest.mark.parametrize("tracker", NAMES)
def test_a_run_that_was_killed_again_and_again_is_one_with_each_epoch_once(tracker, monkeypatch):
    """Before the tracker heard of a checkpoint, after it heard of more, and beyond the end."""
    monkeypatch.delenv("WANDB_SERVICE", raising=False)  # a process of its own for each, as always
    command = [*QUICK, "record.checkpoint_every=2"]
    monkeypatch.setenv("TMPDIR", str(Path("left").absolute()))  # by those that are killed
    Path("left").mkdir()
    subprocess.run([sys.executable, "-c", KILLED, tracker, *command], check=True)
    assert run("record.checkpoint_every=2", f"tracker={tracker}") == 0
    found = told(tracker)
    assert found.epochs == epochs_of("out")
    assert [step for step, _ in found.epochs] == [1, 2, 3]
    assert found.words["status"] == "completed"


@pytest.mark.parametrize("tracker", NAMES)
def test_an_interrupted_run_goes_on_in_the_same_process_too(tracker, monkeypatch, capsys):
    def interrupt(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("hw3.tasks.train.act_of", interrupt)
        assert run(f"tracker={tracker}") == 130
    assert run(f"tracker={tracker}") == 0
    assert "WARNING" not in capsys.readouterr().err
    assert told(tracker).epochs == epochs_of("out")


@pytest.mark.parametrize(
    ("tracker", "state"), [("tensorboard", None), ("mlflow", "FAILED"), ("wandb", 1)]
)
def test_a_diverged_and_a_failed_run_are_closed_as_such(tracker, state, monkeypatch):
    assert run(f"tracker={tracker}", "lr=1e30", "optimizer=momentum") == 1
    found = told(tracker)
    assert (found.words["status"], found.state) == ("diverged", state)
    with monkeypatch.context() as patched:
        patched.setattr("hw3.tasks.train.outcome_of", lambda *_: 1 / 0)
        assert run(f"tracker={tracker}", folder="failed") == 1
    found = told(tracker, "failed")
    assert (found.words["status"], found.state) == ("failed", state)
    assert found.words["error"] == "ZeroDivisionError: division by zero"
    assert run(f"tracker={tracker}", folder="failed") == 0  # the same command runs it again
    found = told(tracker, "failed")
    assert found.words["status"] == "completed"
    assert found.epochs == epochs_of("failed")


ENGINES = [(tracker, "stack") for tracker in NAMES] + [("mlflow", "joblib"), ("wandb", "joblib")]


@pytest.mark.parametrize(("tracker", "engine"), ENGINES)
def test_each_job_of_a_sweep_is_a_run_of_its_own(tracker, engine):
    sweep = ["seed=0,1", f"hydra/launcher={engine}"]
    sweep.append(f"hydra.launcher.n_jobs={1 if engine == 'stack' else 2}")
    assert door.main(["-m", *QUICK, f"tracker={tracker}", *sweep, "hydra.sweep.dir=sweep"]) == 0
    folders = [path.parent for path in Path("sweep").glob("*/metrics.json")]
    assert len(folders) == 2
    for folder in folders:
        found = told(tracker, folder)
        assert found.epochs == epochs_of(folder)
        assert found.words["status"] == "completed"


class Broken:
    """A run in a tracker whose server is gone for a while."""

    id, n_epochs = "x", 0
    is_back = False
    got: ClassVar[list[object]] = []

    def write(self, epoch, values):
        if not self.is_back:
            raise ConnectionError("the server is gone\nand more")
        self.got.append(epoch)

    def end(self, ending):
        self.write(ending.status, {})


def test_a_tracker_that_fails_is_said_once_and_the_run_completes(monkeypatch, capsys):
    assert run(folder="plain") == 0
    capsys.readouterr()
    monkeypatch.setattr(Subscriber, "opened", lambda self: Broken())
    assert run("tracker=wandb") == 0
    text = "WARNING: tracker=wandb failed (ConnectionError: the server is gone); the run goes on"
    assert capsys.readouterr().err == f"hw3: {text}\n"
    assert Path("out/run.log").read_text().count(text) == 1
    assert record()["status"] == "completed"
    assert record()["weights_sha256"] == record("plain")["weights_sha256"]


def test_a_tracker_that_is_back_by_the_end_gets_what_it_lacks(monkeypatch, capsys):
    monkeypatch.setattr(Subscriber, "opened", lambda self: Broken())
    monkeypatch.setattr(Broken, "got", [])
    on_end = Subscriber.on_end
    monkeypatch.setattr(
        Subscriber, "on_end", lambda *a: (monkeypatch.setattr(Broken, "is_back", True), on_end(*a))
    )
    assert run("tracker=wandb") == 0
    assert Broken.got == [1, 2, 3, "completed"]
    assert capsys.readouterr().err.count("the server is gone") == 1


def test_a_database_that_cannot_be_made_stops_nothing(capsys):
    Path("file").write_text("")
    assert run("tracker=mlflow", "tracker.uri=sqlite:///file/mlflow.db") == 0
    assert capsys.readouterr().err.startswith("hw3: WARNING: tracker=mlflow failed (")
    assert record()["status"] == "completed"


@pytest.mark.parametrize("tracker", NAMES)
def test_what_is_not_installed_is_refused_before_any_work(tracker, monkeypatch, capsys):
    Path(tracker).mkdir()  # such as W&B's own folder, which Python would import as a package
    paths = [path for path in sys.path if not Path(path, tracker, "__init__.py").exists()]
    monkeypatch.setattr(sys, "path", [os.getcwd(), *paths])
    monkeypatch.delitem(sys.modules, tracker, raising=False)
    assert run(f"tracker={tracker}") == 2
    said = f"tracker={tracker} needs {tracker}: pip install 'hw3[{tracker}]'"
    assert said in capsys.readouterr().err
    assert not Path("out").exists()


def test_a_password_is_refused_since_the_record_would_keep_it(capsys):
    assert run("tracker=mlflow", "tracker.uri=http://me:secret@host:5000") == 2
    error = capsys.readouterr().err
    assert "tracker.uri may hold no password" in error
    assert "secret" not in error


def test_a_record_without_the_group_is_read_as_none():
    from hw3.config.keys import config_hash
    from hw3.config.schema import typed

    assert run() == 0
    tree = door_tree()
    assert typed({k: v for k, v in tree.items() if k != "tracker"}).tracker == trackers.NoTracker()
    other = {**tree, "tracker": {"name": "tensorboard"}}
    assert config_hash(other) == config_hash({k: v for k, v in tree.items() if k != "tracker"})


def door_tree():
    from hw3.records.read import read_tree

    return read_tree(Path("out/config.yaml"))

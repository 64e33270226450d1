"""Jobs that train together leave the records that they leave alone, bit for bit."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hw3.backends.numpy_backend import NumpyStack
from hw3.config.presets import preset
from hw3.config.schema import changed
from hw3.core.workers import FailFastError
from hw3.launch.engines.stack import Stack, shape_of
from hw3.launch.job import Job, run_job, run_together
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.optimizers import OPTIMIZERS
from hw3.records.checkpoint import read_checkpoint
from tests.builders import OTHER_NUMBERS, config

SMALL = (
    *("dataset=digits", "dataset.subset=700", "epochs=3"),
    *("model.hidden_sizes=[6,5]", "record.figures=false"),
)
UNALIKE = (
    ("seed=1",),
    ("seed=2", "dataset.split=random", "lr=0.3"),
    ("seed=3", "regularizer=l1", "lr=cosine"),
    ("seed=4", "regularizer=l2", "regularizer.l2=0.01", "act=tanh"),
    ("seed=5", "regularizer=dropout_l2", "act=leaky_relu", "epochs=5"),
    ("seed=6", "regularizer=dropout", "act=leaky_relu", "act.negative_slope=0.3"),
    ("seed=7", "epochs=1", "regularizer.dropout=0.7"),
    ("seed=8", "early_stopping.patience=1", "epochs=6", "lr=10"),
    ("seed=9", "lr=1e200", "model.init=glorot_uniform"),
)
composed = cache(config)


def jobs(folder, *common, points=UNALIKE, optimizer="sgd"):
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    configs = [composed(*SMALL, *common, *point) for point in points]
    if optimizer != "sgd":  # to compose each anew takes longer than to train it
        configs = [with_optimizer(c, optimizer, i % 2) for i, c in enumerate(configs)]
    return [Job(c, folder / str(i)) for i, c in enumerate(configs)]


def with_optimizer(config, name, is_other):
    """A config of SGD with another optimizer, a rate that suits it as well, and its dtype."""
    name, _, dtype = name.partition(" ")
    found = preset("optimizer", name)
    optimizer = {**found, **(OTHER_NUMBERS[name] if is_other else {})}
    rate = config.lr.initial * found["default_lr"] / preset("optimizer", "sgd")["default_lr"]
    values = {"optimizer": optimizer, "lr.initial": rate, "dtype": dtype or config.dtype}
    return changed(config, values)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What lone runs with an optimizer leave; each is made once."""

    @cache
    def left_by(optimizer):
        made = jobs(tmp_path_factory.mktemp("alone"), optimizer=optimizer)
        return run_alone(made)

    return left_by


def run_alone(made):
    for job in made:
        run_job(job.config, job.folder)
    return [left(job.folder) for job in made]


def left(folder):
    """What a run left, but for times; and for the sign of a NaN, which no arithmetic promises."""
    outcome = json.loads((folder / "metrics.json").read_text())
    lines = (folder / "history.csv").read_text().splitlines()
    state, history = read_checkpoint(folder / "checkpoint.h5")
    kept = [a.tobytes() for pair in history.kept or [] for a in pair]
    n_last = 1  # columns that are left out: seconds
    if outcome["status"] == "diverged":  # the digest of the weights knows the sign
        del outcome["weights_sha256"]
        n_last = 2
    keys = ("status", "weights_sha256", "config_hash", "final", "best_epoch")
    return (
        {key: outcome.get(key) for key in keys},
        outcome["early_stopping"],
        [line.rsplit(",", n_last)[0] for line in lines],
        {k: (a.dtype.str, np.where(np.isnan(a), np.nan, a).tobytes()) for k, a in state.items()},
        kept,
    )


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, "sgd float64", "adam float64"])
def test_a_stack_of_unlike_jobs_leaves_the_records_of_lone_runs(optimizer, alone):
    together = jobs("together", optimizer=optimizer)
    results = run_together(together)
    assert [r.folder for r in results] == [job.folder for job in together]
    assert [r.status for r in results] == 8 * ["completed"] + ["diverged"]
    records = [left(job.folder) for job in together]
    assert records == alone(optimizer)
    assert [len(lines) - 1 for _, _, lines, *_ in records[:7]] == [3, 3, 3, 3, 5, 3, 1]
    assert records[7][1]["stopped_after"] < 6


@pytest.mark.parametrize("act", ACTIVATIONS)
def test_a_stack_on_two_classes_leaves_the_records_of_lone_runs(act, fake_data):
    common = (
        f"act={act}",
        "dataset=human_machine",
        f"data_dir={fake_data}",
        "batch_size=16",
        "dataset.subset=400",
    )
    points = [(f"seed={i}", f"lr={i + 1}e-2") for i in range(3)]
    lone, together = (jobs(f, *common, points=points) for f in ("lone", "together"))
    run_together(together)
    assert [left(job.folder) for job in together] == run_alone(lone)


def test_a_stack_of_torch_networks_leaves_the_records_of_lone_runs(fake_data):
    common = ("model=torch_mlp", "optimizer=adam", "dataset=human_machine")
    common += (f"data_dir={fake_data}", "batch_size=16", "dataset.subset=400")
    points = [("seed=1",), ("seed=2", "lr=0.03"), ("seed=3", "regularizer=dropout_l2", "epochs=2")]
    lone, together = (jobs(f, *common, points=points) for f in ("lone", "together"))
    run_together(together)
    assert [left(job.folder) for job in together] == run_alone(lone)


@pytest.mark.parametrize("after", [1, 2])
def test_an_interrupted_stack_goes_on_to_the_same_bits(after, monkeypatch, alone):
    """Also where its jobs were interrupted at different epochs, and one runs alone meanwhile."""
    together = jobs("together", optimizer="adam")
    train_epoch, calls = NumpyStack.train_epoch, []

    def interrupted(self, *args, **kwargs):
        if len(calls) == after:
            raise KeyboardInterrupt
        calls.append(1)
        train_epoch(self, *args, **kwargs)

    for part in (together, together[3:6]):
        with monkeypatch.context() as patch:
            patch.setattr(NumpyStack, "train_epoch", interrupted)
            with pytest.raises(KeyboardInterrupt):
                run_together(part)
        calls.clear()
    run_job(together[4].config, together[4].folder)
    results = run_together(together)
    assert {r.was_done for r in results} == {True, False}
    assert [left(job.folder) for job in together] == alone("adam")


def test_what_fails_of_one_job_leaves_the_others_as_they_are(alone):
    together = jobs("together")
    for name, index in (("params.h5", 1), ("history.csv", 4)):
        (together[index].folder / name).mkdir(parents=True)  # where a file belongs
    results = run_together(together)
    assert [i for i, r in enumerate(results) if r.status in ("failed", "refused")] == [1, 4]
    for i in (1, 4):
        (together[i].folder / ("params.h5" if i == 1 else "history.csv")).rmdir()
    assert [r.was_done for r in run_together(together)].count(False) == 2
    assert [left(job.folder) for job in together] == alone("sgd")


def test_a_failure_that_stops_all_leaves_the_others_to_be_continued():
    points = (("seed=0",), ("seed=1", "lr=1e30"))
    broken = jobs("sweep", "fail_fast=true", "epochs=4", points=points)
    with pytest.raises(FailFastError):
        run_together(broken)
    assert not (broken[0].folder / "metrics.json").exists()
    (first, _) = (run_job(job.config, job.folder, ()) for job in broken[:1] * 2)
    assert first.status == "completed"


def test_an_error_of_the_training_itself_is_that_of_each_job(monkeypatch):
    def broken(self, *args, **kwargs):
        raise MemoryError("by hand")

    monkeypatch.setattr(NumpyStack, "train_epoch", broken)
    results = run_together(jobs("sweep"))
    assert {r.message for r in results} == {"MemoryError: by hand"}
    assert "by hand" in (results[3].folder / "run.log").read_text()


def test_stacks_hold_what_may_train_together():
    points = [*UNALIKE, ("optimizer=adam",), ("batch_size=60",), ("model.hidden_sizes=[9]",)]
    points += [("dataset.val=200",), ("model=torch_mlp",), ("model.hidden_sizes=[256,128]",)]
    made = list(Stack(n_jobs=1, size=32).stacks(jobs("sweep", points=points)))
    assert [len(stack) for stack in made] == [9, 1, 1, 1, 1, 1, 1]
    assert shape_of(made[-1][0].config) is None


@pytest.mark.parametrize(
    ("n_jobs", "size", "expected"), [(1, 32, [9]), (1, 4, [4, 4, 1]), (2, 32, [5, 4])]
)
def test_stacks_are_as_large_as_size_and_workers_leave(n_jobs, size, expected):
    stacks = Stack(n_jobs=n_jobs, size=size).stacks(jobs("sweep"))
    assert [len(stack) for stack in stacks] == expected


def test_jobs_with_many_rows_of_their_own_run_alone():
    """A stack of MNIST's random splits would hold 190 MB for each of them."""
    assert shape_of(config("model.hidden_sizes=[]")) is not None
    assert shape_of(config("model.hidden_sizes=[]", "dataset.split=random")) is None
    assert shape_of(config("dataset=digits", "model.hidden_sizes=[]", "dataset.split=random"))


def test_networks_that_are_wide_or_few_are_told_by_their_parameters():
    assert shape_of(composed("model.hidden_sizes=[]")) is not None  # 784-10
    assert shape_of(composed("model.hidden_sizes=[32]")) is None
    assert shape_of(composed("dataset=digits")) is None  # 64-256-128-10

"""Records of runs that were not what they claim to be, each agreeing with itself in all hashes."""

import json
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from hw3.backends.numpy_backend import NumpyStack
from hw3.backends.torch_stack import TorchStack
from hw3.config.keys import config_hash
from hw3.core.seeds import stream
from hw3.launch.job import run_job
from hw3.records.checkpoint import read_checkpoint, write_checkpoint
from hw3.records.layout import kept_checkpoint, kept_checkpoints
from hw3.records.outcome import counts, outcome_json
from hw3.records.read import record_digests
from hw3.records.run import load_run
from hw3.training.build import load
from hw3.training.history import history_csv
from tests.builders import config

DATA = ["dataset=digits"]  # scripts/forgeries names others
N = 12  # epochs
SMALL = (
    f"epochs={N}",
    "model.hidden_sizes=[12]",
    "record.figures=false",
    "record.keep=all",
    "batch_size=50",
)
KINDS = (
    (),
    ("optimizer=adam", "lr=constant", "lr.initial=0.003"),
    ("optimizer=momentum", "act=tanh", "regularizer=dropout"),
    ("model=torch_mlp", "optimizer=nesterov"),
)


def small(*overrides):
    """The config of a run of a moment, with all its checkpoints."""
    return config(*DATA, *SMALL, *overrides)


def trained(folder, *overrides):
    """Run a small network; return its config."""
    made = small(*overrides)
    Path(folder).parent.mkdir(parents=True, exist_ok=True)
    assert run_job(made, Path(folder)).status == "completed"
    return made


@contextmanager
def cheating(change):
    """Let each epoch's training go through change(train, epoch, arrays and keywords)."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in (NumpyStack, TorchStack):
            real, done = kind.train_epoch, []

            def train_epoch(self, inputs, labels, orders, real=real, done=done, **keywords):
                done.append(1)

                def train(inputs, labels, orders, **keywords):
                    real(self, inputs, labels, orders, **keywords)

                change(train, len(done), inputs, labels, orders, keywords)

            patch.setattr(kind, "train_epoch", train_epoch)
        yield


def reseal(folder, **changes):
    """Write metrics.json for what the folder holds now, with all hashes anew."""
    run = load_run(folder)
    history = run.epochs
    outcome = replace(
        run.outcome,
        **{
            "final": counts(history.final),
            "best_epoch": counts(history.best),
            "epochs": len(history),
            "seconds": round(history.seconds, 3),
            "config_hash": config_hash(run.tree),
            "weights_sha256": run.weights_sha256,
            **changes,
        },
        files=record_digests(Path(folder)),
    )
    Path(folder, "metrics.json").write_text(json.dumps(outcome_json(outcome)))


def with_history(folder, history):
    """Let history.csv and each kept checkpoint tell these epochs."""
    Path(folder, "history.csv").write_text(history_csv(history))
    for epoch, path in kept_checkpoints(Path(folder)).items():
        state, _ = read_checkpoint(path)
        write_checkpoint(path, state, replace(history, epochs=history.epochs[:epoch]))


def another_seed(folder, kind):
    made = trained(folder, *KINDS[kind], "seed=1")
    tree = {**made.tree, "seed": 0}
    Path(folder, "config.yaml").write_text(yaml.safe_dump(tree))
    reseal(folder)


def edited(folder, kind):
    """A number of the history is better than it was: counts, a loss, or other weights' digest."""
    trained(folder, *KINDS[kind])
    history = load_run(folder).epochs
    epoch = (5, N, 7, 6)[kind]
    old = history.epochs[epoch - 1]
    better = replace(old.val, n_correct=old.val.n_correct + 1)
    history.epochs[epoch - 1] = (
        replace(old, val=better),
        replace(old, val=better, train=replace(old.train, n_correct=old.train.n_correct + 3)),
        replace(old, train=replace(old.train, loss_sum=old.train.loss_sum * 0.99)),
        replace(old, weights_sha256=history.epochs[0].weights_sha256),
    )[kind]
    with_history(folder, history)
    reseal(folder)


def left_out(folder, kind):
    """One epoch of two, twice; an epoch without training; one cut out of thirteen."""

    def twice(train, epoch, inputs, labels, orders, keywords):
        def order(e):
            return stream(0, "order", e).permutation(orders.shape[1])[None]

        passes = (epoch - 1,) if epoch < 7 else (6, 7) if epoch == 7 else (epoch,)
        for e in passes:
            rngs = [stream(0, "dropout", e)]
            train(inputs, labels, order(e), **keywords | {"dropout_rngs": rngs})

    def idle(train, epoch, inputs, labels, orders, keywords):
        if epoch != 9:
            train(inputs, labels, orders, **keywords)

    if kind == 1:
        return cut_out(folder, 6)
    with cheating(idle if kind == 3 else twice):
        trained(folder, *KINDS[kind])


def cut_out(folder, gone):
    """The record of 12 epochs, from a run of 13."""
    made = trained(folder, *KINDS[1], f"epochs={N + 1}")
    folder = Path(folder)
    history = load_run(folder).epochs
    del history.epochs[gone - 1]
    history.epochs = [replace(e, epoch=i) for i, e in enumerate(history.epochs, 1)]
    for epoch in range(gone, N + 1):
        shutil.move(kept_checkpoint(folder, epoch + 1), kept_checkpoint(folder, epoch))
    with_history(folder, history)
    (folder / "config.yaml").write_text(yaml.safe_dump({**made.tree, "epochs": N}))
    reseal(folder)


def another_rate(folder, kind):
    """Twice the rate in one epoch, three times in all, a late halving; or another one is told."""

    def other(train, epoch, inputs, labels, orders, keywords):
        factor = {0: 2 if epoch == 8 else 1, 1: 3, 2: 2 if epoch in (6, 7) else 1, 3: 1}[kind]
        rates = [rate * factor for rate in keywords["learning_rates"]]
        train(inputs, labels, orders, **keywords | {"learning_rates": rates})

    with cheating(other):
        trained(folder, *KINDS[kind])
    if kind == 3:
        history = load_run(folder).epochs
        history.epochs[3] = replace(history.epochs[3], lr=history.epochs[3].lr * 2)
        with_history(folder, history)
        reseal(folder)


def validated_on(folder, kind):
    """All rows trained it, those that it says it held out too."""
    data = load(small())
    inputs = np.concatenate([data.train.inputs, data.val.inputs])
    labels = np.concatenate([data.train.labels, data.val.labels])

    def all_rows(train, epoch, _, __, orders, keywords):
        order = stream(0, "order", epoch - 1).permutation(len(labels))[None]
        train(inputs, labels, order, **keywords)

    with cheating(all_rows):
        trained(folder, *KINDS[kind])


FORGERIES = {
    "weights of another seed": another_seed,
    "a history edited": edited,
    "an epoch left out": left_out,
    "a rate changed": another_rate,
    "trained on the validation rows too": validated_on,
}

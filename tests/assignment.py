"""The records of a whole assignment, made up in a moment: valid, and there to be broken."""

import csv
import hashlib
import io
import json
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from hw3.config.keys import config_hash
from hw3.core.seeds import stream
from hw3.datasets.splits import SPLITTERS
from hw3.nn.arrays import digest
from hw3.nn.initializers import initial_params
from hw3.records.read import record_digests
from hw3.records.run import load_sweep
from hw3.records.weights import save_params
from hw3.sweeps.summary import outcome_digests, summary_digests
from hw3.tasks.sequences import onset_of
from hw3.testset.ledger import Opening, enter
from hw3.training.history import EpochRecord, History, history_csv
from hw3.training.metrics import Metrics

LEDGER = "test_ledger.jsonl"
CLOTHES = [f"class {i}" for i in range(10)]
DIGITS = list("0123456789")
RATES = (0.02, 0.1, 0.5)


OPTIMIZERS = {
    "sgd": {},
    "adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
}
SCHEDULES = {"halve_twice": {"after": [0.4, 0.8]}, "cosine": {"final_share": 0.0}, "constant": {}}


def tree(name, task, optimizer="sgd", lr="halve_twice", **changes):
    """A complete config of problem 1's sweep, with other values at dotted keys."""
    found = {
        "model": {"backend": "numpy", "hidden_sizes": [4], "init": "auto"},
        "act": {"name": "relu", "slope_at_zero": 0.0},
        "optimizer": {"name": optimizer, "default_lr": 0.1, **OPTIMIZERS[optimizer]},
        "lr": {"name": lr, "initial": 0.1, **SCHEDULES[lr]},
        "regularizer": {"l1": 0.0, "l2": 0.0, "convention": "full", "dropout": 0.0},
        "dataset": {"name": "mnist", "split": "last", "val": 10000, "subset": None},
        **{"name": name, "task": task, "epochs": 50, "batch_size": 100, "seed": 0},
        **{"dtype": "float32", "device": "auto", "threads": 1, "data_dir": "data"},
        **{"offline_dataset": None, "instead_of": None, "sweep": None, "log_counts": False},
        **{"allow_unfinished": False, "fail_fast": False, "crosses": []},
        "early_stopping": {"patience": None},
        "record": {"figures": True, "checkpoint_every": 1},
    }
    found["dataset"] |= {"batch_sizes": [1, 1000], "whole_batches": False}
    for key, value in changes.items():
        *groups, leaf = key.split("__")
        node = found
        for group in groups:
            node = node[group]
        node[leaf] = value
    return found


def picture(path, color="white"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # it may be a link to another's
    Image.new("RGB", (120, 60), color).save(path)


def write(path, value):
    """Write a new file in the place of an old one, which may be a link to another's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}")
    beside.write_text(value if isinstance(value, str) else json.dumps(value, indent=2))
    os.replace(beside, path)


def write_csv(path, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write(path, text.getvalue())


def rows_sha(rows):
    return hashlib.sha256(np.asarray(rows).astype("<i8").tobytes()).hexdigest()


def rates(config):
    first, n = config["lr"]["initial"], config["epochs"]
    if config["lr"]["name"] != "halve_twice":
        return [first] * n
    return [first / (1 + (e >= 0.4 * n) + 2 * (e >= 0.8 * n)) for e in range(n)]


def made_history(config, n_train, n_val, lead):
    """Losses that fall, never below what cross-entropy can be; `lead` more correct at the end."""
    found = History()
    for epoch, rate in enumerate(rates(config), 1):
        done = epoch / config["epochs"]

        def metrics(n, best, done=done, epoch=epoch):
            correct = int(n * (0.5 + best * done)) + lead
            return Metrics(n * (0.7 * (1 - correct / n) + 0.3 / epoch), correct, n)

        val = metrics(n_val, 0.4) if n_val else None
        found.epochs.append(EpochRecord(epoch, rate, metrics(n_train, 0.45), val, 1.0))
    return found


def made_run(folder, config, sizes, rows, lead=0, **more):
    """Write the record of a finished run; rows are (train, validation)."""
    init = {"relu": "he_normal", "tanh": "glorot_normal"}[config["act"]["name"]]
    start = initial_params(sizes, init, stream(config["seed"], "init"))
    params = [((1.5 * w).astype(np.float32), b.astype(np.float32)) for w, b in start]
    train, val = rows
    history = made_history(config, len(train), len(val), lead)
    folder.mkdir(parents=True)
    save_params(folder / "params.h5", params, config["act"])
    write(folder / "config.yaml", yaml.safe_dump(config))
    write(folder / "history.csv", history_csv(history))
    write(folder / "run.log", "2026-01-01T10:00:00+00:00 started\n")
    write(folder / "environment.json", environment(config, len(train) + len(val)))
    picture(folder / "curves.png")
    metrics = {
        **{"status": "completed", "name": config["name"], "dataset": config["dataset"]["name"]},
        **{"instead_of": None, "n_train": len(train), "n_val": len(val), "schema": 2},
        **{"epochs": len(history), "early_stopping": None},
        "final": epoch_counts(history.epochs[-1]),
        "best_epoch": epoch_counts(history.epochs[-1]),
        "n_parameters": sum(w.size + b.size for w, b in params),
        "seconds": float(len(history)),
        "config_hash": config_hash(config),
        "weights_sha256": digest(params),
        "train_rows_sha256": rows_sha(train),
        "val_rows_sha256": rows_sha(val) if len(val) else None,
        **{"test": None, "overfitting_onset": None},
        **more,
    }
    write(folder / "metrics.json", metrics)
    return metrics, params


def environment(config, n):
    data = {"pixels": "as they are", "range": [0.0, 1.0], "file": "made_up.hdf5", "sha256": "5a"}
    data |= {"n_rows": n, "dtype": "float32", "label_counts": [n - n // 2, n // 2], "labels": None}
    command = ["/somewhere/hw3/run.py", f"experiment={config['name']}", "lr=1e-3, 2"]
    facts = {"python": "3.11", "packages": {"numpy": "2"}, "commit": None, "gpu": None}
    facts |= {"platform": "Linux", "threads": {"blas": 1}, "processor": "p", "cores": 2}
    return facts | {"command": command, "data": data}


def epoch_counts(epoch):
    found = {"epoch": epoch.epoch, "lr": epoch.lr, "train_loss": epoch.train.loss}
    found |= {"train_correct": epoch.train.n_correct, "val_loss": None, "val_correct": None}
    if epoch.val:
        found |= {"val_loss": epoch.val.loss, "val_correct": epoch.val.n_correct}
    return found


def tested(folder, root, names):
    """Add the test split's part to a run's record: counts, pictures, the ledger's line."""
    metrics = json.loads((folder / "metrics.json").read_text())
    counts = np.diag([900] * 10)
    counts[np.arange(10), (np.arange(10) + 1) % 10] = 60 + 2 * np.arange(10)
    counts[np.arange(10), (np.arange(10) + 2) % 10] = 40 - 2 * np.arange(10)
    write_csv(
        folder / "confusion.csv", [["true class", *names], *zip(names, *counts.T, strict=True)]
    )
    for name in ("confusion", "mistakes", "worst_pair"):
        picture(folder / f"{name}.png")
    test = {"correct": 9000, "n": 10000, "opened_before": 0, "in_training": 0}
    test |= {"opened": "2026-01-01T12:00:00+00:00"}
    write(folder / "metrics.json", metrics | {"test": test})
    line = {k: metrics[k] for k in ("config_hash", "weights_sha256", "dataset")}
    line |= {"time": "2026-01-01T12:00:00+00:00", "reason": "r", "run": folder.name}
    enter(root / LEDGER, Opening(**line, correct=9000, n=10000), is_resumable=False)


def make(root: Path) -> Path:
    """Write all four problems into a folder; return it."""
    root.mkdir(parents=True)
    problem_1(root)
    problems_2_and_3(root)
    problem_4(root)
    reseal(root)
    return root


SUMMARISED = ("mnist_sweep", "fashion_weights", "human_machine_explore")


def reseal(root, experiments="*"):
    """Take hashes of files anew, as a forger would; what cannot be read stays as it is."""
    for path in root.glob(f"{experiments}/*/metrics.json"):
        with suppress(ValueError, TypeError):
            metrics = json.loads(path.read_text())
            write(path, metrics | {"files": record_digests(path.parent)})
    for folder in root.glob(experiments):
        if folder.name in SUMMARISED:
            sweep = load_sweep(folder)
            record = {"outcomes": outcome_digests(sweep), "files": summary_digests(folder)}
            write(folder / "summary.json", record)


def problem_1(root):
    folder, all_rows = root / "mnist_sweep", np.arange(60_000)
    jobs, rows = [], (all_rows[:50_000], all_rows[50_000:])
    for lead, act in enumerate(("tanh", "relu")):
        group = {"name": act} | ({"slope_at_zero": 0.0} if act == "relu" else {})
        for i, rate in enumerate(RATES):
            config = tree("mnist_sweep", "train", act=group, lr__initial=rate)
            jobs.append(f"{act}-{rate}")
            made_run(folder / jobs[-1], config, (784, 4, 10), rows, 10 * (3 * lead + i))
    write(
        folder / "jobs.json", {"overrides": ["experiment=mnist_sweep", "epochs=50"], "jobs": jobs}
    )
    labels = {f"{act}, lr {rate}": f"{act}-{rate}" for act in ("relu", "tanh") for rate in RATES}
    for name in ("curves.png", *(f"curves_{name.replace(', lr ', '-lr-')}.png" for name in labels)):
        picture(folder / name)
    final = root / "mnist_final" / "relu-0.5"
    config = tree("mnist_final", "final", lr__initial=0.5, dataset__val=0, sweep="x")
    made_run(final, config, (784, 4, 10), (all_rows, all_rows[:0]))
    write(final / "selection.json", selection(folder, labels))
    tested(final, root, DIGITS)


def selection(folder, labels):
    """The choice of the best by validation; all others are told apart from it."""
    table = []
    for label, job in labels.items():
        final = json.loads((folder / job / "metrics.json").read_text())["final"]
        act, rate = label.split(", lr ")
        row = {"configuration": label, "settings": {"act.name": act, "lr.initial": float(rate)}}
        row |= {"jobs": [job], "test": "mcnemar", "p": 0.01}
        row |= {"val_accuracy": final["val_correct"] / 10_000, "val_loss": final["val_loss"]}
        table.append(row)
    table.sort(key=lambda row: -row["val_accuracy"])
    table[0] |= {"test": None, "p": None}
    chosen = {"time": "2026-01-01T11:00:00+00:00", "sweep": "outputs/mnist_sweep"}
    return chosen | {"left_out": [], "table": table}


def problems_2_and_3(root):
    all_rows = np.arange(60_000)
    fashion = {"dataset__name": "fashion_mnist", "epochs": 40, "lr": "cosine", "optimizer": "adam"}
    config = tree("fashion_confusion", "confusion", **fashion, dataset__val=0)
    config["regularizer"] |= {"dropout": 0.3, "l2": 1e-4}
    config["model"]["hidden_sizes"] = [100]
    run = root / "fashion_confusion" / "net"
    made_run(run, config, (784, 100, 10), (all_rows, all_rows[:0]))
    tested(run, root, CLOTHES)

    folder, silent = root / "fashion_weights", {}
    for i, (hidden, l2, dropout) in enumerate(((128, 0.0, 0.0), (48, 1e-4, 0.2)), 1):
        config = tree("fashion_weights", "weights", **fashion)
        config["model"]["hidden_sizes"] = [hidden]
        config["regularizer"] |= {"l2": l2, "dropout": dropout}
        rows, sizes = (all_rows[:50_000], all_rows[50_000:]), (784, hidden, 10)
        made_run(folder / f"net{i}", config, sizes, rows)
        silent[f"net{i}"] = [list(range(i))]  # i silent units
    write(folder / "jobs.json", {"jobs": ["net1", "net2"]})
    write(folder / "weights.json", {"jobs": silent})
    write(folder / "description.txt", "net 1 is wider.\n")
    for name in ("histograms.png", "filters.png"):
        picture(folder / name)


def human_machine_rows(seed):
    return SPLITTERS.get("random")(np.zeros(10_200, int), 2040, stream(seed, "split"))


def sequences_run(run, base, seed=0, **changes):
    """Write a run of problem 4's network. Each seed gets 10 more right."""
    config = tree("human_machine", "sequences", **base, epochs=60, seed=seed, **changes)
    rows, leakage = human_machine_rows(seed), {"human": 0.2, "machine": 0.0, "all": 0.1}
    metrics, params = made_run(run, config, (20, 20, 1), rows, 10 * seed)
    onset = onset_of(made_history(config, len(rows[0]), len(rows[1]), 10 * seed))
    write(run / "metrics.json", metrics | {"overfitting_onset": onset})
    write(run / "run.log", f"2026-01-01T{10 - seed:02}:00:00+00:00 started\n")
    matrix = params[0][0].T.tolist()
    header = ["unit", "outgoing", *(f"bit {i}" for i in range(1, 21))]
    write_csv(
        run / "input_weights.csv", [header, *([i, 0.1, *row] for i, row in enumerate(matrix, 1))]
    )
    picture(run / "input_weights.png")
    unit = {"outgoing": 0.1, "feature": "ones", "correlation": 0.3}
    write(
        run / "insight.json",
        {
            "n_val": len(rows[1]),
            "units": [{"unit": i} | unit for i in range(1, 21)],
            "features": [{"name": "ones", "val_correct": 1061 + 20 * seed}],
            "spreads": [{"name": "ones", "means": [10.0, 10.5], "sds": [2.0, 1.0]}],
            "leakage": {"random": leakage, "contributor": leakage},
        },
    )


def problem_4(root):
    base = {"dataset__name": "human_machine", "dataset__split": "random", "dataset__val": 0.2}
    base |= {"lr": "constant", "batch_size": 16, "model__hidden_sizes": [20]}
    for seed in (0, 1):
        run = root / "human_machine" / ("net" if seed == 0 else "seed1")
        sequences_run(run, base | {"optimizer": "adam"}, seed)
    rows = human_machine_rows(0)
    folder = root / "human_machine_explore"
    for i, (optimizer, l2, hidden) in enumerate((("adam", 0.0, 20), ("sgd", 0.1, 64))):
        config = tree("human_machine_explore", "explore", **base, optimizer=optimizer, epochs=30)
        config["regularizer"]["l2"] = l2
        config["model"]["hidden_sizes"] = [hidden]
        made_run(folder / f"job{i}", config, (20, hidden, 1), rows, 5 * i)
    write(folder / "jobs.json", {"jobs": ["job0", "job1"]})
    write_csv(folder / "exploration.csv", [["split", "configuration"]])
    picture(folder / "exploration.png")

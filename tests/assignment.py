"""The records of a whole assignment, made up in a moment: valid, and there to be broken."""

import csv
import hashlib
import io
import json
from contextlib import suppress
from pathlib import Path

import numpy as np
from omegaconf import OmegaConf
from PIL import Image

from hw3.analysis.exploration import standings
from hw3.analysis.intervals import wilson
from hw3.analysis.weights import trained_layers
from hw3.config.schema import config_hash
from hw3.core.seeds import stream
from hw3.datasets.splits import SPLITTERS
from hw3.nn.initializers import initial_params
from hw3.records.read import record_digests
from hw3.records.run import load_sweep
from hw3.records.weights import digest, save_params
from hw3.sweeps.choice import configurations
from hw3.sweeps.summary import SUMMARY_RECORD, outcome_digests, slug, summary_digests
from hw3.tasks.confusion import answers
from hw3.tasks.explore import accuracies, save_standings
from hw3.tasks.sequences import onset_of
from hw3.testset.ledger import LEDGER, Opening, enter
from hw3.training.history import EpochRecord, History, epoch_summary, history_csv
from hw3.training.metrics import Metrics

CLOTHES = [f"class {i}" for i in range(10)]
DIGITS = list("0123456789")


def tree(name, task, **changes):
    """A resolved config of problem 1's sweep, with other values at dotted keys."""
    found = {
        "model": {"backend": "numpy", "hidden_sizes": [4], "init": "auto"},
        "act": {"name": "relu", "slope_at_zero": 0.0},
        "optimizer": {"name": "sgd", "default_lr": 0.1},
        "lr": {"name": "halve_twice", "initial": 0.1, "after": [0.4, 0.8]},
        "regularizer": {"l1": 0.0, "l2": 0.0, "convention": "full", "dropout": 0.0},
        "dataset": {"name": "mnist", "split": "last", "val": 10000, "subset": None},
        **{"name": name, "task": task, "epochs": 50, "batch_size": 100, "seed": 0},
        **{"dtype": "float32", "instead_of": None, "sweep": None},
    }
    for key, value in changes.items():
        *groups, leaf = key.split("__")
        node = found
        for group in groups:
            node = node[group]
        node[leaf] = value
    return found


def picture(path, color="white"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (120, 60), color).save(path)


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2))


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
    write(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(config)))
    write(folder / "history.csv", history_csv(history))
    write(folder / "run.log", "2026-01-01T10:00:00+00:00 started\n")
    pixels = {"pixels": "as they are", "range": [0.0, 1.0], "file": "made_up.hdf5", "sha256": "5a"}
    versions = {"python": "3.11", "packages": {"numpy": "2"}, "commit": None, "gpu": None}
    versions |= {"command": ["/somewhere/hw3/run.py", f"experiment={config['name']}", "lr=1e-3, 2"]}
    write(folder / "environment.json", {**versions, "processor": "p", "cores": 2, "data": pixels})
    picture(folder / "curves.png")
    metrics = {
        **{"status": "completed", "name": config["name"], "dataset": config["dataset"]["name"]},
        **{"instead_of": None, "n_train": len(train), "n_val": len(val)},
        "epochs": len(history),
        "final": epoch_summary(history.last),
        "best_epoch": epoch_summary(history.best),
        "n_parameters": sum(w.size + b.size for w, b in params),
        "seconds": history.seconds,
        "config_hash": config_hash(config),
        "weights_sha256": digest(params),
        "train_rows_sha256": rows_sha(train),
        "val_rows_sha256": rows_sha(val) if len(val) else None,
        **more,
    }
    write(folder / "metrics.json", metrics)
    return metrics, params


def tested(folder, root, names):
    """Add the test split's part to a run's record: counts, pictures, the ledger's line."""
    metrics = json.loads((folder / "metrics.json").read_text())
    counts = np.diag([900] * 10)
    counts[np.arange(10), (np.arange(10) + 1) % 10] = 60 + 2 * np.arange(10)
    counts[np.arange(10), (np.arange(10) + 2) % 10] = 40 - 2 * np.arange(10)
    write_csv(
        folder / "confusion.csv", [["true class", *names], *zip(names, *counts.T, strict=True)]
    )
    shares = (counts / counts.sum(axis=1, keepdims=True)).T
    write_csv(
        folder / "confusion_rates.csv",
        [["true class", *names], *zip(names, *shares, strict=True)],
    )
    write(folder / "answers.json", answers(counts, names))
    for name in ("confusion", "mistakes", "worst_pair"):
        picture(folder / f"{name}.png")
    test = {"correct": 9000, "n": 10000, "accuracy": 0.9, "wilson_95": list(wilson(9000, 10000))}
    test |= {"opened": "2026-01-01T12:00:00+00:00", "opened_before": 0, "in_training": 0}
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


def reseal(root):
    """Take all hashes of files anew, as a forger would; what cannot be read stays as it is."""
    for path in root.glob("*/*/metrics.json"):
        with suppress(ValueError, TypeError):
            metrics = json.loads(path.read_text())
            write(path, metrics | {"files": record_digests(path.parent)})
    for name in ("mnist_sweep", "fashion_weights", "human_machine_explore"):
        sweep = load_sweep(root / name)
        record = {"outcomes": outcome_digests(sweep), "files": summary_digests(sweep.folder)}
        write(root / name / SUMMARY_RECORD, record)


def problem_1(root):
    folder, all_rows = root / "mnist_sweep", np.arange(60_000)
    jobs, rows = [], (all_rows[:50_000], all_rows[50_000:])
    for lead, act in enumerate(("tanh", "relu")):
        group = {"name": act} | ({"slope_at_zero": 0.0} if act == "relu" else {})
        for i, rate in enumerate((0.02, 0.1, 0.5)):
            config = tree("mnist_sweep", "train", act=group, lr__initial=rate)
            jobs.append(f"{act}-{rate}")
            made_run(folder / jobs[-1], config, (784, 4, 10), rows, 10 * (3 * lead + i))
    write(
        folder / "jobs.json", {"overrides": ["experiment=mnist_sweep", "epochs=50"], "jobs": jobs}
    )
    sweep = load_sweep(folder)
    found = configurations(sweep)
    for name in ("curves.png", *(f"curves_{slug(c.label)}.png" for c in found)):
        picture(folder / name)
    table = [
        {
            "configuration": c.label,
            "val_accuracy": c.runs[0].metrics["final"]["val_accuracy"],
            "val_loss": c.runs[0].metrics["final"]["val_loss"],
            "jobs": [c.runs[0].name],
            **({"test": "mcnemar", "p": 0.01, "is_distinguishable": True} if i else {}),
        }
        for i, c in enumerate(found)
    ]
    final = root / "mnist_final" / "relu-0.5"
    config = tree("mnist_final", "final", lr__initial=0.5, dataset__val=0, sweep="x")
    made_run(final, config, (784, 4, 10), (all_rows, all_rows[:0]))
    selection = {"rule": "the best", "alpha": 0.05, "time": "2026-01-01T11:00:00+00:00"}
    selection |= {"winner": found[0].label, "winner_jobs": [found[0].runs[0].name]}
    write(
        final / "selection.json",
        selection | {"cannot_be_told_apart": [], "left_out": [], "table": table},
    )
    tested(final, root, DIGITS)


def problems_2_and_3(root):
    all_rows = np.arange(60_000)
    fashion = {"dataset__name": "fashion_mnist", "epochs": 40, "lr__name": "cosine"}
    fashion["optimizer__name"] = "adam"
    config = tree("fashion_confusion", "confusion", **fashion, dataset__val=0)
    config["regularizer"] |= {"dropout": 0.3, "l2": 1e-4}
    config["model"]["hidden_sizes"] = [100]
    run = root / "fashion_confusion" / "net"
    made_run(run, config, (784, 100, 10), (all_rows, all_rows[:0]))
    tested(run, root, CLOTHES)

    folder, told = root / "fashion_weights", {"words": ["net 1 is wider."], "definitions": {}}
    for i, (hidden, l2, dropout) in enumerate(((128, 0.0, 0.0), (48, 1e-4, 0.2)), 1):
        config = tree("fashion_weights", "weights", **fashion)
        config["model"]["hidden_sizes"] = [hidden]
        config["regularizer"] |= {"l2": l2, "dropout": dropout}
        rows, sizes = (all_rows[:50_000], all_rows[50_000:]), (784, hidden, 10)
        metrics, params = made_run(folder / f"net{i}", config, sizes, rows)
        start = initial_params(sizes, "he_normal", stream(0, "init"))
        layers = trained_layers(params, start, [np.arange(hidden) < i])  # i silent units
        final = metrics["final"]
        accuracies = {key: final[key] for key in ("train_accuracy", "val_accuracy")}
        told[f"net {i}"] = {
            **{"job": f"net{i}", "network": "a net", "n_train": 50_000},
            "by_seed": [{"seed": 0, "job": f"net{i}", **accuracies, "accuracy_gap": 0.05}],
            "layers": [layer.measures for layer in layers],
        }
    write(folder / "jobs.json", {"jobs": ["net1", "net2"]})
    write(folder / "weights.json", told)
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
            "val_accuracy": metrics["final"]["val_accuracy"],
            "units": [{"unit": i} | unit for i in range(1, 21)],
            "features": [{"name": "ones", "val_accuracy": 0.52 + seed / 100}],
            "leakage": {"random": leakage, "contributor": leakage},
            "conclusion": "Some insight.",
        },
    )


def problem_4(root):
    base = {"dataset__name": "human_machine", "dataset__split": "random", "dataset__val": 0.2}
    base |= {"lr__name": "constant", "optimizer__name": "adam", "batch_size": 16}
    base |= {"model__hidden_sizes": [20]}
    for seed in (0, 1):
        sequences_run(root / "human_machine" / ("net" if seed == 0 else "seed1"), base, seed)
    rows = human_machine_rows(0)
    folder = root / "human_machine_explore"
    for i, (optimizer, l2, hidden) in enumerate((("adam", 0.0, 20), ("sgd", 0.1, 64))):
        config = tree("human_machine_explore", "explore", **base, epochs=30)
        config["optimizer"]["name"], config["regularizer"]["l2"] = optimizer, l2
        config["model"]["hidden_sizes"] = [hidden]
        made_run(folder / f"job{i}", config, (20, hidden, 1), rows, 5 * i)
    write(folder / "conclusion.txt", "No effect beyond noise.\n")
    write(folder / "jobs.json", {"jobs": ["job0", "job1"]})
    found = {split: standings(named) for split, named in accuracies(load_sweep(folder)).items()}
    save_standings(folder / "exploration.csv", found)
    picture(folder / "exploration.png")

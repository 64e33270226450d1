"""The clauses of problem 4."""

import csv

import numpy as np

from hw3.analysis.exploration import standings
from hw3.analysis.overfitting import overfitting_onset
from hw3.core.files import read_json
from hw3.records.read import reading
from hw3.report.audit import Clauses, Finding
from hw3.report.blocks import percent
from hw3.report.integrity import check_integrity, data_of, expected_rows, n_used, same
from hw3.report.records import Records
from hw3.tasks.explore import accuracies
from hw3.tasks.train import rows_digest

CLAUSES = Clauses()
N_ROWS = 10_200


@CLAUSES.add("4", "sequences")
def network(records: Records, finding: Finding) -> None:
    """20 inputs, 20 ReLU, 1 sigmoid output, batch 16."""
    run = records.runs("sequences")[0]
    name = run.tree["dataset"]["name"]
    finding.expect(name == "human_machine", f"it read {name}")
    finding.expect(run.layer_sizes == (20, 20, 1), f"it is {run.layer_sizes}")
    finding.expect(run.tree["act"]["name"] == "relu", f"it has {run.tree['act']['name']}")
    finding.expect(run.tree["batch_size"] == 16, f"batch {run.tree['batch_size']}")
    finding.say(
        f"20-20-1 {run.tree['act']['name']}, one logit (binary cross-entropy), batch "
        f"{run.tree['batch_size']}, {run.metrics['epochs']} epochs by "
        f"{run.tree['optimizer']['name']}"
    )


@CLAUSES.add("4 split", "sequences")
def split(records: Records, finding: Finding) -> None:
    """80 % of the sequences train and 20 % validate, disjoint and complete."""
    run = records.runs("sequences")[0]
    train, val = expected_rows(run)
    share = len(val) / (len(train) + len(val))
    finding.expect(abs(share - 0.2) < 0.005, f"{share:.1%} validate")
    n = n_used(train, val)
    is_whole = n == len(train) + len(val) == N_ROWS
    finding.expect(is_whole, f"{n:,} of {N_ROWS:,} rows are used")
    for part, rows in (("train", train), ("val", val)):
        recorded = run.metrics[f"{part}_rows_sha256"]
        finding.expect(recorded == rows_digest(rows), f"its {part} rows are not the config's")
    finding.say(
        f"{len(train):,} and {len(val):,} rows by {run.tree['dataset']['split']} split, drawn "
        "again from the seed; sha256 as recorded"
    )


@CLAUSES.add("4a", "sequences")
def curves(records: Records, finding: Finding) -> None:
    """Probability of correct classification, training and validation."""
    run = records.runs("sequences")[0]
    columns = run.history[["train_accuracy", "val_accuracy"]]
    finding.expect(columns.notna().to_numpy().all(), "an epoch was not measured")
    figure = run.folder / "curves.png"
    finding.expect(figure.is_file(), f"{figure} is missing")
    final, told = run.metrics["final"], run.metrics["overfitting_onset"]
    train_losses, val_losses = (run.history[f"{part}_loss"].tolist() for part in ("train", "val"))
    onset = overfitting_onset(train_losses, val_losses)
    finding.expect(onset == told, f"over-fitting begins after epoch {onset}, not {told}")
    finding.say(
        f"{len(columns)} epochs, {figure.name}; at the end {percent(final['train_accuracy'])} of "
        f"training and {percent(final['val_accuracy'])} of validation"
    )


@CLAUSES.add("4b", "sequences")
def weights(records: Records, finding: Finding) -> None:
    """The 20 x 20 weights from inputs to hidden units are printed."""
    run = records.runs("sequences")[0]
    path = run.folder / "input_weights.csv"
    with reading(path):
        rows = [line.split(",") for line in path.read_text("utf-8").splitlines()[1:]]
        units = np.array([int(row[0]) for row in rows])
        table = np.array([[float(cell) for cell in row[2:]] for row in rows])
    finding.expect(table.shape == (20, 20), f"the table is {table.shape}")
    finding.expect(sorted(units) == list(range(1, 21)), "not each unit has its row")
    saved = run.weights[0][0].T[units - 1]
    finding.expect(
        table.shape == saved.shape and np.allclose(table, saved, atol=1e-6),
        "the table is not what params.h5 holds",
    )
    finding.say("input_weights.csv, 20 x 20, equal to W1 of params.h5 row by row")


@CLAUSES.add("4c", "sequences")
def insight(records: Records, finding: Finding) -> None:
    """Whether the weights give insight into features, with evidence."""
    run = records.runs("sequences")[0]
    told = read_json(run.folder / "insight.json")
    finding.expect(told, f"{run.folder / 'insight.json'} is missing")
    if told:
        finding.expect(
            same(told["val_accuracy"], run.metrics["final"]["val_accuracy"]),
            "it speaks of another accuracy than the run's",
        )
        finding.expect(len(told["units"]) == 20 and told["features"], "units or features lack")
        finding.expect(told["conclusion"].strip(), "it concludes nothing")
        finding.say(
            f"{len(told['units'])} units and {len(told['features'])} sets of features compared: "
            f"{told['conclusion'].partition('. ')[0]}"
        )


@CLAUSES.add("4d", "exploration")
def exploration(records: Records, finding: Finding) -> None:
    """Optimizers, regularizers and architectures explored."""
    assert records.exploration
    runs = records.runs("exploration")
    done = [run for run in runs if run.status == "completed"]
    finding.expect(len(done) == len(runs), f"{len(done)} of {len(runs)} runs completed")
    for run in runs:
        used = (run.metrics["dataset"], run.metrics["n_train"] + run.metrics["n_val"])
        finding.expect(
            used == ("human_machine", N_ROWS), f"{run.name} used {used[1]:,} of {used[0]}"
        )
    finding.expect(len(set(map(data_of, runs))) == 1, "the runs read different data files")
    levels = {
        "optimizers": {run.tree["optimizer"]["name"] for run in done},
        "regularizers": {str(run.tree["regularizer"]) for run in done},
        "nets": {str((run.tree["model"]["hidden_sizes"], run.tree["act"])) for run in done},
    }
    for name, found in levels.items():
        finding.expect(len(found) > 1, f"{len(found)} {name}")
    folder = records.exploration.folder
    for name in ("exploration.csv", "exploration.png"):
        finding.expect((folder / name).is_file(), f"{folder / name} is missing")
    with reading(folder / "exploration.csv"):
        table = list(csv.DictReader((folder / "exploration.csv").read_text("utf-8").splitlines()))
        told = {
            (row["split"], row["configuration"]): (
                *(float(row["val_accuracy"]), int(row["n_seeds"])),
                row["not_distinguishable_from_best"] == "True",
            )
            for row in table
        }
    measured = {
        (split, s.name): (s.mean, s.n_seeds, s.keeps_up)
        for split, named in accuracies(records.exploration).items()
        for s in standings(named)
    }
    wrong = [k for k in told.keys() | measured.keys() if not alike(told.get(k), measured.get(k))]
    finding.expect(not wrong, f"exploration.csv: {len(wrong)} rows are not those of the runs")
    counts = ", ".join(f"{len(level)} {name}" for name, level in levels.items())
    seeds = {run.tree["seed"] for run in done}
    finding.say(f"{len(done)} runs: {counts}, {len(seeds)} seeds")


def alike(told: tuple[float, ...] | None, found: tuple[float, ...] | None) -> bool:
    """Whether two rows hold the same numbers."""
    return bool(told and found and all(map(same, told, found)))


@CLAUSES.add("4d records", "exploration")
def exploration_agrees(records: Records, finding: Finding) -> None:
    """The records of the exploration agree with themselves."""
    check_integrity(records, ["exploration"], finding)


@CLAUSES.add("4 leakage", "sequences")
def leakage(records: Records, finding: Finding) -> None:
    """How many validation rows also occur in training is measured."""
    run = records.runs("sequences")[0]
    told = (read_json(run.folder / "insight.json") or {})["leakage"]
    split = run.tree["dataset"]["split"]
    finding.expect(split in told, f"the leakage of its own {split} split was not measured")
    shares = [f"{split} {percent(shares['human'], 1)}" for split, shares in told.items()]
    finding.say(f"human validation rows that also occur in training, by split: {', '.join(shares)}")


@CLAUSES.add("4 records", "sequences")
def records_agree(records: Records, finding: Finding) -> None:
    """The records of problem 4 agree with themselves."""
    check_integrity(records, ["sequences"], finding)

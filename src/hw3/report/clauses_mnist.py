"""The clauses of problem 1, up to the choice."""

from math import log

from hw3.records.layout import ENVIRONMENT
from hw3.records.read import read_record
from hw3.records.run import Run
from hw3.report.audit import Clauses, Finding
from hw3.report.integrity import (
    changes,
    check_integrity,
    data_of,
    expected_rows,
    halvings,
    init_of,
    n_parameters,
    n_used,
    same,
    start_sds,
)
from hw3.report.records import Records, is_stand_in
from hw3.sweeps.choice import configurations
from hw3.sweeps.summary import PANELS, slug
from hw3.tasks.train import rows_digest

CLAUSES = Clauses()


def mnist_runs(records: Records) -> list[Run]:
    """Return the sweep's runs and the final one."""
    return [*records.runs("sweep"), *records.runs("final")]


@CLAUSES.add("1a", "sweep")
def split(records: Records, finding: Finding) -> None:
    """50,000 images train; the other 10,000 validate and are never trained on."""
    for run in records.runs("sweep"):
        train, val = expected_rows(run)
        metrics = run.metrics
        sizes = (metrics["n_train"], metrics["n_val"])
        finding.expect(sizes == (50_000, 10_000), f"{run.name} used {sizes[0]:,} and {sizes[1]:,}")
        finding.expect(
            n_used(train, val) == len(train) + len(val) == 60_000,
            f"{run.name}: {n_used(train, val):,} of 60,000 rows are used",
        )
        for part, rows in (("train", train), ("val", val)):
            recorded = metrics[f"{part}_rows_sha256"]
            finding.expect(
                recorded == rows_digest(rows), f"{run.name}: its {part} rows are not the config's"
            )
        finding.expect(run.tree["dataset"]["name"] == "mnist", f"{run.name} is not on MNIST")
        finding.expect(not is_stand_in(run), f"{run.name} ran on stand-in data")
    files = {data_of(run) for run in records.runs("sweep")}
    finding.expect(len(files) == 1, f"the runs read {len(files)} different data files")
    example = records.runs("sweep")[0].metrics
    finding.say(
        f"row numbers taken again from the configs: none in both parts, none left out; their "
        f"sha256 are those recorded (train {example['train_rows_sha256'][:12]}, "
        f"validation {str(example['val_rows_sha256'])[:12]})"
    )


@CLAUSES.add("1b", "sweep")
def network(records: Records, finding: Finding) -> None:
    """784 inputs, 10 outputs, fully connected."""
    for run in mnist_runs(records):
        sizes = run.layer_sizes
        finding.expect((sizes[0], sizes[-1]) == (784, 10), f"{run.name} is {sizes}")
        hidden = tuple(run.tree["model"]["hidden_sizes"])
        finding.expect(sizes[1:-1] == hidden, f"{run.name}: the weights are not of {hidden}")
    found = sorted({"-".join(map(str, run.layer_sizes)) for run in mnist_runs(records)})
    finding.say(f"shapes of the saved weight matrices: {', '.join(found)}")


@CLAUSES.add("1c", "sweep")
def activations(records: Records, finding: Finding) -> None:
    """ReLU and tanh are compared; the slope of ReLU at 0 lies in [0, 1]."""
    acts = [run.tree["act"] for run in records.runs("sweep")]
    for run in records.runs("sweep"):
        finding.expect(run.tree["model"]["hidden_sizes"], f"{run.name} has no hidden layer")
    names = {act["name"] for act in acts}
    finding.expect(names >= {"tanh", "relu"}, f"only {', '.join(sorted(names))} ran")
    slopes = {act["slope_at_zero"] for act in acts if act["name"] == "relu"}
    finding.expect(all(0 <= slope <= 1 for slope in slopes), f"slope at 0 is {slopes}")
    finding.say(f"{', '.join(sorted(names))}; slope at 0: {', '.join(map(str, slopes)) or '-'}")


@CLAUSES.add("1d", "sweep")
def loss(records: Records, finding: Finding) -> None:
    """Cross-entropy is the loss."""
    n = 0
    for run in mnist_runs(records):
        for part in ("train", "val") if run.metrics["n_val"] else ("train",):
            losses, accuracies = run.history[f"{part}_loss"], run.history[f"{part}_accuracy"]
            n += len(losses)
            # a wrong decision has p(label) <= 1/2, so it costs at least ln 2
            for row in run.history[losses < log(2) * (1 - accuracies) - 1e-9].to_dict("records"):
                finding.expect(
                    False,
                    f"{run.name}, epoch {row['epoch']}: {part} loss {row[f'{part}_loss']:g} is "
                    "less than a cross-entropy can be at that accuracy",
                )
    finding.say(
        "softmax cross-entropy is the only loss of a network with 10 outputs (nn/losses.py); each "
        f"of {n:,} recorded losses is at least ln 2 x error rate, as it must then be"
    )


@CLAUSES.add("1e", "sweep")
def rates(records: Records, finding: Finding) -> None:
    """Stochastic gradient descent from three initial rates."""
    found: dict[str, set[float]] = {}
    for run in records.runs("sweep"):
        optimizer, rate = run.tree["optimizer"]["name"], float(run.tree["lr"]["initial"])
        finding.expect(optimizer == "sgd", f"{run.name} is trained by {optimizer}")
        found.setdefault(run.tree["act"]["name"], set()).add(rate)
        if run.metrics:
            applied = float(run.history["lr"].iloc[0])
            finding.expect(same(applied, rate), f"{run.name} began with {applied:g}")
    for act in ("tanh", "relu"):
        n = len(found.get(act, ()))
        finding.expect(n >= 3, f"{act} ran with {n} initial rate{'s' * (n != 1)}")
    finding.say("; ".join(f"{a}: {', '.join(map(str, sorted(r)))}" for a, r in found.items()))


@CLAUSES.add("1f", "sweep")
def batches(records: Records, finding: Finding) -> None:
    """Batch size from 50 to 1,000 that divides 50,000."""
    updates = set()
    for run in records.runs("sweep"):
        size = run.tree["batch_size"]
        finding.expect(50 <= size <= 1000, f"{run.name}: batch size {size}")
        finding.expect(50_000 % size == 0, f"{run.name}: {size} does not divide 50,000")
        updates.add(f"batch {size}: {run.metrics.get('n_train', 0) / size:g} updates an epoch")
    finding.say("; ".join(sorted(updates)))


@CLAUSES.add("1g", "sweep")
def regularizer(records: Records, finding: Finding) -> None:
    """The regulariser is stated."""
    stated = set()
    for run in mnist_runs(records):
        spec = run.tree["regularizer"]
        used = [f"{name} {spec[name]:g}" for name in ("l1", "l2", "dropout") if spec[name]]
        stated.add(", ".join(used) or "none (L1, L2 and dropout all 0)")
    finding.expect(len(stated) == 1, "the runs differ in it")
    finding.say("; ".join(sorted(stated)))


@CLAUSES.add("1h", "sweep")
def initialisation(records: Records, finding: Finding) -> None:
    """Weights start from values other than zero."""
    words = set()
    for run in mnist_runs(records):
        # an error for an initialisation that hw3 does not have: those it has all spread
        spreads = start_sds(run.layer_sizes, init_of(run), run.tree["seed"])
        name, sds = init_of(run), ", ".join(f"{sd:.3f}" for sd in spreads)
        words.add(f"{run.tree['act']['name']}: {name}, standard deviations {sds}")
    finding.say("drawn again from the seed: " + "; ".join(sorted(words)))


@CLAUSES.add("1i", "sweep")
def inputs(records: Records, finding: Finding) -> None:
    """Inputs are not normalised."""
    words = set()
    for run in mnist_runs(records):
        data = (read_record(run.folder / ENVIRONMENT) or {})["data"]
        is_raw = data["pixels"] in ("as they are", "divided by 255")  # a unit, no statistics
        finding.expect(is_raw, f"{run.name}: pixels {data['pixels']}")
        low, high = data["range"]
        words.add(f"pixels {data['pixels']}, from {low:g} to {high:g} in {data['file']}")
    finding.say("; ".join(sorted(words)))


@CLAUSES.add("1j", "sweep")
def layers(records: Records, finding: Finding) -> None:
    """No batch normalisation."""
    for run in mnist_runs(records):
        n = n_parameters(run)
        recorded = run.metrics["n_parameters"]
        finding.expect(n == recorded, f"{run.name}: {recorded:,} parameters, {n:,} in the file")
    finding.say("params.h5 holds one weight matrix and one bias a layer, and nothing else")


@CLAUSES.add("1k", "sweep")
def schedule(records: Records, finding: Finding) -> None:
    """50 epochs; the rate is halved twice, each time between epochs."""
    traces = set()
    for run in mnist_runs(records):
        applied = run.history["lr"].tolist()
        finding.expect(len(applied) == 50, f"{run.name} ran {len(applied)} of 50 epochs")
        kept = run.metrics["final"]["epoch"]
        finding.expect(kept == len(applied), f"{run.name} went back to the weights of epoch {kept}")
        found = halvings(applied)
        finding.expect(
            len(found) == 2 and found == changes(applied),
            f"{run.name}: halved after epochs {found}, changed after {changes(applied)}",
        )
        finding.expect(
            same(applied[-1], applied[0] / 4),
            f"{run.name}: the last rate is {applied[-1]:g}, the first {applied[0]:g}",
        )
        steps = [applied[0], *(applied[i] for i in found)]
        traces.add(
            f"{' → '.join(f'{rate:g}' for rate in steps)} after epochs "
            f"{' and '.join(map(str, found))} of {len(applied)}"
        )
    finding.say(f"applied rates: {'; '.join(sorted(traces))}")


@CLAUSES.add("1l", "sweep")
def figures(records: Records, finding: Finding) -> None:
    """Six figures of training and validation accuracy against epochs."""
    assert records.sweep
    folder, found = records.sweep.folder, configurations(records.sweep)
    finding.expect(len(found) >= 6, f"{len(found)} configurations of 6")
    files = [PANELS, *(f"curves_{slug(c.label)}.png" for c in found)]
    for name in files:
        finding.expect((folder / name).is_file(), f"{folder / name} is missing")
    for run in records.runs("sweep"):
        columns = run.history[["train_accuracy", "val_accuracy"]]
        finding.expect(columns.notna().to_numpy().all(), f"{run.name}: an epoch was not measured")
    finding.say(f"{len(found)} configurations, both curves of each; {', '.join(files)}")


@CLAUSES.add("1 records", "sweep")
def sweep_agrees(records: Records, finding: Finding) -> None:
    """The records of the sweep agree with themselves."""
    check_integrity(records, ["sweep"], finding)

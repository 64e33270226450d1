"""Each way to break a clause of the assignment: the clause, the fault that it must find, the edit."""

import json
import shutil
from contextlib import contextmanager

import h5py
import numpy as np
import yaml

from hw3.config.keys import config_hash
from hw3.testset.ledger import Opening, link
from tests.assignment import LEDGER, picture, write

SWEEP, FINAL = "mnist_sweep/relu-0.5", "mnist_final/relu-0.5"
CONFUSION, NET = "fashion_confusion/net", "human_machine/net"


def edit_json(path, change):
    """Change a JSON record."""
    value = json.loads(path.read_text())
    change(value)
    write(path, value)


def edit_tree(folder, change):
    """Change a config and its hash: a run that was configured so."""
    tree = yaml.safe_load((folder / "config.yaml").read_text())
    change(tree)
    write(folder / "config.yaml", yaml.safe_dump(tree))
    edit_json(folder / "metrics.json", lambda m: m.update(config_hash=config_hash(tree)))


def edit_text(path, old, new):
    text = path.read_text()
    assert old in text
    write(path, text.replace(old, new))


def edit_history(folder, epoch, column, value):
    header, *lines = (folder / "history.csv").read_text().splitlines()
    cells = lines[epoch - 1].split(",")
    cells[header.split(",").index(column)] = str(value)
    lines[epoch - 1] = ",".join(cells)
    write(folder / "history.csv", "\n".join([header, *lines]) + "\n")


@contextmanager
def edited_weights(folder):
    """Open a copy of the weights, which then takes their place."""
    path, beside = folder / "params.h5", folder / ".params.h5"
    shutil.copy(path, beside)
    with h5py.File(beside, "r+") as file:
        yield file
    beside.replace(path)


def drop_weights(folder, key):
    with edited_weights(folder) as file:
        del file[key]


def change_weight(folder):
    with edited_weights(folder) as file:
        file["W1"][0, 0] += 1


def metrics(folder, **values):
    return lambda root: edit_json(root / folder / "metrics.json", lambda m: m.update(values))


def config(folder, group, **values):
    def change(tree):
        (tree[group] if group else tree).update(values)

    return lambda root: edit_tree(root / folder, change)


def row(folder, epoch, column, value):
    return lambda root: edit_history(root / folder, epoch, column, value)


def record(file, change):
    return lambda root: edit_json(root / file, change)


def text(file, old, new):
    return lambda root: edit_text(root / file, old, new)


def gone(file):
    def remove(root):
        (root / file).unlink()

    return remove


def first_job_only(root):
    write(root / "mnist_sweep/jobs.json", {"jobs": ["relu-0.02"]})


def ledger(change, relink=True):
    """Change the ledger's lines, and link them anew, as someone who knows how they are linked."""

    def apply(root):
        lines = [json.loads(line) for line in (root / LEDGER).read_text().splitlines()]
        openings = []
        for line in change(lines):
            own = {"previous": link(openings)} if relink else {}
            openings.append(Opening(**line | own))
        write(root / LEDGER, "".join(f"{o.line}\n" for o in openings))

    return apply


def with_first(**values):
    return lambda lines: [lines[0] | values, *lines[1:]]


def peeked(root):
    """A network of the sweep is measured on the test split before the choice."""
    weights = json.loads((root / "mnist_sweep/tanh-0.1/metrics.json").read_text())["weights_sha256"]
    ledger(lambda lines: [lines[0] | EARLIER | {"weights_sha256": weights}, *lines])(root)


EARLIER = {"time": "2025-01-01T09:00:00+00:00", "weights_sha256": "0", "reason": "a look"}


def linked(lines):
    """The ledger with an earlier look, linked as `seal` would have written it."""
    first = Opening(**lines[0] | EARLIER | {"previous": ""})
    return [vars(first), lines[0] | {"previous": link([first])}, *lines[1:]]


def earlier_look_changed(lines):
    first, *others = linked(lines)
    return [first | {"correct": 5}, *others]


def earlier_look_removed(lines):
    return linked(lines)[1:]


def batch_norm(root):
    with edited_weights(root / SWEEP) as file:
        file["gamma1"] = np.ones(4)


def both(*breaks):
    def apply(root):
        for break_it in breaks:
            break_it(root)

    return apply


def data(folder):
    """Another file of training data was read."""
    return record(f"{folder}/environment.json", lambda e: e["data"].update(sha256="b7"))


def edit_outputs(folder, change):
    """Change the last layer of a run's weights."""
    with edited_weights(folder) as file:
        for key in ("W2", "b2"):
            array = change(file[key][()])
            del file[key]
            file[key] = array


def drop_output(folder):
    edit_outputs(folder, lambda array: array[:-1])


def add_output(folder):
    edit_outputs(folder, lambda array: np.concatenate([array, array]))


def cut_outputs(root):
    drop_output(root / SWEEP)


def cut_history(root):
    header, *lines = (root / SWEEP / "history.csv").read_text().splitlines()
    write(root / SWEEP / "history.csv", "\n".join([header, *lines[:49]]) + "\n")


def halved_once(root):
    for epoch in range(21, 41):
        edit_history(root / SWEEP, epoch, "lr", 0.5)
    for epoch in range(41, 51):
        edit_history(root / SWEEP, epoch, "lr", 0.25)


def drop_a_job(root):
    jobs = json.loads((root / "mnist_sweep/jobs.json").read_text())["jobs"]
    write(root / "mnist_sweep/jobs.json", {"jobs": [job for job in jobs if job != "tanh-0.02"]})


def another_is_better(root):
    edit_json(
        root / "mnist_sweep/relu-0.1/metrics.json", lambda m: m["final"].update(val_correct=9900)
    )


def other_final_epoch(root):
    """The outcome is told to be that of epoch 49, whose numbers are given."""
    header, *lines = (root / SWEEP / "history.csv").read_text().splitlines()
    values = dict(zip(header.split(","), lines[48].split(","), strict=True))
    final = json.loads((root / SWEEP / "metrics.json").read_text())["final"]
    whole = ("epoch", "train_correct", "val_correct")
    metrics(SWEEP, final={k: (int if k in whole else float)(values[k]) for k in final})(root)


def peeked_and_left_out(root):
    """The network that was looked at was then left out of the sweep."""
    shutil.copytree(root / "mnist_sweep/tanh-0.5", root / "mnist_sweep/left-out")
    edit_json(root / "mnist_sweep/left-out/metrics.json", lambda m: m.update(weights_sha256="77"))
    ledger(lambda lines: [lines[0] | EARLIER | {"weights_sha256": "77"}, *lines])(root)


def one_net(root):
    write(root / "fashion_weights/jobs.json", {"jobs": ["net1"]})


def earlier_final(root):
    """Another final run of a configuration of the sweep, whose look came before the choice."""
    folder = root / "mnist_final/an-earlier-final"
    shutil.copytree(root / FINAL, folder)
    edit_json(folder / "metrics.json", lambda m: m.update(weights_sha256="88"))
    edit_json(folder / "selection.json", lambda s: s["table"].reverse())
    write(folder / "run.log", "2025-01-01T10:00:00+00:00 started\n")
    ledger(lambda lines: [lines[0] | EARLIER | {"weights_sha256": "88"}, *lines])(root)


def counts(folder, change):
    """Change the counts of a confusion matrix, (true, decided), and the run's to match."""

    def apply(root):
        path = root / folder / "confusion.csv"
        header, *lines = (line.split(",") for line in path.read_text().splitlines())
        table = np.array([[int(cell) for cell in line[1:]] for line in lines])
        table = change(table)
        names = header[1:][: len(table)]
        rows = [[name, *map(str, row)] for name, row in zip(names, table.tolist(), strict=True)]
        write(path, "\n".join(",".join(row) for row in [["true class", *names], *rows]) + "\n")
        right, n = int(np.trace(table)), int(table.sum())
        edit_json(root / folder / "metrics.json", lambda m: m["test"].update(correct=right, n=n))

    return apply


def without_class_3(table):
    table[3] = 0
    return table


def without_mistakes(table):
    return np.diag(table.sum(axis=1))


def other_act(folder):
    """The network is told to have had another activation."""
    return lambda root: edit_tree(root / folder, lambda tree: tree.update(act={"name": "tanh"}))


def drop_line(file):
    def apply(root):
        write(root / file, "\n".join((root / file).read_text().splitlines()[:-1]) + "\n")

    return apply


VIOLATIONS = {
    "1a too few rows": ("1a", "relu-0.5 used 49,999 and 10,000", metrics(SWEEP, n_train=49_999)),
    "1a other rows than the split's": ("1a", "its train rows are not the config's", metrics(SWEEP, train_rows_sha256="0" * 64)),
    "1a validation trained on": ("1a", "its val rows are not the config's", metrics(SWEEP, val_rows_sha256="0" * 64)),
    "1a a row dropped": ("1a", "59,999 of 60,000 rows are used", config(SWEEP, "dataset", subset=59_999)),
    "1a stand-in data": ("1a", "relu-0.5 ran on stand-in data", config(SWEEP, "", instead_of="mnist")),
    "1b a layer missing": ("1b", "params.h5 holds ['b2'] beside 1 layer", lambda r: drop_weights(r / SWEEP, "W2")),
    "1b other layers than configured": ("1b", "the weights are not of (5,)", config(SWEEP, "model", hidden_sizes=[5])),
    "1c only ReLU": ("1c", "only relu ran", first_job_only),
    "1c slope at 0": ("1c", "act.slope_at_zero must be a number in [0, 1]", config(SWEEP, "act", slope_at_zero=2.0)),
    "1d loss below cross-entropy": ("1d", "relu-0.5, epoch 3: train loss 0.001 is less than a cross-ent", row(SWEEP, 3, "train_loss", 0.001)),
    "1e another optimizer": ("1e", "relu-0.5 is trained by adam", config(SWEEP, "optimizer", name="adam", beta1=0.9, beta2=0.999, eps=1e-8)),
    "1e two rates": ("1e", "relu ran with 2 initial rates", config(SWEEP, "lr", initial=0.1)),
    "1e another rate applied": ("1e", "relu-0.5 began with 0.4", row(SWEEP, 1, "lr", 0.4)),
    "1f batch too small": ("1f", "batch size 25", config(SWEEP, "", batch_size=25)),
    "1f batch does not divide": ("1f", "300 does not divide 50,000", config(SWEEP, "", batch_size=300)),
    "1g regularizers differ": ("1g", "the runs differ in it", config(SWEEP, "regularizer", l2=0.1)),
    "1h zeros": ("1h", "model.init must be one of", config(SWEEP, "model", init="zeros")),
    "1i normalised": ("1i", "pixels standardised", record(f"{SWEEP}/environment.json", lambda e: e["data"].update(pixels="standardised"))),
    "1j batch normalisation": ("1j", "params.h5 holds ['gamma1'] beside 2 layers", batch_norm),
    "1k never halved": ("1k", "the last rate is 0.5, the first 0.5", row(SWEEP, 50, "lr", 0.5)),
    "1k halved inside": ("1k", "halved after epochs [20, 40], changed after [20, 29, 30, 40]", row(SWEEP, 30, "lr", 0.2)),
    "1l a figure missing": ("1l", "curves_relu-lr-0.5.png is missing", gone("mnist_sweep/curves_relu-lr-0.5.png")),
    "1l an epoch not measured": ("1l", "relu-0.5: an epoch was not measured", row(SWEEP, 3, "val_correct", "")),
    "1m not the best": (
        "1m", "the sweep puts relu, lr 0.5 first, and relu, lr 0.1 was chosen",
        record(f"{FINAL}/selection.json", lambda s: s["table"].pop(0)),
    ),
    "1m chosen on other figures": (
        "1m", "relu, lr 0.5: 0.9900 when chosen, 0.9050 on disk",
        record(f"{FINAL}/selection.json", lambda s: s["table"][0].update(val_accuracy=0.99)),
    ),
    "1m retrained on 59,000": ("1m retrain", "it trained on 59,000, validated on 0", metrics(FINAL, n_train=59_000)),
    "1m retrained otherwise": ("1m retrain", "its config is not relu-0.5's: lr.initial", config(FINAL, "lr", initial=0.3)),
    "1m warm start": ("1m retrain", "it began as good as the winner ended: a warm start", row(FINAL, 1, "train_loss", 0.0001)),
    "1m opened before the choice": ("1m test", "opened 2026-01-01T09:00:00Z, chosen", ledger(with_first(time="2026-01-01T09:00:00Z"))),
    "1m opened twice": ("1m test", "this run opened it 2 times", ledger(lambda lines: [lines[0], *lines])),
    "1m no opening": ("1m test", "the ledger has no opening by this run", ledger(lambda lines: lines[1:])),
    "1m another count": ("1m test", "the ledger says 9001 of 10000, the run 9000 of 10000", ledger(with_first(correct=9001))),
    "1m an earlier look changed": ("1m test", "line 3 of the ledger does not follow", ledger(earlier_look_changed, relink=False)),
    "1m an earlier look removed": ("1m test", "line 1 of the ledger does not follow", ledger(earlier_look_removed, relink=False)),
    "1m a candidate was measured before the choice": ("1m test", "tanh-0.5 was measured on it", peeked),
    "1m chose what is not there": (
        "1m", "mnist_sweep/nobody holds no run",
        record(f"{FINAL}/selection.json", lambda s: s["table"][0].update(jobs=["nobody"])),
    ),
    "1 report another count": ("1 report", "the matrix holds 9000 of 10000, the run counted 8999 of 10000", record(f"{FINAL}/metrics.json", lambda m: m["test"].update(correct=8999))),
    "1 report no test images": ("1 report", "metrics.json is damaged, or not of a run (test.n must be a whole number >= 1, got 0)", record(f"{FINAL}/metrics.json", lambda m: m["test"].update(n=0))),
    "1 report more right than there are": ("1 report", "metrics.json is damaged, or not of a run (10001 right and 0 seen of 10000)", record(f"{FINAL}/metrics.json", lambda m: m["test"].update(correct=10_001))),
    "history of other rows": ("1 records", "history.csv, epoch 7: it measured 50,000 and 9,999", row(SWEEP, 7, "val_n", 9_999)),
    "a loss edited in the middle": (
        "1 records", "history.csv was changed after the run had ended", row(SWEEP, 7, "val_loss", 0.4321)
    ),
    "a picture replaced": ("1 records", "curves.png was changed after the run had ended", lambda r: picture(r / SWEEP / "curves.png", "black")),
    "a file removed": ("1m records", "environment.json is missing", gone(f"{FINAL}/environment.json")),
    "hashes removed": ("1 records", "metrics.json has no hashes of its files", record(f"{SWEEP}/metrics.json", lambda m: m.pop("files"))),
    "last row edited": ("1 records", "final: val_loss is 0.5 in history.csv, 0.0724", row(SWEEP, 50, "val_loss", 0.5)),
    "history cut": ("1 records", "history.csv does not hold epochs 1 to 51", metrics(SWEEP, epochs=51)),
    "weights edited": ("1 records", "params.h5 has the hash", lambda r: change_weight(r / SWEEP)),
    "config edited": ("1 records", "config.yaml has the hash", text(f"{SWEEP}/config.yaml", "seed: 0", "seed: 1")),
    "a run diverged": ("1 records", "relu-0.5 is diverged", metrics(SWEEP, status="diverged")),
    "a file smuggled in": ("1m records", "better.png came in after the run had ended, or its hash was ", lambda r: picture(r / FINAL / "better.png")),
    "a sweep's picture replaced": (
        "1 records", "curves.png was changed after it was summarised", lambda r: picture(r / "mnist_sweep/curves.png", "red")
    ),
    "an outcome changed after its summary": ("1 records", "the outcome of relu-0.5 is not the one that was summarised", metrics(SWEEP, seconds=49.99)),
    "words of a sweep changed": (
        "3 records", "description.txt was changed after it was summarised", text("fashion_weights/description.txt", "wider", "best")
    ),
    "a sweep never summarised": ("1 records", "it was never summarised", gone("mnist_sweep/summary.json")),
    "other seconds": ("1 records", "the epochs took 50.0 s, not 5.0", metrics(SWEEP, seconds=5.0)),
    "another best epoch": (
        "1 records", "best_epoch: epoch is 50 in history.csv, 3 in metrics.json", record(f"{SWEEP}/metrics.json", lambda m: m["best_epoch"].update(epoch=3))
    ),
    "final run: weights edited": ("1m records", "params.h5 has the hash", lambda r: change_weight(r / FINAL)),
    "final run diverged": ("1m test", "relu-0.5 is diverged: nothing was measured", metrics(FINAL, status="diverged")),
    "2 another network": ("2", "L1, L2, dropout are (0.0, 0.0001, 0.5), not (0, 0.0001, 0.3)", config(CONFUSION, "regularizer", dropout=0.5)),
    "2a a row does not sum to 1": ("2a", "no test image of class 3: the row cannot sum to 1", counts(CONFUSION, without_class_3)),
    "2a counts edited": ("2a", "the matrix holds 9001 of 10001, the run counted 9000 of 10000", text(f"{CONFUSION}/confusion.csv", "class 0,900", "class 0,901")),
    "2a a class missing": ("2a", "9 classes", counts(CONFUSION, lambda table: table[:9, :9])),
    "2a no counts": ("2a", "confusion.csv is damaged, or not of a run", text(f"{CONFUSION}/confusion.csv", "900", "-900")),
    "2b a class without images": ("2b", "class 3 has no test image, so nothing is decided for it", counts(CONFUSION, without_class_3)),
    "2b an answer missing": ("2b", "9 answers for 10 classes", counts(CONFUSION, lambda table: table[:9, :9])),
    "2c nothing is confused": ("2c", "no two classes are confused", counts(CONFUSION, without_mistakes)),
    "2 no opening": ("2 test", "the ledger has no opening by this run", ledger(lambda lines: lines[:1])),
    "2 weights edited": ("2 records", "params.h5 has the hash", lambda r: change_weight(r / CONFUSION)),
    "3 another network": ("3", "L1, L2, dropout are (0.0, 0.0, 0.2), not (0, 0.0001, 0.2)", config("fashion_weights/net2", "regularizer", l2=0.0)),
    "3 no histograms": ("3 weights", "histograms.png is missing", gone("fashion_weights/histograms.png")),
    "3 silent units that are not there": ("3 weights", "weights.json is damaged, or not of a run", record("fashion_weights/weights.json", lambda w: w["jobs"].update(net1=[[0], [1]]))),
    "3 history edited": ("3 records", "history.csv, epoch 3: it measured 49,999 and 10,000", row("fashion_weights/net1", 3, "train_n", 49_999)),
    "4 batch": ("4", "batch 32", config(NET, "", batch_size=32)),
    "4 split": ("4 split", "50.0 % validate", config(NET, "dataset", val=0.5)),
    "4a an epoch not measured": ("4a", "an epoch was not measured", row(NET, 3, "val_correct", "")),
    "4a over-fitting told otherwise": ("4a", "over-fitting begins after epoch None, not 7", metrics(NET, overfitting_onset=7)),
    "4b another matrix": ("4b", "the table is not what params.h5 holds", lambda r: change_weight(r / NET)),
    "4b no matrix": ("4b", "input_weights.csv is damaged", gone(f"{NET}/input_weights.csv")),
    "4c no unit": ("4c", "insight.json is damaged, or not of a run (units or features are missing)", record(f"{NET}/insight.json", lambda i: i.update(units=[]))),
    "4c no feature": ("4c", "units or features are missing", record(f"{NET}/insight.json", lambda i: i.update(features=[]))),
    "4c a feature that is better than possible": ("4c", "a feature has more right than 2040", record(f"{NET}/insight.json", lambda i: i["features"][0].update(val_correct=2041))),
    "4c a unit told twice": ("4c", "a unit is told twice", record(f"{NET}/insight.json", lambda i: i["units"][1].update(unit=1))),
    "4d one optimizer": ("4d", "1 optimizer only", config("human_machine_explore/job1", "optimizer", name="adam", beta1=0.9, beta2=0.999, eps=1e-8)),
    "4d no table": ("4d", "exploration.csv is missing", gone("human_machine_explore/exploration.csv")),
    "4d a run twice": ("4d", "1 run with the config and seed of another", both(config("human_machine_explore/job1", "optimizer", name="adam", beta1=0.9, beta2=0.999, eps=1e-8), config("human_machine_explore/job1", "regularizer", l2=0.0), config("human_machine_explore/job1", "model", hidden_sizes=[20]))),
    "4d history edited": (
        "4d records", "history.csv was changed after the run had ended", row("human_machine_explore/job1", 3, "val_loss", 0.1)
    ),
    "4 no leakage": ("4 leakage", "leakage is missing", record(f"{NET}/insight.json", lambda i: i.pop("leakage"))),
    "4 leakage of another split": (
        "4 leakage", "the leakage of its own random split was not measured", record(f"{NET}/insight.json", lambda i: i["leakage"].pop("random"))
    ),
    "4c nested too deep": ("4c", "maximum recursion depth", lambda r: write(r / NET / "insight.json", "[" * 99_999)),
    "4 another seed's history edited": ("4 records", "seed1: history.csv, epoch 5: it measured 8,160 and 2,039", row("human_machine/seed1", 5, "val_n", 2_039)),
    "4 config edited": ("4 records", "config.yaml has the hash", text(f"{NET}/config.yaml", "epochs: 60", "epochs: 61")),
    "1a two data files": ("1a", "the runs read 2 different data files", data(SWEEP)),
    "1a other images": ("1a", "relu-0.5 is not on MNIST", both(config(SWEEP, "dataset", name="fashion_mnist"), metrics(SWEEP, dataset="fashion_mnist"))),
    "1b other outputs": ("1b", "relu-0.5 is (784, 4, 9)", cut_outputs),
    "1c no hidden layer": ("1c", "relu-0.5 has no hidden layer", config(SWEEP, "model", hidden_sizes=[])),
    "1e a rate too few": ("1e", "relu ran with 2 initial rates", both(config(SWEEP, "lr", initial=0.1), row(SWEEP, 1, "lr", 0.1))),
    "1f batch too large": ("1f", "batch size 1250", config(SWEEP, "", batch_size=1250)),
    "1j other parameters": ("1j", "7 parameters, 3,190 in the file", metrics(SWEEP, n_parameters=7)),
    "1k too few epochs": ("1k", "relu-0.5 ran 49 of 50 epochs", cut_history),
    "1k went back to an earlier epoch": ("1k", "went back to the weights of epoch 40", record(f"{SWEEP}/metrics.json", lambda m: m["final"].update(epoch=40))),
    "1k halved once": ("1k", "halved after epochs [40], changed after [40]", halved_once),
    "1l five configurations": ("1l", "5 configurations of 6", drop_a_job),
    "1m another was better": ("1m", "the sweep puts relu, lr 0.1 first, and relu, lr 0.5 was chosen", another_is_better),
    "1m jobs came in after the choice": ("1m", "1 of the sweep's 6 jobs came in after the choice", record(f"{FINAL}/selection.json", lambda s: s["table"].pop())),
    "1m an earlier final run was measured before the choice": ("1m test", "an-earlier-final was measured on it", earlier_final),
    "a note in a run's folder": ("1m records", "curves.png was changed after the run had ended", both(lambda r: write(r / FINAL / "notes.txt", "mine"), lambda r: picture(r / FINAL / "curves.png", "red"))),
    "a damaged summary": ("1 records", "summary.json is damaged", lambda r: write(r / "mnist_sweep/summary.json", '{"files": []}')),
    "other parameters of problem 2": ("2 records", "metrics.json says 7 parameters, params.h5 holds 79,510", metrics(CONFUSION, n_parameters=7)),
    "4 other data": ("4", "it read digits", config(NET, "dataset", name="digits")),
    "1m retrained on other rows": ("1m retrain", "its rows are not all", metrics(FINAL, train_rows_sha256="0" * 64)),
    "1m retrained on other data": ("1m retrain", "it read other data than relu-0.5", data(FINAL)),
    "1m history from epoch 2": ("1m retrain", "its history does not begin at epoch 1", row(FINAL, 1, "epoch", 2)),
    "1m opened for another data set": ("1m test", "the ledger says fashion_mnist, the config mnist", ledger(with_first(dataset="fashion_mnist"))),
    "1m opened at another time": ("1m test", "the ledger says 2026-01-01T13:00:00Z, the run 2026-01-01T12", ledger(with_first(time="2026-01-01T13:00:00Z"))),
    "1m earlier looks hidden": ("1m test", "the ledger holds 0 earlier looks, the run knew of 3", record(f"{FINAL}/metrics.json", lambda m: m["test"].update(opened_before=3))),
    "1m measured before by a job that was left out": ("1m test", "left-out was measured on it", peeked_and_left_out),
    "1m a job opened the test file": ("1m test", "opened mnist_testdata.hdf5 as it trained", metrics(SWEEP, data_files=["mnist_testdata.hdf5"])),
    "1m measured without opening": ("1m test", "it opened mnist_traindata.hdf5, but not mnist_testdata.hdf5", metrics(FINAL, data_files=["mnist_traindata.hdf5"])),
    "1 report trained on test images": ("1 report", "5000 of 10000 test images are training images", record(f"{FINAL}/metrics.json", lambda m: m["test"].update(in_training=5000))),
    "outcome of another data set": ("1 records", "metrics.json says dataset digits, config.yaml mnist", metrics(SWEEP, dataset="digits")),
    "stopped early without being asked": ("1 records", "the outcome is that of epoch 49, not of the last", other_final_epoch),
    "2 other images": ("2", "net: not Fashion-MNIST", config(CONFUSION, "dataset", name="mnist")),
    "2 a part of the images": ("2", "net used 59,500 of 60,000 images", metrics(CONFUSION, n_train=59_500)),
    "2 another activation": ("2", "net: tanh, not ReLU", other_act(CONFUSION)),
    "2 another size": ("2", "net is (784, 100, 9), not (784, 100, 10)", lambda r: drop_output(r / CONFUSION)),
    "2a other names": ("2a", "rows and columns must be the same classes", text(f"{CONFUSION}/confusion.csv", "\nclass 3,", "\nClass 3,")),
    "3 measures of another job": ("3 weights", "'net1' is missing", record("fashion_weights/weights.json", lambda w: w.update(jobs={"net2": w["jobs"]["net2"]}))),
    "3 one network": ("3", "1 networks of 2", one_net),
    "3 no measures": ("3 weights", "weights.json is missing", gone("fashion_weights/weights.json")),
    "4 another size": ("4", "it is (20, 20, 2)", lambda r: add_output(r / NET)),
    "4 another activation": ("4", "it has tanh", other_act(NET)),
    "4 a part of the rows": ("4 split", "900 of 10,200 rows are used", both(config(NET, "dataset", subset=900), config("human_machine/seed1", "dataset", subset=900))),
    "4a no figure": ("4a", "curves.png is missing", gone(f"{NET}/curves.png")),
    "4b a row missing": ("4b", "the table is (19, 20)", drop_line(f"{NET}/input_weights.csv")),
    "4b a unit twice": ("4b", "not each unit has its row", text(f"{NET}/input_weights.csv", "\n2,", "\n1,")),
    "4c nothing told": ("4c", "insight.json is missing", gone(f"{NET}/insight.json")),
    "4c a unit missing": ("4c", "units or features are missing", record(f"{NET}/insight.json", lambda i: i["units"].pop())),
    "4d a run diverged": ("4d", "1 of 2 runs completed", metrics("human_machine_explore/job1", status="diverged")),
    "4d other data": ("4d", "job1 used 10,198 of digits", metrics("human_machine_explore/job1", dataset="digits", n_train=8159, n_val=2039)),
    "4d two data files": ("4d", "the runs read 2 different data files", data("human_machine_explore/job1")),
    "4d history of other rows": ("4d records", "job1: history.csv, epoch 3: it measured 8,160 and 2,039", row("human_machine_explore/job1", 3, "val_n", 2_039)),
    "4d no figure": ("4d", "exploration.png is missing", gone("human_machine_explore/exploration.png")),
}  # fmt: skip

# What only a hash of a file can show; the clauses see all others even if every hash is taken anew.
ONLY_BY_HASH = {
    *("a note in a run's folder", "a damaged summary"),
    *("a loss edited in the middle", "a picture replaced", "a file removed", "hashes removed"),
    *("a file smuggled in", "a sweep's picture replaced", "an outcome changed after its summary"),
    *("words of a sweep changed", "a sweep never summarised", "4d history edited"),
}

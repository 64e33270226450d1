"""Golden tests of the audit: a whole assignment passes, and each way to break a clause fails it."""

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from omegaconf import OmegaConf
from tests.assignment import make, picture, reseal, write

from hw3.config import config_hash
from hw3.ledger import LEDGER, Opening, link
from hw3.report.__main__ import main
from hw3.report.audit import audit
from hw3.report.records import find_records

SWEEP, FINAL = "mnist_sweep/relu-0.5", "mnist_final/relu-0.5"
CONFUSION, NET = "fashion_confusion/net", "human_machine/net"


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    return make(tmp_path_factory.mktemp("records") / "outputs")


@pytest.fixture
def outputs(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "outputs"))


def test_a_whole_assignment_passes(whole):
    checks = audit(find_records(whole))
    assert [c for c in checks if c.status != "PASS"] == []
    clauses = {c.clause for c in checks}
    assert clauses >= {f"1{letter}" for letter in "abcdefghijklm"}
    assert clauses >= {"2a", "2b", "2c", "3", "4a", "4b", "4c", "4d"}


def edit_json(path, change):
    """Change a JSON record in place."""
    value = json.loads(path.read_text())
    change(value)
    write(path, value)


def edit_tree(folder, change):
    """Change a config and its hash: a run that was configured so."""
    tree = OmegaConf.to_container(OmegaConf.load(folder / "config.yaml"))
    change(tree)
    write(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(tree)))
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


def drop_weights(path, key):
    with h5py.File(path, "r+") as file:
        del file[key]


def change_weight(path):
    with h5py.File(path, "r+") as file:
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
    with h5py.File(root / SWEEP / "params.h5", "r+") as file:
        file["gamma1"] = np.ones(4)


VIOLATIONS = {
    "1a too few rows": ("1a", metrics(SWEEP, n_train=49_999)),
    "1a other rows than the split's": ("1a", metrics(SWEEP, train_rows_sha256="0" * 64)),
    "1a validation trained on": ("1a", metrics(SWEEP, val_rows_sha256="0" * 64)),
    "1a a row dropped": ("1a", config(SWEEP, "dataset", subset=59_999)),
    "1a stand-in data": ("1a", config(SWEEP, "", instead_of="mnist")),
    "1b a layer missing": ("1b", lambda r: drop_weights(r / SWEEP / "params.h5", "W2")),
    "1b other layers than configured": ("1b", config(SWEEP, "model", hidden_sizes=[5])),
    "1c only ReLU": ("1c", first_job_only),
    "1c slope at 0": ("1c", config(SWEEP, "act", slope_at_zero=2.0)),
    "1d loss below cross-entropy": ("1d", row(SWEEP, 3, "train_loss", 0.001)),
    "1e another optimizer": ("1e", config(SWEEP, "optimizer", name="adam")),
    "1e two rates": ("1e", config(SWEEP, "lr", initial=0.1)),
    "1e another rate applied": ("1e", row(SWEEP, 1, "lr", 0.4)),
    "1f batch too small": ("1f", config(SWEEP, "", batch_size=25)),
    "1f batch does not divide": ("1f", config(SWEEP, "", batch_size=300)),
    "1g regularizers differ": ("1g", config(SWEEP, "regularizer", l2=0.1)),
    "1h zeros": ("1h", config(SWEEP, "model", init="zeros")),
    "1i normalised": (
        "1i",
        record(f"{SWEEP}/environment.json", lambda e: e["data"].update(pixels="standardised")),
    ),
    "1j batch normalisation": ("1j", batch_norm),
    "1k never halved": ("1k", row(SWEEP, 50, "lr", 0.5)),
    "1k halved inside": ("1k", row(SWEEP, 30, "lr", 0.2)),
    "1l a figure missing": ("1l", gone("mnist_sweep/curves_relu-lr-0.5.png")),
    "1l an epoch not measured": ("1l", row(SWEEP, 3, "val_accuracy", "")),
    "1m not the best": (
        "1m",
        record(f"{FINAL}/selection.json", lambda s: s.update(winner="tanh, lr 0.5")),
    ),
    "1m chosen on other figures": (
        "1m",
        record(f"{FINAL}/selection.json", lambda s: s["table"][0].update(val_accuracy=0.99)),
    ),
    "1m retrained on 50,000": ("1m retrain", metrics(FINAL, n_train=50_000)),
    "1m retrained otherwise": ("1m retrain", config(FINAL, "lr", initial=0.3)),
    "1m warm start": ("1m retrain", row(FINAL, 1, "train_loss", 0.0001)),
    "1m opened before the choice": ("1m test", ledger(with_first(time="2026-01-01T09:00:00Z"))),
    "1m opened twice": ("1m test", ledger(lambda lines: [lines[0], *lines])),
    "1m no opening": ("1m test", ledger(lambda lines: lines[1:])),
    "1m another count": ("1m test", ledger(with_first(correct=9001))),
    "1m an earlier look changed": ("1m test", ledger(earlier_look_changed, relink=False)),
    "1m an earlier look removed": ("1m test", ledger(earlier_look_removed, relink=False)),
    "1m a candidate was measured before the choice": ("1m test", peeked),
    "1m chose what is not there": (
        "1m",
        record(f"{FINAL}/selection.json", lambda s: s.update(winner="nobody")),
    ),
    "1 report interval": (
        "1 report",
        record(f"{FINAL}/metrics.json", lambda m: m["test"].update(wilson_95=[0.899, 0.901])),
    ),
    "1 report no test images": (
        "1 report", record(f"{FINAL}/metrics.json", lambda m: m["test"].update(n=0))
    ),
    "1 report test accuracy": (
        "1 report",
        record(f"{FINAL}/metrics.json", lambda m: m["test"].update(accuracy=0.95)),
    ),
    "history edited": ("1 records", row(SWEEP, 7, "val_accuracy", 0.999)),
    "a loss edited in the middle": (
        "1 records", row(SWEEP, 7, "val_loss", 0.4321)
    ),
    "a picture replaced": ("1 records", lambda r: picture(r / SWEEP / "curves.png", "black")),
    "a file removed": ("1m records", gone(f"{FINAL}/environment.json")),
    "hashes removed": ("1 records", record(f"{SWEEP}/metrics.json", lambda m: m.pop("files"))),
    "last row edited": ("1 records", row(SWEEP, 50, "val_loss", 0.5)),
    "history cut": ("1 records", metrics(SWEEP, epochs=51)),
    "weights edited": ("1 records", lambda r: change_weight(r / SWEEP / "params.h5")),
    "config edited": ("1 records", text(f"{SWEEP}/config.yaml", "seed: 0", "seed: 1")),
    "a run diverged": ("1 records", metrics(SWEEP, status="diverged")),
    "a file smuggled in": ("1m records", lambda r: picture(r / FINAL / "better.png")),
    "a sweep's picture replaced": (
        "1 records", lambda r: picture(r / "mnist_sweep/curves.png", "red")
    ),
    "an outcome changed after its summary": ("1 records", metrics(SWEEP, seconds=49.99)),
    "words of a sweep changed": (
        "3 records", text("fashion_weights/description.txt", "wider", "best")
    ),
    "a sweep never summarised": ("1 records", gone("mnist_sweep/summary.json")),
    "other seconds": ("1 records", metrics(SWEEP, seconds=5.0)),
    "another best epoch": (
        "1 records", record(f"{SWEEP}/metrics.json", lambda m: m["best_epoch"].update(epoch=3))
    ),
    "final run: weights edited": ("1m records", lambda r: change_weight(r / FINAL / "params.h5")),
    "final run diverged": ("1m test", metrics(FINAL, status="diverged")),
    "2 another network": ("2", config(CONFUSION, "regularizer", dropout=0.5)),
    "2a a row does not sum to 1": ("2a", text(f"{CONFUSION}/confusion_rates.csv", "0.9", "0.8")),
    "2a counts edited": ("2a", text(f"{CONFUSION}/confusion.csv", "900", "901")),
    "2b an answer edited": (
        "2b",
        record(f"{CONFUSION}/answers.json", lambda a: a["mistakes"][0].update(decided="class 7")),
    ),
    "2b an answer missing": (
        "2b", record(f"{CONFUSION}/answers.json", lambda a: a["mistakes"].pop())
    ),
    "2c another pair": (
        "2c",
        record(
            f"{CONFUSION}/answers.json",
            lambda a: a["most_confused_pair"]["first"].update(classes=["class 0", "class 5"]),
        ),
    ),
    "2 no opening": ("2 test", ledger(lambda lines: lines[:1])),
    "2 weights edited": ("2 records", lambda r: change_weight(r / CONFUSION / "params.h5")),
    "3 another network": ("3", config("fashion_weights/net2", "regularizer", l2=0.0)),
    "3 no histograms": ("3 weights", gone("fashion_weights/histograms.png")),
    "3 measures of other weights": (
        "3 weights",
        record("fashion_weights/weights.json", lambda w: w["net 1"]["layers"][0].update(sd=9.0)),
    ),
    "3 history edited": ("3 records", row("fashion_weights/net1", 3, "train_accuracy", 0.1)),
    "4 batch": ("4", config(NET, "", batch_size=32)),
    "4 split": ("4 split", config(NET, "dataset", val=0.5)),
    "4a an epoch not measured": ("4a", row(NET, 3, "val_accuracy", "")),
    "4a over-fitting told otherwise": ("4a", metrics(NET, overfitting_onset=7)),
    "4b another matrix": ("4b", lambda r: change_weight(r / NET / "params.h5")),
    "4b no matrix": ("4b", gone(f"{NET}/input_weights.csv")),
    "4c no conclusion": ("4c", record(f"{NET}/insight.json", lambda i: i.update(conclusion=" "))),
    "4c another run": ("4c", record(f"{NET}/insight.json", lambda i: i.update(val_accuracy=0.8))),
    "4d one optimizer": (
        "4d", config("human_machine_explore/job1", "optimizer", name="adam")
    ),
    "4d table edited": (
        "4d", text("human_machine_explore/exploration.csv", "random,adam,1", "random,adam,2")
    ),
    "4d history edited": (
        "4d records", row("human_machine_explore/job1", 3, "val_loss", 0.1)
    ),
    "4 no leakage": ("4 leakage", record(f"{NET}/insight.json", lambda i: i.pop("leakage"))),
    "4 leakage of another split": (
        "4 leakage", record(f"{NET}/insight.json", lambda i: i["leakage"].pop("random"))
    ),
    "4c nested too deep": ("4c", lambda r: write(r / NET / "insight.json", "[" * 99_999)),
    "4 another seed's history edited": (
        "4 records", row("human_machine/seed1", 5, "val_accuracy", 0.1)
    ),
    "4 config edited": ("4 records", text(f"{NET}/config.yaml", "epochs: 60", "epochs: 61")),
}  # fmt: skip


# What only a hash of a file can show; the clauses see all others even if every hash is taken anew.
ONLY_BY_HASH = {
    *("a loss edited in the middle", "a picture replaced", "a file removed", "hashes removed"),
    *("a file smuggled in", "a sweep's picture replaced", "an outcome changed after its summary"),
    *("words of a sweep changed", "a sweep never summarised", "4d history edited"),
}


@pytest.mark.parametrize("is_resealed", [False, True], ids=["edited", "resealed"])
@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_fails_its_clause(name, is_resealed, outputs):
    clause, break_it = VIOLATIONS[name]
    break_it(outputs)
    if is_resealed:
        reseal(outputs)
    failed = [c for c in audit(find_records(outputs)) if c.status == "FAIL"]
    assert (clause in {c.clause for c in failed}) == (not is_resealed or name not in ONLY_BY_HASH)
    assert all(c.evidence.startswith("FAULT: ") for c in failed if c.clause != "records")


@pytest.mark.parametrize("name", ["1m not the best", "4c nested too deep", "last row edited"])
def test_a_failing_audit_is_told_and_still_gives_a_page(name, outputs, capsys):
    clause, break_it = VIOLATIONS[name]
    break_it(outputs)
    assert main([str(outputs)]) == 1
    assert f"FAIL {clause}" in capsys.readouterr().out
    page = (outputs / "report.html").read_text()
    assert f'<a href="#clause-{clause.replace(" ", "-")}">' in page


def test_an_interrupted_sweep_is_not_run_rather_than_broken(outputs):
    """One job killed, one never started."""
    (outputs / SWEEP / "metrics.json").unlink()
    shutil.rmtree(outputs / "mnist_sweep/tanh-0.1")
    found = {c.clause: c for c in audit(find_records(outputs))}
    words = "4 of 6 jobs have ended: python -m hw3.run experiment=mnist_sweep"
    for name in ("1a", "1l", "1 records", "1m", "1m retrain"):
        assert (found[name].status, found[name].evidence) == ("NOT RUN", words)
    assert found["1m test"].status == "PASS"
    assert main([str(outputs)]) == 0
    assert words in (outputs / "report.html").read_text()


def test_every_clause_has_a_violation(whole):
    clauses = {c.clause for c in audit(find_records(whole))}
    assert clauses == {clause for clause, _ in VIOLATIONS.values()}


FILES = ["config.yaml", "metrics.json", "history.csv", "params.h5", "environment.json"]


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", "a,b\n1\n", "\0\1\2"])
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("folder", [SWEEP, FINAL, CONFUSION])
def test_a_broken_record_is_a_fail_that_names_its_place(folder, file, content, outputs):
    (outputs / folder / file).write_text(content)
    checks = audit(find_records(outputs))
    failed = [c for c in checks if c.status == "FAIL"]
    assert any(folder.split("/")[1] in c.evidence for c in failed)


def test_more_epochs_than_a_quick_look_are_asked_for(outputs):
    """A quick run is not the assignment: 1k fails, and says what was run."""
    header, *lines = (outputs / SWEEP / "history.csv").read_text().splitlines()
    write(outputs / SWEEP / "history.csv", "\n".join([header, *lines[:3]]) + "\n")
    (check,) = [c for c in audit(find_records(outputs)) if c.clause == "1k"]
    assert check.status == "FAIL"
    assert "relu-0.5 ran 3 of 50 epochs" in check.evidence


def test_earlier_looks_at_the_test_split_are_told(outputs):
    ledger(lambda lines: [lines[0] | EARLIER, *lines])(outputs)
    (check,) = [
        c for c in audit(find_records(outputs)) if "opened once for it, after the" in c.title
    ]
    assert check.status == "PASS"
    assert "in the ledger: 2, earlier: 1" in check.evidence
    assert "a look" in check.evidence


def test_nothing_run_is_not_run(tmp_path, capsys):
    (tmp_path / "outputs").mkdir()
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "0 pass, 0 fail, 36 not run" in out
    page = (tmp_path / "outputs/report.html").read_text()
    assert "not run: <code>python -m hw3.run experiment=mnist_sweep</code>" in page


@pytest.mark.parametrize("arguments", [["nowhere"], ["a", "b"], ["quick=true"]])
def test_bad_arguments_are_one_line(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1

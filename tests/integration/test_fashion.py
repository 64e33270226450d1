"""Problems 2 and 3 from the command to the files, on stand-in data, with both backends."""

import csv
import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from hw3 import run as door
from hw3 import sweep as sweep_door
from hw3.records.run import load_run, load_sweep
from hw3.records.weights import layer_sizes
from hw3.report.page import page
from hw3.report.problem3 import answer
from hw3.report.problems import audit, find_records
from hw3.tasks.confusion import answers
from hw3.tasks.weights import recorded_nets
from hw3.training.build import fresh_params, make_experiment
from hw3.training.fit import Training, fit

MODELS = ["numpy_mlp", "torch_mlp"]
SMALL = ("dataset.subset=2000", "epochs=2")
REASON = "reason=a test on stand-in data"  # two epochs are fewer than the preset's


def confusion_run(fake_data, *overrides):
    arguments = ["experiment=fashion_confusion", f"data_dir={fake_data}", *SMALL, REASON]
    return door.main([*arguments, *overrides])


def weights_sweep(fake_data, *overrides):
    small = [*SMALL, "dataset.val=500", "hydra.launcher.n_jobs=1"]
    return door.main(["experiment=fashion_weights", f"data_dir={fake_data}", *small, *overrides])


def stamps(folder):
    return {p: p.stat().st_mtime_ns for p in Path(folder).rglob("*") if p.is_file()}


def table(path):
    header, *rows = csv.reader(path.read_text().splitlines())
    return header[1:], [row[0] for row in rows], np.array([row[1:] for row in rows], float)


@pytest.mark.parametrize("model", MODELS)
def test_confusion_trains_on_all_rows_and_opens_the_test_split_once(model, fake_data, capsys):
    assert confusion_run(fake_data, f"model={model}") == 0
    out = capsys.readouterr().out
    (folder,) = Path("outputs/fashion_confusion").iterdir()
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["n_train"], metrics["n_val"], metrics["test"]["n"]) == (2000, 0, 10_000)
    decided, true, counts = table(folder / "confusion.csv")
    assert decided == true
    assert true[6] == "Shirt"
    with h5py.File(fake_data / "fashion_mnist_testdata.hdf5") as file:
        expected = np.bincount(file["ydata"][()], minlength=10)
    np.testing.assert_array_equal(counts.sum(axis=1), expected)  # truth in rows
    assert np.trace(counts) == metrics["test"]["correct"]
    assert "\n".join(answers(counts.astype(int), true)) in out
    assert "the two classes most likely confused" in (folder / "run.log").read_text()
    assert (folder / "confusion.png").read_bytes().startswith(b"\x89PNG")

    before = stamps("outputs")
    assert confusion_run(fake_data, f"model={model}") == 0
    assert "skipped" in capsys.readouterr().out
    assert stamps("outputs") == before
    ledger = Path("outputs/test_ledger.jsonl").read_text().splitlines()
    assert len(ledger) == 1


def test_confusion_interrupted_after_the_opening_is_one_look(fake_data, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("hw3.tasks.confusion.answers", lambda *args: 1 / 0)
        assert confusion_run(fake_data) == 1
    assert confusion_run(fake_data) == 0
    assert len(Path("outputs/test_ledger.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize("model", MODELS)
def test_dropout_is_off_at_evaluation(model, fake_data):
    """The recorded figures are those of the stored weights without a mask, computed by hand."""
    assert confusion_run(fake_data, f"model={model}", "regularizer.dropout=0.9") == 0
    (folder,) = Path("outputs/fashion_confusion").iterdir()
    run = load_run(folder)
    with h5py.File(fake_data / "fashion_mnist_testdata.hdf5") as file:
        inputs, labels = file["xdata"][()] / 255, file["ydata"][()]
    (w1, b1), (w2, b2) = run.weights
    decided = (np.maximum(inputs @ w1 + b1, 0) @ w2 + b2).argmax(axis=1)
    assert abs(int((decided == labels).sum()) - run.outcome.test.correct) <= 2  # float32 ties


@pytest.mark.parametrize("model", MODELS)
def test_weights_compares_two_nets(model, fake_data, capsys):
    assert weights_sweep(fake_data, f"model={model}") == 0
    folder = Path("outputs/fashion_weights")
    out = capsys.readouterr().out
    sweep = load_sweep(folder)
    sizes = [run.config.model.hidden_sizes for run in sweep.runs]
    penalties = [(run.config.regularizer.l2, run.config.regularizer.dropout) for run in sweep.runs]
    assert (sizes, penalties) == ([(128,), (48,)], [(0, 0), (1e-4, 0.2)])
    record = json.loads((folder / "weights.json").read_text())
    assert set(record) == {"jobs"}
    nets = recorded_nets(sweep)
    for net, run in zip(nets, sweep.runs, strict=True):
        assert record["jobs"][run.name] == [dead_units(run, fake_data)]
        for layer, (weight, _) in zip(net.layers, run.weights, strict=True):
            assert layer.stats.sd_initial == pytest.approx(np.sqrt(2 / weight.shape[0]), rel=0.1)
    rows = list(csv.DictReader((folder / "weights.csv").read_text().splitlines()))
    assert [row["net"] for row in rows] == ["net 1", "net 1", "net 2", "net 2"]
    words = (folder / "description.txt").read_text()
    assert words in out
    assert "net 2: fashion_mnist, 784-48-10 relu" in words
    assert "differ in width, L2 and dropout at once" in words
    assert f"{nets[0].layers[0].stats.growth:.2f} " in words
    for name in ("histograms.png", "filters.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_weights_are_measured_and_drawn_again_only_where_something_changed(fake_data, capsys):
    assert weights_sweep(fake_data, "model=numpy_mlp", "epochs=1") == 0
    folder = Path("outputs/fashion_weights")
    record, words = (folder / "weights.json").read_text(), (folder / "description.txt").read_text()
    capsys.readouterr()
    drawn = {p: t for p, t in stamps(folder).items() if p.suffix == ".png"}
    assert weights_sweep(fake_data, "model=numpy_mlp", "epochs=1", "log_counts=true") == 0
    out = capsys.readouterr().out
    assert words in out
    assert "had ended before" in out
    assert stamps(folder).items() >= drawn.items()
    assert (folder / "histograms_log.png").exists()

    (folder / "weights.json").write_text("{}")  # changed since: it is measured again
    assert sweep_door.main([str(folder)]) == 0
    assert words in capsys.readouterr().out
    assert (folder / "weights.json").read_text() == record


def dead_units(run, fake_data):
    """ReLUs that fire on none of the 1,500 training rows, computed by hand."""
    with h5py.File(fake_data / "fashion_mnist_traindata.hdf5") as file:
        inputs = file["xdata"][:1500] / 255
    weight, bias = run.weights[0]
    return np.flatnonzero((inputs @ weight + bias <= 0).all(axis=0)).tolist()


def test_seeds_of_a_net_are_one_net(fake_data):
    assert weights_sweep(fake_data, "model=numpy_mlp", "epochs=1", "seed=1,0") == 0
    nets = recorded_nets(load_sweep("outputs/fashion_weights"))
    for net, hidden in zip(nets, (128, 48), strict=True):
        assert [run.config.seed for run in net.configuration.runs] == [0, 1]
        assert (net.shown.config.seed, net.layers[0].is_silent.size) == (0, hidden)
    gaps = [100 * (o.train.accuracy - o.val.accuracy) for o in nets[1].configuration.outcomes]
    text = f"{np.mean(gaps):.2f} ± {np.std(gaps, ddof=1):.2f} points in net 2"
    words = Path("outputs/fashion_weights/description.txt").read_text().splitlines()
    assert any(text in sentence and "2 seeds" in sentence for sentence in words)

    records = find_records(Path("outputs"))
    checks = {c.clause: c for c in audit(records)}
    faults = checks["3"].faults
    assert all("of 60,000 images" in fault for fault in faults)  # this test trains on a part
    assert {"784-48-10 from seed 0", "784-48-10 from seed 1"} <= set(checks["3"].evidence)
    assert checks["3 weights"].status == checks["3 records"].status == "PASS"
    assert " ".join(answer(records)).count("mean ± standard deviation of 2 seeds") == 2
    assert "Accuracy after the last epoch, mean ± sd over seeds" in page(records, [])


def test_seeds_do_not_hide_another_network(fake_data):
    overrides = ("model=numpy_mlp", "epochs=1", "seed=0,1", "regularizer.dropout=0.1")
    assert weights_sweep(fake_data, *overrides) == 0
    (network,) = (c for c in audit(find_records(Path("outputs"))) if c.clause == "3")
    assert network.status == "FAIL"
    assert any("(0.0, 0.0, 0.1), not (0, 0, 0)" in fault for fault in network.faults)


def test_one_net_and_no_validation_is_said_and_not_compared(fake_data, capsys):
    assert weights_sweep(fake_data, "net=wide_plain", "dataset.val=0", "model=numpy_mlp") == 0
    words = Path("outputs/fashion_weights/description.txt").read_text().splitlines()
    assert len(words) == 3
    assert "validation" not in words[0]
    assert words[1].startswith("Hidden units")
    assert "not known" in words[2]


def test_an_unfinished_sweep_has_no_comparison_yet(fake_data):
    assert weights_sweep(fake_data, "model=numpy_mlp", "lr=1e30") == 1
    assert Path("outputs/fashion_weights/summary.csv").exists()
    assert not Path("outputs/fashion_weights/weights.json").exists()


def test_the_initial_weights_are_those_that_training_started_from(fake_data):
    assert weights_sweep(fake_data, "model=numpy_mlp", "epochs=1") == 0
    run = load_sweep("outputs/fashion_weights").runs[0]
    experiment = make_experiment(run.config)
    initial = fresh_params(run.config, layer_sizes(run.weights))
    for (start, _), (fresh, _) in zip(experiment.backend.get_params(), initial, strict=True):
        np.testing.assert_array_equal(start, fresh.astype(np.float32))
    training = Training(
        experiment.backend, experiment.dataset, experiment.plan, lambda history: None
    )
    assert list(fit([training])) == [training]
    for (weight, _), (end, _) in zip(experiment.backend.get_params(), run.weights, strict=True):
        np.testing.assert_allclose(weight, end, atol=1e-5)  # the threads of BLAS may differ

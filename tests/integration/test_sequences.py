"""Problem 4 on small data: early stopping, the job, its exploration, predict and the audit."""

import csv
import json
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pytest

from hw3 import predict
from hw3 import run as door
from hw3 import sweep as sweep_door
from hw3.backends.numpy_backend import NumpyStack
from hw3.core.errors import DataError
from hw3.data import main as data_door
from hw3.records.insight import read_insight
from hw3.records.run import load_run
from hw3.records.weights import load_params, save_params
from tests.builders import record

MODELS = ["numpy_mlp", "torch_mlp"]
OVERFITTING = (  # a net far too large for 60 digits
    *("dataset=digits", "dataset.subset=90", "dataset.val=30", "model.hidden_sizes=[32]"),
    *("batch_size=10", "optimizer=adam", "lr=constant", "lr=0.03", "epochs=60"),
)


def run(*overrides, folder="out"):
    return door.main([*OVERFITTING, f"hydra.run.dir={folder}", *overrides])


def val_losses(folder="out"):
    with Path(folder, "history.csv").open() as file:
        return [float(row["val_loss"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("model", MODELS)
def test_early_stopping_stops_and_restores_the_best_epoch(model):
    assert run(f"model={model}", "early_stopping.patience=4") == 0
    stopping, losses = record()["early_stopping"], val_losses()
    best = int(np.argmin(losses)) + 1
    assert stopping == {"patience": 4, "stopped_after": best + 4, "restored_epoch": best}
    assert len(losses) == best + 4 < 60
    assert record()["final"]["epoch"] == best
    # the weights are those of a run that ends with that epoch
    assert run(f"model={model}", f"epochs={best}", folder="short") == 0
    assert record()["weights_sha256"] == record("short")["weights_sha256"]
    assert record("short")["early_stopping"] is None


@pytest.mark.parametrize("model", MODELS)
def test_early_stopping_continues_to_the_same_bits(model, monkeypatch):
    from hw3.backends.torch_stack import TorchStack

    options = (f"model={model}", "early_stopping.patience=4")
    assert run(*options, folder="whole") == 0
    backend = NumpyStack if model == "numpy_mlp" else TorchStack
    train_epoch, calls = backend.train_epoch, []
    last = len(val_losses("whole"))

    def interrupted(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == last:  # after the best epoch, before the stop
            raise KeyboardInterrupt
        train_epoch(self, *args, **kwargs)

    monkeypatch.setattr(backend, "train_epoch", interrupted)
    assert run(*options) == 130
    monkeypatch.setattr(backend, "train_epoch", train_epoch)
    assert run(*options) == 0
    assert val_losses() == val_losses("whole")
    for key in ("weights_sha256", "early_stopping", "final"):
        assert record()[key] == record("whole")[key]


def test_patience_that_never_runs_out_still_ends_with_the_best(capsys):
    assert run("epochs=12", "early_stopping.patience=50") == 0
    best = int(np.argmin(val_losses())) + 1
    expected = {"patience": 50, "stopped_after": None, "restored_epoch": best}
    assert record()["early_stopping"] == expected


def test_early_stopping_needs_validation(capsys):
    assert run("dataset.val=0", "early_stopping.patience=5") == 2
    assert "early_stopping.patience needs a validation split" in capsys.readouterr().err
    assert run("early_stopping.patience=0") == 2


def test_sparse_checkpoints_and_no_figure_change_nothing():
    assert run("epochs=5", folder="a") == 0
    sparse = ("record.checkpoint_every=2", "record.figures=false")
    assert run("epochs=5", *sparse, folder="b") == 0
    assert record("a")["weights_sha256"] == record("b")["weights_sha256"]
    assert val_losses("a") == val_losses("b")
    assert not Path("b/curves.png").exists()
    with h5py.File("b/checkpoint.h5") as file:
        assert len(file["history"]) == 4


def human_machine(fake_data, *overrides):
    options = (f"data_dir={fake_data}", "dataset.subset=400", "epochs=4", "batch_size=16")
    return door.main(["experiment=human_machine", *options, *overrides])


@pytest.mark.parametrize("model", MODELS)
def test_the_job_leaves_its_pictures_weights_and_insight(model, fake_data, capsys, monkeypatch):
    assert human_machine(fake_data, f"model={model}", "model.hidden_sizes=[20]") == 0
    (folder,) = Path("outputs/human_machine").glob("relu-*")
    for name in ("curves.png", "input_weights.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    with (folder / "input_weights.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    assert [float(r["outgoing"]) for r in rows] == sorted(
        (float(r["outgoing"]) for r in rows), reverse=True
    )
    (weight, _), (outgoing, _) = load_params(folder / "params.h5")
    unit = int(rows[0]["unit"]) - 1
    assert float(rows[0]["bit 3"]) == pytest.approx(weight[2, unit])
    assert float(rows[0]["outgoing"]) == pytest.approx(outgoing[unit, 0])
    insight = json.loads((folder / "insight.json").read_text())
    assert len(insight["units"]) == 20
    outcome = load_run(folder).outcome
    out = capsys.readouterr().out
    assert read_insight(folder, outcome.n_val).conclusion(outcome.val.accuracy) in out
    assert "leakage: of the human validation rows" in out
    assert set(insight["leakage"]) == {"random", "contributor"}
    before = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
    monkeypatch.setattr(NumpyStack, "train_epoch", None)
    assert human_machine(fake_data, f"model={model}", "model.hidden_sizes=[20]") == 0
    assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def test_the_job_refuses_what_it_cannot_show(fake_data, capsys):
    assert human_machine(fake_data, "model.hidden_sizes=[8,8]", "model=numpy_mlp") == 2
    assert "needs one hidden layer" in capsys.readouterr().err


def test_the_exploration_compares_by_split(fake_data, capsys):
    options = (f"data_dir={fake_data}", "dataset.subset=400", "epochs=1", "seed=0,1")
    crosses = "crosses=[[['optimizer=sgd lr=1','optimizer=adam']]]"
    own = (crosses, "hydra/launcher=basic", "record.figures=false")
    command = ["experiment=human_machine_explore", *options, *own]
    assert door.main(command) == 0
    folder = Path("outputs/human_machine_explore")
    with (folder / "exploration.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4  # 2 optimizers x 2 splits
    assert {row["split"] for row in rows} == {"random", "contributor"}
    assert {row["n_seeds"] for row in rows} == {"2"}
    text = (folder / "conclusion.txt").read_text()
    assert "By random split" in text
    assert "of the optimizer" in text or "the optimizer matters" in text
    assert (folder / "exploration.png").exists()
    lines = capsys.readouterr().out.splitlines()
    assert " ".join(line[2:] for line in lines if line.startswith("- ")) == text.strip()
    assert not any("configuration" in line and "val" in line for line in lines)  # one table
    (folder / "exploration.csv").unlink()
    assert sweep_door.main([str(folder)]) == 0
    assert (folder / "exploration.csv").exists()


def test_crosses_that_share_a_job_run_it_once_and_bad_ones_are_refused(capsys):
    base = ["dataset=digits", "epochs=1", "model.hidden_sizes=[4]", "record.figures=false"]
    base += ["-m", "hydra.sweep.dir=s"]
    assert door.main([*base, "crosses=[[['lr=0.1,0.2']],[['lr=0.2,0.3']]]"]) == 0
    assert len(list(Path("s").glob("*/metrics.json"))) == 3
    assert door.main([*base, "crosses=[lr]"]) == 2
    assert "crosses[0] must be a list" in capsys.readouterr().err
    assert door.main(["dataset=digits", "crosses=[[['epochs=1']]]"]) == 2
    assert "crosses are the jobs of a multirun: add -m" in capsys.readouterr().err


def weights_file(path="net.h5", sizes=(20, 3, 1), act=None):
    rng = np.random.default_rng(0)
    params = [(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in pairwise(sizes)]
    save_params(Path(path), params, act or {"name": "tanh"})
    return params


BITS = "01101001100101101001"
SIGNS = [1 if bit == "1" else -1 for bit in BITS]


def predicted(capsys, given, *more):
    assert predict.main(["weights=net.h5", f"sequences={given}", *more]) == 0
    return capsys.readouterr().out.splitlines()


def test_predict_gives_the_probability_in_every_notation(capsys):
    (w1, b1), (w2, b2) = weights_file()
    z = np.tanh(np.array(SIGNS) @ w1 + b1) @ w2 + b2
    line = f"P(human) = {1 / (1 + np.exp(-z[0])):.4f}  {BITS}"
    signs = " ".join(map(str, SIGNS))
    Path("rows.csv").write_text(f"{BITS}\n{','.join(map(str, SIGNS))}\n\n")
    np.savetxt("floats.csv", np.array([SIGNS]), delimiter=",", encoding="utf-8-sig")
    with h5py.File("rows.h5", "w") as file:
        file["rows"] = np.array([SIGNS, SIGNS])
    for given, n in (
        *((BITS, 1), (f"{BITS},{BITS}", 2), (signs, 1), (f"{signs}, {signs}", 2)),
        *((str(SIGNS), 1), (f"{SIGNS},{SIGNS}", 2), (signs.replace(" ", ","), 1)),
        *(
            ("rows.csv", 2),
            ("rows.h5", 2),
            ("floats.csv", 1),
            ("".join(f"{s:+d}" for s in SIGNS), 1),
        ),
    ):
        assert predicted(capsys, given) == [line] * n, given


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sequences=0110"], "sequence 1 must have 20 entries, got 4"),
        (
            [f"sequences={BITS},{BITS[:-1]}2"],
            f"sequence 2 may hold 0 and 1, or -1 and +1; got '{BITS[:-1]}2'",
        ),
        (["sequences=header.csv"], "header.csv, line 1 may hold 0 and 1, or -1 and +1; got 'bit1'"),
        (["sequences=" + "0 -1 " * 10], "sequence 1 must hold 0 and 1, or -1 and +1"),
        (["sequences=none.csv"], "there is no such file"),
        (["sequences=nosuch"], "there is no such file, and it is no sequence"),
        (["sequences=."], "it is no regular file"),
        (["sequences=empty.csv"], "holds no sequence"),
        (["sequences=short.csv"], "short.csv, line 2 must have 20 entries, got 2"),
        (
            ["sequences=bad.h5"],
            "bad.h5 must hold numbers of the shape (n, 20); its data sets are rows (2, 3)",
        ),
        (["sequences=empty.h5"], "holds no data set"),
        (["sequences=text.h5"], "cannot be read as HDF5"),
        ([], "sequences=... is missing"),
        ([f"sequences={BITS}", "weights=none.h5"], "there is no such file"),
        ([f"sequences={BITS}", "weights=big.h5"], "20 inputs and 1 output"),
        ([f"sequences={BITS}", "act=relu"], "was trained with act=tanh"),
        ([f"sequences={BITS}", "weights=bare.h5"], "name it with act="),
        ([f"sequences={BITS}", "weights=bare.h5", "act=rleu"], "act must be one of"),
        ([f"sequences={BITS}", "lr=1"], "unknown key"),
        (["BITS"], "write key=value"),
    ],
)
def test_predict_refuses_in_one_line(arguments, message, capsys):
    weights_file()
    weights_file("big.h5", (784, 3, 10))
    weights_file("bare.h5")
    with h5py.File("bare.h5", "a") as file:
        del file.attrs["act"]
    Path("empty.csv").write_text("\n")
    Path("header.csv").write_text(f"bit1,bit2\n{BITS}\n")
    Path("short.csv").write_text(f"{BITS}\n01\n")
    Path("text.h5").write_text("01")
    with h5py.File("bad.h5", "w") as file:
        file["rows"] = np.ones((2, 3))
    h5py.File("empty.h5", "w").close()
    is_named = any(argument.startswith("weights=") for argument in arguments)
    assert predict.main([*([] if is_named else ["weights=net.h5"]), *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.startswith("hw3: error: ")
    assert len(err.splitlines()) == 1


def test_predict_takes_the_activation_from_the_command_line(capsys):
    weights_file("net.h5")
    with_attribute = predicted(capsys, BITS)
    with h5py.File("net.h5", "a") as file:
        del file.attrs["act"]
    assert predicted(capsys, BITS, "act=tanh") == with_attribute
    assert predicted(capsys, BITS, "act=relu") != with_attribute


@pytest.mark.parametrize("name", ["human_machine", "mnist", "digits"])
def test_the_audit_opens_no_test_file(name, fake_data, monkeypatch, capsys):
    opened, original = [], h5py.File.__init__

    def spy(self, file, mode="r", *args, **kwargs):
        opened.append(Path(str(file)).name)
        original(self, file, mode, *args, **kwargs)

    monkeypatch.setattr(h5py.File, "__init__", spy)
    assert data_door(["audit", name, f"data_dir={fake_data}"]) == 0
    assert not [file for file in opened if "test" in file]
    out = capsys.readouterr().out
    assert out.startswith(f"{name}: ")
    assert "distinct rows" in out
    assert ("blocks of 25 human rows" in out) == (name == "human_machine")
    assert out.count("validation rows that also occur") == (2 if name == "human_machine" else 1)


def test_the_audit_says_that_nothing_is_held_out(capsys):
    assert data_door(["audit", "digits", "dataset.val=0", "batch_size=50"]) == 0
    assert "split, seed 0: no row is held out" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["audit"], ["audit", "nope"], ["fetch", "digits"]])
def test_the_audit_refuses_in_one_line(arguments, capsys):
    assert data_door(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_seeds_of_the_job_compare_the_net_with_features(fake_data, capsys):
    assert human_machine(fake_data, "-m", "seed=0,1", "model=numpy_mlp", "epochs=1") == 0
    with Path("outputs/human_machine/features.csv").open() as file:
        rows = {row["configuration"]: row for row in csv.DictReader(file)}
    assert {"this net", "all features and squares", "raw bits"} <= set(rows)
    assert rows["this net"]["n_seeds"] == "2"
    assert "the net beside logistic regression" in capsys.readouterr().out


@pytest.mark.real_data
def test_real_sequences_reach_their_figure():
    """Five seeds by random split: the mean within 58 to 61 %."""
    accuracies = []
    for seed in range(5):
        options = [f"seed={seed}", "model=numpy_mlp", "record.figures=false", "task=train"]
        assert door.main(["experiment=human_machine", *options, f"hydra.run.dir=s{seed}"]) == 0
        accuracies.append(load_run(f"s{seed}").outcome.val.accuracy)
    assert 0.58 <= np.mean(accuracies) <= 0.61


def test_predict_refuses_text_outside_brackets(capsys):
    from hw3.datasets.sequences import pieces

    assert pieces("[1,-1] , [-1,1]") == ["1,-1", "-1,1"]
    for text in ("0110,[1,-1]", "[1,-1] rubbish", "[1,-1"):
        with pytest.raises(DataError, match="outside its brackets"):
            pieces(text)

"""Data of a person's own, from a few keys to a trained, recorded and tested network."""

import io
import json
import os
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

import hw3
from hw3 import compare, data, evaluate, predict
from hw3 import run as door
from hw3.records.run import load_run
from hw3.testset.ledger import LEDGER_PATH as LEDGER
from hw3.testset.ledger import read_ledger
from tests.builders import refused

SHIPPED = Path(__file__).parents[2] / "examples" / "data"
IRIS = (
    "dataset=file",
    f"dataset.train={SHIPPED / 'iris.csv'}",
    f"dataset.test={SHIPPED / 'iris_test.csv'}",
    "dataset.labels=species",
    "model.hidden_sizes=[8]",
    "batch_size=16",
    "lr=constant",
)


def train(*overrides):
    assert door.main([*IRIS, *overrides]) == 0


def test_one_command_trains_records_and_tests(capsys, tmp_path):
    train("task=confusion", "hydra.run.dir=out")
    run = load_run("out")
    assert run.outcome.dataset == "iris"
    assert (run.outcome.n_train, run.outcome.n_val, run.look.n) == (96, 24, 30)
    assert run.look.correct / 30 > 0.8
    assert run.outcome.data_files == ("iris.csv", "iris_test.csv")
    facts = run.environment.data
    assert facts.class_names == ("setosa", "versicolor", "virginica")
    assert facts.feature_names[0] == "sepal_length"
    with h5py.File("out/params.h5") as file:
        assert json.loads(file.attrs["classes"]) == list(facts.class_names)
        assert json.loads(file.attrs["features"]) == list(facts.feature_names)
    assert {"confusion.csv", "confusion.png"} <= set(os.listdir("out"))
    assert "mistakes.png" not in os.listdir("out")  # a table has no pictures
    (opening,) = read_ledger(LEDGER)
    assert opening.dataset.startswith("iris, test file ")
    assert "the test split of iris, test file " in capsys.readouterr().out


def test_training_leaves_the_test_file_closed(tmp_path):
    """It may be no table at all; the record says which files were opened."""
    (tmp_path / "sealed.csv").write_text("nobody reads this")
    train("dataset.test=sealed.csv", "epochs=2", "hydra.run.dir=out")
    assert load_run("out").outcome.data_files == ("iris.csv",)
    assert not LEDGER.exists()


def test_a_look_has_a_reason_and_counts_by_the_file_s_content(capsys, tmp_path):
    train("hydra.run.dir=out", "epochs=2")
    err = refused(capsys, evaluate.main, "weights=out", "split=test")
    assert "say in reason=<text> why this one is taken" in err
    (tmp_path / "renamed.csv").write_bytes((SHIPPED / "iris_test.csv").read_bytes())
    others = "for the first time", "after 1 earlier opening", "after 2 earlier openings"
    for more, said in zip(
        ([], ["dataset.test=renamed.csv"], ["dataset.name=x"]), others, strict=True
    ):
        assert evaluate.main(["weights=out", "split=test", "reason=to see", *more]) == 0
        assert said in capsys.readouterr().out
    assert evaluate.main(["weights=out"]) == 0
    assert " correct out of 24 means accuracy is" in capsys.readouterr().out


def test_a_short_training_asks_before_it_opens_the_test_file(capsys):
    err = refused(capsys, door.main, *IRIS, "task=confusion", "epochs=2")
    assert "the test split of iris would be opened after 2 epochs (conf/config.yaml has 50)" in err


def test_without_a_test_file_no_task_can_open_one(capsys):
    err = refused(capsys, door.main, *IRIS, "task=confusion", "dataset.test=null")
    assert "iris has no test split; name its file in dataset.test" in err


def test_a_run_goes_on_with_the_same_file_alone(capsys, tmp_path):
    (tmp_path / "mine.csv").write_text((SHIPPED / "iris.csv").read_text())
    own = ("dataset.train=mine.csv", "epochs=2", "hydra.run.dir=out")
    train(*own)
    (tmp_path / "out" / "metrics.json").unlink()
    (tmp_path / "mine.csv").write_text((SHIPPED / "iris.csv").read_text() + "5,3,1,0.2,setosa\n")
    err = refused(capsys, door.main, *IRIS, *own)
    assert "out was started on another mine.csv" in err


def test_what_ended_on_other_rows_is_not_skipped(capsys, tmp_path):
    """Nor are other rows, columns or classes measured without a word."""
    text = (SHIPPED / "iris.csv").read_text()
    (tmp_path / "x.csv").write_text(text)
    keys = ("dataset.train=x.csv", "epochs=1", "hydra.run.dir=out")
    train(*keys)
    (tmp_path / "renamed.csv").write_text(text)
    capsys.readouterr()
    assert evaluate.main(["weights=out", "dataset.train=renamed.csv"]) == 0
    assert "CAUTION" not in capsys.readouterr().out
    (tmp_path / "x.csv").write_text(text + text.splitlines()[-1] + "\n")
    assert "out was started on another x.csv" in refused(capsys, door.main, *IRIS, *keys)
    assert evaluate.main(["weights=out"]) == 0
    assert "CAUTION: its run was trained on another x.csv" in capsys.readouterr().out
    for old, new, what in (("setosa", "osa", "class"), ("sepal_length", "length", "feature")):
        (tmp_path / "x.csv").write_text(text.replace(old, new))
        assert f"x.csv has the {what} names (" in refused(capsys, evaluate.main, "weights=out")


def test_a_preset_of_one_s_own_stands_for_the_keys(tmp_path, capsys):
    folder = tmp_path / "conf" / "dataset"
    folder.mkdir(parents=True)
    text = f"train: {SHIPPED / 'iris.csv'}\nlabels: species\n"
    (folder / "flowers.yaml").write_text(f"defaults: [file]\nname: flowers\n{text}")
    rest = ("--config-dir", "conf", "model.hidden_sizes=[4]", "batch_size=8", "epochs=2")
    sweep = ("-m", "dataset=flowers", "seed=0,1", "dataset.split=random,stratified")
    assert door.main([*sweep, *rest, "hydra.sweep.dir=out"]) == 0
    names = {load_run(path).outcome.dataset for path in Path("out").iterdir() if path.is_dir()}
    assert names == {"flowers"}
    assert compare.main(["out"]) == 0
    assert data.main(["audit", "file", *text.replace(": ", "=").split()]) == 2  # dataset.train
    assert "unknown key" in capsys.readouterr().err


def test_an_audit_says_what_a_file_holds_and_what_would_scale_it(capsys):
    keys = [key for key in IRIS if key.startswith("dataset.")]
    assert data.main(["audit", "file", *keys]) == 0
    out = capsys.readouterr().out
    assert "iris: 120 rows of 4 in [0.1, 7.9], from iris.csv" in out
    override = out.partition("training rows: '")[2].partition("'")[0]
    assert door.main([*IRIS, override, "epochs=2", "hydra.run.dir=out"]) == 0
    config = load_run("out").config
    train_rows = config.source.read(Path()).inputs[load_run("out").rows[0]]
    np.testing.assert_allclose(train_rows.mean(axis=0), 0, atol=2e-3)
    np.testing.assert_allclose(train_rows.std(axis=0), 1, rtol=2e-3)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["dataset=file"], "dataset=file needs dataset.train=<file>"),
        (["dataset=file", "dataset.train=no.csv"], "dataset.train=no.csv is not there, nor in da"),
        (["dataset.val=mine.csv"], "dataset.val='mine.csv' is a file: it needs dataset=file"),
        (["dataset.train=a.csv"], "dataset.train needs dataset=file"),
        (["dataset=mnist", "+dataset.train=a.csv"], "dataset.train needs dataset=file"),
        ([*IRIS, "dataset.split=group"], "dataset.split=group needs dataset.groups=<column>"),
        ([*IRIS, "dataset.split=contributor"], "needs dataset=human_machine, got iris"),
        ([*IRIS, "dataset.groups=petal_width"], "use dataset.split=group"),
        ([*IRIS, "batch_size=100"], "batch_size must be at most n_train (96), got 100"),
        ([*IRIS, "dataset.test=no.csv"], "dataset.test=no.csv is not there"),
        ([*IRIS, "dataset.scale=0"], "dataset.scale must be a number > 0 or a list"),
        ([*IRIS, "dataset.scale=[[1],[0]]"], "dataset.scale[1][0] must be a number > 0, got 0"),
        ([*IRIS, "dataset.classes=[a]"], "dataset.classes must name two or more different"),
        ([*IRIS, "dataset.name='a/b'"], "dataset.name must be words"),
        ([*IRIS, "dataset.subset=121"], "dataset.subset must be in [1, 120], got 121"),
        ([*IRIS, "dataset.val=120"], "dataset.val must leave rows to train on: less than 120"),
    ],
)
def test_keys_that_do_not_fit_are_one_line_before_any_work(overrides, message, capsys):
    assert message in refused(capsys, door.main, *overrides)
    assert not Path("outputs").exists()


def test_new_rows_get_a_class_and_its_probabilities(capsys, tmp_path):
    train("hydra.run.dir=out", "dataset.scale=[[5.8,3,3.7,1.2],[0.8,0.4,1.8,0.7]]")
    capsys.readouterr()
    rows = pd.read_csv(SHIPPED / "iris_test.csv")
    rows[rows.columns[::-1]].to_csv("new.csv", index=False)  # labels first, and inputs turned round
    assert predict.main(["weights=out", "rows=new.csv"]) == 0
    found = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert list(found) == ["class", "probability", "setosa", "versicolor", "virginica"]
    assert (found["class"] == rows["species"]).mean() > 0.8
    np.testing.assert_allclose(found.iloc[:, 2:].sum(axis=1), 1, atol=2e-4)
    rows.drop(columns="petal_width").to_csv("less.csv", index=False)
    err = refused(capsys, predict.main, "weights=out", "rows=less.csv")
    assert "less.csv lacks 'petal_width', which the network was trained on" in err
    (tmp_path / "alone.h5").write_bytes((tmp_path / "out" / "params.h5").read_bytes())
    err = refused(capsys, predict.main, "weights=alone.h5", "rows=new.csv")
    assert "lies in no folder of a run" in err


def test_images_of_a_known_data_set_get_classes_too(fake_data, capsys):
    options = ("dataset.subset=2000", "dataset.val=400", "epochs=1", f"data_dir={fake_data}")
    assert door.main([*options, "model.hidden_sizes=[8]", "hydra.run.dir=out"]) == 0
    np.save("new.npy", np.zeros((3, 28, 28), np.uint8))
    capsys.readouterr()
    assert predict.main(["weights=out", "rows=new.npy"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_groups_of_a_file_stay_together_and_images_are_drawn(tmp_path):
    """Digits of 20 writers in HDF5: pictures of mistakes, and no writer on both sides."""
    keys = ("dataset=file", f"dataset.train={SHIPPED / 'digits.h5'}", "dataset.inputs=images")
    more = ("dataset.labels=digit", "dataset.groups=writer", "dataset.split=group")
    rest = ("dataset.scale=16", f"dataset.test={tmp_path / 't.npz'}", "epochs=2", "reason=a test")
    with h5py.File(SHIPPED / "digits.h5") as file:
        images, digits, writers = (file[k][()] for k in ("images", "digit", "writer"))
    np.savez(tmp_path / "t.npz", images=images[::7], digit=digits[::7], writer=writers[::7])
    arguments = [*keys, *more, *rest, "task=confusion", "batch_size=20", "hydra.run.dir=out"]
    assert door.main([*arguments, "model.hidden_sizes=[8]"]) == 0
    train_rows, val_rows = load_run("out").rows
    assert set(writers[train_rows]).isdisjoint(writers[val_rows])
    assert "mistakes.png" in os.listdir("out")


def test_workers_that_are_kept_find_files_by_the_folder_of_each_command(tmp_path, monkeypatch):
    for name, rows in (("first", 60), ("second", 80)):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        text = (SHIPPED / "iris.csv").read_text().splitlines()[: rows + 1]
        Path("mine.csv").write_text("\n".join(text))
        sweep = ("-m", "seed=0,1", "epochs=1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
        assert door.main([*IRIS, *sweep, "dataset.train=mine.csv", "hydra.sweep.dir=out"]) == 0
        runs = [load_run(path.parent) for path in Path("out").glob("*/metrics.json")]
        assert {run.outcome.n_train + run.outcome.n_val for run in runs} == {rows}


def test_a_run_from_python_scales_rows_as_it_was_trained():
    scale = "dataset.scale=[[5.8,3,3.7,1.2],[0.8,0.4,1.8,0.7]]"
    run = hw3.train(*IRIS, scale, folder="out")
    rows = pd.read_csv(SHIPPED / "iris_test.csv")
    found = np.array(run.classes)[run.predict(rows)]
    assert (found == rows["species"]).mean() > 0.8


def test_workers_read_the_file_too():
    sweep = ("-m", "seed=0,1", "epochs=1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert door.main([*IRIS, *sweep, "hydra.sweep.dir=out"]) == 0

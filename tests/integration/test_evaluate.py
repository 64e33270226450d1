"""python -m hw3.evaluate beside the records of runs: what a file was trained on, may see."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from hw3 import evaluate
from hw3 import run as door
from hw3.testset.ledger import LEDGER_PATH as LEDGER
from hw3.testset.ledger import read_ledger
from tests.builders import refused


def counted(correct, n):
    return f"{correct} correct out of {n} means accuracy is {100 * correct / n:.2f} %"


@pytest.fixture
def run_folder(fake_data):
    """A run on Fashion-MNIST, of a moment."""
    options = ["dataset=fashion_mnist", "dataset.subset=2000", "dataset.val=400", "epochs=1"]
    arguments = [*options, "model.hidden_sizes=[8]", f"data_dir={fake_data}", "hydra.run.dir=out"]
    assert door.main(arguments) == 0
    return Path("out")


def test_a_file_is_measured_on_the_data_that_its_run_trained_on(run_folder, fake_data, capsys):
    final = json.loads((run_folder / "metrics.json").read_text())["final"]
    capsys.readouterr()
    for weights in (run_folder, run_folder / "params.h5"):  # data folder, split and subset too
        assert evaluate.main([f"weights={weights}"]) == 0
        assert capsys.readouterr().out == f"{counted(final['val_correct'], 400)}\n"
    err = refused(capsys, evaluate.main, f"weights={run_folder}", "dataset=mnist")
    assert "dataset=mnist, but out/params.h5 was trained on fashion_mnist" in err
    err = refused(capsys, evaluate.main, f"weights={run_folder}", "dataset.val=0")
    assert (
        "dataset.val=0 leaves no validation rows to measure out/params.h5 on; give split=te" in err
    )
    err = refused(capsys, evaluate.main, f"weights={run_folder}", "data_dir=nowhere")
    assert "nowhere" in err


def test_a_look_from_elsewhere_is_written_where_the_run_is(fake_data, tmp_path, monkeypatch):
    """Else one could look at the sweep's jobs from another folder, and then choose."""
    options = ["dataset=fashion_mnist", "dataset.subset=2000", "dataset.val=400", "epochs=1"]
    place = [f"data_dir={fake_data}", "hydra.run.dir=outputs/single/net"]
    assert door.main([*options, "model.hidden_sizes=[8]", *place]) == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    net = ["weights=../outputs/single/net", f"data_dir={fake_data}"]
    assert evaluate.main([*net, "split=test", "reason=a look"]) == 0
    assert not LEDGER.exists()
    assert [o.reason for o in read_ledger(tmp_path / LEDGER)] == ["a look"]


def test_other_weights_beside_a_record_are_not_taken_for_its_run_s(run_folder, fake_data, capsys):
    with h5py.File(run_folder / "other.h5", "w") as file:
        file["W1"], file["b1"] = np.ones((10, 784)), np.ones(10)
    capsys.readouterr()
    assert evaluate.main([f"weights={run_folder}/other.h5", f"data_dir={fake_data}"]) == 0
    out, err = capsys.readouterr()
    assert "CAUTION: the metrics.json beside the file is of other weights" in err
    assert "did not hold these rows out" not in out


def test_a_damaged_record_beside_the_weights_is_one_line(run_folder, fake_data, capsys):
    (run_folder / "metrics.json").write_text("{")
    err = refused(capsys, evaluate.main, f"weights={run_folder}", f"data_dir={fake_data}")
    assert "out/metrics.json is damaged" in err
    assert "if it is hw3's, move it away" in err


def test_the_job_of_a_sweep_sees_the_test_split_only_for_a_reason(run_folder, fake_data, capsys):
    Path("sweep").mkdir()
    job = run_folder.rename("sweep/job")
    Path("sweep/jobs.json").write_text('{"jobs": ["job"]}')
    options = [f"weights={job}", f"data_dir={fake_data}"]
    assert "is choosing on it" in refused(capsys, evaluate.main, *options, "split=test")
    assert not LEDGER.exists()
    assert evaluate.main([*options, "split=test", "reason=after the choice"]) == 0
    assert [opening.reason for opening in read_ledger(LEDGER)] == ["after the choice"]
    assert evaluate.main(options) == 0

"""What verify makes of records that are damaged, made up, of other machines, data or plugins."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from hw3.launch.job import run_job
from hw3.records.checkpoint import read_checkpoint, write_checkpoint
from hw3.records.run import load_run
from hw3.replay.verify import Asked, verified
from tests.builders import digits_config
from tests.forged import FORGERIES, KINDS, SMALL, N, reseal, trained
from tests.honest import HONEST, command
from tests.integration.test_verify import lines
from tests.plugged import forgetting, write


def edit_environment(folder, **changes):
    path = Path(folder, "environment.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    reseal(folder)


def test_other_bits_of_another_machine_are_inconclusive_and_say_how_far_apart(capsys):
    FORGERIES["a rate changed"]("out", 0)
    edit_environment("out", kernels=["openblas 0.1 for a Z80"])
    line, _ = lines(capsys, "out", status=3)
    assert "INCONCLUSIVE  out: other bits, as may be with kernels 'openblas 0.1 for a Z80'" in line
    assert f"after epoch {N} " in line
    assert "points apart, within its 95 % interval" in line
    trained("same")
    edit_environment("same", kernels=["openblas 0.1 for a Z80"])
    assert verified(Path("same")).verdict == "PASS"  # the same bits are the same bits


def test_other_bits_of_other_code_name_it():
    FORGERIES["weights of another seed"]("out", 0)
    assert "its code was" not in verified(Path("out")).runs[0].sentence
    edit_environment("out", code_sha256="5a" * 32)
    found = verified(Path("out")).runs[0]
    assert found.verdict == "FAIL"
    assert "code 5a5a5a5a5a5a, this is " in found.sentence


def test_what_needs_no_bits_fails_wherever_it_ran():
    FORGERIES["a history edited"]("out", 2)
    edit_environment("out", processor="a Z80")
    assert verified(Path("out")).verdict == "FAIL"


def test_a_run_that_was_continued_elsewhere_says_so(monkeypatch):
    trained("out")
    then = load_run("out").environment
    elsewhere = replace(then, processor="a Z80", kernels=(*then.kernels, "mkl 1"))
    assert then.moves_to(then, "numpy") == []
    (moved,) = then.moves_to(elsewhere, "numpy")  # a library more changes nothing
    assert moved == f"processor '{then.processor}' there, 'a Z80' here"

    HONEST["killed early"]("killed")
    assert load_run("killed").environment.moved == ()
    FORGERIES["weights of another seed"]("forged", 0)
    edit_environment("forged", moved=[moved])
    assert verified(Path("forged")).verdict == "INCONCLUSIVE"


def test_other_data_are_inconclusive(capsys):
    trained("out")
    data = json.loads(Path("out/environment.json").read_text())["data"]
    edit_environment("out", data=data | {"sha256": "5a" * 32})
    (line, _) = lines(capsys, "out", status=3)
    assert "embedded in scikit-learn is not the file that it read: sha256 c2dbeaf8b0f7" in line


def test_without_the_data_it_is_inconclusive_and_names_the_way(capsys, fake_data):
    small = ("dataset.subset=600", "dataset.val=100", "epochs=1", "model.hidden_sizes=[4]")
    command("out", f"data_dir={fake_data}", *small, "record.figures=false")
    tree = yaml.safe_load(Path("out/config.yaml").read_text())
    Path("out/config.yaml").write_text(yaml.safe_dump(tree | {"data_dir": "gone"}))
    reseal("out")
    (line, _) = lines(capsys, "out", status=3)
    assert "mnist_traindata.hdf5 is not in data; name its folder with data_dir=<folder>" in line
    assert lines(capsys, "out", f"data_dir={fake_data}")[0].startswith("PASS")


def test_a_damaged_record_fails(capsys):
    trained("out")
    text = Path("out/metrics.json").read_text()
    Path("out/metrics.json").write_text(text.replace('"epochs": 12', '"epochs": 11'))
    assert "metrics.json is damaged" in lines(capsys, "out", status=1)[0]
    Path("out/metrics.json").write_text(text)
    Path("out/history.csv").unlink()
    assert "history.csv is missing" in lines(capsys, "out", status=1)[0]


@pytest.mark.parametrize("change", ["velocity", "epochs", "junk", "shape"])
def test_a_kept_checkpoint_that_is_made_up_fails(change, capsys):
    trained("out", *KINDS[2])
    path = Path("out/checkpoints/00006.h5")
    state, history = read_checkpoint(path)
    if change == "velocity":
        state["slot_velocity"] += 1
    elif change == "epochs":
        history.epochs.pop()
    elif change == "shape":
        state["params"] = state["params"][:-1]
    write_checkpoint(path, state, history)
    if change == "junk":
        path.write_bytes(b"junk")
    reseal("out")
    lines(capsys, "out", status=1)
    assert lines(capsys, "out", f"epochs={N - 1}", status=1)[0].startswith("FAIL")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"epochs": 13}, "it ended after 12 epochs, and its config has 13"),
        ({"early_stopping": {"patience": 1}}, "with patience 1 it ends after epoch"),
        ({"model": {"backend": "numpy", "hidden_sizes": [13], "init": "auto"}}, "is of a network"),
        ({"dataset": {"val": 300}}, "it is said to have 1,200 rows to train and 297 to validate"),
        ({"dataset": {"split": "random"}}, "its train rows are not those that its config draws"),
    ],
)
def test_a_record_that_cannot_come_from_its_config_fails_without_training(changes, text, capsys):
    tree = trained("out", "lr=constant", "lr.initial=0.9").tree
    merged = {k: {**tree[k], **v} if isinstance(v, dict) else v for k, v in changes.items()}
    Path("out/config.yaml").write_text(yaml.safe_dump({**tree, **merged}))
    reseal("out")
    found = verified(Path("out")).runs[0]
    assert found.verdict == "FAIL"
    assert text in found.sentence
    assert found.replayed == ()


def test_a_claimed_test_count_is_measured_only_for_a_reason(capsys):
    HONEST["final"]("outputs")
    ledger = Path("outputs/test_ledger.jsonl")
    n = len(ledger.read_text().splitlines())
    (line, _) = lines(capsys, "outputs/last")
    assert line.endswith("its test count was not measured again, which takes reason=<text>")
    assert len(ledger.read_text().splitlines()) == n
    (line, _) = lines(capsys, "outputs/last", "reason=checking a claim")
    assert "right on the test split, measured again" in line
    assert json.loads(ledger.read_text().splitlines()[n])["reason"] == "checking a claim"

    look = load_run("outputs/last").outcome.test
    reseal("outputs/last", test=replace(look, correct=look.correct + 1))
    (line, _) = lines(capsys, "outputs/last", "reason=checking a claim", status=1)
    assert f"it claims {look.correct + 1} of 300 right on the test split" in line
    assert f"measured again it has {look.correct} of 300" in line


def test_a_plugin_is_imported_only_when_it_is_named(capsys):
    named = write()
    with forgetting():
        command("out", named, "act=bent", "dataset=digits", *SMALL)
    (line, _) = lines(capsys, "out", status=3)
    assert line.startswith("INCONCLUSIVE  out: it cannot be trained again here: ")
    assert "give plugins=[bent_plugin] or import the module first" in line
    assert "bent_plugin" not in sys.modules
    with forgetting():
        assert lines(capsys, "out", named)[0].startswith("PASS")


def test_own_data_are_read_again(capsys):
    rows = np.random.default_rng(0).normal(size=(200, 3))
    np.savetxt("mine.csv", np.c_[rows, rows[:, 0] > 0], "%.4f", ",", header="a,b,c,y", comments="")
    keys = ("dataset=file", "dataset.train=mine.csv", "dataset.labels=y", "epochs=3")
    command("out", *keys, "record.figures=false", "batch_size=20", "record.keep=all")
    assert verified(Path("out")).verdict == "PASS"
    Path("mine.csv").write_text(Path("mine.csv").read_text().replace("0.1", "0.2"))
    assert verified(Path("out")).verdict == "INCONCLUSIVE"


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_run_that_diverged_is_one_that_diverges_again(backend):
    config = digits_config(*SMALL, f"model={backend}_mlp", "lr.initial=1e30")
    assert run_job(config, Path("out")).status == "diverged"
    assert verified(Path("out")).verdict == "PASS"


@pytest.mark.parametrize("schema", [1, 2, 3, 4])
def test_older_records_are_read_and_never_accused(schema):
    found = verified(Path(__file__).parents[1] / "data" / f"records-{schema}", Asked(sample=4))
    assert found.verdict in ("PASS", "INCONCLUSIVE")

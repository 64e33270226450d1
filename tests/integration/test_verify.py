"""verify: forged records are found, honest ones are not doubted, and nothing is touched."""

import json
from pathlib import Path

import pytest

from hw3 import replay, verify
from hw3.core.files import sha256
from hw3.launch.job import run_job
from hw3.records.checkpoint import read_checkpoint, write_checkpoint
from hw3.records.outcome import Stopping, own_digest
from hw3.replay.verify import Asked, verified
from tests import forged
from tests.builders import refused
from tests.forged import FORGERIES, KINDS, N, cheating, trained
from tests.honest import HONEST


def lines(capsys, *arguments, status=0):
    capsys.readouterr()
    assert verify.main(list(arguments)) == status
    return capsys.readouterr().out.splitlines()


def content(folder="."):
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", range(4))
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_record_is_found_by_three_epochs(name, kind):
    FORGERIES[name]("out", kind)
    for seed in range(3):
        found = verified(Path("out"), Asked(epochs=3, seed=seed)).runs[0]
        assert found.verdict == "FAIL"
        assert len(found.replayed) <= 3


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_record_is_not_doubted(name):
    HONEST[name]("out")
    before = content()
    for asked in (Asked(), Asked(epochs=3)):
        found = verified(Path("out"), asked)
        assert found.verdict == "PASS", found
        assert found.n_waiting == 0
    assert content() == before


@pytest.mark.parametrize("epoch", [2, 3, 6, 11, 12])
def test_the_epoch_drawn_by_its_step_is_the_one_that_was_trained_otherwise(epoch):
    def longer(train, e, inputs, labels, orders, keywords):
        rates = [rate * (1.5 if e == epoch else 1) for rate in keywords["learning_rates"]]
        train(inputs, labels, orders, **keywords | {"learning_rates": rates})

    with cheating(longer):
        trained("out", *KINDS[epoch % 3])
    drawn = [verified(Path("out"), Asked(epochs=3, seed=seed)).runs[0] for seed in range(2)]
    assert [run.divergence.epoch for run in drawn] == [epoch, epoch]


def test_the_command_says_a_verdict_for_each_run_and_for_all(capsys):
    trained("out/a")
    trained("out/b", "seed=1")
    FORGERIES["weights of another seed"]("out/c", 0)
    first, second, third, last = lines(capsys, "out", "json=found.json", "seed=5", status=1)
    assert first == f"PASS  out/a: all {N} epochs: the same bits"
    assert second.startswith("PASS  out/b")
    assert third.startswith("FAIL  out/c: epoch 1: weights_sha256 should be ")
    assert last == "hw3: FAIL: 3 runs: 2 PASS, 1 FAIL; seed=5"
    found = json.loads(Path("found.json").read_text())
    assert (found["verdict"], found["seed"]) == ("FAIL", 5)
    assert [run["verdict"] for run in found["runs"]] == ["PASS", "PASS", "FAIL"]
    assert found["runs"][2]["divergence"]["epoch"] == 1

    (line, _) = lines(capsys, "out/b", "epochs=4")
    assert line.startswith("PASS  out/b: epochs 1, ")
    drawn = [lines(capsys, "out", "sample=1", f"seed={seed}", status=s) for seed, s in SEEDS]
    assert {told[0].split()[1] for told in drawn} == {"out/a:", "out/b:", "out/c:"}
    assert drawn[0][-1].endswith("1 drawn of 3; seed=1")


SEEDS = ((1, 0), (0, 0), (5, 1))  # of drawings of one run, and the status of each


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "usage: python -m hw3.verify <folder"),
        (["empty", "out"], "usage: python -m hw3.verify <folder"),
        (["empty"], "empty holds no run: nothing is claimed"),
        (
            ["empty", "epoch=3"],
            "unknown key 'epoch'; allowed here: sample, epochs, seed, reason, data_dir",
        ),
        (["empty", "epochs=2"], "epochs must be a whole number >= 3: the first, "),
        (["empty", "epochs=all"], "epochs must be a whole number, got 'all'"),
        (
            ["empty", "json=none/v.json"],
            "json=none/v.json must be a file in a folder that is there",
        ),
        (["empty", "json=empty/v.json"], "must be a file in a folder that is there, outside empty"),
        (["empty", "sample=0"], "sample must be a whole number >= 1, got 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments, text, capsys):
    Path("empty").mkdir()
    assert text in refused(capsys, verify.main, *arguments)


def test_a_run_that_has_not_ended_claims_nothing(capsys):
    trained("out/a")
    trained("out/b", "seed=1")
    Path("out/b/metrics.json").unlink()
    assert "1 run in it, none of which has ended" in refused(capsys, verify.main, "out/b")
    assert lines(capsys, "out")[-1].startswith("hw3: PASS: 1 run: 1 PASS; 1 run claimed nothing")


@pytest.mark.parametrize("gone", [(8,), range(1, 8)])
def test_to_leave_out_checkpoints_draws_the_epochs_between(gone):
    forged.another_rate("out", 0)  # twice the rate in epoch 8
    for epoch in gone:
        forged.kept_checkpoint(Path("out"), epoch).unlink()
    forged.reseal("out")
    for seed in range(4):
        assert verified(Path("out"), Asked(epochs=3, seed=seed)).verdict == "FAIL"


def test_what_early_stopping_did_is_what_the_history_says():
    trained("out", "early_stopping.patience=2", "lr=constant", "lr.initial=0.5")
    forged.reseal("out", early_stopping=Stopping(5, 3, 1))
    assert verified(Path("out")).runs[0].sentence == (
        "metrics.json says otherwise what early stopping did"
    )


def test_each_kept_state_of_a_whole_run_is_compared():
    trained("out", *KINDS[1])
    path = forged.kept_checkpoint(Path("out"), 6)
    state, history = read_checkpoint(path)
    write_checkpoint(path, {**state, "slot_mean": state["slot_mean"] * 2}, history)
    forged.reseal("out")
    assert verified(Path("out")).runs[0].sentence.startswith("epoch 6: the optimizer's state")


def test_verdicts_that_are_known_are_told_before_an_interruption(capsys, monkeypatch):
    trained("out/a")
    trained("out/b")
    real = replay.verify.verify_run

    def interrupted(run, asked, random):
        if run.name == "b":
            raise KeyboardInterrupt
        return real(run, asked, random)

    monkeypatch.setattr(replay.verify, "verify_run", interrupted)
    assert lines(capsys, "out", status=130)[0].startswith("PASS  out/a")


def test_a_file_that_may_not_be_read_accuses_nobody(monkeypatch):
    trained("out")

    def forbidden(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hw3.records.run.check_regular", forbidden)
    found = verified(Path("out")).runs[0]
    assert found.verdict == "INCONCLUSIVE"
    assert "cannot be read: Permission denied" in found.sentence


def test_params_that_are_of_no_network_are_a_damage():
    trained("out", "record.keep=last")
    Path("out/params.h5").write_bytes(Path("out/checkpoint.h5").read_bytes())
    outcome = json.loads(Path("out/metrics.json").read_text())
    del outcome["own_sha256"]
    files = {**outcome["files"], "params.h5": sha256(Path("out/params.h5"))}
    outcome |= {"files": files, "own_sha256": own_digest({**outcome, "files": files})}
    Path("out/metrics.json").write_text(json.dumps(outcome))
    found = verified(Path("out")).runs[0]
    assert found.verdict == "FAIL"
    assert "params.h5 is damaged, or not of a run" in found.sentence


def test_of_a_run_that_diverged_it_is_said_that_it_does():
    run_job(forged.small("lr.initial=1e30"), Path("out"))
    assert verified(Path("out")).runs[0].sentence == "all 1 epoch: it diverges in the same epoch"

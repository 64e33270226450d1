"""record.keep: which checkpoints stay, and that they are those of the history."""

from pathlib import Path

import pytest

from hw3 import run as door
from hw3.nn.arrays import digest
from hw3.records.checkpoint import read_checkpoint
from hw3.records.integrity import faults
from hw3.records.layout import kept_checkpoints
from hw3.records.run import load_run
from hw3.training.build import make_experiment
from tests.builders import QUICK, record, refused
from tests.forged import SMALL, trained
from tests.honest import killed


@pytest.mark.parametrize(
    ("keep", "epochs"),
    [("last", []), ("all", [1, 2, 3, 4, 5, 6]), ("every 4", [4]), ("every 7", [])],
)
def test_the_checkpoints_that_are_asked_for_stay(keep, epochs):
    command = (*QUICK, "epochs=6", f"record.keep={keep}", "hydra.run.dir=out")
    assert door.main([*command]) == 0
    assert list(kept_checkpoints(Path("out"))) == epochs
    names = [f"checkpoints/{epoch:05}.h5" for epoch in epochs]
    assert [name for name in record()["files"] if "/" in name] == names
    assert door.main([*QUICK, "epochs=6", "hydra.run.dir=out"]) == 0  # the same run, with its hash


@pytest.mark.parametrize("keep", ["every", "every 0", "every -1", "none", "every 1.5"])
def test_another_word_is_refused(keep, capsys):
    assert "record.keep must be last, all or every <n>" in refused(
        capsys, door.main, *QUICK, f"record.keep={keep}"
    )


def test_a_kept_checkpoint_holds_the_weights_whose_digest_the_history_has():
    config = trained("out", "early_stopping.patience=3")
    epochs = load_run("out").epochs.epochs
    for epoch, path in kept_checkpoints(Path("out")).items():
        state, history = read_checkpoint(path)
        backend = make_experiment(config).backend
        backend.load_state_dict(state)
        assert digest(backend.get_params()) == epochs[epoch - 1].weights_sha256
        assert [e.weights_sha256 for e in history.epochs] == [
            e.weights_sha256 for e in epochs[:epoch]
        ]
    assert len({e.weights_sha256 for e in epochs}) == len(epochs)
    final = record()["final"]["epoch"]
    assert record()["weights_sha256"] == epochs[final - 1].weights_sha256


def test_a_run_that_was_killed_keeps_the_same_ones():
    trained("whole", "optimizer=momentum")
    killed("killed", 5, "optimizer=momentum")
    told = [
        [line.rpartition(",")[0] for line in Path(f, "history.csv").read_text().splitlines()]
        for f in ("whole", "killed")
    ]
    assert told[0] == told[1]
    for a, b in zip(
        *(kept_checkpoints(Path(f)).values() for f in ("whole", "killed")), strict=True
    ):
        one, other = read_checkpoint(a)[0], read_checkpoint(b)[0]
        assert {k: v.tobytes() for k, v in one.items()} == {
            k: v.tobytes() for k, v in other.items()
        }


def test_a_kept_checkpoint_that_was_changed_or_lost_is_noticed(capsys):
    trained("out")
    path = kept_checkpoints(Path("out"))[3]
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert "checkpoints/00003.h5 was changed after the run had ended" in list(
        faults(load_run("out"))
    )
    path.unlink()
    err = refused(capsys, door.main, "dataset=digits", *SMALL, "hydra.run.dir=out")
    assert "checkpoints/00003.h5 is missing" in err

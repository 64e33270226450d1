import math
from dataclasses import replace

import pytest

from hw3.training.history import (
    HISTORY_COLUMNS,
    EpochRecord,
    digests_array,
    history_array,
    history_csv,
    history_frame,
    history_from_array,
    read_history,
)
from hw3.training.metrics import Metrics
from tests.builders import history


@pytest.mark.parametrize("has_val", [True, False])
def test_history_survives_its_array(has_val):
    h = history(has_val=has_val)
    assert history_from_array(history_array(h)) == h
    assert history_from_array(history_array(history(1))) == history(1)


def test_history_csv_has_the_promised_columns():
    header, first, *_ = history_csv(history(2)).splitlines()
    counts = "train_loss,train_correct,train_n,val_loss,val_correct,val_n"
    assert header == f"epoch,lr,{counts},weights_sha256,seconds"
    values = dict(zip(HISTORY_COLUMNS, first.split(","), strict=True))
    assert (values["epoch"], values["val_correct"], values["val_n"]) == ("1", "60", "100")
    assert float(values["train_loss"]) == 90.1 / 3 / 100
    assert history_csv(history(1, has_val=False)).splitlines()[1].endswith(",,,,,1.5")


@pytest.mark.parametrize("has_val", [True, False])
def test_history_csv_reads_back(has_val):
    h = history(3, has_val)
    found = read_history(history_csv(h), 0, 0)
    assert history_csv(found) == history_csv(h)
    assert found.best.epoch == h.best.epoch


def test_a_history_of_schema_1_takes_its_counts_from_the_run():
    header = "epoch,lr,train_loss,train_correct,train_accuracy,val_loss,val_correct,val_accuracy"
    found = read_history(f"{header},seconds\n1,0.1,0.5,30,0.5,0.7,12,0.6,1.5\n", 60, 20)
    assert found.last.train == Metrics(30.0, 30, 60)
    assert found.last.val == Metrics(14.0, 12, 20)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "epoch\n1\n"])
def test_a_text_that_is_no_history_is_refused(text):
    with pytest.raises((KeyError, ValueError)):
        read_history(text, 1, 1)


def test_best_epoch_is_by_correct_then_loss_then_first():
    h = history(3)
    assert h.best.epoch == 3
    h.epochs.append(EpochRecord(4, 0.1, h.last.train, Metrics(50.0, 62, 100), 1.0))
    assert h.best.epoch == 4
    h.epochs.append(EpochRecord(5, 0.1, h.last.train, Metrics(50.0, 62, 100), 1.0))
    assert h.best.epoch == 4
    h.epochs.append(EpochRecord(6, 0.1, h.last.train, Metrics(math.nan, 62, 100), 1.0))
    assert h.best.epoch == 4
    assert h.is_diverged


def test_a_run_ends_with_its_last_epoch_unless_it_kept_the_lowest_loss():
    h = history(2)
    h.epochs.append(EpochRecord(3, 0.1, h.last.train, Metrics(500.0, 62, 100), 1.0))
    assert h.final.epoch == 3
    h.kept = []
    assert h.final.epoch == 2
    h.epochs.append(EpochRecord(4, 0.1, h.last.train, Metrics(math.nan, 62, 100), 1.0))
    assert h.final.epoch == 4


def test_a_frame_has_the_accuracies_beside_the_counts():
    frame = history_frame(history(2))
    split = ["loss", "correct", "n", "accuracy"]
    names = [f"{part}_{name}" for part in ("train", "val") for name in split]
    assert list(frame) == ["epoch", "lr", *names, "weights_sha256", "seconds"]
    assert frame.epoch.tolist() == [1, 2]
    assert frame.train_accuracy.tolist() == [0.70, 0.71]
    assert frame.val_accuracy.tolist() == [0.60, 0.61]
    assert history_frame(history(1, has_val=False)).val_accuracy.isna().all()


def test_the_digests_of_the_weights_are_read_back_and_may_be_missing():
    h = history(3)
    known = replace(h.epochs[1], weights_sha256="0f" * 32)
    h.epochs[1] = known  # as where a run of an older version was continued
    assert history_from_array(history_array(h), digests_array(h)) == h
    assert [e.weights_sha256 for e in read_history(history_csv(h), 0, 0).epochs] == [
        None,
        "0f" * 32,
        None,
    ]
    older = "\n".join(
        ",".join(cell for i, cell in enumerate(line.split(",")) if i != 8)
        for line in history_csv(h).splitlines()
    )
    assert [e.weights_sha256 for e in read_history(older, 0, 0).epochs] == [None] * 3

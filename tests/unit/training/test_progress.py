from hw3.training.history import (
    EpochRecord,
)
from hw3.training.metrics import Metrics
from hw3.training.progress import bar_text, epoch_line


def test_lines_of_progress():
    record = EpochRecord(12, 0.1, Metrics(50, 9831, 10_000), Metrics(1, 9630, 10_000), 1.0)
    line = "epoch 12/50  lr 0.1  train 98.31%  val 9630/10000 = 96.30%"
    assert epoch_line(record, 50) == line
    assert "val 0.0001 96.30%" in bar_text(record)
    alone = EpochRecord(1, 0.1, Metrics(50, 98, 100), None, 1.0)
    assert epoch_line(alone, 2) == "epoch 1/2  lr 0.1  train 98.00%"

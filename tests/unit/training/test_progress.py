import sys

from hw3.core.terminal import briefly
from hw3.training.history import EpochRecord
from hw3.training.metrics import Metrics
from hw3.training.progress import bar_text, epoch_line, reporting
from tests.builders import history


def test_lines_of_progress():
    record = EpochRecord(12, 0.1, Metrics(50, 9831, 10_000), Metrics(1, 9630, 10_000), 1.0)
    line = "epoch 12/50  lr 0.1  train 98.31 %  val 9630/10000 = 96.30 %"
    assert epoch_line(record, 50) == line
    assert bar_text(record, 60) == "lr 0.1 | train 0.0050 98.31 % | val 0.0001 96.30 %"
    assert bar_text(record, 40) == "lr 0.1 | train 98.31 % | val 96.30 %"
    assert bar_text(record, 20) == "train 98.31 % | val 96.30 %"
    alone = EpochRecord(1, 0.1, Metrics(50, 98, 100), None, 1.0)
    assert epoch_line(alone, 2) == "epoch 1/2  lr 0.1  train 98.00 %"


def test_what_is_no_terminal_gets_a_line_per_epoch(capsys):
    with reporting("a", 2, 1) as report:
        report(history(2))
    assert capsys.readouterr().out.splitlines() == [
        "hw3: continues after epoch 1",
        "epoch 2/2  lr 0.1  train 71.00 %  val 61/100 = 61.00 %",
    ]


def test_one_experiment_of_several_has_ten_lines(capsys):
    with briefly(), reporting("a", 50, 0) as report:
        for n in range(1, 51):
            report(history(n))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == [f"{n}/50" for n in range(5, 51, 5)]


def test_a_terminal_gets_a_bar_with_the_name_before_the_first_epoch_ends(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with reporting("relu-lr0.1", 2, 0) as report:
        first = capsys.readouterr().out
        report(history(1))
    assert first.startswith("hw3: relu-lr0.1\n")
    assert "0/2" in first
    assert capsys.readouterr().out.endswith(epoch_line(history(1).last, 2) + "\n")

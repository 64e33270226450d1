"""The command that shows runs side by side, from records made by hand."""

import re
from pathlib import Path

import pytest

from hw3 import compare
from hw3.analysis.intervals import wilson
from hw3.sweeps import tables
from tests.builders import TANH, compared, write_run


def seeds(root, n=7, **changes):
    """Write a configuration's runs, with 900, 901, ... correct of 1,000."""
    for seed in range(n):
        name = "-".join([*(str(v) for v in changes.values()), str(seed)])
        name = re.sub(r"\W+", "", name)
        write_run(f"{root}/{name}", correct=900 + seed, rows=f"rows{seed}", seed=seed, **changes)


def test_no_figure_goes_into_a_record():
    folders = [str(write_run(f"sweep/{name}")) for name in "ab"]
    Path("config.yaml").write_text("a project's own, above its outputs")
    Path(folders[0], "run.log").touch()
    for place in (folders[0], f"{folders[0]}/below"):
        assert compare.main([*folders, f"figure={place}/curves.png"]) == 2
    assert not Path(folders[0], "curves.png").exists()


def test_accuracies_are_percent_with_their_interval(capsys):
    final = write_run("final/a", correct=None, test=9849)
    assert compare.main([str(write_run("sweep/a")), str(final)]) == 0
    out = capsys.readouterr().out
    low, high = (100 * end for end in wilson(900, 1000))
    assert re.search(r"val % +│ 90.00 +│ - ", out)
    assert f"{low:.2f}-{high:.2f}" in out
    assert re.search(r"test % +│ - +│ 98.49 ", out)
    assert re.search(r"train loss +│ 0.2500 +│ 0.2500 ", out)
    assert re.search(r"epochs run +│ 2 +│ 2 ", out)
    assert re.search(r"time s +│ 3.2 +│ 3.2 ", out)
    assert "hw3: a range below an accuracy is its 95 % Wilson interval\n" in out
    assert "hw3: figure: outputs/compare.png (sweep, final)\n" in out


def test_above_twelve_runs_a_row_is_a_configuration(capsys):
    """By hand: 900 to 906 of 1,000 are 90.30 ± 0.22 %."""
    for lr in (0.1, 0.2, 0.3):
        seeds("sweep", lr={"name": "constant", "initial": lr})
    write_run("best/a", correct=950, rows="rows0", **TANH)
    assert compare.main(["sweep", "best"]) == 0
    out = capsys.readouterr().out
    assert len(re.findall(r"^lr 0\.[123] +7 +90.30 ± 0.22 ", out, re.MULTILINE)) == 3
    assert out.index("95.00") < out.index("90.30")
    assert "± is one standard deviation over runs that differ in nothing but the seed" in out
    assert "CAUTION" not in out  # the one run's rows are among those of the others
    assert re.search(r"seed +│ 0, 1, 2, 3, 4, 5, 6 +│ 0 ", out)


def test_too_many_lines_are_the_best_few_with_each_folder_s_best(capsys):
    for i in range(12):
        write_run(f"sweep/{i}", correct=900 + i, epochs=10 + i)
    write_run("poor/a", correct=100)
    found, title = tables.chosen(compared("sweep", "poor"))
    assert [c.label for c in found] == ["epochs 21", "epochs 20", "epochs 19", "epochs 18", "poor"]
    assert title == "sweep, poor: the best 5 of 13 configurations, each folder's best among them"


def test_a_bad_run_has_a_row_that_says_so(capsys):
    for name, lr in (("good", 1), ("broken", 2), ("failed", 3), ("running", 4), ("cut", 5)):
        write_run(f"sweep/{name}", lr={"name": "constant", "initial": lr})
    Path("sweep/broken/metrics.json").write_text("{")
    Path("sweep/failed/metrics.json").write_text('{"status": "failed", "error": "by hand"}')
    Path("sweep/running/metrics.json").unlink()
    Path("sweep/cut/history.csv").write_text("")
    assert compare.main(["sweep"]) == 0
    out = capsys.readouterr().out
    for row in ("lr 2 +broken", "lr 3 +failed", "lr 4 +unfinished", "lr 5 +completed"):
        assert re.search(f"^{row} ", out, re.MULTILINE)
    assert "lr 3: failed: by hand" in out
    assert "lr 2: broken: sweep/broken/metrics.json is damaged" in out
    assert "lr 5 is not drawn: sweep/cut/history.csv is damaged" in out


def test_nothing_that_has_ended_is_no_figure(capsys):
    for name in "ab":
        folder = write_run(f"x/{name}")
        (folder / "metrics.json").unlink()
        (folder / "history.csv").unlink()
    assert compare.main(["x"]) == 0
    assert "no figure: no epoch has ended" in capsys.readouterr().out
    assert not Path("outputs").exists()


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_is_the_usage(word, capsys):
    assert compare.main([word]) == 0
    assert "usage: python -m hw3.compare" in capsys.readouterr().out

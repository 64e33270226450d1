"""The summary of a sweep, from records made by hand."""

from pathlib import Path

from hw3.records.run import load_sweep
from hw3.sweeps import summary
from hw3.sweeps.summary import summarize
from tests.builders import TANH, write_run


def test_a_sweep_that_grows_too_large_to_draw_keeps_no_old_figure(monkeypatch, capsys):
    monkeypatch.setattr(summary, "MAX_PANELS", 1)
    write_run("s/a")
    summarize(load_sweep("s"))
    assert {p.name for p in Path("s").glob("*.png")} == {"curves.png", "curves_relu-lr-0.1.png"}
    write_run("s/b", **TANH)
    summarize(load_sweep("s"))
    assert not list(Path("s").glob("*.png"))
    assert "png" not in Path("s/summary.json").read_text()


def test_each_configuration_has_a_file_of_its_own(capsys):
    """Labels that differ in signs alone: lr 1e-20 and lr 1e+20 are two names."""
    for name, rate in (("a", 1e-20), ("b", 1e20)):
        write_run(f"s/{name}", lr={"name": "constant", "initial": rate})
    summarize(load_sweep("s"))
    assert len(list(Path("s").glob("curves_*.png"))) == 2

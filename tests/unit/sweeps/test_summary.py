"""The summary of a sweep, from records made by hand."""

import json
from pathlib import Path

from hw3 import sweep
from hw3.records.run import load_sweep
from hw3.sweeps import figures
from hw3.sweeps.groups import configurations
from hw3.sweeps.summary import Row, print_table, summarize, summary_faults
from tests.assignment import environment
from tests.builders import TANH, write_run


def faults(must_be):
    return list(summary_faults(load_sweep("s"), must_be))


def test_a_sweep_that_grows_too_large_to_draw_keeps_no_old_figure(monkeypatch, capsys):
    """Whatever must be summarised is so with all its jobs; single runs may lie beside a summary."""
    monkeypatch.setattr(figures, "MAX_PANELS", 1)
    write_run("s/a")
    assert faults(must_be=True) == ["it was never summarised: python -m hw3.sweep s"]
    summarize(load_sweep("s"))
    assert {p.name for p in Path("s").glob("*.png")} == {"curves.png", "curves_relu-lr-0.1.png"}
    write_run("s/b", **TANH)
    assert faults(must_be=True) == ["the outcome of b is not the one that was summarised"]
    assert faults(must_be=False) == []
    summarize(load_sweep("s"))
    assert not list(Path("s").glob("*.png"))
    assert "png" not in Path("s/summary.json").read_text()


def test_of_many_seeds_a_figure_draws_some_and_says_so(monkeypatch, capsys):
    monkeypatch.setattr(figures, "MAX_LINES", 2)
    for seed in range(3):
        write_run(f"s/{seed}", seed=seed)
    for seed in range(2):
        write_run(f"s/t{seed}", seed=seed, **TANH)
    drawn = {}
    monkeypatch.setattr(
        "hw3.plots.curves.curves", lambda lines, title: drawn.setdefault(title, lines)
    )
    monkeypatch.setattr("hw3.plots.curves.panels", lambda named, title: drawn.setdefault(title, []))
    monkeypatch.setattr(figures, "save_figure", lambda path, figure: None)
    summarize(load_sweep("s"))
    assert {title: len(lines) for title, lines in drawn.items()} == {
        "mnist: relu, the first 2 of 3 runs": 2,
        "mnist: tanh": 2,
        "mnist, 2 configurations, the first 2 of 3 runs": 0,
    }


def test_jobs_of_other_code_are_told_in_one_line(capsys):
    """A rerun after an edit: what had ended is of the old code, and stays."""
    for name, digest in (("a", "1" * 64), ("b", "2" * 64)):
        folder = write_run(f"s/{name}", **(TANH if name == "b" else {}))
        facts = environment({"name": "any"}, 1060) | {"code_sha256": digest}
        (folder / "environment.json").write_text(json.dumps(facts))
        summarize(load_sweep("s"))
        said = capsys.readouterr().out.replace("\n", " ")
        assert said.count("CAUTION: the jobs came from different code") == (name == "b")
    assert "1 job from code 111111111111; 1 job from code 222222222222" in said


def test_each_configuration_has_a_file_of_its_own(capsys):
    """Labels that differ in signs alone: lr 1e-20 and lr 1e+20 are two names."""
    for name, rate in (("a", 1e-20), ("b", 1e20)):
        write_run(f"s/{name}", lr={"name": "constant", "initial": rate})
    summarize(load_sweep("s"))
    assert len(list(Path("s").glob("curves_*.png"))) == 2


def test_the_printed_table_names_what_has_ended_and_how_many_wait(capsys):
    write_run("s/a")
    write_run("s/b", correct=800, **TANH)
    Path("s/jobs.json").write_text(json.dumps({"jobs": ["a", "b", "c"]}))
    print_table([Row.of(c) for c in configurations(load_sweep("s"))])
    _, header, _, *rows, _, waiting = capsys.readouterr().out.splitlines()
    assert [row.split() for row in (header, *rows)] == [
        ["configuration", "validation", "loss", "training", "seconds"],
        ["relu", "90.00", "%", "0.5000", "100.00", "%", "3.2"],
        ["tanh", "80.00", "%", "0.5000", "100.00", "%", "3.2"],
    ]
    assert waiting == "hw3: 1 job not started yet"
    for name in "ab":
        Path(f"s/{name}/metrics.json").unlink()
    assert sweep.main(["s"]) == 1
    told = capsys.readouterr().out
    assert "hw3: no job has completed: 2 jobs begun, 1 not started yet\n" in told
    assert "the command that made the sweep goes on with what has not ended" in told


def test_runs_that_left_a_sweep_are_named_with_what_to_do(capsys):
    for name in ("a", "b", "c", "d", "e"):
        write_run(f"s/{name}", seed=ord(name))
    Path("s/jobs.json").write_text(json.dumps({"jobs": ["a"]}))
    summarize(load_sweep("s"))
    said = capsys.readouterr().out
    assert "4 runs in this folder are not of the last command: b, c, d, ...; name their" in said
    assert "python -m hw3.compare s/*/ shows all" in said
    Path("s/jobs.json").unlink()  # then they all are
    summarize(load_sweep("s"))
    assert "not of the last command" not in capsys.readouterr().out

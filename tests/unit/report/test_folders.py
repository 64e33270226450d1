"""The page of any runs and sweeps."""

import html
import json
import re

import pytest

from hw3.records.integrity import faults
from hw3.records.run import load_run
from hw3.report.__main__ import main
from tests.assignment import write
from tests.builders import refused
from tests.violations import edit_history, edit_json, edit_tree

RUN, SWEEP = "fashion_confusion/net", "mnist_sweep"


def page(folder):
    return html.unescape((folder / "report.html").read_text().replace("\u00a0", " "))


def test_a_run_has_a_page_that_leaves_its_record_whole(outputs, capsys):
    assert main([str(outputs / RUN)]) == 0
    said, text = capsys.readouterr().out, page(outputs / RUN)
    assert "Completed after " in said
    assert f"hw3: report: {outputs / RUN}/report.html" in said
    for part in ("95 % interval", "On the test split", "weights and biases", "<polyline"):
        assert part in text
    for part in ("Heatmap of the", "Precision, recall and F1", "sha256", "python -m hw3.run"):
        assert part in text
    assert list(faults(load_run(outputs / RUN))) == []
    assert main([str(outputs / RUN)]) == 0  # again, over its own page


def test_a_page_needs_no_network_and_no_script(outputs):
    main([str(outputs / RUN), str(outputs / SWEEP)])
    text = page(outputs / RUN)
    assert not re.findall(r'(?:src|href)="(?!#|data:)', text)
    assert "<script" not in text
    assert len(re.findall('id="([^"]+)"', text)) == len({*re.findall('id="([^"]+)"', text)})


def test_a_sweep_is_ranked_with_what_cannot_be_told_apart(outputs):
    assert main([str(outputs / SWEEP)]) == 0
    text = page(outputs / SWEEP)
    assert '6 of 6 jobs completed. On validation "relu, lr 0.5" leads with' in text
    assert "with one seed nothing is tested" in text
    assert "The sweep after the last epoch, best first" in text
    assert text.count("<svg viewBox") == 6


def test_jobs_that_failed_or_left_are_named(outputs):
    jobs = outputs / SWEEP / "jobs.json"
    listed = json.loads(jobs.read_text())
    kept = [name for name in listed["jobs"] if name != "tanh-0.1"]
    write(jobs, json.dumps({"jobs": kept, "overrides": listed["overrides"]}))
    (outputs / SWEEP / "relu-0.1/metrics.json").unlink()
    main([str(outputs / SWEEP)])
    text = page(outputs / SWEEP)
    assert "relu-0.1: unfinished" in text
    assert "1 run in this folder is not of the last command: tanh-0.1" in text


def test_a_sweep_that_is_not_whole_has_a_page_too(outputs, capsys):
    (outputs / SWEEP / "relu-0.1/metrics.json").unlink()
    (outputs / SWEEP / "summary.json").unlink()
    assert main([str(outputs / SWEEP)]) == 0
    assert "5 of 6 jobs completed" in capsys.readouterr().out


def test_records_that_contradict_themselves_fail(outputs, capsys):
    edit_history(outputs / RUN, 1, "train_correct", 7)
    assert main([str(outputs / RUN)]) == 1
    assert "hw3: FAIL net: history.csv was changed after the run had ended" in (
        capsys.readouterr().out
    )
    assert "the records contradict themselves" in page(outputs / RUN)


def test_a_damaged_file_is_a_line_of_the_page(outputs):
    write(outputs / RUN / "confusion.csv", "nothing of ours")
    assert main([str(outputs / RUN)]) == 1
    assert f"a record in {outputs / RUN} cannot be used" in page(outputs / RUN)


def test_several_folders_are_one_page_with_a_section_each(outputs):
    assert main([str(outputs / SWEEP), str(outputs / RUN)]) == 0
    text = page(outputs / SWEEP)
    assert f"Sweep {outputs / SWEEP}</h2>" in text
    assert f"Run {outputs / RUN}</h2>" in text
    assert not (outputs / RUN / "report.html").exists()


def test_what_a_record_says_is_escaped(outputs):
    edit_json(outputs / RUN / "environment.json", lambda e: e.update(processor="<b>x</b>"))
    edit_tree(outputs / RUN, lambda tree: tree)
    main([str(outputs / RUN)])
    assert "<b>x" not in (outputs / RUN / "report.html").read_text()


@pytest.mark.parametrize("given", [["nowhere", "."], ["x=1"], [""]])
def test_what_cannot_be_reported_is_one_line(given, capsys):
    refused(capsys, main, *given)


def test_a_strangers_page_is_left_alone(outputs, capsys):
    write(outputs / RUN / "report.html", "<html>mine")
    assert "was not written by hw3" in refused(capsys, main, str(outputs / RUN))

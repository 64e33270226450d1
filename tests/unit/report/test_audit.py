"""Golden tests of the audit: a whole assignment passes, and each way to break a clause fails it."""

import json
import shutil
from pathlib import Path

import pytest

from hw3.report.__main__ import main
from hw3.report.audit import audit
from hw3.report.records import find_records
from tests.assignment import make, reseal, write
from tests.violations import CONFUSION, EARLIER, FINAL, ONLY_BY_HASH, SWEEP, VIOLATIONS, ledger


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    return make(tmp_path_factory.mktemp("records") / "outputs")


@pytest.fixture
def outputs(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "outputs"))


def test_a_whole_assignment_passes(whole):
    checks = audit(find_records(whole))
    assert [c for c in checks if c.status != "PASS"] == []
    clauses = {c.clause for c in checks}
    assert clauses >= {f"1{letter}" for letter in "abcdefghijklm"}
    assert clauses >= {"2a", "2b", "2c", "3", "4a", "4b", "4c", "4d"}


@pytest.mark.parametrize(
    ("name", "is_resealed"),
    [*((name, True) for name in VIOLATIONS), *((name, False) for name in sorted(ONLY_BY_HASH))],
)
def test_a_violation_fails_its_clause(name, is_resealed, outputs):
    clause, fault, break_it = VIOLATIONS[name]
    break_it(outputs)
    if is_resealed:
        reseal(outputs)
    found = {c.clause: c for c in audit(find_records(outputs))}
    is_seen = not is_resealed or name not in ONLY_BY_HASH
    assert (fault in found[clause].evidence) == is_seen
    if is_seen:
        assert found[clause].status == "FAIL"
        assert found[clause].evidence.startswith("FAULT: ")


@pytest.mark.parametrize("name", ["1m not the best", "4c nested too deep", "last row edited"])
def test_a_failing_audit_is_told_and_still_gives_a_page(name, outputs, capsys):
    clause, _, break_it = VIOLATIONS[name]
    break_it(outputs)
    assert main([str(outputs)]) == 1
    assert f"FAIL {clause}" in capsys.readouterr().out
    page = (outputs / "report.html").read_text()
    assert f'<a href="#clause-{clause.replace(" ", "-")}">' in page


def test_an_interrupted_sweep_is_not_run_rather_than_broken(outputs):
    """One job killed, one never started."""
    (outputs / SWEEP / "metrics.json").unlink()
    shutil.rmtree(outputs / "mnist_sweep/tanh-0.1")
    found = {c.clause: c for c in audit(find_records(outputs))}
    words = "4 of 6 jobs have ended: python -m hw3.run experiment=mnist_sweep"
    for name in ("1a", "1l", "1 records", "1m", "1m retrain"):
        assert (found[name].status, found[name].evidence) == ("NOT RUN", words)
    assert found["1m test"].status == "PASS"
    assert main([str(outputs)]) == 0
    assert words in (outputs / "report.html").read_text()


def test_every_clause_has_a_violation(whole):
    clauses = {c.clause for c in audit(find_records(whole))}
    assert clauses == {clause for clause, *_ in VIOLATIONS.values()}


FILES = ["config.yaml", "metrics.json", "history.csv", "params.h5", "environment.json"]


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", "a,b\n1\n", "\0\1\2"])
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("folder", [SWEEP, FINAL, CONFUSION])
def test_a_broken_record_is_a_fail_that_names_its_place(folder, file, content, outputs):
    (outputs / folder / file).write_text(content)
    checks = audit(find_records(outputs))
    failed = [c for c in checks if c.status == "FAIL"]
    assert any(folder.split("/")[1] in c.evidence for c in failed)


def test_more_epochs_than_a_quick_look_are_asked_for(outputs):
    """A quick run is not the assignment: 1k fails, and says what was run."""
    header, *lines = (outputs / SWEEP / "history.csv").read_text().splitlines()
    write(outputs / SWEEP / "history.csv", "\n".join([header, *lines[:3]]) + "\n")
    (check,) = [c for c in audit(find_records(outputs)) if c.clause == "1k"]
    assert check.status == "FAIL"
    assert "relu-0.5 ran 3 of 50 epochs" in check.evidence


def test_earlier_looks_at_the_test_split_are_told(outputs):
    ledger(lambda lines: [lines[0] | EARLIER, *lines])(outputs)
    metrics = json.loads((outputs / FINAL / "metrics.json").read_text())
    metrics["test"]["opened_before"] = 1
    write(outputs / FINAL / "metrics.json", metrics)
    (check,) = [
        c for c in audit(find_records(outputs)) if "opened once for it, after the" in c.title
    ]
    assert check.status == "PASS"
    assert "in the ledger: 2, earlier: 1" in check.evidence
    assert "a look" in check.evidence


def test_nothing_run_is_not_run(tmp_path, capsys):
    (tmp_path / "outputs").mkdir()
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "0 pass, 0 fail, 36 not run" in out
    page = (tmp_path / "outputs/report.html").read_text()
    assert "not run: <code>python -m hw3.run experiment=mnist_sweep</code>" in page


@pytest.mark.parametrize("arguments", [["nowhere"], ["a", "b"], ["quick=true"]])
def test_bad_arguments_are_one_line(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_network_measured_again_elsewhere_is_told(outputs):
    """By hw3.evaluate, or by the same run in another folder: nothing was there left to learn."""
    again = {"time": "2026-05-01T09:00:00+00:00", "run": "elsewhere"}
    ledger(lambda lines: [*lines, lines[0] | again])(outputs)
    found = {c.clause: c for c in audit(find_records(outputs))}
    assert found["1m test"].status == "PASS"
    assert "the same network was measured 1 times more, elsewhere" in found["1m test"].evidence


def test_a_sweep_that_is_narrowed_later_keeps_its_choice(outputs):
    """Labels depend on what else was swept: the winner, relu, lr 0.5, is now called lr 0.5."""
    jobs = json.loads((outputs / "mnist_sweep/jobs.json").read_text())["jobs"]
    write(outputs / "mnist_sweep/jobs.json", {"jobs": [j for j in jobs if j.startswith("relu")]})
    found = {c.clause: c for c in audit(find_records(outputs))}
    assert found["1m"].status == "PASS"
    assert "3 runs that its last command left out" in found["1m"].evidence


@pytest.mark.parametrize("jobs", [["nope"], ["relu-0.5", "relu-0.5"]])
def test_a_list_of_jobs_that_hides_the_runs_is_a_fail(jobs, outputs):
    write(outputs / "mnist_sweep/jobs.json", {"jobs": jobs})
    found = {c.clause: c for c in audit(find_records(outputs))}
    assert found["1a"].status == found["1m"].status == "FAIL"
    assert "jobs.json lists a job twice, or none" in found["1a"].evidence


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "x: &x {y: *x}", "epochs: abc", "a: " + "b" * 20_000]
)
def test_a_hostile_config_is_a_fail(text, outputs):
    write(outputs / SWEEP / "config.yaml", text)
    found = {c.clause: c for c in audit(find_records(outputs))}
    assert found["1a"].status == "FAIL"
    assert main([str(outputs)]) == 1

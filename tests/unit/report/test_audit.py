"""Golden tests of the audit: a whole assignment passes, and each way to break a clause fails it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hw3.records.weights import save_params
from hw3.report.__main__ import main, write_report
from hw3.report.clause import clause
from hw3.report.page import page
from hw3.report.parts import Records
from hw3.report.problem1 import SWEEP as SWEEP_PART
from hw3.report.problems import audit, find_records, problems
from tests.assignment import reseal, write
from tests.violations import CONFUSION, EARLIER, FINAL, NET, ONLY_BY_HASH, SWEEP, VIOLATIONS, ledger

CLAUSES = {c.name: c for problem in problems() for c in problem.clauses}
PARTS = {str(problem.number): problem.parts for problem in problems()}
FOLDERS = {"1": "mnist_*", "2": "fashion_confusion", "3": "fashion_weights", "4": "human_machine*"}
OLDER = Path(__file__).parents[2] / "data" / "records-1"
# What each clause says of a whole assignment, and must not say beside a fault.
CLAIMS = {
    "1a": "none in both parts, none left out",
    "1d": "each recorded loss is at least",
    "1j": "and nothing else",
    "1l": "both curves of each",
    "1m retrain": "a fresh start",
    "2a": "each row divided by its sum",
    "4 split": "sha256 as recorded",
    "4b": "is equal to W1",
}


def checked(root, *names):
    """The outcome of some clauses of one problem, and nothing else is read."""
    records = Records(root, PARTS[names[0][0]])
    return [CLAUSES[name].check(records) for name in names]


def test_a_whole_assignment_passes(whole):
    checks = audit(find_records(whole))
    assert [c for c in checks if c.status != "PASS"] == []
    clauses = {c.clause for c in checks}
    assert clauses >= {f"1{letter}" for letter in "abcdefghijklm"}
    assert clauses >= {"2a", "2b", "2c", "3", "4a", "4b", "4c", "4d"}
    assert len(clauses) == len(checks) == 36
    assert all(c.title and c.evidence for c in checks)


@pytest.mark.parametrize(
    ("name", "is_resealed"),
    [*((name, True) for name in VIOLATIONS), *((name, False) for name in sorted(ONLY_BY_HASH))],
)
def test_a_violation_fails_its_clause(name, is_resealed, outputs):
    clause, fault, break_it = VIOLATIONS[name]
    break_it(outputs)
    if is_resealed:
        reseal(outputs, FOLDERS[clause[0]])
    (check,) = checked(outputs, clause)
    is_seen = not is_resealed or name not in ONLY_BY_HASH
    assert any(fault in text for text in check.faults) == is_seen, check
    assert check.status == ("FAIL" if is_seen else "PASS")
    if is_seen and clause in CLAIMS:
        assert CLAIMS[clause] not in "; ".join(check.evidence)


def test_the_copies_leave_the_original_as_it_was(whole):
    """Last of its kind by name only: whatever ran before, the session's records are whole."""
    assert all(c.status == "PASS" for c in audit(find_records(whole)))


def test_every_clause_has_a_violation_that_it_finds_without_hashes():
    found = {clause for name, (clause, *_) in VIOLATIONS.items() if name not in ONLY_BY_HASH}
    assert set(CLAUSES) == found


@pytest.mark.parametrize("name", ["1m not the best", "4c nested too deep", "last row edited"])
def test_a_failing_audit_is_told_and_still_gives_a_page(name, outputs, capsys):
    clause, _, break_it = VIOLATIONS[name]
    break_it(outputs)
    assert main([str(outputs)]) == 1
    assert f"FAIL {clause}" in capsys.readouterr().out
    page = (outputs / "report.html").read_text()
    assert f'<a href="#clause-{clause.replace(" ", "-")}">' in page


def test_older_records_are_judged_as_the_version_that_made_them_did(tmp_path):
    """Small records of schema 1, and what that version's audit said of them."""
    found = {c.clause: c.status for c in audit(find_records(OLDER))}
    assert found == json.loads((OLDER.parent / "records-1-audit.json").read_text())
    root = Path(shutil.copytree(OLDER, tmp_path / "outputs"))
    assert main([str(root)]) == 1
    text = (root / "report.html").read_text()
    assert "Recorded by an older version of hw3: mnist_sweep (4 runs), mnist_final (1 run)" in text


def test_what_is_claimed_is_said_of_a_whole_assignment(whole):
    for name, claim in CLAIMS.items():
        (check,) = checked(whole, name)
        assert claim in "; ".join(check.evidence)


def test_a_claim_of_an_earlier_run_is_withdrawn_by_a_later_fault(whole):
    @clause("1z", SWEEP_PART)
    def contradicted(sweep, finding):
        """All is well."""
        finding.claim("all is well")
        finding.say("two runs")
        finding.fault("the second is not")

    check = contradicted.check(find_records(whole))
    assert (check.evidence, check.faults) == (["two runs"], ["the second is not"])


def test_the_evidence_is_what_was_measured_and_not_what_was_asked():
    """Records of small networks, which are not the assignment's."""
    two, three, four = ("; ".join(checked(OLDER, name)[0].evidence) for name in ("2", "3", "4"))
    assert two == "784-8-10 relu, L2 0.0001, dropout 0.3 (L2 convention full), 3 epochs by adam"
    assert "784-4-10 relu, no regulariser, 3 epochs by adam" in three
    assert "784-4-10 relu, L2 0.0001, dropout 0.2 (L2 convention full)" in three
    assert four == "20-4-1 relu, one logit (binary cross-entropy), batch 16, 6 epochs by adam"


@pytest.mark.parametrize("error", [KeyError, TypeError, ValueError, IndexError, AttributeError])
def test_a_bug_of_the_report_crashes_as_a_bug(error, whole):
    @clause("1z", SWEEP_PART)
    def buggy(sweep, finding):
        """No record is to blame."""
        raise error("a bug")

    with pytest.raises(error):
        buggy.check(find_records(whole))


def test_an_interrupted_sweep_is_not_run_rather_than_broken(outputs):
    """One job killed, one never started."""
    (outputs / SWEEP / "metrics.json").unlink()
    shutil.rmtree(outputs / "mnist_sweep/tanh-0.1")
    words = "4 of 6 jobs have ended: python -m hw3.run experiment=mnist_sweep"
    for check in checked(outputs, "1a", "1l", "1 records", "1m", "1m retrain"):
        assert (check.status, check.evidence) == ("NOT RUN", [words])
    assert checked(outputs, "1m test")[0].status == "PASS"
    assert main([str(outputs)]) == 0
    assert words.replace(": ", ": <code>") in (outputs / "report.html").read_text()


FILES = ["config.yaml", "metrics.json", "history.csv", "params.h5", "environment.json"]


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", "a,b\n1\n", "\0\1\2"])
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("folder", [SWEEP, FINAL, CONFUSION])
def test_a_broken_record_is_a_fail_that_names_its_place(folder, file, content, outputs):
    write(outputs / folder / file, content)
    names = {SWEEP: ["1 records"], FINAL: ["1m records"], CONFUSION: ["2 records"]}[folder]
    (check,) = checked(outputs, *names)
    assert check.status == "FAIL"
    assert any(folder.split("/")[1] in fault for fault in check.faults)


EXTRA = {
    FINAL: ["selection.json", "confusion.csv"],
    CONFUSION: ["confusion.csv"],
    NET: ["insight.json", "input_weights.csv", "input_weights.png", "run.log"],
    "fashion_weights": ["weights.json", "summary.json", "jobs.json", "histograms.png"],
    ".": ["test_ledger.jsonl"],
}
HOSTILE = ["", "{}", "[" * 99_999, "a,b\nc,d\n", "true class,a\na,1e3\n", "\0\1\2"]


@pytest.mark.parametrize("file", [f"{k}/{name}" for k, names in EXTRA.items() for name in names])
def test_no_damage_crashes_the_report(file, outputs):
    """Every file that the page or the audit reads: it ends with a page, whatever is in it."""
    for content in HOSTILE:
        write(outputs / file, content)
        assert {check.status for check in checked(outputs, *readers(file))} <= {"PASS", "FAIL"}
    assert page(find_records(outputs), []).endswith("</html>\n")


ODD = [[(20, 1)], [(20, 3), (3, 3), (3, 1)], [(784, 10)], [(7, 2), (2, 9)]]


@pytest.mark.parametrize("shapes", ODD, ids=str)
@pytest.mark.parametrize("folder", [SWEEP, FINAL, CONFUSION, "fashion_weights/net1", NET])
def test_a_network_of_another_shape_fails_its_clauses_and_no_more(folder, shapes, outputs):
    params = [(np.ones(shape, np.float32), np.ones(shape[1], np.float32)) for shape in shapes]
    save_params(outputs / folder / "params.h5", params, {"name": "relu"})
    names = {"mnist": "1b", "fashion_c": "2", "fashion_w": "3", "human": "4"}
    (name,) = (n for start, n in names.items() if folder.startswith(start))
    assert checked(outputs, name)[0].status == "FAIL"
    assert page(find_records(outputs), []).endswith("</html>\n")


def readers(file):
    """The clauses of the problem that a file belongs to."""
    prefixes = {"mnist": "1", "fashion_c": "2", "fashion_w": "3", "human": "4", ".": "1"}
    (found,) = (p for start, p in prefixes.items() if file.startswith(start))
    return [name for name in CLAUSES if name[0] == found]


def test_more_epochs_than_a_quick_look_are_asked_for(outputs):
    """A quick run is not the assignment: 1k fails, and says what was run."""
    header, *lines = (outputs / SWEEP / "history.csv").read_text().splitlines()
    write(outputs / SWEEP / "history.csv", "\n".join([header, *lines[:3]]) + "\n")
    (check,) = checked(outputs, "1k")
    assert check.status == "FAIL"
    assert "relu-0.5 ran 3 of 50 epochs" in check.faults


def test_earlier_looks_at_the_test_split_are_told(outputs):
    ledger(lambda lines: [lines[0] | EARLIER, *lines])(outputs)
    metrics = json.loads((outputs / FINAL / "metrics.json").read_text())
    metrics["test"]["opened_before"] = 1
    write(outputs / FINAL / "metrics.json", metrics)
    (check,) = checked(outputs, "1m test")
    assert check.status == "PASS"
    told = "; ".join(check.evidence)
    assert "in the ledger: 2, earlier: 1" in told
    assert "a look" in told


def test_nothing_run_is_not_run(tmp_path, capsys):
    (tmp_path / "outputs").mkdir()
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "0 pass, 0 fail, 36 not run" in out
    page = (tmp_path / "outputs/report.html").read_text()
    assert "not run: <code>python -m hw3.run experiment=mnist_sweep</code>" in page


@pytest.mark.parametrize("arguments", [["nowhere"], ["a", "b"], ["quick=true"], ["theirs"]])
def test_bad_arguments_are_one_line(arguments, capsys):
    Path("theirs/pages").mkdir(parents=True)
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not Path("theirs/report.html").exists()


def test_a_network_measured_again_elsewhere_is_told(outputs):
    """By hw3.evaluate, or by the same run in another folder: nothing was there left to learn."""
    again = {"time": "2026-05-01T09:00:00+00:00", "run": "elsewhere"}
    ledger(lambda lines: [*lines, lines[0] | again])(outputs)
    (check,) = checked(outputs, "1m test")
    assert check.status == "PASS"
    assert "the same network was measured 1 time more, elsewhere" in check.evidence


def test_a_quick_look_at_a_network_of_the_sweep_is_a_fail(outputs):
    """A weight file may be copied to where looks have a ledger of their own."""
    job = json.loads((outputs / SWEEP / "metrics.json").read_text())
    line = json.loads((outputs / "test_ledger.jsonl").read_text().splitlines()[0])
    line |= {"weights_sha256": job["weights_sha256"], "time": "2020-01-01T00:00:00+00:00"}
    (outputs / "quick").mkdir()
    (outputs / "quick/test_ledger.jsonl").write_text(json.dumps(line) + "\n")
    (check,) = checked(outputs, "1m test")
    assert check.status == "FAIL"
    assert "was measured on it 2020-01-01" in check.faults[0]


def test_a_sweep_that_is_narrowed_later_keeps_its_choice(outputs):
    """Labels depend on what else was swept: the winner, relu, lr 0.5, is now called lr 0.5."""
    jobs = json.loads((outputs / "mnist_sweep/jobs.json").read_text())["jobs"]
    write(outputs / "mnist_sweep/jobs.json", {"jobs": [j for j in jobs if j.startswith("relu")]})
    (check,) = checked(outputs, "1m")
    assert check.status == "PASS"
    assert "3 runs that its last command left out lie beside them" in check.evidence


@pytest.mark.parametrize(
    ("jobs", "fault"),
    [
        (["nope"], "lists none of the runs that lie beside it"),
        (["relu-0.5", "relu-0.5"], "it lists a job twice"),
        (["../mnist_final"], "no name of a job's folder"),
        (["n" * 300], "no name of a job's folder"),
    ],
)
def test_a_list_of_jobs_that_hides_the_runs_is_a_fail(jobs, fault, outputs):
    write(outputs / "mnist_sweep/jobs.json", {"jobs": jobs})
    for check in checked(outputs, "1a", "1m"):
        assert check.status == "FAIL"
        assert fault in check.faults[0]


def test_one_problem_is_told_and_judged_alone_and_a_quick_look_by_its_records(outputs, capsys):
    ledger(lambda lines: [])(outputs)  # which the records themselves cannot know
    assert write_report(outputs) == 1
    assert write_report(outputs, problem="3") == 0
    out = capsys.readouterr().out.rpartition("report: ")[0].rpartition("report: ")[2]
    assert "audit of problem 3: " in out
    assert "Problem 1" not in out
    assert "FAIL" not in out
    assert write_report(outputs, is_quick=True) == 0


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "x: &x {y: *x}", "epochs: abc", "a: " + "b" * 20_000]
)
def test_a_hostile_config_is_a_fail(text, outputs):
    write(outputs / SWEEP / "config.yaml", text)
    assert checked(outputs, "1a")[0].status == "FAIL"
    assert main([str(outputs)]) == 1


def test_a_broken_ledger_is_said_and_fails_what_needs_it(outputs):
    write(outputs / "test_ledger.jsonl", '{"time": "yesterday"}\n')
    records = find_records(outputs)
    assert {c.clause for c in audit(records) if c.status == "FAIL"} == {
        "1m test",
        "2 test",
        "records",
    }
    assert isinstance(records, Records)

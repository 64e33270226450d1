"""Whether all runs came from the same code, by what their records say."""

import html
import json
from dataclasses import asdict

import pytest

from hw3.records.code import Changes, Code, Commit
from hw3.records.run import load_sweep
from hw3.report.__main__ import main
from hw3.report.code import changes, code_check, code_of_parts, code_of_runs
from hw3.report.problems import find_records
from hw3.sweeps.code import several_codes
from tests.assignment import write
from tests.unit.report.test_folders import page

A, B = "a" * 40, "b" * 40
EDITED = Changes(("src/hw3/x.py",), (), "5" * 64, 30, "--- a/src/hw3/x.py\n+lr <b> 5 %\n")
CLEAN = Code("1" * 64, Commit(A, dirty=False))
DIRTY = Code("2" * 64, Commit(A, dirty=True, changes=EDITED))
TIDIED = Code("1" * 64, Commit(B, dirty=False))  # other commit, the same modules
OLDER, UNKNOWN = Code(None, Commit(A, dirty=False)), Code(None, Commit(A, dirty=True))
INSTALLED = Code("1" * 64, None)


def came_from(root, codes, pattern="mnist_sweep/*/environment.json", later=()):
    """Let runs say that they came from some code, in turn."""
    for i, path in enumerate(sorted(root.glob(pattern))):
        code = asdict(codes[i % len(codes)])
        told = {"commit": code["commit"], "later_code": [asdict(c) for c in later]}
        told |= {"code_sha256": code["sha256"]} if code["sha256"] else {}
        write(path, json.loads(path.read_text()) | told)
    return load_sweep(root / "mnist_sweep").runs


@pytest.mark.parametrize(
    ("codes", "status", "told"),
    [
        ([CLEAN], "PASS", ["6 runs of commit aaaaaaaaaaaa, code 111111111111"]),
        ([CLEAN, TIDIED], "PASS", ["the same as commit bbbbbbbbbbbb, code 111111111111"]),
        ([INSTALLED], "PASS", ["6 runs of code 111111111111"]),
        ([OLDER], "PASS", ["6 runs of commit aaaaaaaaaaaa, no digest of the code"]),
        (
            [CLEAN, DIRTY],
            "CAUTION",
            [
                "relu-0.02, relu-0.5, tanh-0.1: commit aaaaaaaaaaaa, code 111111111111",
                "relu-0.1, tanh-0.02, tanh-0.5: commit aaaaaaaaaaaa with changes to 1 file, code 2",
            ],
        ),
        ([CLEAN, UNKNOWN], "NOT RECORDED", ["relu-0.1, tanh-0.02, tanh-0.5: not recorded"]),
        ([CLEAN, DIRTY, UNKNOWN], "CAUTION", ["relu-0.5, tanh-0.5: not recorded"]),
        ([UNKNOWN], "NOT RECORDED", ["relu-0.02, relu-0.1, relu-0.5 and 3 more: not recorded"]),
    ],
)
def test_the_same_code_is_the_same_modules(codes, status, told, outputs):
    runs = sorted(came_from(outputs, codes), key=lambda run: run.name)
    check = code_check("code", code_of_runs(runs))
    assert (check.status, check.faults) == (status, [])
    assert all(any(text in line for line in check.evidence) for text in told), check.evidence
    assert (several_codes(runs) is None) == (status != "CAUTION")


def test_without_any_run_nothing_is_claimed():
    assert code_check("code", []).status == "NOT RUN"


def test_a_run_that_other_code_went_on_with_has_both(outputs):
    runs = came_from(outputs, [CLEAN], later=[DIRTY])
    check = code_check("code", code_of_runs(runs[:1]))
    assert check.status == "CAUTION"
    assert [line.partition(":")[0] for line in check.evidence] == [
        runs[0].name,
        f"{runs[0].name}, continued",
    ]
    assert several_codes(runs).startswith("the jobs came from different code: 6 jobs from commit a")


def test_each_diff_is_shown_once_and_what_is_lost_is_said(outputs):
    long = Code(
        "3" * 64, Commit(B, True, Changes(("src/y",), ("src/new",), "6" * 64, 70_000, None))
    )
    other = Code("1" * 64, Commit(B, True, Changes((), (), "", 0, "")))  # no change of the code
    found = changes(code_of_runs(came_from(outputs, [CLEAN, DIRTY, DIRTY, long, other, UNKNOWN])))
    assert found == {
        f"{DIRTY.commit}: 30 bytes of diff": EDITED.diff,
        f"{long.commit}: 70 kB of diff": (
            "Not tracked by git, and not recorded: src/new\n"
            f"No diff is kept of src/y: it is too long, or no text. Its sha256 is {'6' * 64}\n"
        ),
    }


def test_the_parts_of_a_homework_are_held_against_each_other(outputs, capsys):
    came_from(outputs, [CLEAN], "*/*/environment.json")
    assert code_check("code", code_of_parts(find_records(outputs))).status == "PASS"
    came_from(outputs, [DIRTY], "fashion_*/*/environment.json")
    check = code_check("code", code_of_parts(find_records(outputs)))
    assert check.status == "CAUTION"
    assert any(
        line.startswith("fashion_confusion, fashion_weights (2 runs): ") for line in check.evidence
    )
    main([str(outputs)])
    assert (
        "hw3: CAUTION: the jobs came from different code: 11 jobs from" in capsys.readouterr().out
    )
    text = page(outputs)
    assert "All runs came from the same code</td>" in text
    assert f"<pre>{EDITED.diff}</pre>" in text


def test_different_code_is_no_fail_of_a_sweep(outputs, capsys):
    folder = outputs / "mnist_sweep"
    came_from(outputs, [CLEAN, DIRTY])
    main([str(folder)])
    assert '<td role="cell" class="status CAUTION">CAUTION</td>' in page(folder)
    raw = (folder / "report.html").read_text()
    assert f"<pre>{html.escape(EDITED.diff)}</pre>" in raw  # to be pasted: no other spaces
    assert not any(
        "code" in line for line in capsys.readouterr().out.splitlines() if "FAIL" in line
    )

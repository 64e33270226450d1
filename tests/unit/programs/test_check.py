"""The command check: what it prints and writes, and how it ends."""

import json
import subprocess
import sys

import pytest

import hw3.programs.request
from hw3.check import main
from hw3.core.verdict import Verdict
from hw3.programs.program import NoProgramError, Program, ProgramError
from tests.unit.programs.reports import EMPTY, EVIL, OPEN, PASSED, report


@pytest.fixture
def reported(monkeypatch, tmp_path):
    """Let check find what a test says, in an empty folder; return what it was asked."""
    asked = []

    def let(found):
        def report_of(*arguments):
            asked.append(arguments)
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(hw3.programs.request, "report_of", report_of)
        return asked

    monkeypatch.chdir(tmp_path)
    return let


@pytest.mark.parametrize(
    ("found", "verdict", "status"),
    [
        (report(), Verdict.FAIL, 1),
        (OPEN, Verdict.INCONCLUSIVE, 3),
        (EMPTY, Verdict.INCONCLUSIVE, 3),
        (PASSED, Verdict.PASS, 0),
    ],
)
def test_the_exit_status_is_the_verdict(found, verdict, status, reported, capsys):
    reported(found)
    assert main(["my_net.py"]) == status
    assert found.verdict is verdict
    assert f"hw3: {verdict}: {len(found.findings)} clause" in capsys.readouterr().out


def test_what_is_printed(reported, capsys):
    reported(report())
    main(["my_net.py"])
    out = capsys.readouterr().out
    table, _, rest = out.partition("FAIL gradient:")
    assert max(map(len, table.splitlines())) <= 80
    rows = [line.split()[:2] for line in table.splitlines()]
    for row in (["FAIL", "gradient"], ["PASS", "softmax"], ["INCONCLUSIVE", "rates"]):
        assert row in rows
    assert "  bug 1: the gradient is averaged over the batch twice\n" in rest
    assert "      yours   0.0012  -0.0340   0.0101\n" in rest
    assert "INCONCLUSIVE rates: train did not return within 10 seconds.\n" in rest
    assert "Conventions found, and not held against it:\n  weights are (fan_in, fan_out)\n" in rest
    assert "split(x, y): whether training and validation overlap" in rest
    assert "Remark: the network could not be cut off here." in rest
    assert "seed=7 gives the same data again" in rest
    assert "\x1b" not in out
    assert r"<script>alert(1)</script> [red]x[/red] \x1b[31m" in out


def test_the_keys_reach_the_check(reported, tmp_path):
    asked = reported(PASSED)
    main(["seed=3", "my_net.py", "time=9", "memory=1GB"])
    ((path, *rest),) = asked
    assert (str(path), *rest) == ("my_net.py", "3", "9", "1GB")


def test_json_has_the_whole_report(reported, tmp_path):
    reported(report())
    main(["my_net.py", "json=check.json"])
    tree = json.loads((tmp_path / "check.json").read_text())
    assert list(tree) == [
        *("schema", "verdict", "program", "seed", "conventions", "findings", "not_given"),
        *("seconds", "remarks"),
    ]
    assert (tree["schema"], tree["verdict"], tree["seed"]) == (1, "FAIL", 7)
    assert tree["findings"][0]["bug"]["number"] == 1
    assert tree["findings"][1]["bug"] is None
    assert list(tree["findings"][2]) == [
        *("clause", "asked", "verdict", "observed", "bug", "details"),
    ]
    assert tree["findings"][2]["verdict"] == "INCONCLUSIVE"


def graded(folder):
    """Return results.json, as Gradescope's specification wants it."""
    tree = json.loads((folder / "results.json").read_text())
    for test in tree["tests"]:
        assert test["status"] in ("passed", "failed")
        assert test["output_format"] == "text"
        assert (test["score"] == test["max_score"] == 1) == (test["status"] == "passed")
    return tree


def test_gradescope_gets_a_point_for_each_clause(reported, tmp_path):
    reported(report())
    main(["my_net.py", "gradescope=results.json"])
    tree = graded(tmp_path)
    assert [test["score"] for test in tree["tests"]] == [0, 1, 0]
    assert tree["execution_time"] == 1.23
    assert "Bug 1: the gradient is averaged" in tree["tests"][0]["output"]
    assert tree["tests"][2]["output"].startswith(
        "Not decided: this gives no point, and is no fault"
    )
    assert "split(x, y)" in tree["output"]  # and no test of it


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ProgramError("import: line 1: ZeroDivisionError", ["line 1: 1 / 0"]), 2),
        (OSError(5, "x"), 1),
    ],
)
def test_gradescope_gets_its_file_whatever_happens(error, status, reported, tmp_path, capsys):
    reported(error)
    assert main(["my_net.py", "gradescope=results.json"]) == status
    tree = graded(tmp_path)
    assert tree["tests"][0]["score"] == 0
    assert tree["output"].startswith("my_net.py could not be checked.")
    if status == 2:
        assert "line 1: 1 / 0" in tree["tests"][0]["output"]
        assert "line 1: 1 / 0" in capsys.readouterr().out


def test_a_bug_of_ours_is_a_traceback_and_still_a_file(reported, tmp_path):
    reported(RuntimeError("ours"))
    with pytest.raises(RuntimeError):
        main(["my_net.py", "gradescope=results.json"])
    assert graded(tmp_path)["tests"][0]["status"] == "failed"


def test_of_nothing_checked_the_file_says_so(reported, tmp_path):
    reported(EMPTY)
    main(["my_net.py", "gradescope=results.json"])
    (test,) = graded(tmp_path)["tests"]
    assert test["output"].startswith("Nothing was checked.")


def test_the_page_shows_all_and_escapes_what_is_theirs(reported, tmp_path):
    reported(report(program=EVIL, conventions=(EVIL,), remarks=(EVIL,), not_given=(EVIL,)))
    main(["my_net.py", "page=check.html"])
    page = (tmp_path / "check.html").read_text()
    assert "<script>" not in page
    assert "\x1b" not in page
    assert page.count("&lt;script&gt;") >= 5
    assert "http" not in page.replace("https://www.w3.org", "")
    assert "averaged over the batch twice" in page
    assert 'class="status INCONCLUSIVE"' in page


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "the arguments are <program.py>"),
        (["a.py", "b.py"], "the arguments are <program.py>"),
        (["a.py", "sed=1"], "the arguments are <program.py>"),
        (["a.py", "seed=1", "seed=2"], "seed is given twice"),
        (["a.py", "seed=-1"], "seed must be a whole number"),
        (["a.py", "time=0"], "time must be seconds"),
        (["a.py", "time=1e9"], "time must be seconds"),
        (["a.py", "memory=4"], "memory must be a size"),
        (["a.py", "memory=1MB"], "memory must be a size"),
        (["a.py", "json=nowhere/x.json"], "json='nowhere/x.json' must be a file with"),
        (["a.py", "json=a.py"], "json='a.py' must be a file with the ending .json"),
        (["a.py", "json=r.json", "gradescope=r.json"], "json and gradescope name one file"),
        (["a.py", "page=."], "page='.' must be a file"),
        (["a.py"], "'a.py': there is no such file"),
    ],
)
def test_bad_arguments_are_one_line_before_any_work(
    arguments, reason, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert reason in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_file_that_defines_nothing_gets_an_adapter_to_copy(tmp_path):
    (tmp_path / "net.py").write_text("class Net: pass")
    with pytest.raises(
        NoProgramError, match="none of the functions that can be checked: init, loss"
    ):
        with Program.started(tmp_path / "net.py"):
            pass


def test_its_help_needs_no_numpy():
    code = "import sys, hw3.check; hw3.check.main(['--help']); assert 'numpy' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Exit status 0 for PASS, 1 for FAIL, 3 for INCONCLUSIVE" in done.stdout

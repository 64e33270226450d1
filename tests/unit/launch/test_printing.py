"""The last lines of a command, and its exit status."""

from pathlib import Path

import pytest

from hw3.launch.job import JobResult
from hw3.launch.printing import report


def result(status, name="a", **more):
    return JobResult(Path("out", name), status, **more)


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([result("completed")], 0),
        ([result("completed"), result("completed", was_done=True)], 0),
        ([result("diverged")], 1),
        ([result("completed"), result("failed")], 1),
        ([result("refused", message="busy")], 2),
        ([result("refused"), result("completed")], 1),
    ],
)
def test_the_exit_status_says_whether_all_completed(results, status, capsys):
    assert report(results) == status


def test_one_job_is_told_with_its_record(capsys):
    report([result("completed")])
    assert capsys.readouterr().out == "hw3: completed; record: out/a\n"
    report([result("completed", was_done=True)])
    assert capsys.readouterr().out == "hw3: completed before, skipped; record: out/a\n"
    Path("out/a").mkdir(parents=True)
    Path("out/a/curves.png").touch()
    report([result("completed")])
    assert capsys.readouterr().out.endswith("out/a, curves: out/a/curves.png\n")


def test_of_many_jobs_only_trouble_is_told(capsys):
    Path("out/b").mkdir(parents=True)
    Path("out/b/run.log").touch()
    Path("out/summary.csv").touch()
    failure = result("failed", "b", message="OSError: full", trace="Traceback ...\n")
    report([result("completed", was_done=True), failure, result("diverged", "c")])
    out, err = capsys.readouterr()
    assert out == "hw3: 1 of 3 completed (1 had ended before); in out: summary.csv\n"
    assert err.splitlines() == [
        "Traceback ...",
        "hw3: failed: OSError: full; see out/b/run.log",
        "hw3: diverged: the loss is no longer finite; record: out/c",
    ]


def test_a_line_stays_one_whatever_a_folder_is_called(capsys):
    results = [result("completed", f"a\n\udcff{i}\x1b") for i in range(2)]
    report([JobResult(r.folder / "b", r.status) for r in results[:1]])
    report([JobResult(r.folder / "b", "diverged") for r in results])
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == r"hw3: completed; record: out/a\n\udcff0\x1b/b"
    assert len(out.splitlines()) == 2
    assert len(err.splitlines()) == 2

"""The museum through the check: each bug in each style, and right programs of many conventions.

`scripts/museum <folder> --check` does so for all programs, with fresh data.
"""

import pytest

from hw3.programs.check import checked
from tests.conventions import right_program
from tests.programs import PATCHES, STYLES, right

FIRST = {(patch.style, patch.bug): patch for patch in reversed(PATCHES)}


def numbers(report):
    return {f.bug.number if f.bug else 0 for f in report.findings if f.verdict == "FAIL"}


@pytest.mark.parametrize(("style", "bug"), sorted(FIRST))
def test_a_bug_is_named_and_no_other(style, bug, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(FIRST[style, bug].source(), encoding="utf-8")
    report = checked(path, seed=bug)
    assert numbers(report) == {bug}, report.findings


def test_each_style_has_each_bug():
    assert {bug for style, bug in FIRST} == set(range(1, 21))
    assert len(FIRST) == 60


@pytest.mark.parametrize("style", STYLES)
def test_a_right_program_passes_each_clause(style, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(right(style), encoding="utf-8")
    report = checked(path, seed=1)
    assert report.verdict == "PASS", report.findings
    assert not report.not_given


@pytest.mark.parametrize("number", range(20))
def test_no_convention_is_held_against_a_right_program(number, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(right_program(number), encoding="utf-8")
    report = checked(path, seed=number)
    assert not numbers(report), report.findings

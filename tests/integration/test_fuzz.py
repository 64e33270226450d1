"""Command lines at random: no traceback, a short error, nothing written where one is refused.

HW3_FUZZ=<n> tries so many of each kind, other ones each time; `python -m tests.fuzz` prints all
that it finds and goes on.
"""

import os
import sys
from pathlib import Path

import pytest

from hw3.core.errors import ConfigError
from tests.fuzz import Case, argument_lines, make_template, override_lines, search, trial

BUDGET = int(os.environ.get("HW3_FUZZ", "0"))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return make_template(tmp_path_factory.mktemp("fuzz") / "template")


@pytest.mark.parametrize(
    ("strategy", "n"), [(override_lines, BUDGET or 12), (argument_lines, BUDGET or 20)]
)
def test_command_lines_at_random(strategy, n, template):
    search(strategy, n, template, fail, is_random=bool(BUDGET))


def fail(case, text):
    pytest.fail(f"{text}: {case}")


FOUND = [
    Case("run", ["dataset=digits", "seed=" + "9" * 400]),
]


@pytest.mark.parametrize("case", FOUND, ids=range(len(FOUND)))
def test_what_was_found_before_stays_right(case, template):
    assert trial(case, template) is None


def test_a_fault_is_seen(template, monkeypatch):
    def broken(command):
        raise ValueError("by hand")

    monkeypatch.setattr("tests.fuzz.stand_in", broken)
    assert "ValueError: 'by hand'" in str(trial(Case("run", ["dataset=digits"]), template))


@pytest.mark.parametrize(
    ("text", "name", "fault"),
    [
        ("a\nb\nc\nd", "", "5 lines"),
        ("a" * 700, "", "2 lines, 7"),
        ("", "x", "wrote ['../../in/here/x']"),
    ],
)
def test_a_refusal_that_talks_or_writes_is_a_fault(text, name, fault, template, monkeypatch):
    def refused(command):
        print(text, file=sys.stderr)
        Path(name).mkdir(exist_ok=True)
        raise ConfigError("by hand")

    monkeypatch.setattr("tests.fuzz.stand_in", refused)
    assert fault in str(trial(Case("run", ["dataset=digits"]), template))

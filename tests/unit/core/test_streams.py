"""Streams that cannot take what is written."""

import io
import sys

import pytest

from hw3.core.terminal import console, doing, is_live, run_command, say


class Broken(io.StringIO):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def write(self, text):
        raise self.error


def command(arguments):
    say("a line")
    return 0


@pytest.mark.parametrize(
    ("error", "status"),
    [(BrokenPipeError(32, "gone"), 141), (OSError(28, "full"), 1), (OSError(5, "hung up"), 1)],
)
def test_lost_output_ends_no_run_and_is_told_by_other_commands(error, status, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Broken(error))
    assert run_command(command, [], is_hydras=True) == 0
    assert run_command(command, []) == status


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_closed_stream_stops_nothing(name, monkeypatch):
    monkeypatch.setattr(sys, name, None)
    assert run_command(command, []) == 0
    assert run_command(command, [], is_hydras=True) == 0


def test_an_ascii_stream_shows_what_it_cannot_hold(monkeypatch):
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, "ascii"))
    assert run_command(lambda arguments: say("± \udcff") or 0, []) == 0
    assert out.getvalue() == b"\\xb1 \\udcff\n"


def test_control_characters_of_a_name_are_seen_and_do_nothing(capsys):
    say("a\x1b[31m\nb")
    assert capsys.readouterr().out == "a\\x1b[31m\nb\n"


def test_a_name_that_looks_like_markup_is_shown_as_it_is(capsys):
    console().print("[red]x[/red] :smile: [a]")
    assert capsys.readouterr().out == "[red]x[/red] :smile: [a]\n"


@pytest.mark.parametrize(
    ("term", "columns", "live"),
    [("xterm", "80", True), ("dumb", "80", False), ("", "80", False), ("xterm", "20", False)],
)
def test_what_cannot_be_drawn_over_gets_lines(term, columns, live, monkeypatch):
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert is_live() is live


def test_what_is_being_done_is_shown_on_a_terminal_alone(capsys, monkeypatch):
    def work():
        with doing("reading the command"), doing("checking [1] 2 jobs", 2) as step:
            step()

    work()
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    work()
    out = capsys.readouterr().out
    for part in ("reading the command", "checking [1] 2 jobs", "  0%"):
        assert part in out

"""What commands print on a terminal."""

import sys

from hw3.core.terminal import say


def test_on_a_terminal_lines_break_between_words(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    say("hw3: interrupted; the same command\n  a word-that-is-too-long-for-it")
    assert capsys.readouterr().out.splitlines() == [
        "hw3: interrupted;",
        "the same command",
        "  a",
        "word-that-is-too-long-for-it",
    ]

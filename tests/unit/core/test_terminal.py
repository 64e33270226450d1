"""What commands print on a terminal."""

import subprocess
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


def test_what_a_command_shows_first_waits_for_no_slow_import():
    code = "import sys, hw3.core.terminal; print({'h5py', 'numpy', 'omegaconf'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"

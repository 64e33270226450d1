"""Own data files that no one meant to write: they are read, or refused in one line.

HW3_FUZZ=10 tries ten times as many; `python -m tests.integration.test_fuzz_own 1000` prints all
that it finds.
"""

import io
import os
import sys
import time
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from hw3 import data
from tests.fuzz import fault, where
from tests.own_files import odd_file

N = 100 * int(os.environ.get("HW3_FUZZ", "1"))


def trial(number, path):
    """Audit a file; return what is wrong with how that ended, None if nothing is."""
    content, keys = odd_file(number)
    path.write_bytes(content)
    out, err, started = io.StringIO(), io.StringIO(), time.monotonic()
    try:
        with warnings.catch_warnings(), redirect_stdout(out), redirect_stderr(err):
            warnings.simplefilter("error")
            status = data.main(["audit", "file", f"dataset.train={path}", *keys])
    except Exception as error:  # what is looked for: a traceback, whatever its kind
        return f"{where(error)}: {type(error).__name__}: {str(error)[:200]!r}, {keys}"
    text = fault(status, err.getvalue(), time.monotonic() - started, set())
    return text and f"{text}, {keys}"


@pytest.mark.parametrize("start", range(0, N, 50))
def test_odd_files_are_read_or_refused_in_one_line(start, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(start, start + 50):
        assert trial(number, tmp_path / "odd.bin") is None, number


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        if text := trial(number, Path("odd.bin")):
            print(number, text)

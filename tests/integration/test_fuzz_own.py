"""Own data files that no one meant to write: they are read, or refused in one line.

HW3_FUZZ=10 tries ten times as many; `python -m tests.integration.test_fuzz_own 100 1000` tries
those numbers, prints all that it finds, and how many files were read and how many refused.
"""

import io
import os
import sys
import time
import warnings
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from hw3 import data
from tests.fuzz import fault, where
from tests.own_files import odd_file

N = 100 * int(os.environ.get("HW3_FUZZ", "1"))


def trial(number, path, statuses=None):
    """Audit a file, and count its status; return what is wrong with how that ended, else None."""
    content, keys = odd_file(number)
    path.write_bytes(content)
    out, err, started = io.StringIO(), io.StringIO(), time.monotonic()
    try:
        with warnings.catch_warnings(), redirect_stdout(out), redirect_stderr(err):
            warnings.simplefilter("error")
            status = data.main(["audit", "file", f"dataset.train={path}", *keys])
    except Exception as error:  # what is looked for: a traceback, whatever its kind
        return f"{where(error)}: {type(error).__name__}: {str(error)[:200]!r}, {keys}"
    if statuses is not None:
        statuses[status] += 1
    text = fault(status, err.getvalue(), time.monotonic() - started, set())
    return text and f"{text}, {keys}"


@pytest.mark.parametrize("start", range(0, N, 50))
def test_odd_files_are_read_or_refused_in_one_line(start, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(start, start + 50):
        assert trial(number, tmp_path / "odd.bin") is None, number


if __name__ == "__main__":
    found = Counter()
    for number in range(*map(int, sys.argv[1:])):
        if text := trial(number, Path("odd.bin"), found):
            print(number, text, flush=True)
    print(f"{found[0]} read, {found[2]} refused, {found.total() - found[0] - found[2]} else")

"""Each flush, rename and open of a run fails once; the same command then ends as undisturbed."""

import errno
import os
from pathlib import Path

import pytest

from hw3.launch.job import run_job
from tests.builders import QUICK, config
from tests.faults import Injector, Killed, state

ASKED = (*QUICK, "epochs=2")


@pytest.mark.parametrize("code", [errno.ENOSPC, None])
@pytest.mark.parametrize(
    ("owner", "name"),
    [(os, "fsync"), (Path, "replace"), (Path, "open")],
    ids=["flush", "rename", "open"],
)
def test_every_fault_is_one_line_and_continued(owner, name, code, monkeypatch):
    asked = config(*ASKED)
    run_job(asked, Path("undisturbed"))
    error = Killed() if code is None else OSError(code, os.strerror(code))
    for n in range(1, 200):
        folder = Path(f"out{n}")
        with monkeypatch.context() as patch:
            injector = Injector(patch, owner, name, n, error)
            try:
                result = run_job(asked, folder)
            except (Killed, OSError):  # a folder that cannot be claimed is its command's error
                result = None
        if result and result.status != "completed":
            assert result.trace == ""
            assert len(result.message.splitlines()) == 1
        assert run_job(asked, folder).status == "completed"
        assert state(folder) == state("undisturbed")
        if injector.calls < n:
            assert n > 5
            return
    pytest.fail("no end of faults")

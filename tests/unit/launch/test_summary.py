"""The summary of a folder: nothing is written before all can be read."""

from pathlib import Path

import pytest

from hw3.core.errors import RunDirError
from hw3.launch.summary import summarize_folder
from tests.builders import write_run


def test_a_damaged_job_stops_a_summary_before_it_is_written():
    write_run("out/a")  # a config that lacks keys
    before = sorted(Path().rglob("*"))
    with pytest.raises(RunDirError, match=r"out/a/config.yaml is damaged.*model is missing"):
        summarize_folder(Path("out"))
    assert sorted(Path().rglob("*")) == before

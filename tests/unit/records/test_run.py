import pytest

import hw3
from hw3.core.errors import RunDirError
from tests.builders import write_run


def test_broken_records_name_their_file(tmp_path):
    (tmp_path / "config.yaml").write_text("a: 1\n")
    (tmp_path / "metrics.json").write_text("{")
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(RunDirError, match=folder.name):
            hw3.load_run(folder)
    with pytest.raises(RunDirError, match="holds no sweep"):
        hw3.load_sweep(tmp_path)
    for none in ("none", "metrics.json"):
        with pytest.raises(RunDirError, match=f"{none} is no folder"):
            hw3.load_sweep(tmp_path / none)


def test_what_a_run_did_not_measure_is_said():
    with pytest.raises(RunDirError, match="was not measured on the test split: completed"):
        _ = hw3.load_run(write_run("a")).look
    with pytest.raises(RunDirError, match="held out no validation rows"):
        _ = hw3.load_run(write_run("b", correct=None)).val

import pytest

import hw3
from hw3.core.errors import RunDirError


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

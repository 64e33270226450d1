"""Which files were opened: by whatever spelling of their path, and only meanwhile."""

import os
import sys

from hw3.core.opened import OPENED, watching


def test_files_of_the_folder_are_noted_while_it_is_watched(tmp_path):
    data, other = tmp_path / "data", tmp_path / "other"
    for folder in (data, other):
        folder.mkdir()
        for name in ("a", "b", "c", "d"):
            (folder / name).write_text(name)
    with watching(data) as outer:
        (data / "a").read_text()
        with watching(other) as inner:
            open(os.path.join("data", "..", "data", "b")).close()
            sys.audit(OPENED, data / "c")
            open(os.fsencode(other / "d")).close()
        os.close(os.dup(0))
    (data / "d").read_text()
    assert outer == {"a", "b", "c"}
    assert inner == {"d"}

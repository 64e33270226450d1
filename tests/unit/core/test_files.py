"""Files that are whole or not there."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hw3.core import files
from hw3.core.errors import ConfigError
from hw3.core.files import expanded, replacing, short_name, write_json, write_text


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "x.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError, match="in the middle"), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError("in the middle")
    assert path.read_text() == "old"
    assert [p.name for p in path.parent.iterdir()] == ["x.txt"]


def test_json_without_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"loss": math.nan})
    assert not list(tmp_path.iterdir())


def test_a_killed_writer_leaves_the_old_file_and_its_litter_is_removed(tmp_path):
    path = tmp_path / "x.txt"
    write_text(path, "old")
    code = (
        "import os, signal, sys; from pathlib import Path; from hw3.core.files import replacing\n"
        "with replacing(Path(sys.argv[1])) as t:\n"
        "    t.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
    files.remove_temporaries(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_temporary_names_carry_the_process(tmp_path):
    with replacing(tmp_path / "x") as temporary:
        assert str(os.getpid()) in temporary.name
        temporary.write_text("")


@pytest.mark.parametrize("path", ["~", "~/x", "~nosuchuser/x"])
def test_a_home_that_is_not_known_is_one_line(path, monkeypatch):
    def unknown(user):
        raise KeyError(user)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)  # as of a container's user without an entry
    with pytest.raises(ConfigError, match=f"the home folder in '{path}' is not known"):
        expanded(path)
    assert expanded("a/~") == Path("a/~")


def test_a_long_text_is_part_of_a_name_with_a_digest():
    assert short_name("relu-lr-0.1") == "relu-lr-0.1"
    long = [short_name("2-" * 200 + last) for last in "ab"]
    assert long[0] != long[1]
    assert all(len(name) < 80 for name in long)
    assert len(short_name("數" * 200).encode()) < 250

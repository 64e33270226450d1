"""A copy gives what its data file gives, to the last bit, or it is not used."""

import errno
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from hw3.core.errors import DataError
from hw3.datasets import copies, hdf5
from hw3.datasets.copies import copies_folder, read_by_copy

N, WIDTH, CLASSES = SHAPE = 23, 7, 3
BYTES = np.random.default_rng(0).integers(0, 256, (N, WIDTH), dtype=np.uint8)
LABELS = np.arange(N) % CLASSES

KINDS = {
    "bytes": BYTES,
    "bytes as floats": BYTES.astype("float64"),
    "shares of 255": BYTES / np.float32(255),
    "shares of 256": (BYTES / 256).astype("float32"),
    "double shares": BYTES / 255,
    "half shares": (BYTES / 256).astype("float16"),
    "of another machine": (BYTES / 256).astype(">f4"),
    "black and white": BYTES // 128,
    "no bytes": np.random.default_rng(1).random((N, WIDTH)),
    "nearly nothing": np.where(BYTES, BYTES / 255, -0.0),
}


def write(path, pixels=BYTES):
    with h5py.File(path, "w") as file:
        file["xdata"], file["ydata"] = pixels, LABELS
    return path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the folder of the copies, which is not there yet."""
    monkeypatch.setenv("HW3_CACHE_DIR", str(tmp_path / "deep" / "copies"))
    return tmp_path / "deep" / "copies"


@pytest.fixture
def reads(monkeypatch):
    """Return the list of data files that are read by HDF5."""
    read, found = hdf5.read_images, []

    def noted(path, *shape):
        found.append(path.name)
        return read(path, *shape)

    monkeypatch.setattr(hdf5, "read_images", noted)
    return found


def assert_same(a, b):
    assert a.inputs.tobytes() == b.inputs.tobytes()
    assert a.labels.tobytes() == b.labels.tobytes()
    assert (a.inputs.dtype, a.labels.dtype, a.facts) == (b.inputs.dtype, b.labels.dtype, b.facts)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_gives_the_same_bits_and_facts(folder, reads, tmp_path, kind):
    path = write(tmp_path / "a.hdf5", KINDS[kind])
    first = read_by_copy(path, SHAPE)
    assert_same(first, read_by_copy(path, SHAPE))
    assert reads == ["a.hdf5"]
    assert [p.name for p in folder.iterdir()] == [first.facts.sha256]


def test_cautions_are_told_of_a_copy_too(folder, reads, tmp_path):
    path = write(tmp_path / "a.hdf5", KINDS["black and white"])
    assert [read_by_copy(path, SHAPE).facts.cautions[0].kind for _ in "ab"] == ["two values"] * 2
    assert len(reads) == 1


def damaged(copy, how):
    content = copy.read_bytes()
    n = len(content)
    if isinstance(how, int):  # one bit of a byte
        return content[:how] + bytes([content[how] ^ 1]) + content[how + 1 :]
    return {
        "empty": b"",
        "cut": content[: n // 2],
        "cut by one": content[:-1],
        "longer": content + b"\0",
        "noise": np.random.default_rng(2).bytes(n),
        "a length of its own": b"\xff" * 8 + content[8:],
        "another": b"[]" + content,
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        *("empty", "cut", "cut by one", "longer", "noise", "a length of its own", "another"),
        *(0, 7, 8, *range(9, 700, 13), -33, -32, -1),
    ],
)
def test_a_copy_that_is_not_whole_is_made_again(folder, reads, tmp_path, how):
    path = write(tmp_path / "a.hdf5")
    first = read_by_copy(path, SHAPE)
    (copy,) = folder.iterdir()
    whole = copy.read_bytes()
    copy.chmod(0o600)
    copy.write_bytes(damaged(copy, how % len(whole) if isinstance(how, int) else how))
    assert copy.read_bytes() != whole
    assert_same(first, read_by_copy(path, SHAPE))
    assert len(reads) == 2
    assert copy.read_bytes() == whole


def test_a_copy_of_other_code_is_made_again(folder, reads, tmp_path, monkeypatch):
    path = write(tmp_path / "a.hdf5")
    read_by_copy(path, SHAPE)
    monkeypatch.setattr(copies, "reader_digest", lambda: "that of a later version")
    for _ in range(2):
        read_by_copy(path, SHAPE)
    assert len(reads) == 2


def test_another_data_file_has_another_copy(folder, reads, tmp_path):
    path = write(tmp_path / "a.hdf5")
    read_by_copy(path, SHAPE)
    changed = BYTES.copy()
    changed[0, 0] ^= 1
    for _ in range(2):
        found = read_by_copy(write(path, changed), SHAPE)
        np.testing.assert_array_equal(found.inputs, changed / np.float32(255))
    assert len(list(folder.iterdir())) == 2


def test_a_copy_is_of_the_content_not_of_the_name(folder, reads, tmp_path):
    read_by_copy(write(tmp_path / "a.hdf5"), SHAPE)
    (tmp_path / "a.hdf5").rename(tmp_path / "b.hdf5")
    assert read_by_copy(tmp_path / "b.hdf5", SHAPE).facts.file == "b.hdf5"
    assert reads == ["a.hdf5"]
    with pytest.raises(DataError, match=r"must have the shape \(7, 23\)"):
        read_by_copy(tmp_path / "b.hdf5", (WIDTH, N, CLASSES))


def test_a_folder_that_cannot_be_used_stops_nothing(tmp_path, monkeypatch, reads, capfd):
    path = write(tmp_path / "a.hdf5")
    first = read_by_copy(path, SHAPE)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("HW3_CACHE_DIR", str(tmp_path / "file" / "below"))
    assert_same(first, read_by_copy(path, SHAPE))
    monkeypatch.setenv("HW3_CACHE_DIR", str(tmp_path / "taken"))
    place = tmp_path / "taken" / first.facts.sha256
    place.mkdir(parents=True)
    assert_same(first, read_by_copy(path, SHAPE))
    place.rmdir()
    os.mkfifo(place)  # opening it would wait for ever
    assert_same(first, read_by_copy(path, SHAPE))
    assert [p.name for p in (tmp_path / "taken").iterdir()] == [first.facts.sha256]
    assert capfd.readouterr() == ("", "")


def test_a_disk_that_is_full_leaves_nothing(folder, reads, tmp_path, monkeypatch):
    path = write(tmp_path / "a.hdf5")

    def full(part):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(copies, "checksum", full)
    read_by_copy(path, SHAPE)
    assert list(folder.iterdir()) == []


def test_a_missing_data_file_is_said_as_ever(folder, tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_by_copy(tmp_path / "none.hdf5", SHAPE)


def test_where_copies_are(monkeypatch, tmp_path):
    assert copies_folder() is None  # as the tests have it
    monkeypatch.setenv("HW3_CACHE_DIR", "here")
    assert copies_folder() == Path("here")
    monkeypatch.delenv("HW3_CACHE_DIR")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert copies_folder() == Path("/elsewhere/hw3")
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")  # to be left out, says its specification
    assert copies_folder() == Path("/home/me/.cache/hw3")
    monkeypatch.setattr(Path, "expanduser", no_home)
    assert copies_folder() is None


def no_home(path):
    raise RuntimeError("Could not determine home directory.")

"""HDF5 files of others: elsewhere, unwritten, locked, packed in odd ways; and ours."""

import signal
import zlib

import h5py
import numpy as np
import pytest

from hw3.core import hdf5
from hw3.core.errors import DataError
from hw3.core.hdf5 import opened, values_of, writing_hdf5


def read(path, key="x"):
    with opened(path) as file:
        return values_of(file[key])


def elsewhere(kind, path):
    """Write a file whose data lie in another."""
    with h5py.File(path.with_name("other.h5"), "w") as other:
        other["x"] = np.arange(4.0)
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(4.0)
        if kind == "link":
            file["group/deep"] = h5py.ExternalLink("other.h5", "/x")
            file["soft"] = h5py.SoftLink("/group/deep")
        elif kind == "virtual":
            layout = h5py.VirtualLayout((4,), float)
            layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
            file.create_virtual_dataset("group/y", layout)
        else:
            place = [(str(path.with_name("raw")), 0, 32)]
            file.create_dataset("group/y", (4,), float, external=place)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("link", "group/deep is a link to another"),
        ("virtual", "virtual"),
        ("raw", "stored in other files"),
    ],
)
def test_data_in_other_files_are_refused_at_any_depth(kind, words, tmp_path):
    elsewhere(kind, tmp_path / "a.h5")
    with pytest.raises(DataError, match=words):
        read(tmp_path / "a.h5")


def test_groups_that_hold_each_other_end(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.arange(4.0)
        file["a/b"] = file["/"]
    assert read(tmp_path / "a.h5").tolist() == [0, 1, 2, 3]


def test_values_that_were_never_or_half_written_are_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", (100, 3), "f4")
        half = file.create_dataset("half", (100, 3), "f4", chunks=(10, 3))
        half[:50] = 1
    with pytest.raises(DataError, match="0 of 1,200 bytes"):
        read(tmp_path / "a.h5")
    with pytest.raises(DataError, match="5 of 10 chunks"):
        read(tmp_path / "a.h5", "half")


def test_more_than_the_memory_is_refused_with_its_size(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", (10**6, 10**6), "f4")
    with pytest.raises(DataError, match=r"needs 8 TB of memory, and .* are free"):
        read(tmp_path / "a.h5")


@pytest.mark.parametrize("shape", [(10, 10), (8_000_000, 10)])
def test_a_chunk_that_unpacks_to_more_than_it_declares_is_refused(tmp_path, monkeypatch, shape):
    monkeypatch.setattr(hdf5, "SMALL", 100_000)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        maximum = (None, None)
        data = file.create_dataset(
            "x", (10, 10), "u1", chunks=shape, maxshape=maximum, compression=9
        )
        packed = zlib.compress(bytes(10_000_000)) if shape == (10, 10) else zlib.compress(b"")
        data.id.write_direct_chunk((0, 0), packed)
    with pytest.raises(DataError, match=r"unpacks to more|has a chunk of|has chunks"):
        read(tmp_path / "a.h5")


def test_large_honest_chunks_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(hdf5, "SMALL", 100)
    values = np.random.default_rng(0).integers(0, 9, (300, 10), dtype=np.uint8)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        options = {"chunks": (100, 10), "shuffle": True, "fletcher32": True}
        file.create_dataset("x", data=values, compression=9, **options)
    np.testing.assert_array_equal(read(tmp_path / "a.h5"), values)


def test_a_filter_that_is_missing_is_named(tmp_path):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((10,))
    plist.set_filter(32008, h5py.h5z.FLAG_OPTIONAL, ())
    with h5py.File(tmp_path / "a.h5", "w") as file:
        space = h5py.h5s.create_simple((10,))
        data = h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_DOUBLE, space, plist)
        data.write_direct_chunk((0,), bytes(20))
    with pytest.raises(DataError, match=r"\(32008\), which this HDF5 lacks.*HDF5_PLUGIN_PATH"):
        read(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BlockingIOError(11, "unable to lock file, errno = 11"), "open for writing in another"),
        (OSError(38, "unable to lock file"), "HDF5_USE_FILE_LOCKING=FALSE"),
        (OSError("file is already open for write"), "h5clear"),
        (PermissionError(13, "Permission denied"), "cannot be read: Permission denied"),
    ],
)
def test_a_file_that_cannot_be_opened_is_not_called_damaged(error, words, tmp_path, monkeypatch):
    def refuse(*args):
        raise error

    monkeypatch.setattr(h5py, "File", refuse)
    with pytest.raises(DataError, match=words) as caught:
        read(tmp_path / "a.h5")
    assert "damaged" not in str(caught.value)


@pytest.fixture
def interruptible():
    """Ctrl-C as in a terminal: a process that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_signal_waits_until_a_file_is_written(tmp_path):
    with pytest.raises(KeyboardInterrupt), writing_hdf5(tmp_path / "x.h5") as file:
        signal.raise_signal(signal.SIGINT)
        file["a"] = np.arange(3)
    with h5py.File(tmp_path / "x.h5") as file:
        assert file["a"][()].tolist() == [0, 1, 2]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

"""Files as users bring them."""

import h5py
import numpy as np
import pytest

from hw3.core.errors import DataError
from hw3.datasets.hdf5 import read_images, write_images

N, WIDTH = 60, 6
PIXELS = np.random.default_rng(0).integers(0, 256, (N, WIDTH), dtype=np.uint8)
LABELS = np.arange(N) % 3
ONE_HOT = np.eye(3)[LABELS]


def write(path, pixels=PIXELS, labels=LABELS, keys=("xdata", "ydata")):
    with h5py.File(path, "w") as file:
        file[keys[0]], file[keys[1]] = pixels, labels
    return path


def read(path):
    return read_images(path, N, WIDTH, 3)


@pytest.mark.parametrize("labels", [LABELS, LABELS.astype("uint8"), LABELS * 1.0, ONE_HOT])
def test_labels_may_be_integers_or_one_hot(tmp_path, labels):
    arrays = read(write(tmp_path / "a.hdf5", labels=labels))
    np.testing.assert_array_equal(arrays.labels, LABELS)
    assert arrays.labels.dtype == np.int64
    assert arrays.facts.label_counts == (20, 20, 20)


def test_pixels_may_be_bytes_or_shares(tmp_path):
    as_bytes = read(write(tmp_path / "a.hdf5"))
    as_floats = read(write(tmp_path / "b.hdf5", pixels=PIXELS.astype("float32")))
    shares = (PIXELS / 256).astype("float32")
    as_shares = read(write(tmp_path / "c.hdf5", pixels=shares))
    np.testing.assert_allclose(as_bytes.inputs, PIXELS / 255, rtol=1e-6)
    np.testing.assert_array_equal(as_floats.inputs, as_bytes.inputs)
    np.testing.assert_array_equal(as_shares.inputs, shares)
    assert as_bytes.facts.pixels == "divided by 255"
    assert as_shares.facts.pixels == "as they are"
    assert as_bytes.facts.dtype == "uint8"
    assert as_bytes.facts.range == (PIXELS.min(), PIXELS.max())


def bad_row(array, value):
    changed = array.astype(float).copy()
    changed.flat[7] = value
    return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pixels": PIXELS[:50]}, r"xdata must have the shape \(60, 6\), got \(50, 6\)"),
        ({"pixels": PIXELS[:, :5]}, r"got \(60, 5\)"),
        ({"labels": LABELS[:59]}, r"ydata must have the shape \(60,\) or \(60, 3\), got \(59,\)"),
        ({"labels": LABELS + 1}, r"whole labels in 0..2; row 2 is 3"),
        ({"labels": bad_row(LABELS, 0.5)}, "row 7 is 0.5"),
        ({"labels": bad_row(ONE_HOT, 0.5)}, "one-hot; row 2 is"),
        ({"labels": np.ones((N, 3))}, "one-hot; row 0 is"),
        ({"pixels": bad_row(PIXELS, np.nan)}, "NaN"),
        ({"pixels": bad_row(PIXELS, np.inf)}, "infinite"),
        ({"pixels": bad_row(PIXELS, -1)}, r"floats in \[0, 1\] or whole numbers in 0..255"),
        ({"pixels": bad_row(PIXELS, 256)}, "0..255"),
        ({"pixels": bad_row(PIXELS, 7.5)}, "0..255"),
        ({"keys": ("x", "ydata")}, "must hold the data set 'xdata'; it holds"),
        ({"pixels": np.full((N, WIDTH), b"a")}, "must hold numbers"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path, change, message):
    path = write(tmp_path / "broken.hdf5", **change)
    with pytest.raises(DataError, match=message) as error:
        read(path)
    assert "broken.hdf5" in str(error.value)


@pytest.mark.parametrize("keep", [0, 100, 1500], ids=["empty", "header", "truncated"])
def test_what_is_not_hdf5_is_refused(tmp_path, keep):
    path = write(tmp_path / "a.hdf5")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"a\.hdf5 cannot be read as HDF5"):
        read(path)


def test_reading_does_not_change_the_file(tmp_path):
    path = write(tmp_path / "a.hdf5")
    before = path.read_bytes()
    path.chmod(0o444)
    read(path)
    assert path.read_bytes() == before


def test_what_is_written_reads_back(tmp_path):
    write_images(tmp_path / "a.hdf5", PIXELS, LABELS)
    arrays = read(tmp_path / "a.hdf5")
    np.testing.assert_array_equal(np.rint(arrays.inputs * 255), PIXELS)
    np.testing.assert_array_equal(arrays.labels, LABELS)
    assert [p.name for p in tmp_path.iterdir()] == ["a.hdf5"]


def test_files_that_open_but_are_damaged_are_refused(tmp_path):
    """Bytes flipped in the header of a good file: h5py raises errors of many kinds, ours one."""
    path = write(tmp_path / "a.hdf5")
    good = bytearray(path.read_bytes())
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        bad = good.copy()
        for place in rng.integers(0, 2000, 8):
            bad[place] = rng.integers(256)
        path.write_bytes(bad)
        try:
            read(path)
        except DataError:
            refused += 1
    assert refused > 30


def test_black_and_white_images_stay_as_they_are(tmp_path):
    for dtype in (bool, np.uint8, np.float64):
        arrays = read(write(tmp_path / "a.hdf5", pixels=(PIXELS > 99).astype(dtype)))
        np.testing.assert_array_equal(arrays.inputs, PIXELS > 99)


def test_a_file_is_opened_for_reading_alone(tmp_path):
    """HDF5 refuses to open a file for writing that someone reads."""
    path = write(tmp_path / "a.hdf5")
    with h5py.File(path, "r"):
        np.testing.assert_array_equal(read(path).labels, LABELS)

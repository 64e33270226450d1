"""What is odd about data that can be read."""

import numpy as np
import pytest

from hw3.core.errors import DataError
from hw3.datasets.cautions import caution_lines, split_cautions
from hw3.datasets.hdf5 import read_images
from tests.unit.datasets.test_hdf5 import LABELS, PIXELS, write

NAMES = tuple("0123456789")


def read(path, **changes):
    return read_images(write(path / "a.hdf5", **changes), 60, 6, 3)


def kinds(found):
    return [caution.kind for caution in found]


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (PIXELS / 255 / 255, "the brightest pixel of a.hdf5 is 0.0039"),
        (PIXELS // 255, "two values only"),
        (PIXELS // 3, "the brightest pixel"),
        (
            np.where(np.arange(60)[:, None] < 50, PIXELS, 0),
            "10 of the 60 images of a.hdf5 are blank",
        ),
    ],
)
def test_odd_pixels_are_said(tmp_path, pixels, words):
    assert any(words in line for line in caution_lines(read(tmp_path, pixels=pixels).facts))


def test_sound_pixels_are_not(tmp_path):
    for pixels in (PIXELS, PIXELS / 255 * 0.6):
        assert read(tmp_path, pixels=pixels).facts.cautions == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pixels": np.zeros((60, 6))}, "all 60 rows of xdata are the same"),
        ({"labels": LABELS % 2}, "no row of class 2"),
    ],
)
def test_what_was_never_written_is_refused(tmp_path, changes, words):
    with pytest.raises(DataError, match=words):
        read(tmp_path, **changes)


def test_rows_sorted_by_class_are_seen():
    rows = np.repeat(np.arange(10), 100)
    assert kinds(split_cautions(rows[:850], rows[850:], NAMES)) == ["unseen"]
    (off,) = split_cautions(rows[:700], rows[700:], NAMES)
    assert (off.kind, off.value, off.classes) == ("unseen", 300, ("7", "8", "9"))
    few = np.concatenate([rows[:300], rows[300::10]])  # all classes, the last ones rare
    assert kinds(split_cautions(few, rows[900:], NAMES)) == ["uneven"]
    mixed = np.random.default_rng(0).permutation(rows)
    assert split_cautions(mixed[:700], mixed[700:], NAMES) == ()
    assert split_cautions(rows, rows[:0], NAMES) == ()


def test_arithmetic_on_pixels_may_miss_the_range_a_little(tmp_path):
    shares = (PIXELS / 255).astype("float32")
    shares[0, 0] = np.nextafter(np.float32(1), np.float32(2))
    assert read(tmp_path, pixels=shares).inputs.max() == 1
    shares[0, 0] = 1.02
    with pytest.raises(DataError, match=r"got float32 in .*1\.02"):
        read(tmp_path, pixels=shares)
    back = (PIXELS / 255).astype("float32") * np.float32(255)
    np.testing.assert_allclose(read(tmp_path, pixels=back).inputs, PIXELS / 255, rtol=1e-6)

"""Where the arrays come from, and the offline behaviour."""

import h5py
import numpy as np
import pytest

from hw3.core.errors import DataError, DataUnavailableError
from hw3.datasets import sources
from hw3.datasets.sources import ensure_available, read_source
from tests.builders import data_spec


def test_human_machine_entries_must_be_plus_or_minus_one(tmp_path):
    with h5py.File(tmp_path / "binary_random_20fa.hdf5", "w") as file:
        file["human"], file["machine"] = np.ones((5100, 20)), np.zeros((5100, 20))
    with pytest.raises(DataError, match=r"-1 or \+1; row 0 of machine holds 0"):
        read_source("human_machine", tmp_path)


def test_a_missing_file_that_cannot_be_had_names_the_way_out(tmp_path):
    with pytest.raises(DataUnavailableError) as error:
        ensure_available(data_spec("human_machine"), tmp_path)
    text = str(error.value)
    for part in ("binary_random_20fa.hdf5", str(tmp_path), "data_dir=", "HW3_DATA_DIR"):
        assert part in text
    assert len(text.splitlines()) == 1
    (tmp_path / "binary_random_20fa.hdf5").symlink_to("nowhere")
    with pytest.raises(DataUnavailableError, match="it is a link to a file that is not there"):
        ensure_available(data_spec("human_machine"), tmp_path)


def test_digits_leave_their_last_rows_to_the_test_split(tmp_path):
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    arrays = read_source("digits", tmp_path)
    np.testing.assert_array_equal(arrays.inputs, (pixels[:1497] / 16).astype(np.float32))
    np.testing.assert_array_equal(arrays.labels, labels[:1497])


def test_humans_are_label_one(fake_data):
    arrays = read_source("human_machine", fake_data)
    with h5py.File(fake_data / "binary_random_20fa.hdf5") as file:
        np.testing.assert_array_equal(arrays.inputs[arrays.labels == 1], file["human"])
        np.testing.assert_array_equal(arrays.inputs[arrays.labels == 0], file["machine"])


def test_sources_are_read_once(fake_data, monkeypatch):
    sources.read_source.cache_clear()
    assert read_source("mnist", fake_data) is read_source("mnist", fake_data)
    assert not read_source("mnist", fake_data).inputs.flags.writeable

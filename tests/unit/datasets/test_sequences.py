"""Sequences as people have them, in files told by their content."""

import json

import h5py
import numpy as np
import pytest

from hw3.core.errors import DataError
from hw3.datasets.sequences import pieces, read_sequences

ROWS = np.random.default_rng(0).integers(0, 2, (3, 20))
LISTS = ROWS.tolist()
SIGNS = np.where(ROWS > 0, 1.0, -1.0)


@pytest.mark.parametrize("name", ["human_binary.hd5", "rows.csv", "rows"])
def test_hdf5_is_told_by_its_content_and_other_data_sets_are_named(name, tmp_path, capsys):
    with h5py.File(tmp_path / name, "w") as file:
        file["human_binary"], file["notes/shape"] = ROWS, np.ones((3, 4))
    np.testing.assert_array_equal(read_sequences(str(tmp_path / name)), SIGNS)
    assert "left out" in (err := capsys.readouterr().err)
    assert "notes/shape (3, 4)" in err


@pytest.mark.parametrize(
    "text",
    [json.dumps(LISTS), json.dumps(LISTS, indent=1), "\n".join(map(str, LISTS))],
)
def test_lists_in_brackets_are_read_from_a_file_and_from_the_command(text, tmp_path):
    (tmp_path / "rows.json").write_text(text)
    np.testing.assert_array_equal(read_sequences(str(tmp_path / "rows.json")), SIGNS)
    assert len(pieces(text)) == 3


@pytest.mark.parametrize("name", ["a.txt", "a\nb.txt"])
def test_a_line_of_megabytes_is_one_short_line_of_error(name, tmp_path):
    (tmp_path / name).write_text("01" * 2_500_000)
    with pytest.raises(DataError, match="got 5,000,000 characters") as error:
        read_sequences(str(tmp_path / name))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


def test_other_binary_files_are_refused(tmp_path):
    np.save(tmp_path / "rows.npy", ROWS)
    with pytest.raises(DataError, match="neither HDF5 nor a text file"):
        read_sequences(str(tmp_path / "rows.npy"))

import json

import h5py
import numpy as np

from hw3.records.weights import save_params


def test_params_are_in_the_course_s_layout(tmp_path):
    weight, bias = np.arange(6.0).reshape(3, 2), np.array([7.0, 8.0])
    save_params(tmp_path / "params.h5", [(weight, bias)], {"name": "relu"})
    with h5py.File(tmp_path / "params.h5") as file:
        assert file["W1"].shape == (2, 3)
        np.testing.assert_array_equal(file["W1"][1], [1, 3, 5])
        np.testing.assert_array_equal(file["b1"], bias)
        assert json.loads(file.attrs["act"]) == {"name": "relu"}

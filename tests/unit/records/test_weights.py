import json

import h5py
import numpy as np
import pytest

from hw3.core.errors import DataError
from hw3.records.network import predicted
from hw3.records.weights import load_params, save_params, stored_act


def test_params_are_in_the_course_s_layout(tmp_path):
    weight, bias = np.arange(6.0).reshape(3, 2), np.array([7.0, 8.0])
    save_params(tmp_path / "params.h5", [(weight, bias)], {"name": "relu"})
    with h5py.File(tmp_path / "params.h5") as file:
        assert file["W1"].shape == (2, 3)
        np.testing.assert_array_equal(file["W1"][1], [1, 3, 5])
        np.testing.assert_array_equal(file["b1"], bias)
        assert json.loads(file.attrs["act"]) == {"name": "relu"}


W1, B1 = np.arange(6.0).reshape(2, 3), np.array([7.0, 8.0])  # (fan_out, fan_in), as files have it


def write(path, act=None, **arrays):
    with h5py.File(path, "w") as file:
        for key, array in arrays.items():
            file[key] = array
        if act is not None:
            file.attrs["act"] = act
    return path


@pytest.mark.parametrize("bias", [B1, B1[:, None], B1[None, :]])
def test_files_as_other_programs_write_them_are_read(tmp_path, bias):
    ((weight, read_bias),) = load_params(write(tmp_path / "a.h5", w1=W1, b1=bias))
    np.testing.assert_array_equal(weight, W1.T)
    np.testing.assert_array_equal(read_bias, B1)


@pytest.mark.parametrize(
    "act", [np.bytes_("relu"), "relu", "ReLU", np.array([b"relu"]), '{"name": "relu"}']
)
def test_an_activation_may_be_written_in_many_ways(tmp_path, act):
    assert stored_act(write(tmp_path / "a.h5", act, W1=W1, b1=B1)) == {"name": "relu"}


@pytest.mark.parametrize("act", ["[" * 5000, "[" * 999, "", np.arange(3)])
def test_an_activation_that_is_none_is_refused(tmp_path, act):
    with pytest.raises(DataError, match="must name an activation") as error:
        stored_act(write(tmp_path / "a.h5", act, W1=W1, b1=B1))
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"W1": W1.T, "b1": B1}, r"got \(3, 2\) and \(2,\); it looks transposed: write W.T"),
        ({"W1": W1, "w1": W1, "b1": B1}, "holds both W1 and w1"),
        ({"W1": W1, "b1": B1[:1]}, r"got \(2, 3\) and \(1,\)"),
        ({"W1": W1, "b1": B1, "x": B1}, "holds .*x.* beside 1 layer"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_both_shapes(tmp_path, arrays, words):
    with pytest.raises(DataError, match=words):
        load_params(write(tmp_path / "a.h5", **arrays))


def test_declared_weights_take_no_memory(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("W1", (10**6, 10**6), "f4")
        file.create_dataset("b1", (10**6,), "f4")
    with pytest.raises(DataError, match="need 8 TB of memory"):
        load_params(tmp_path / "a.h5")
    with pytest.raises(DataError, match="is a network of 1000000-1000000"):
        predicted(tmp_path / "a.h5", None, np.ones((1, 20)))


def test_weights_of_another_file_are_refused(tmp_path):
    write(tmp_path / "secret.h5", W1=W1)
    path = write(tmp_path / "a.h5", b1=B1, W1=h5py.ExternalLink("secret.h5", "/W1"))
    with pytest.raises(DataError, match="W1 is a link to another file"):
        load_params(path)


def test_a_network_that_overflows_is_said_without_a_warning_of_numpy(tmp_path):
    big = np.float32(3e38)
    arrays = {"W1": np.full((2, 20), big), "b1": np.zeros(2, "f4")}
    arrays |= {"W2": np.array([[big, -big]]), "b2": np.zeros(1, "f4")}
    path = write(tmp_path / "a.h5", "relu", **arrays)
    with pytest.raises(DataError, match="probabilities of that row are no numbers"):
        predicted(path, None, np.ones((1, 20)))

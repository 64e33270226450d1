"""Data sets as a run loads them."""

import numpy as np
import pytest

from hw3.datasets.dataset import load_dataset, n_split, split_rows
from hw3.datasets.sources import SOURCES, ensure_available, read_source
from tests.builders import data_spec


def load(name, folder, **options):
    drawn = {key: options.pop(key, value) for key, value in (("seed", 0), ("dtype", "float32"))}
    return load_dataset(data_spec(name, **options), folder, **drawn)


def test_digits_need_no_file(tmp_path):
    dataset = load("digits", tmp_path, val=297)
    assert dataset.train.inputs.shape == (1200, 64)
    assert dataset.val.inputs.shape == (297, 64)
    assert dataset.train.inputs.max() <= 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_checked_arrays_in_the_run_s_dtype(name, dtype, fake_data):
    dataset = load(name, fake_data, dtype=dtype, split="random")
    source = SOURCES.get(name)
    for split in (dataset.train, dataset.val):
        assert split.inputs.dtype == dtype
        assert split.inputs.shape[1] == source.n_features
        assert split.inputs.flags.c_contiguous
        assert set(np.unique(split.labels)) == set(range(len(source.class_names)))
    rows = n_split(data_spec(name, split="random"), fake_data, seed=0)
    assert (len(dataset.train.labels), 100) == rows == (source.n_rows - 100, 100)
    assert len(dataset.facts.sha256) == 64


def test_rows_point_into_the_file(fake_data):
    val = load("mnist", fake_data, split="random").val
    np.testing.assert_array_equal(val.inputs, read_source("mnist", fake_data).inputs[val.rows])


def test_subset_is_the_start_of_the_file_and_of_each_class(fake_data):
    mnist = load("mnist", fake_data, subset=1000)
    assert mnist.val.rows.tolist() == list(range(900, 1000))
    bits = load("human_machine", fake_data, subset=1000, split="random")
    assert sorted([*bits.train.rows, *bits.val.rows]) == [*range(500), *range(5100, 5600)]
    spec = data_spec("human_machine", split="contributor", val=0.2, subset=1000)
    held_out = split_rows(spec, fake_data, seed=0)[1]
    assert np.bincount(held_out // 5100).tolist() == [100, 100]


def test_nothing_held_out_is_no_validation(fake_data):
    dataset = load("mnist", fake_data, val=0)
    assert dataset.val is None
    assert len(dataset.train.labels) == 60_000


def test_training_reads_work_without_the_test_file(fake_data, tmp_path):
    (tmp_path / "mnist_traindata.hdf5").symlink_to(fake_data / "mnist_traindata.hdf5")
    ensure_available(data_spec("mnist"), tmp_path)
    assert len(load("mnist", tmp_path).train.labels) == 59_900


def test_the_split_depends_on_the_seed(fake_data):
    rows = [load("mnist", fake_data, split="random", seed=s).val.rows.tolist() for s in (0, 0, 1)]
    assert rows[0] == rows[1] != rows[2]

"""Files as users bring them, splits, and the offline behaviour."""

import h5py
import numpy as np
import pytest

from hw3.core.errors import DataError, DataUnavailableError
from hw3.datasets import sources
from hw3.datasets.dataset import load_dataset, n_train
from hw3.datasets.hdf5 import read_images, write_images
from hw3.datasets.sources import SOURCES, ensure_available, read_source
from hw3.datasets.splits import SPLITTERS, n_val

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


@pytest.mark.parametrize("split", SPLITTERS)
@pytest.mark.parametrize("val", [0, 40, 0.2, 100])
def test_train_and_validation_are_disjoint_and_complete(split, val):
    labels = np.repeat([1, 0], 200)
    train, held_out = SPLITTERS.get(split)(labels, n_val(val, 400), np.random.default_rng(0))
    assert sorted([*train, *held_out]) == list(range(400))
    assert len(held_out) == {0: 0, 40: 50 if split == "contributor" else 40}.get(
        val, 100 if val == 100 else 100 if split == "contributor" else 80
    )


def test_last_split_holds_out_the_end():
    train, held_out = SPLITTERS.get("last")(np.zeros(10), 3, np.random.default_rng(0))
    assert train.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert held_out.tolist() == [7, 8, 9]


def test_random_split_depends_on_the_seed_alone():
    def held_out(seed):
        return SPLITTERS.get("random")(np.zeros(100), 20, np.random.default_rng(seed))[1].tolist()

    assert held_out(0) == held_out(0) != held_out(1)


def test_contributor_split_keeps_blocks_whole():
    labels = np.repeat([1, 0], 5100)
    _, held_out = SPLITTERS.get("contributor")(labels, 2040, np.random.default_rng(0))
    blocks = held_out.reshape(-1, 25)
    assert (blocks[:, 0] % 25 == 0).all()
    np.testing.assert_array_equal(blocks, blocks[:, :1] + np.arange(25))
    assert labels[held_out].mean() == 0.5


def load(name, folder, **options):
    spec = {"split": "last", "val": 100, "subset": None, "seed": 0, "dtype": "float32"} | options
    return load_dataset(name, folder, **spec)


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
    assert len(dataset.train.labels) == n_train(source, "random", 100, None) == source.n_rows - 100
    assert len(dataset.facts.sha256) == 64


def test_rows_point_into_the_file(fake_data):
    val = load("mnist", fake_data, split="random").val
    np.testing.assert_array_equal(val.inputs, read_source("mnist", fake_data).inputs[val.rows])


def test_subset_is_the_start_of_the_file_and_of_each_class(fake_data):
    mnist = load("mnist", fake_data, subset=1000)
    assert mnist.val.rows.tolist() == list(range(900, 1000))
    bits = load("human_machine", fake_data, subset=1000, split="random")
    assert sorted([*bits.train.rows, *bits.val.rows]) == [*range(500), *range(5100, 5600)]


def test_nothing_held_out_is_no_validation(fake_data):
    dataset = load("mnist", fake_data, val=0)
    assert dataset.val is None
    assert len(dataset.train.labels) == 60_000


def test_human_machine_entries_must_be_plus_or_minus_one(tmp_path):
    with h5py.File(tmp_path / "binary_random_20fa.hdf5", "w") as file:
        file["human"], file["machine"] = np.ones((5100, 20)), np.zeros((5100, 20))
    with pytest.raises(DataError, match=r"-1 or \+1; row 0 of machine holds 0"):
        read_source("human_machine", tmp_path)


def test_training_reads_work_without_the_test_file(fake_data, tmp_path):
    (tmp_path / "mnist_traindata.hdf5").symlink_to(fake_data / "mnist_traindata.hdf5")
    ensure_available("mnist", tmp_path)
    assert len(load("mnist", tmp_path).train.labels) == 59_900


def test_a_missing_file_that_cannot_be_had_names_the_way_out(tmp_path):
    with pytest.raises(DataUnavailableError) as error:
        ensure_available("human_machine", tmp_path)
    text = str(error.value)
    for part in ("binary_random_20fa.hdf5", str(tmp_path), "data_dir=", "HW3_DATA_DIR"):
        assert part in text
    assert len(text.splitlines()) == 1


def test_digits_leave_their_last_rows_to_the_test_split(tmp_path):
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    arrays = read_source("digits", tmp_path)
    np.testing.assert_allclose(arrays.inputs, pixels[:1497] / 16)
    np.testing.assert_array_equal(arrays.labels, labels[:1497])


def test_humans_are_label_one(fake_data):
    arrays = read_source("human_machine", fake_data)
    with h5py.File(fake_data / "binary_random_20fa.hdf5") as file:
        np.testing.assert_array_equal(arrays.inputs[arrays.labels == 1], file["human"])
        np.testing.assert_array_equal(arrays.inputs[arrays.labels == 0], file["machine"])


def test_the_split_depends_on_the_seed(fake_data):
    rows = [load("mnist", fake_data, split="random", seed=s).val.rows.tolist() for s in (0, 0, 1)]
    assert rows[0] == rows[1] != rows[2]


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


def test_sources_are_read_once(fake_data, monkeypatch):
    sources.read_source.cache_clear()
    assert read_source("mnist", fake_data) is read_source("mnist", fake_data)
    assert not read_source("mnist", fake_data).inputs.flags.writeable


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("mnist", (50_000, 10_000)),
        ("fashion_mnist", (50_000, 10_000)),
        ("human_machine", (8160, 2040)),
    ],
)
def test_real_files(name, sizes):
    from hw3.config.compose import compose_config
    from hw3.config.schema import parse
    from hw3.training.build import load

    dataset = load(parse(compose_config([f"dataset={name}"])))
    assert (len(dataset.train.labels), len(dataset.val.labels)) == sizes

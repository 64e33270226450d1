"""Data files of a person's own: what is read of them, and the line that says what is wrong."""

import gzip
import io
import struct

import h5py
import numpy as np
import pandas as pd
import pytest

from hw3.core.errors import ConfigError, DataError
from hw3.datasets.cautions import caution_lines
from hw3.datasets.dataset import load_dataset, n_split, split_rows
from hw3.datasets.sources import arrays_of, source_of
from tests.builders import data_spec

N = 12
X = np.arange(2.0 * N).reshape(N, 2) / 7
TEXT = np.array(["cat", "dog", "eel"] * 4)
CODES = np.array([0, 1, 2] * 4)
TABLE = "a,b,kind\n" + "".join(f"{x:.6g},{y:.6g},{t}\n" for (x, y), t in zip(X, TEXT, strict=True))
PIXELS = np.random.default_rng(0).integers(0, 256, (N, 4, 3), dtype=np.uint8)


def own(path, **values):
    keys = {"split": "last", "val": 3, "labels": "kind", "train": str(path)}
    return data_spec("file", **(keys | values))


def read(path, **values):
    return arrays_of(own(path, **values), path.parent)


def as_npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def as_idx(array, code=8):
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write(path, form):
    """Write the table in a form; what names its labels."""
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "kind": TEXT})
    if form in ("csv", "tsv", "semicolons", "gz"):
        separator = {"tsv": "\t", "semicolons": ";"}.get(form, ",")
        text = TABLE.replace(",", separator).encode()
        path.write_bytes(gzip.compress(text) if form == "gz" else text)
    elif form == "parquet":
        frame.to_parquet(path)
    elif form == "npz":
        with path.open("wb") as file:
            np.savez(file, X=X, kind=TEXT)
    elif form == "npy":
        path.write_bytes(as_npy(np.column_stack([X, CODES])))
        return {"labels": 2}
    elif form == "fields":
        path.write_bytes(as_npy(frame.assign(kind=CODES).to_records(index=False)))
    elif form == "hdf5":
        with h5py.File(path, "w") as file:
            file["xdata"], file["ydata"] = X, CODES
        return {"labels": None}
    elif form == "hdf5 with text":
        with h5py.File(path, "w") as file:
            file["in/rows"], file["kind"] = X, [t.encode() for t in TEXT]
    return {}


FORMS = ["csv", "tsv", "semicolons", "gz", "parquet", "npz", "npy", "fields", "hdf5"]


@pytest.mark.parametrize("form", [*FORMS, "hdf5 with text"])
def test_every_format_is_told_by_its_content(form, tmp_path):
    path = tmp_path / "data.bin"
    arrays = read(path, **write(path, form))
    np.testing.assert_allclose(arrays.inputs, X, rtol=1e-5)
    assert arrays.labels.tolist() == CODES.tolist()
    names = ("cat", "dog", "eel") if form not in ("npy", "fields", "hdf5") else ("0", "1", "2")
    assert arrays.facts.class_names == names
    assert (arrays.facts.n_rows, arrays.facts.label_counts) == (N, (4, 4, 4))
    assert len(arrays.facts.sha256) == 64


@pytest.mark.parametrize("packed", [False, True])
def test_idx_has_images_and_labels_in_two_files(packed, tmp_path):
    images, labels = tmp_path / "images", tmp_path / "labels"
    for path, array in ((images, PIXELS), (labels, CODES.astype(np.uint8))):
        data = as_idx(array)
        path.write_bytes(gzip.compress(data) if packed else data)
    spec = own(images, train=(str(images), str(labels)), labels=None, scale=255.0)
    arrays, source = arrays_of(spec, tmp_path), source_of(spec, tmp_path)
    np.testing.assert_array_equal(arrays.inputs, PIXELS.reshape(N, 12) / np.float32(255))
    assert (source.image_shape, arrays.inputs.dtype) == ((4, 3), "float32")
    assert arrays.labels.tolist() == CODES.tolist()
    assert [name for name, _ in arrays.facts.files] == ["images", "labels"]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((28, 28), (28, 28)),
        ((1, 28, 28), (28, 28)),
        ((28, 28, 1), (28, 28)),
        ((32, 32, 3), (32, 32, 3)),
        ((3, 32, 32), (3, 32, 32)),
        ((784,), None),
        ((2, 3, 4, 5), None),
    ],
)
def test_images_keep_their_shape(shape, expected, tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, x=np.random.default_rng(0).random((N, *shape)), kind=CODES)
    source = source_of(own(path), tmp_path)
    assert (source.image_shape, source.n_features) == (expected, int(np.prod(shape)))


@pytest.mark.parametrize(
    ("labels", "classes", "names", "codes"),
    [
        (["b", "a", "b", "a"], None, ("a", "b"), [1, 0, 1, 0]),
        (["b", "a", "b", "a"], ("b", "a"), ("b", "a"), [0, 1, 0, 1]),
        ([10, 9, 10, 9], None, ("9", "10"), [1, 0, 1, 0]),
        ([1.0, 0.0, 1.0, 0.0], ("no", "yes"), ("no", "yes"), [1, 0, 1, 0]),
        ([0.5, 1.5, 0.5, 1.5], (1.5, 0.5), ("1.5", "0.5"), [1, 0, 1, 0]),
        ([True, False, True, False], None, ("False", "True"), [1, 0, 1, 0]),
        ([[0, 1], [1, 0], [0, 1], [1, 0]], None, ("0", "1"), [1, 0, 1, 0]),
        ([[0, 1], [1, 0], [0, 1], [1, 0]], ("no", "yes"), ("no", "yes"), [1, 0, 1, 0]),
        ([["b"], ["a"], ["b"], ["a"]], None, ("a", "b"), [1, 0, 1, 0]),
    ],
)
def test_labels_as_people_write_them(labels, classes, names, codes, tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, x=X[:4], kind=np.array(labels))
    arrays = read(path, val=1, classes=classes)
    assert arrays.facts.class_names == names
    assert arrays.labels.tolist() == codes


def test_several_columns_of_labels_are_one_hot(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,is_cat,is_dog\n1.5,1,0\n2.5,0,1\n3.5,0,1\n4.5,1,0\n")
    arrays = read(path, labels="is_*", val=1)
    assert arrays.facts.class_names == ("is_cat", "is_dog")
    assert arrays.labels.tolist() == [0, 1, 1, 0]
    assert arrays.facts.feature_names == ("a",)


@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        (None, ["a", "b"]),
        ("b", ["b"]),
        ("!a", ["b"]),
        (("b", "a"), ["a", "b"]),
        ("[ab]", ["a", "b"]),
        (("*", "!b"), ["a"]),
        (0, ["a"]),
        (-2, ["b"]),
    ],
)
def test_inputs_are_named_matched_or_left_out(inputs, names, tmp_path):
    (tmp_path / "x.csv").write_text(TABLE)
    assert list(read(tmp_path / "x.csv", inputs=inputs).facts.feature_names) == names


@pytest.mark.parametrize("line", ["5.1,3.5,setosa\n", "5.1,3.5,7\n"])
def test_a_table_without_names_has_numbers_for_them(line, tmp_path):
    other = line.replace("setosa", "virginica").replace("7", "8")
    (tmp_path / "x.csv").write_text((line + other) * 3)
    arrays = read(tmp_path / "x.csv", labels=-1, val=1)
    assert (arrays.facts.n_rows, arrays.facts.feature_names) == (6, ("0", "1"))


def test_names_that_are_numbers_in_order_are_names(tmp_path):
    (tmp_path / "x.csv").write_text("0,1,label\n0.5,1.5,a\n2.5,3.5,b\n4.5,5.5,b\n")
    assert read(tmp_path / "x.csv", labels="label", val=1).facts.n_rows == 3


def test_inputs_are_scaled_by_stated_numbers_alone(tmp_path):
    (tmp_path / "x.csv").write_text(TABLE)
    expected = read(tmp_path / "x.csv").inputs
    np.testing.assert_allclose(read(tmp_path / "x.csv", scale=4.0).inputs, expected / 4)
    found = read(tmp_path / "x.csv", scale=((1.0, 2.0), (4.0, 5.0)))
    np.testing.assert_allclose(found.inputs, (expected - [1, 2]) / [4, 5])
    assert found.facts.range == (expected.min(), expected.max())  # as stored
    with pytest.raises(DataError, match=r"dataset.scale must hold one number or 2 .* got 3"):
        read(tmp_path / "x.csv", scale=((1.0, 2.0, 3.0), (1.0,)))


def test_a_file_to_validate_on_is_all_there_is_to_validate_on(tmp_path):
    (tmp_path / "x.csv").write_text(TABLE)
    (tmp_path / "v.csv").write_text("kind,b,a\ncat,2,1\nape,4,3\n")  # in another order
    spec = own(tmp_path / "x.csv", val=str(tmp_path / "v.csv"), subset=6)
    dataset = load_dataset(spec, tmp_path, seed=0, dtype="float64")
    assert dataset.val.inputs.tolist() == [[1, 2], [3, 4]]
    assert dataset.class_names == ("ape", "cat", "dog", "eel")
    assert dataset.val.labels.tolist() == [1, 0]
    assert (len(dataset.train.labels), n_split(spec, tmp_path, 0)) == (6, (6, 2))
    (line,) = [line for line in caution_lines(dataset.facts) if "never sees" in line]
    assert "validation holds 1 row of classes that training never sees (ape)" in line


def test_rows_of_a_group_stay_on_one_side(tmp_path):
    text = TABLE.splitlines()
    rows = [f"{line},g{i // 3}" for i, line in enumerate(text[1:])]
    (tmp_path / "x.csv").write_text("\n".join([text[0] + ",who", *rows]))
    spec = own(tmp_path / "x.csv", split="group", groups="who", val=0.25)
    seen = set()
    for seed in range(20):
        train, val = split_rows(spec, tmp_path, seed)
        assert {row // 3 for row in train}.isdisjoint({row // 3 for row in val})
        assert n_split(spec, tmp_path, seed) == (9, 3)
        seen |= {row // 3 for row in val}
    assert seen == {0, 1, 2, 3}
    assert read(tmp_path / "x.csv", groups="who").facts.feature_names == ("a", "b")


def test_files_are_read_again_when_they_change(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(TABLE)
    first = read(path)
    assert read(path) is first
    path.write_text(TABLE + "9,9,cat\n")
    assert read(path).facts.n_rows == N + 1


def test_a_file_is_looked_for_here_and_then_in_the_data_folder(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "x.csv").write_text(TABLE)
    spec = own("x.csv")
    assert arrays_of(spec, tmp_path / "data").facts.n_rows == N
    (tmp_path / "x.csv").write_text(TABLE + "9,9,cat\n")
    assert arrays_of(spec, tmp_path / "data").facts.n_rows == N + 1
    with pytest.raises(DataError, match=r"dataset.train=y.csv is not there, nor in data_dir="):
        arrays_of(own("y.csv"), tmp_path / "data")


def test_a_test_file_is_not_one_that_is_trained_on(tmp_path):
    (tmp_path / "x.csv").write_text(TABLE)
    with pytest.raises(ConfigError, match="is trained on too; name a file of other rows"):
        source_of(own(tmp_path / "x.csv", test=str(tmp_path / "x.csv")), tmp_path)


ROW = TABLE.splitlines()[1]
BAD = {
    "missing": (TABLE.replace(ROW, "0,,cat", 1), {}, "'b' in row 1 is missing (1 rows lack a"),
    "no label": (TABLE.replace("cat", "", 1), {}, "row 1 has no label ('kind' is empty)"),
    "text": (TABLE.replace(ROW, "0,x,cat", 1), {}, "'b' holds 'x' in row 1, which is no number"),
    "infinite": (TABLE.replace(ROW, "0,inf,cat", 1), {}, "'b' in row 1 is infinite"),
    "words": (
        TABLE,
        {"labels": "a", "inputs": "b", "classes": (0, 1)},
        "the label '0.285714' of row 2 is none",
    ),
    "names": (
        "a,who,kind\n" + "".join(f"{i / 3},p{i},{'xy'[i % 2]}\n" for i in range(12)),
        {},
        "'who' holds text ('p0' in row 1), and inputs are numbers; leave it out with "
        "'dataset.inputs=!who'",
    ),
    "numbering": (
        "id,a,kind\n" + "".join(f"{i},{i / 3},{'xy'[i % 2]}\n" for i in range(12)),
        {},
        "'id' only numbers the rows",
    ),
    "regression": (TABLE, {"labels": "b", "inputs": "a"}, "hw3 trains classifiers, and no regr"),
    "too many": (
        "a,kind\n" + "".join(f"{i / 3},{i}\n" for i in range(100)),
        {},
        "the labels are 100 different numbers in 100 rows",
    ),
    "one class": (TABLE.replace("dog", "cat").replace("eel", "cat"), {}, "there must be two"),
    "no column": (TABLE, {"labels": "kinds"}, "has no 'kinds'; it holds a, b, kind; did you mean"),
    "no name": (TABLE, {"labels": None}, "dataset.labels must name the labels of"),
    "leak": (TABLE, {"inputs": ("a", "kind")}, "'kind' of"),
    "twins": (TABLE.replace("b", "a", 1), {}, "two columns are called 'a'"),
    "long row": (TABLE.replace(ROW, ROW + ",7,8", 1), {}, "x.csv"),
    "empty": ("", {}, "is empty"),
    "names alone": ("a,b,kind\n", {}, "holds no rows"),
    "groups": (TABLE, {"groups": "[ab]"}, "must name one column of"),
    "one-hot": (
        "a,b,c\n1,0,.5\n1,1,.5\n",
        {"labels": ("a", "b")},
        "one-hot, a 1 and else 0; row 2",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_one_line_with_the_row(case, tmp_path):
    text, values, message = BAD[case]
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(DataError) as error:
        read(tmp_path / "x.csv", **values)
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert "x.csv" in str(error.value)


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        ("kind", np.zeros((0, 3))),
        ("kind", np.zeros((N, 0))),
        ("kind", np.array("x")),
        ("kind", CODES[:-1]),
        ("kind", np.zeros((N, 2, 2))),
        (("kind", "other"), np.zeros((N, 3))),
        (("kind", "other"), np.zeros(N - 1)),
        (("kind", "other"), np.zeros((0, 3), str)),
    ],
)
def test_labels_of_another_shape_than_the_rows_are_refused(labels, kind, tmp_path):
    np.savez(tmp_path / "x.npz", x=X, kind=kind, other=CODES == 0)
    with pytest.raises(DataError, match="labels must be one for each of the 12 rows"):
        read(tmp_path / "x.npz", labels=labels, inputs="x")


def test_what_is_no_file_is_called_so(tmp_path):
    for path, what in ((tmp_path, "is a folder;"), ("/dev/null", "is no regular file;")):
        with pytest.raises(DataError, match=what):
            read(tmp_path / "x.csv", train=str(path))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x93NUMPY\x01\x00v\x00{'descr'", "cannot be read"),
        (as_npy(X)[:-8], "cannot be read"),
        (b"PK\x03\x04", "cannot be read"),
        (b"\x1f\x8b\x08\x00rubbish", "cannot be read"),
        (b"\0\0\x08\x03\0\0\0\x05", "cannot be read"),
        (b"\0\0\x08", "cannot be read"),
        (as_idx(PIXELS)[:-1], "an idx file of"),
        (b"PAR1" + b"x" * 40, "cannot be read"),
        (b"\x89HDF\r\n\x1a\nrest", "cannot be read as HDF5"),
        ("größe;kind\n1;ä\n".encode("latin-1"), "is no UTF-8 text"),
        (b"a,b\0c\n1,2\n", "cannot be read"),
    ],
)
def test_damaged_files_are_one_line(data, message, tmp_path):
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        read(tmp_path / "x.csv")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("scale", [None, 1e-300])
def test_inputs_beyond_float32_are_refused(scale, tmp_path):
    np.savez(tmp_path / "x.npz", a=X * (1e60 if scale is None else 1), kind=CODES)
    with pytest.raises(DataError, match=r"float32 ends at 3.4e\+38; state a larger dataset.scale"):
        read(tmp_path / "x.npz", scale=scale)


def test_rows_without_numbers_are_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros((N, 0)), kind=CODES)
    with pytest.raises(DataError, match=r"a hold no number; name others in dataset.inputs"):
        read(tmp_path / "x.npz")


def test_nothing_is_unpickled(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{}, 1], object), allow_pickle=True)
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "x.npy")


def test_what_is_odd_is_said(tmp_path):
    rng = np.random.default_rng(0)
    ids = rng.permutation(1000)[:60]
    rows = [f"{ids[i]},{rng.random():.3f},0,{'xy'[i % 2]}" for i in range(60)]
    (tmp_path / "x.csv").write_text("\n".join(["id,a,same,kind", *rows]))
    lines = caution_lines(read(tmp_path / "x.csv").facts)
    assert ["'dataset.inputs=!id'" in lines[0], "same of x.csv: the same" in lines[1]] == [True] * 2
    assert "networks learn best from inputs near 1" in lines[2]


def test_the_test_file_is_read_when_it_is_asked_for_and_not_before(tmp_path):
    """Its columns may stand in another order, and its labels must be those of training."""
    (tmp_path / "x.csv").write_text(TABLE)
    (tmp_path / "t.csv").write_text("this is no table")
    source = source_of(own(tmp_path / "x.csv", test=str(tmp_path / "t.csv")), tmp_path)
    with pytest.raises(DataError):
        source.read_test(tmp_path)
    (tmp_path / "t.csv").write_text("extra,kind,b,a\nz,dog,2,1\n")
    inputs, labels = source.read_test(tmp_path)
    assert (inputs.tolist(), labels.tolist()) == ([[1, 2]], [1])
    (tmp_path / "t.csv").write_text("kind,b,a\nowl,2,1\n")
    with pytest.raises(DataError, match=r"the label 'owl' of row 1 is none of the classes"):
        source.read_test(tmp_path)


def test_ten_thousand_classes(tmp_path):
    path = tmp_path / "x.npz"
    labels = np.repeat(np.arange(10_000), 2)
    np.savez(path, x=np.zeros((20_000, 1)) + labels[:, None] / 10_000, kind=labels)
    spec = own(path, split="stratified", val=0.5)
    dataset = load_dataset(spec, tmp_path, seed=0, dtype="float32")
    assert np.bincount(dataset.val.labels).tolist() == [1] * 10_000

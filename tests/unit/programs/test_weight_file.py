"""Weight files of any layout, right and wrong, by their verdicts."""

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from hw3.check import main
from hw3.core.errors import DataError
from hw3.core.verdict import Verdict
from hw3.nn.initializers import initial_params
from hw3.programs.weight_file import checked_weights
from hw3.records.weights import save_params

SIZES = [(784, 100, 10), (20, 20, 1), (6, 5, 4, 3), (64, 64, 64, 10), (9, *range(24, 12, -1), 2)]
PAIRED = [
    *(
        "W{0}:b{0}",
        "weights.{}:biases.{}",
        "layer{0}/kernel:layer{0}/bias",
        "fc{0}.weight:fc{0}.bias",
    ),
    *("coefs_{}:intercepts_{}", "net/{0}/w:net/{0}/b", "layers.{0}.0.W:layers.{0}.0.B"),
    "model_weights/dense_{0}/kernel:model_weights/dense_{0}/bias",
]


def trained(sizes, rng):
    """Return the parameters of a network that has moved from its start."""
    start = initial_params(sizes, "he_normal", rng)
    return [(1.5 * w + 0.01, rng.normal(0, 0.1, b.shape)) for w, b in start]


def written(path, arrays):
    """Write arrays in the format of a file's ending."""
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name] = array
    return path


def named(params, names="W{0}:b{0}", first=1):
    """Return the arrays of a network by name."""
    weight, _, bias = names.partition(":")
    return {
        template.format(i): array
        for i, pair in enumerate(params, first)
        for template, array in zip((weight, bias), pair, strict=True)
    }


def verdicts(report):
    return {finding.clause: finding.verdict for finding in report.findings}


@pytest.mark.parametrize("seed", range(40))
def test_a_right_file_passes_in_any_layout(seed, tmp_path):
    rng = np.random.default_rng(seed)
    sizes = SIZES[seed % len(SIZES)]
    is_turned, shape = rng.integers(2), [(-1,), (-1, 1), (1, -1)][rng.integers(3)]
    kept = [(w.T if is_turned else w, b.reshape(shape)) for w, b in trained(sizes, rng)]
    arrays = named(kept, rng.choice(PAIRED), int(rng.integers(2)))
    names = rng.permutation(list(arrays)) if rng.integers(2) else list(arrays)
    dtype = rng.choice([np.float32, np.float64])
    path = tmp_path / f"net{rng.choice(['.npz', '.h5', '.hdf5'])}"
    report = checked_weights(written(path, {n: arrays[n].astype(dtype) for n in names}), seed)
    assert report.verdict is Verdict.PASS, report
    assert report.findings[0].observed == f"a network of {'-'.join(map(str, sizes))}"
    is_open = len(set(sizes)) == 1
    form = "(fan_out, fan_in)" if is_turned else "(fan_in, fan_out)"
    assert is_open or report.conventions[1].startswith(f"weights are {form}, biases")
    assert report.seed == seed


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("is_grouped", [False, True])
@pytest.mark.parametrize("is_turned", [False, True])
def test_arrays_without_names_go_by_place(sizes, is_grouped, is_turned, tmp_path):
    params = trained(sizes, np.random.default_rng(0))
    pairs = [(w.T if is_turned else w, b) for w, b in params]
    arrays = [a for pair in (zip(*pairs, strict=True) if is_grouped else pairs) for a in pair]
    np.savez(tmp_path / "net.npz", *arrays)  # arr_10 after arr_9
    report = checked_weights(tmp_path / "net.npz", None)
    assert report.verdict is Verdict.PASS, report
    assert report.findings[0].observed == f"a network of {'-'.join(map(str, sizes))}"


def test_w10_comes_after_w9_and_what_is_no_layer_is_said(tmp_path):
    params = trained(SIZES[4], np.random.default_rng(0))
    extra = {"epochs": np.arange(3), "history": np.ones((5, 4)), "act": np.array("relu")}
    report = checked_weights(written(tmp_path / "net.npz", extra | named(params)), None)
    assert report.verdict is Verdict.PASS
    assert report.conventions[0].index("W9 ") < report.conventions[0].index("W10 ")
    assert report.conventions[2] == "of no layer: epochs, history, act"


def test_weights_alone_a_lone_matrix_and_a_single_column(tmp_path):
    rng = np.random.default_rng(0)
    weights = {f"W{i}": w for i, (w, _) in enumerate(trained((30, 20, 5), rng), 1)}
    report = checked_weights(written(tmp_path / "net.npz", weights), None)
    assert verdicts(report).keys() == {"layers", "finite", "units", "spread"}
    assert report.verdict is Verdict.PASS
    np.save(tmp_path / "lone.npy", weights["W1"])
    assert checked_weights(tmp_path / "lone.npy", None).findings[0].observed == "a network of 30-20"
    column = {
        "W1": weights["W1"],
        "b1": np.ones(20),
        "W2": rng.normal(0, 3, 20),
        "b2": np.array(0.5),
    }
    report = checked_weights(written(tmp_path / "one.npz", column), None)
    assert report.findings[0].observed == "a network of 30-20-1"


def test_what_hw3_writes_passes_and_its_fresh_weights_are_told(tmp_path):
    rng = np.random.default_rng(0)
    save_params(tmp_path / "params.h5", trained((64, 30, 10), rng), {"name": "relu"})
    assert checked_weights(tmp_path / "params.h5", None).verdict is Verdict.PASS
    for init in ("he_normal", "he_uniform", "glorot_uniform", "lecun_normal"):
        save_params(
            tmp_path / "params.h5", initial_params((64, 30, 10), init, rng), {"name": "relu"}
        )
        report = checked_weights(tmp_path / "params.h5", None)
        seen = verdicts(report)
        assert seen.pop("biases") is seen.pop("spread") is Verdict.INCONCLUSIVE
        assert set(seen.values()) == {Verdict.PASS}
        assert "perhaps not trained" in report.findings[-1].observed


def changed(key, change, sizes=(20, 12, 8, 3)):
    """Return a trained network with one array changed."""
    arrays = named(trained(sizes, np.random.default_rng(0)))
    return arrays | {key: change(arrays[key])}


@pytest.mark.parametrize(
    ("key", "change", "clause", "verdict", "bug", "words"),
    [
        ("W2", lambda w: w[:9], "layers", "FAIL", None, "W1 (20, 12) and W2 (9, 8)"),
        ("b2", lambda b: b[:6], "layers", "FAIL", None, "W2 (12, 8) and b2 (6,)"),
        ("W2", lambda w: w.T, "layers", "INCONCLUSIVE", None, "cannot be told"),
        ("W2", lambda w: w + np.nan, "finite", "FAIL", None, "96 in layer 2"),
        ("b3", lambda b: b / 0.0, "finite", "FAIL", None, "3 in layer 3"),
        ("W2", lambda w: 0 * w, "units", "FAIL", 18, "all weights of layer 2 are 0"),
        ("W3", lambda w: w[:, :1] + 0 * w, "units", "PASS", None, ""),  # biases differ
        ("W3", lambda w: w * [1, 0, 0], "units", "PASS", None, ""),  # units without weights
        ("b2", lambda b: 0 * b, "biases", "INCONCLUSIVE", None, "layer 2 of 3"),
        ("b3", lambda b: 0 * b, "biases", "INCONCLUSIVE", 2, "layer 3 of 3"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_changed_array_is_found(key, change, clause, verdict, bug, words, tmp_path):
    report = checked_weights(written(tmp_path / "net.npz", changed(key, change)), None)
    (finding,) = [f for f in report.findings if f.clause == clause]
    assert (finding.verdict, finding.bug and finding.bug.number) == (verdict, bug)
    assert words in finding.observed
    others = [f.verdict for f in report.findings if f is not finding]
    assert set(others) <= {Verdict.PASS}


@pytest.mark.parametrize(("layer", "verdict"), [(1, Verdict.FAIL), (3, Verdict.INCONCLUSIVE)])
def test_two_equal_units_are_one_and_two_equal_classes_perhaps_empty(layer, verdict, tmp_path):
    params = trained((20, 12, 8, 3), np.random.default_rng(0))
    for array in params[layer - 1]:
        array[..., 1] = array[..., 0]
    for turned in (False, True):
        kept = [(w.T if turned else w, b) for w, b in params]
        report = checked_weights(written(tmp_path / "net.npz", named(kept)), None)
        assert verdicts(report)["units"] is verdict
        assert f"units of layer {layer} only" in report.findings[2].observed


def test_equal_weights_that_were_never_broken_are_bug_18(tmp_path):
    params = trained((20, 12, 3), np.random.default_rng(0))
    params[0] = (params[0][0][:, :1] + np.zeros(12), np.full(12, 0.3))  # one unit, twelve times
    report = checked_weights(written(tmp_path / "net.npz", named(params)), None)
    finding = report.findings[2]
    assert (finding.clause, finding.verdict, finding.bug.number) == ("units", Verdict.FAIL, 18)
    assert "of the 12 units of layer 1 only 1 are unlike" in finding.observed


@pytest.mark.parametrize(
    "arrays",
    [
        {"theta": np.ones(500)},
        {"Theta1": np.ones((25, 401)), "Theta2": np.ones((10, 26))},  # a bias as one more input
        {"conv1.weight": np.ones((8, 1, 3, 3)), "conv1.bias": np.ones(8)},
        {"weight_ih_l0": np.ones((40, 7)), "weight_hh_l0": np.ones((40, 10))},
        {"a/W1": np.ones((5, 4)), "a/W2": np.ones((4, 2)), "b/W1": np.ones((7, 3))},
        {"image": np.ones((28, 28), np.uint8)},
    ],
)
def test_what_cannot_be_told_is_no_failure(arrays, tmp_path):
    report = checked_weights(written(tmp_path / "net.npz", arrays), None)
    assert [f.verdict for f in report.findings] == [Verdict.INCONCLUSIVE]
    assert report.findings[0].clause == "layers"


class Evil:
    """A pickle that leaves a trace when it is opened."""

    def __reduce__(self):
        return (Path("opened").touch, ())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("net.npz", b""),
        ("net.npz", b"PK\x03\x04 no zip"),
        ("net.npz", pickle.dumps(Evil())),
        ("net.npy", b"\x93NUMPY\x01\x00 no header"),
        ("net.h5", b"\x89HDF\r\n\x1a\n no more"),
    ],
)
def test_damage_is_one_line(name, content, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(content)
    assert main([name]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"hw3: error: {name} ")
    assert not Path("opened").exists()


def test_nothing_is_unpickled_and_no_half_of_a_file_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("net.npy", np.array([Evil()], object), allow_pickle=True)
    np.savez("net.npz", W1=np.array([Evil()], object))
    written(Path("net.h5"), named(trained((20, 12, 3), np.random.default_rng(0))))
    Path("half.h5").write_bytes(Path("net.h5").read_bytes()[:2000])
    np.savez("empty.npz", W1=np.zeros((0, 3)))
    for name in ("net.npy", "net.npz", "half.h5", "empty.npz"):
        with pytest.raises(DataError):
            checked_weights(Path(name), None)
    assert not Path("opened").exists()


def test_what_needs_more_memory_than_there_is_is_refused(tmp_path, monkeypatch):
    path = written(tmp_path / "net.npz", named(trained((20, 12, 3), np.random.default_rng(0))))
    monkeypatch.setattr("hw3.core.memory.available", lambda: 1000)
    with pytest.raises(DataError, match="memory"):
        checked_weights(path, None)


def test_the_command_shows_how_to_measure_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    written(Path("my net.h5"), named(trained((64, 30, 10), np.random.default_rng(0))))
    assert main(["my net.h5", "json=check.json"]) == 0
    out = capsys.readouterr().out
    assert "a network of 64-30-10" in out
    assert "python -m hw3.evaluate 'weights=my net.h5' dataset=<its data> act=<its own>" in out
    written(Path("bad.npz"), changed("W2", lambda w: w[:9]))
    assert main(["bad.npz"]) == 1

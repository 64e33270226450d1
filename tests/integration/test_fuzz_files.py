"""Files that no one meant to write: data, weights, sequences. They are read, or refused shortly.

HW3_FUZZ multiplies the number of examples; scripts that run for hours set it.
"""

import contextlib
import os
import time
import warnings

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw3 import data as data_command
from hw3 import evaluate, predict
from hw3.datasets.sources import HUMAN_MACHINE_FILE, read_source
from tests.fuzz import fault

FUZZ = int(os.environ.get("HW3_FUZZ", "1"))


def fuzzed(examples):
    """Settings of a fuzz test: so many examples, times HW3_FUZZ."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples * FUZZ, suppress_health_check=checks)


TYPES = ["f4", "f8", "f2", ">f8", "i1", "u1", "i8", "u8", "?", "c16", "S3", "O", "compound", "ref"]
VALUES = [0, 1, -1, 2, 0.5, 255, 256, -0.0, 1e38, np.inf, -np.inf, np.nan, 1.0000001, 2**63 - 1]
shapes = st.lists(st.sampled_from([0, 1, 2, 3, 10, 20, 64, 784, 5100, 10**9]), max_size=3)


@st.composite
def arrays(draw, like):
    """How to store something in the place of an array: much like it, or not at all."""
    shape = draw(st.one_of(st.just(list(like)), st.just(list(like)[::-1]), shapes))
    return {
        "kind": draw(st.sampled_from(["array"] * 6 + ["group", "missing", "soft", "hard", "out"])),
        "shape": tuple(shape),
        "dtype": draw(st.sampled_from(TYPES)),
        "value": draw(st.sampled_from(VALUES)),
        "options": draw(st.sampled_from([{}, {"chunks": True}, {"compression": "gzip"}])),
    }


def store(file, key, how):
    """Store what `arrays` drew; a large shape is declared and never written."""
    kind, shape = how["kind"], how["shape"]
    if kind == "group":
        file.create_group(f"{key}/within")
    elif kind == "soft":
        file[key] = h5py.SoftLink(f"/{key}")  # a loop
    elif kind == "hard":
        file[key] = file["/"]
    elif kind == "out":
        file[key] = h5py.ExternalLink("other.h5", "/x")
    elif kind == "array":
        store_array(file, key, how, shape)


def store_array(file, key, how, shape):
    special = {"O": h5py.string_dtype(), "ref": h5py.ref_dtype, "compound": np.dtype("f4,i4")}
    dtype = special.get(how["dtype"]) or np.dtype(how["dtype"])
    options = how["options"] if shape and 0 not in shape else {}
    if np.prod(shape, dtype=float) > 2e6 or how["dtype"] in special:
        with contextlib.suppress(ValueError):  # HDF5 itself refuses 10^18 rows
            file.create_dataset(key, shape, dtype, **options)
        return
    with warnings.catch_warnings(action="ignore"):
        values = np.full(shape, how["value"]).astype(dtype)
    file.create_dataset(key, data=values, **options)


damages = st.lists(
    st.tuples(st.sampled_from(["cut", "flip", "zero"]), st.floats(0, 1), st.integers(0, 7)),
    max_size=2,
)


def damage(path, how):
    """Cut the file, flip a bit or zero 64 bytes, each at a share of its length."""
    content = bytearray(path.read_bytes())
    for kind, share, bit in how:
        place = int(share * max(0, len(content) - 1))
        if kind == "cut":
            del content[place:]
        elif kind == "flip" and content:
            content[place] ^= 1 << bit
        elif content:
            content[place : place + 64] = bytes(len(content[place : place + 64]))
    path.write_bytes(content)


def answered(capsys, command, *arguments):
    """Call a command: it ends with 0 or 1, or with 2 and a short message, and soon."""
    capsys.readouterr()
    start = time.monotonic()
    status = command(list(arguments))
    err = capsys.readouterr().err
    assert not fault(status, err, time.monotonic() - start, set())
    assert (status == 2) == err.startswith("hw3: error: ")
    return status


@fuzzed(12)
@given(human=arrays((5100, 20)), machine=arrays((5100, 20)), damages=damages)
def test_data_files(human, machine, damages, tmp_path, capsys):
    path = tmp_path / HUMAN_MACHINE_FILE
    with h5py.File(path, "w") as file:
        store(file, "human", human)
        store(file, "machine", machine)
    damage(path, damages)
    read_source.cache_clear()
    answered(capsys, data_command.main, "audit", "human_machine", f"data_dir={tmp_path}")


@fuzzed(20)
@given(
    first=arrays((3, 64)),
    bias=arrays((3,)),
    second=arrays((10, 3)),
    other=arrays((10,)),
    act=st.one_of(
        st.none(), st.sampled_from(["relu", '{"name": "tanh"}', "{", "", "["]), st.text()
    ),
    damages=damages,
)
def test_weight_files(first, bias, second, other, act, damages, tmp_path, capsys):
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        for key, how in (("W1", first), ("b1", bias), ("W2", second), ("b2", other)):
            store(file, key, how)
        if act is not None and "\0" not in act:
            file.attrs["act"] = act
    damage(path, damages)
    answered(capsys, evaluate.main, f"weights={path}", "dataset=digits")
    answered(capsys, predict.main, f"weights={path}", "sequences=" + "01" * 10)


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "net.h5"
    with h5py.File(path, "w") as file:
        file["W1"], file["b1"] = np.ones((1, 20)), np.zeros(1)
        file.attrs["act"] = "relu"
    return path


lines = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(["0", "1", "-1", "+1", " ", ",", "[", "]", "\t", "é"])).map("".join),
    st.just("01" * 10),
    st.sampled_from([19, 21, 50_000]),  # so many zeros
)


@fuzzed(20)
@given(lines=st.lists(lines, max_size=4), ending=st.sampled_from([".txt", ".csv", ".h5", ".json"]))
def test_sequences_of_a_file_and_of_the_command_line(lines, ending, network, tmp_path, capsys):
    lines = [line if isinstance(line, str) else "0" * line for line in lines]
    path = tmp_path / f"sequences{ending}"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    answered(capsys, predict.main, f"weights={network}", f"sequences={path}")
    answered(capsys, predict.main, f"weights={network}", f"sequences={','.join(lines)}")


@fuzzed(12)
@given(content=st.binary(max_size=200), named=arrays((3, 20)), damages=damages)
def test_sequences_of_an_hdf5_file(content, named, damages, network, tmp_path, capsys):
    path = tmp_path / "sequences.h5"
    with h5py.File(path, "w") as file:
        store(file, "rows", named)
    damage(path, damages)
    answered(capsys, predict.main, f"weights={network}", f"sequences={path}")
    path.write_bytes(content)
    answered(capsys, predict.main, f"weights={network}", f"sequences={path}")


def test_found_by_fuzzing_rows_that_all_alternate_alike(tmp_path, capsys):
    with h5py.File(tmp_path / HUMAN_MACHINE_FILE, "w") as file:
        file["human"] = np.repeat([[1], [-1]], 2550, axis=0) * np.ones((5100, 20))
        file["machine"] = file["human"][()]
    read_source.cache_clear()
    assert data_command.main(["audit", "human_machine", f"data_dir={tmp_path}"]) == 0
    assert "the alternation rate is the same for all rows of a block" in capsys.readouterr().out

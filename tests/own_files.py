"""Odd data files of a person's own, made from a number: damaged, mistyped, of every format."""

import csv
import gzip
import io
import struct
from collections.abc import Callable
from random import Random

import h5py
import numpy as np
import pandas as pd

CELLS = [
    "",
    " ",
    "nan",
    "NA",
    "inf",
    "-inf",
    "1e400",
    "0x10",
    "1,5",
    "1_0",
    "é",
    '"',
    "'",
    "\\",
    "a",
]
CELLS += [
    "True",
    "false",
    "2024-01-01",
    "-0.0",
    "9" * 30,
    "x" * 300,
    "\x1b[1m",
    "=1+1",
    "\x00",
    "null",
]
NAMES = [
    "a",
    "b",
    "label",
    "",
    " a",
    "a",
    "0",
    "1",
    "é",
    "x" * 200,
    "a b",
    "!a",
    "*",
    "[a]",
    "xdata",
]
TYPES = ["f2", "f4", ">f8", "f16", "c8", "u1", "i8", "u8", "?", "S3", "U3", "O", "M8[D]", "V4"]
SHAPES = [
    (),
    (0,),
    (1,),
    (5,),
    (40,),
    (40, 3),
    (40, 0),
    (0, 3),
    (40, 1, 4, 4),
    (4, 4, 40),
    (40, 2, 3),
]
KEYS = ["dataset.labels", "dataset.inputs", "dataset.groups", "dataset.classes", "dataset.scale"]
KEYS += ["dataset.split", "dataset.val", "dataset.subset", "dataset.test", "dataset.name"]
VALUES = [
    "label",
    "a",
    "b",
    "0",
    "-1",
    "99",
    "'!a'",
    "'*'",
    "'[ab]'",
    "[a,b]",
    "[]",
    "null",
    "''",
    "x",
]
VALUES += [
    "ydata",
    "last",
    "group",
    "random",
    "stratified",
    "0.5",
    "1e9",
    "[[1],[2]]",
    "[[1,2,3],[1]]",
]
VALUES += [
    "odd.bin",
    "nowhere.csv",
    "[odd.bin,odd.bin]",
    "true",
    "[true,false]",
    "[0,1]",
    "{}",
    "1.5",
]


def table(random: Random) -> list[list[str]]:
    """A table of 40 rows, some of whose cells are odd."""
    n_columns = random.choice([1, 2, 3, 3, 3, 6])
    names = [random.choice(NAMES) for _ in range(n_columns - 1)] + ["label"]
    names = ["a", "b", "label"][-n_columns:] if random.random() < 0.6 else names
    rows = [
        [f"{random.gauss(0, 1):.3f}" for _ in names[1:]] + [random.choice("xyz")] for _ in range(40)
    ]
    if random.random() < 0.8:
        rows.insert(0, names)
    for _ in range(random.choice([0, 0, 1, 1, 3, 40])):
        row = random.choice(rows)
        if row:
            row[random.randrange(len(row))] = random.choice(CELLS)
    if random.random() < 0.15:
        rows[random.randrange(len(rows))] = [random.choice(CELLS)] * random.randrange(9)
    return rows


def text(random: Random) -> bytes:
    """That table as text."""
    out = io.StringIO()
    separator = random.choice([",", ",", ",", ";", "\t", "|", " ", ":"])
    ending = random.choice(["\n", "\n", "\r\n", "\r"])
    writer = csv.writer(
        out, delimiter=separator, lineterminator=ending, quoting=random.choice([0, 0, 1])
    )
    writer.writerows(table(random))
    data = out.getvalue().replace("\x00", "\0")
    found = data.encode(
        random.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]), "replace"
    )
    return gzip.compress(found) if random.random() < 0.1 else found


def array(random: Random) -> np.ndarray:
    """An array of some type and shape."""
    shape, kind = random.choice(SHAPES), random.choice(TYPES)
    numbers = np.random.default_rng(random.randrange(2**32)).integers(0, 3, shape)
    if kind == "O":
        found = np.empty(shape, object)
        found[...] = random.choice([None, "a", 1, b"b"])
        return found
    if kind[0] in "MV":
        return np.zeros(shape, kind)
    found = numbers.astype(kind)
    if found.dtype.kind == "f" and found.size and random.random() < 0.3:
        found.flat[random.randrange(found.size)] = random.choice([np.nan, np.inf, -6e4])
    return found


def arrays(random: Random) -> dict[str, np.ndarray]:
    """Some arrays by name, mostly of 40 rows."""
    found = {"a": np.random.default_rng(0).random((40, 3)), "label": np.arange(40) % 3}
    if random.random() < 0.3:
        found = {"xdata": found["a"], "ydata": found["label"]}
    for _ in range(random.randrange(3)):
        found[random.choice(["a", "b", "label", "ydata", "xdata", "0"])] = array(random)
    return found


def npz(random: Random) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays(random))
    return out.getvalue()


def npy(random: Random) -> bytes:
    out = io.BytesIO()
    np.save(out, array(random))
    return out.getvalue()


def hdf5(random: Random) -> bytes:
    with h5py.File("memory", "w", driver="core", backing_store=False) as file:
        for name, values in arrays(random).items():
            kept = np.zeros(values.shape, "S1") if values.dtype.kind in "UOMV" else values
            if kept.dtype != np.dtype("f16"):
                file.create_dataset(random.choice([name, f"g/{name}"]), data=kept)
        if random.random() < 0.1:
            file["loop"] = h5py.SoftLink("/nowhere")
        file.flush()
        return file.id.get_file_image()


def idx(random: Random) -> bytes:
    shape = random.choice([(40,), (40, 3), (40, 4, 4), (0,), (2**31, 9), (40, 4, 4)])
    code = random.choice([8, 8, 9, 11, 12, 13, 14, 7, 255])
    n = min(np.prod(shape), 10**4) * {8: 1, 9: 1, 11: 2, 14: 8}.get(code, 4)
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape) + random.randbytes(
        int(n)
    )


def parquet(random: Random) -> bytes:
    frame = pd.DataFrame({"a": np.random.default_rng(0).random(40), "label": list("xyzx" * 10)})
    odd = [
        pd.date_range("2024-01-01", periods=40),
        [[1, 2]] * 40,
        pd.Categorical(list("abcd" * 10)),
        [None] * 40,
        pd.array([1, None] * 20, "Int64"),
        [True, False] * 20,
        [b"x"] * 40,
        pd.array([1.5, None] * 20, "Float64"),
    ]
    for name in random.sample(["b", "c", "label"], random.randrange(3)):
        frame[name] = random.choice(odd)
    out = io.BytesIO()
    frame.iloc[: random.choice([40, 40, 1, 0])].to_parquet(out)
    return out.getvalue()


FORMATS: list[Callable[[Random], bytes]] = [text, text, text, npz, npy, hdf5, idx, parquet]


def sound(random: Random) -> bytes:
    """A file of 40 sound rows, so that what comes after reading is tried too."""
    inputs = np.random.default_rng(random.randrange(2**32)).normal(
        size=(40, random.choice([1, 2, 5]))
    )
    labels = [random.choice("xyz") for _ in range(40)]
    out = io.BytesIO()
    if random.random() < 0.3:
        np.savez(out, a=inputs, label=np.array(labels))
        return out.getvalue()
    frame = pd.DataFrame(inputs, columns=list("abcde")[: inputs.shape[1]]).assign(label=labels)
    return frame.to_csv(index=False).encode()


def odd_file(number: int) -> tuple[bytes, list[str]]:
    """Return the content of a file and the keys that are given with it; half of them are sound."""
    random = Random(number)
    is_sound = random.random() < 0.5
    data = sound(random) if is_sound else random.choice(FORMATS)(random)
    if not is_sound and random.random() < 0.2:
        cut = random.randrange(len(data) + 1)
        tail = data[cut + 9 :]
        data = random.choice([data[:cut], data[cut:], data[:cut] + random.randbytes(9) + tail])
    labels = "label" if is_sound else random.choice(["label", "label", "label", "-1", "null"])
    keys = {"dataset.labels": labels}
    for _ in range(random.choice([0, 0, 1, 2])):
        keys[random.choice(KEYS)] = random.choice(VALUES)
    return data, [f"{key}={value}" for key, value in keys.items()]

"""The data sets: where each comes from, what it must hold, and how its training rows are read.

HDF5 and the download are imported where they are needed: a start from a copy waits for neither.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import numpy as np

from hw3.core.errors import DataError, DataUnavailableError
from hw3.core.files import sha256
from hw3.core.registry import Registry
from hw3.datasets.copies import read_by_copy
from hw3.datasets.spec import DataSpec
from hw3.datasets.types import Arrays, DataFacts
from hw3.nn.arrays import FloatArray, IntArray

N_DIGITS_TEST = 300  # the last rows of the embedded digits
DIGIT_NAMES = tuple("0123456789")
CLOTHING_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@dataclass(frozen=True)
class Source:
    """One data set.

    Attributes:
        class_names: index = label.
        n_features: inputs of a network.
        n_rows: rows outside the test split.
        train_file: the file of those rows, in data_dir; None for embedded data.
        read: reads them from the folder.
        fetch: downloads all files into the folder, where that is possible.
        parts: the rows are so many equal parts, one per class, behind each other.
        n_given: rows at the end that come from a file to validate on.
        own_files: all files of a person's own, with their folders.
        image_shape: (height, width) or (height, width, 3) of images.
        test_file: the file of the test split, in data_dir; None for embedded data.
        read_test: reads the test split, None where there is none. Only testset/ may call it.
    """

    class_names: tuple[str, ...]
    n_features: int
    n_rows: int
    train_file: str | None
    read: Callable[[Path], Arrays]
    fetch: Callable[[Path], None] | None = None
    parts: int = 1
    n_given: int = 0
    own_files: tuple[str, ...] = ()
    image_shape: tuple[int, ...] | None = None
    test_file: str | None = None
    read_test: Callable[[Path], tuple[FloatArray, IntArray]] | None = None


SOURCES: Registry[Source] = Registry("dataset.name")


def image_source(name: str, class_names: tuple[str, ...]) -> Source:
    """Return the source of 28x28 images in `<name>_traindata.hdf5`."""
    file, test_file = f"{name}_traindata.hdf5", f"{name}_testdata.hdf5"
    shape = n_rows, n_features, n_classes = 60_000, 784, len(class_names)

    def read_test(folder: Path) -> tuple[FloatArray, IntArray]:
        from hw3.datasets.hdf5 import read_images

        arrays = read_images(folder / test_file, 10_000, n_features, n_classes)
        return arrays.inputs, arrays.labels

    def fetch(folder: Path) -> None:
        from hw3.datasets.download import fetch_images

        fetch_images(name, folder)

    return Source(
        class_names,
        n_features=n_features,
        n_rows=n_rows,
        train_file=file,
        read=lambda folder: read_by_copy(folder / file, shape),
        fetch=fetch,
        image_shape=(28, 28),
        test_file=test_file,
        read_test=read_test,
    )


SOURCES.register("mnist")(image_source("mnist", DIGIT_NAMES))
SOURCES.register("fashion_mnist")(image_source("fashion_mnist", CLOTHING_NAMES))


def embedded_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels (1797, 64) in [0, 1] and the labels of scikit-learn's digits.

    They are read as `sklearn.datasets.load_digits` reads them, whose import takes over a second.
    """
    path = distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    table = np.loadtxt(Path(str(path)), delimiter=",")
    return (table[:, :-1] / 16).astype(np.float32), table[:, -1].astype(np.int64)


def read_digits(folder: Path) -> Arrays:
    """Return all but the last 300 of the embedded digits."""
    pixels, labels = (a[:-N_DIGITS_TEST] for a in embedded_digits())
    facts = DataFacts(
        file="embedded in scikit-learn",
        sha256=hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest(),
        n_rows=len(labels),
        dtype=str(pixels.dtype),
        range=(float(pixels.min()), float(pixels.max())),
        label_counts=tuple(np.bincount(labels).tolist()),
        pixels="divided by 16",
    )
    return Arrays(pixels, labels, facts)


def read_digits_test(folder: Path) -> tuple[FloatArray, IntArray]:
    """Return the last 300 of the embedded digits."""
    pixels, labels = embedded_digits()
    return pixels[-N_DIGITS_TEST:], labels[-N_DIGITS_TEST:]


SOURCES.register("digits")(
    Source(
        DIGIT_NAMES,
        64,
        1797 - N_DIGITS_TEST,
        None,
        read_digits,
        image_shape=(8, 8),
        read_test=read_digits_test,
    )
)


def read_human_machine(folder: Path) -> Arrays:
    """Return 5,100 human rows (label 1), then 5,100 machine rows (label 0), entries -1 and +1."""
    from hw3.core.hdf5 import opened
    from hw3.datasets.hdf5 import read_array, refuse_constant

    path = folder / HUMAN_MACHINE_FILE
    with opened(path) as file:
        human = read_array(file, "human", [(5100, 20)])
        machine = read_array(file, "machine", [(5100, 20)])
    inputs = np.concatenate([human, machine])
    if not (np.abs(inputs) == 1).all():
        row, column = np.argwhere(np.abs(inputs) != 1)[0]
        raise DataError(
            f"{path}: every entry must be -1 or +1; row {row % 5100} of "
            f"{'human' if row < 5100 else 'machine'} holds {inputs[row, column]:g}"
        )
    for key, rows in (("human", human), ("machine", machine)):
        refuse_constant(path, key, rows)
    labels = np.repeat(np.array([1, 0], np.int64), 5100)
    facts = DataFacts(
        file=path.name,
        sha256=sha256(path),
        n_rows=len(labels),
        dtype=f"human {human.dtype}, machine {machine.dtype}",
        range=(-1.0, 1.0),
        label_counts=(5100, 5100),
    )
    return Arrays(inputs.astype(np.float32), labels, facts)


HUMAN_MACHINE_FILE = "binary_random_20fa.hdf5"
SOURCES.register("human_machine")(
    Source(("machine", "human"), 20, 10_200, HUMAN_MACHINE_FILE, read_human_machine, parts=2)
)


def source_of(spec: DataSpec, data_dir: Path) -> Source:
    """Return the source of the data that a config names; files of a person's own are read for it.

    Raises:
        DataError: for such a file that is not there, or cannot be used as it is.
    """
    if spec.own is None:
        return SOURCES.get(spec.name)
    from hw3.datasets.own import own_source  # what reads tables is slow to import

    return own_source(spec.own, data_dir)


def arrays_of(spec: DataSpec, data_dir: Path) -> Arrays:
    """Return the checked rows of the data that a config names, which are read-only.

    Raises:
        DataError: if a file does not hold what it must.
    """
    if spec.own is None:
        return read_source(spec.name, data_dir)
    return source_of(spec, data_dir).read(data_dir)


def ensure_available(spec: DataSpec, data_dir: Path) -> None:
    """Download a data set if its training file is missing.

    Raises:
        DataUnavailableError: naming the file, the folder and the way out.
    """
    source, name = source_of(spec, data_dir), spec.name
    if spec.own or source.train_file is None or (data_dir / source.train_file).is_file():
        return
    try:
        if (data_dir / source.train_file).is_symlink():
            raise DataUnavailableError("it is a link to a file that is not there")
        if source.fetch is None:
            raise DataUnavailableError("it cannot be downloaded")
        source.fetch(data_dir)
    except DataUnavailableError as error:
        raise DataUnavailableError(
            f"dataset={name}: {source.train_file} is not in {data_dir.absolute()} ({error}). "
            "Put the file there, or name its folder with data_dir=<folder> or HW3_DATA_DIR; "
            "dataset=digits needs no file"
        ) from error


@cache
def read_source(name: str, data_dir: Path) -> Arrays:
    """Return the checked training rows; read once per process, so treat them as read-only."""
    arrays = SOURCES.get(name).read(data_dir)
    for array in (arrays.inputs, arrays.labels):
        array.flags.writeable = False
    return arrays

"""Reading and writing the course's HDF5 files, with every check that a user's copy may need."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from hw3.core.errors import DataError
from hw3.core.files import sha256, writing_hdf5
from hw3.core.opened import OPENED
from hw3.datasets.types import Arrays, DataFacts
from hw3.nn.arrays import FloatArray, IntArray


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading; whatever h5py cannot read becomes a DataError.

    A damaged file that still opens makes h5py raise errors of many kinds.
    """
    sys.audit(OPENED, path)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        size = f"{path.stat().st_size:,} bytes; " if path.is_file() else ""
        raise DataError(
            f"{path} cannot be read as HDF5; is it empty, truncated, damaged or another format? "
            f"({size}{' '.join(str(error).split())}) Bring a good copy"
        ) from error


def read_array(file: h5py.File, key: str, shapes: list[tuple[int, ...]]) -> np.ndarray:
    """Return the data set of that key, which must be finite numbers of one of the shapes."""
    path = file.filename
    if key not in file or not isinstance(file[key], h5py.Dataset):
        raise DataError(f"{path} must hold the data set {key!r}; it holds {sorted(map(str, file))}")
    data = file[key]
    if data.shape not in shapes:
        wanted = " or ".join(map(str, shapes))
        raise DataError(f"{path}: {key} must have the shape {wanted}, got {data.shape}")
    if data.dtype.kind not in "fiub":
        raise DataError(f"{path}: {key} must hold numbers, got dtype {data.dtype}")
    values: np.ndarray = data[()]
    if not np.isfinite(values).all():
        raise DataError(f"{path}: {key} holds NaN or infinite values")
    return values


def read_images(path: Path, n_rows: int, n_features: int, n_classes: int) -> Arrays:
    """Read and check `xdata` (n_rows, n_features) and `ydata`, labels or one-hot rows.

    Pixels may be floats in [0, 1], which stay as they are, or bytes 0..255, which are divided by
    255; `facts` says which.

    Raises:
        DataError: for anything else, naming the file.
    """
    with opened(path) as file:
        pixels = read_array(file, "xdata", [(n_rows, n_features)])
        targets = read_array(file, "ydata", [(n_rows,), (n_rows, n_classes)])
    inputs = scaled_pixels(path, pixels)
    labels = integer_labels(path, targets, n_classes)
    facts = DataFacts(
        file=path.name,
        sha256=sha256(path),
        n_rows=n_rows,
        dtype=str(pixels.dtype),
        range=(float(pixels.min()), float(pixels.max())),
        label_counts=tuple(np.bincount(labels, minlength=n_classes).tolist()),
        pixels="as they are" if pixels.max() <= 1 else "divided by 255",
        labels=f"{'one-hot' if targets.ndim == 2 else 'integer'} {targets.dtype}",
    )
    return Arrays(inputs, labels, facts)


def scaled_pixels(path: Path, pixels: np.ndarray) -> FloatArray:
    """Return pixels in [0, 1]: floats in that range unchanged, bytes divided by 255."""
    low, high = pixels.min(), pixels.max()
    is_float = pixels.dtype.kind == "f"
    if low >= 0 and high <= 1:  # shares; or black and white, whatever the type
        return pixels if is_float else pixels.astype(np.float32)
    if low < 0 or high > 255 or (is_float and (pixels != np.rint(pixels)).any()):
        raise DataError(
            f"{path}: xdata must be floats in [0, 1] or whole numbers in 0..255, "
            f"got {pixels.dtype} in {low:g}..{high:g}"
        )
    scaled: FloatArray = np.divide(pixels, np.float32(255), dtype=np.float32, casting="same_kind")
    return scaled


def integer_labels(path: Path, targets: np.ndarray, n_classes: int) -> IntArray:
    """Return int64 labels (n,) from labels in 0..n_classes - 1 or from one-hot rows."""
    if targets.ndim == 2:
        is_one_hot = ((targets == 0) | (targets == 1)).all() and (targets.sum(axis=1) == 1).all()
        if not is_one_hot:
            row = int(np.argmax(((targets != 0) & (targets != 1)).any(1) | (targets.sum(1) != 1)))
            raise DataError(f"{path}: ydata must be one-hot; row {row} is {targets[row].tolist()}")
        one_hot: IntArray = targets.argmax(axis=1).astype(np.int64)
        return one_hot
    bad = (targets != np.rint(targets)) | (targets < 0) | (targets >= n_classes)
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{path}: ydata must be whole labels in 0..{n_classes - 1}; row {row} is {targets[row]}"
        )
    labels: IntArray = targets.astype(np.int64)
    return labels


def write_images(path: Path, pixels: np.ndarray, labels: np.ndarray) -> None:
    """Write bytes (n, n_features) and labels (n,) in the layout that `read_images` reads."""
    with writing_hdf5(path) as file:
        for name, values in (("xdata", pixels), ("ydata", labels)):
            file.create_dataset(name, data=values.astype(np.uint8), compression="gzip", chunks=True)

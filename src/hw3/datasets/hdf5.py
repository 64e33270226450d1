"""Reading and writing the course's HDF5 files, with every check that a user's copy may need."""

from pathlib import Path

import h5py
import numpy as np

from hw3.core.errors import DataError
from hw3.core.files import sha256
from hw3.core.hdf5 import opened, values_of, writing_hdf5
from hw3.core.words import quoted
from hw3.datasets.cautions import pixel_cautions
from hw3.datasets.types import Arrays, DataFacts
from hw3.nn.arrays import FloatArray, IntArray


def read_array(file: h5py.File, key: str, shapes: list[tuple[int, ...]]) -> np.ndarray:
    """Return the data set of that key, which must be finite numbers of one of the shapes."""
    path = file.filename
    if key not in file or not isinstance(file[key], h5py.Dataset):
        raise DataError(f"{path} must hold the data set {key!r}; it holds {quoted(sorted(file))}")
    data = file[key]
    if data.shape not in shapes:
        wanted = " or ".join(map(str, shapes))
        raise DataError(f"{path}: {key} must have the shape {wanted}, got {data.shape}")
    if data.dtype.kind not in "fiub":
        raise DataError(f"{path}: {key} must hold numbers, got dtype {data.dtype}")
    values = values_of(data)
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
    refuse_constant(path, "xdata", pixels)
    inputs = scaled_pixels(path, pixels)
    labels = integer_labels(path, targets, n_classes)
    counts = np.bincount(labels, minlength=n_classes)
    if not counts.all():
        raise DataError(
            f"{path}: ydata holds no row of class {int(counts.argmin())} among its {n_rows:,}; "
            "were all labels written?"
        )
    facts = DataFacts(
        file=path.name,
        sha256=sha256(path),
        n_rows=n_rows,
        dtype=str(pixels.dtype),
        range=(float(pixels.min()), float(pixels.max())),
        label_counts=tuple(counts.tolist()),
        pixels="as they are" if np.rint(pixels.max()) <= 1 else "divided by 255",
        labels=f"{'one-hot' if targets.ndim == 2 else 'integer'} {targets.dtype}",
        cautions=pixel_cautions(pixels, inputs),
    )
    return Arrays(inputs, labels, facts)


def refuse_constant(path: Path, key: str, rows: np.ndarray) -> None:
    """Raise DataError if all rows are the same, as those that were never written are."""
    if np.array_equal(rows[0], rows[-1]) and (rows == rows[0]).all():
        raise DataError(
            f"{path}: all {len(rows):,} rows of {key} are the same; were they ever written?"
        )


def scaled_pixels(path: Path, pixels: np.ndarray) -> FloatArray:
    """Return pixels in [0, 1]: floats in that range unchanged, bytes divided by 255.

    Floats may miss their range, or a whole number, by what arithmetic on images leaves.
    """
    low, high = pixels.min(), pixels.max()
    is_float = pixels.dtype.kind == "f"
    slack = 4 * float(np.finfo(pixels.dtype).eps) if is_float else 0.0
    if low >= 0 and high <= 1:  # shares; or black and white, whatever the type
        return pixels if is_float else pixels.astype(np.float32)
    if low >= -slack and high <= 1 + slack:
        clipped: FloatArray = pixels.clip(0, 1)
        return clipped
    whole = np.rint(pixels) if is_float else pixels
    if whole.min() < 0 or whole.max() > 255 or (np.abs(pixels - whole) > 255 * slack).any():
        raise DataError(
            f"{path}: xdata must be floats in [0, 1] or whole numbers in 0..255, "
            f"got {pixels.dtype} in {low!s}..{high!s}"
        )
    scaled: FloatArray = np.divide(whole, np.float32(255), dtype=np.float32, casting="same_kind")
    return scaled


def integer_labels(path: Path, targets: np.ndarray, n_classes: int) -> IntArray:
    """Return int64 labels (n,) from labels in 0..n_classes - 1 or from one-hot rows."""
    if targets.ndim == 2:
        is_one_hot = ((targets == 0) | (targets == 1)).all() and (targets.sum(axis=1) == 1).all()
        if not is_one_hot:
            row = int(np.argmax(((targets != 0) & (targets != 1)).any(1) | (targets.sum(1) != 1)))
            raise DataError(
                f"{path}: ydata must be one-hot; row {row} is {quoted(targets[row].tolist())}"
            )
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

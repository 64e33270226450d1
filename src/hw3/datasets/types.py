"""What the rest of the project sees of a data set."""

from dataclasses import dataclass
from typing import Literal

from hw3.nn.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Caution:
    """Something about data that can be read, and may still not be what was meant.

    Attributes:
        kind: which of the sentences in datasets.cautions.
        value: its number: the brightest pixel, or a count of rows.
        classes: or columns, that it speaks of.
    """

    kind: Literal[
        "dark", "two values", "blank", "unseen", "uneven", "unscaled", "numbering", "constant"
    ]
    value: float
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataFacts:
    """What the record says of a data file, and of its split where that is odd.

    Attributes:
        file: its name, without the folder.
        sha256: of its bytes.
        dtype: of its inputs, as stored.
        range: the smallest and the largest input, as stored.
        label_counts: how many rows carry each label.
        pixels: what was done to them, of images.
        labels: how they are stored, where that varies.
        cautions: what is odd about pixels or split; older records have none.
        class_names: of files of a person's own, in the order of the network's outputs.
        feature_names: of a table of a person's own.
        files: name and sha256 of each file of a person's own, where there are several.
    """

    file: str
    sha256: str
    n_rows: int
    dtype: str
    range: tuple[float, float]
    label_counts: tuple[int, ...]
    pixels: str | None = None
    labels: str | None = None
    cautions: tuple[Caution, ...] = ()
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Arrays:
    """One data file as it was read and checked, before any split.

    Attributes:
        inputs: (n, n_features), floats; pixels are in [0, 1].
        labels: (n,) int64.
        facts: what the record says of the file.
        groups: (n,) int64, rows of one number stay on one side of a split by group.
    """

    inputs: FloatArray
    labels: IntArray
    facts: DataFacts
    groups: IntArray | None = None


@dataclass(frozen=True, eq=False)
class Split:
    """One part of a data set.

    Attributes:
        inputs: (n, n_features), in the run's dtype.
        labels: (n,) int64.
        rows: (n,) row numbers in the file.
    """

    inputs: FloatArray
    labels: IntArray
    rows: IntArray


@dataclass(frozen=True, eq=False)
class Dataset:
    """What training may see: there is no test split in it.

    image_shape is (height, width) or (height, width, 3) of images, else None.
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    val: Split | None
    facts: DataFacts
    image_shape: tuple[int, ...] | None = None

"""What the rest of the project sees of a data set."""

from dataclasses import dataclass
from typing import Literal, Protocol

from hw3.nn.arrays import FloatArray, IntArray

Files = str | tuple[str, str]  # one file, or one of inputs and one of labels
Names = str | int | tuple[str | int, ...]  # of columns, of arrays, or patterns such as pixel*
Label = bool | int | float | str
Scale = float | tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True)
class OwnKeys:
    """What is said of data files of a person's own; see conf/dataset/file.yaml."""

    train: Files
    val: Files | None
    test: Files | None
    inputs: Names | None
    labels: Names | None
    classes: tuple[Label, ...] | None
    scale: Scale | None
    groups: str | int | None


class DataSpec(Protocol):
    """Which data, and which of their rows: the group `dataset` of a config; it can be hashed."""

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """One of SOURCES, or any for files of a person's own."""

    @property
    def label(self) -> str:
        """What messages, records and the ledger call the data."""

    @property
    def split(self) -> str:
        """How rows are chosen to validate."""

    @property
    def val(self) -> int | float | Files:
        """How many rows validate, a share of them, or the files that hold them."""

    @property
    def subset(self) -> int | None:
        """Only so many rows, from the start."""

    @property
    def own(self) -> OwnKeys | None:
        """The files of a person's own, None for data that are known by name."""


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

"""What is odd about data that can be read: pixels scaled twice, rows sorted by class."""

from collections.abc import Sequence

import numpy as np

from hw3.core.words import counted
from hw3.datasets.types import Caution, DataFacts
from hw3.nn.arrays import FloatArray, IntArray

DARK = 0.5  # a set of images has some white; half of it is less than any that we know
EXPECTED = 20  # rows of a class that a split should hold before their absence says something
LISTED = 5  # classes that a sentence names


def pixel_cautions(pixels: np.ndarray, inputs: FloatArray) -> tuple[Caution, ...]:
    """Return what is odd about pixels (n, n_features): as stored, and as inputs in [0, 1]."""
    found = []
    brightest = float(inputs.max())
    if brightest < DARK:
        found.append(Caution("dark", brightest))
    low, high = pixels.min(), pixels.max()
    if len(np.unique(pixels[:100])) <= 2 and ((pixels == low) | (pixels == high)).all():
        found.append(Caution("two values", float(high)))
    flat = pixels[(pixels[:, ::16] == pixels[:, :1]).all(axis=1)]  # few; all of them take long
    if n_blank := int((flat == flat[:, :1]).all(axis=1).sum()):
        found.append(Caution("blank", n_blank))
    return tuple(found)


def split_cautions(
    train: IntArray, val: IntArray, class_names: Sequence[str]
) -> tuple[Caution, ...]:
    """Return what is odd about the labels of a training and a validation split.

    A class that validation alone holds is never learned. One of which a split holds less than half
    or more than twice what its share of all rows lets expect shows that rows are sorted.
    """
    in_train, in_val = (np.bincount(labels, minlength=len(class_names)) for labels in (train, val))
    unseen = (in_train == 0) & (in_val > 0)
    if unseen.any():
        return (Caution("unseen", int(in_val[unseen].sum()), names(unseen, class_names)),)
    expected = (in_train + in_val) * len(val) / max(1, len(train) + len(val))
    is_off = (in_val < expected / 2) | (in_val > 2 * expected)
    uneven = is_off & (expected >= EXPECTED)
    if uneven.any():
        return (Caution("uneven", int(in_val[uneven].sum()), names(uneven, class_names)),)
    return ()


def names(chosen: np.ndarray, class_names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the classes that a mask chooses."""
    return tuple(name for name, is_in in zip(class_names, chosen, strict=True) if is_in)


def caution_lines(facts: DataFacts) -> list[str]:
    """Return each caution in words, with the way out."""
    return [caution_text(caution, facts) for caution in facts.cautions]


def scale_hint(facts: DataFacts) -> str:
    """Return what to write for inputs that are far from 1."""
    if facts.dtype == "uint8":
        return "dataset.scale=255"
    return "dataset.scale; python -m hw3.data audit prints numbers for it"


def caution_text(caution: Caution, facts: DataFacts) -> str:
    """Return a caution in words, with the way out."""
    n, file = caution.value, facts.file
    listed = ", ".join(caution.classes[:LISTED]) + ", ..." * (len(caution.classes) > LISTED)
    rows = counted(int(n), "row")
    mixed = "mix them with dataset.split=random and dataset.subset=null"
    return {
        "dark": f"the brightest pixel of {file} is {n:.4g} of white, with pixels "
        f"{facts.pixels}; they may have been divided twice: store bytes 0..255 or shares of 1",
        "two values": f"the pixels of {file} have two values only, the higher one {n:.4g}; unless "
        "they are black and white, shares were cut to whole numbers: store them as floats",
        "blank": f"{n:,.0f} of the {facts.n_rows:,} images of {file} are blank, every pixel the "
        "same; they may never have been written",
        "unseen": f"validation holds {rows} of classes that training never sees ({listed}); "
        f"if the rows of {file} are sorted by class, {mixed}, else bring more of these",
        "unscaled": f"inputs of {file} reach {n:g}, and networks learn best from inputs near 1; "
        f"state {scale_hint(facts)}",
        "numbering": f"{listed} of {file} is another whole number in each row; if it only names "
        f"the row, leave it out with 'dataset.inputs=!{listed.partition(',')[0]}'",
        "constant": f"{listed} of {file}: the same in all rows, which says nothing",
        "uneven": f"validation holds less than half or more than twice its share of some classes "
        f"({listed}; {rows} of them); the rows of {file} seem to be sorted by class; {mixed}",
    }[caution.kind]

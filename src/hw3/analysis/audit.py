"""What rows of data hold: counts, ranges, balance, and rows that repeat."""

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from hw3.nn.arrays import IntArray


def row_keys(rows: np.ndarray) -> list[bytes]:
    """Return a short digest a row, (n,): equal rows, of whatever dtype, have equal digests."""
    floats = np.ascontiguousarray(rows, np.float32) + np.float32(0)  # -0.0 becomes 0.0
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in floats]


def audit(inputs: np.ndarray, labels: IntArray, class_names: Sequence[str]) -> dict[str, Any]:
    """Return the facts of a data set: rows, range, and for each class how many rows are distinct.

    Args:
        inputs: (n, n_features).
        labels: (n,), integers; index into class_names.
        class_names: one a class.

    Returns:
        n_distinct counts different rows; a row repeats if an equal one occurs anywhere else;
        `in_several_classes` counts different rows that occur under more than one label.
    """
    keys = row_keys(inputs)
    labelled = set(zip(keys, labels.tolist(), strict=True))
    per_label = Counter(label for _, label in labelled)
    counts = np.bincount(labels, minlength=len(class_names)).tolist()
    times = Counter(keys)
    return {
        "n_rows": len(inputs),
        "n_features": inputs.shape[1],
        "range": [float(inputs.min()), float(inputs.max())],
        "n_distinct": len(times),
        "n_repeating": sum(n for n in times.values() if n > 1),
        "in_several_classes": sum(n > 1 for n in Counter(key for key, _ in labelled).values()),
        "classes": {
            name: {"rows": count, "share": count / len(labels), "distinct": per_label[label]}
            for label, (name, count) in enumerate(zip(class_names, counts, strict=True))
        },
    }

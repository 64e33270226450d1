"""The test-set seal: the one place of the project that opens test data, and the ledger of it.

Training cannot reach it (a test holds that no module of training imports this one). Opening takes
finished weights and a reason; what was learned is written to the ledger before it is returned.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from filelock import FileLock

from hw3.data.hdf5 import read_images
from hw3.data.sources import N_DIGITS_TEST, SOURCES, embedded_digits, ensure_available
from hw3.errors import DataError, DataUnavailableError
from hw3.files import write_text
from hw3.nn.arrays import FloatArray, IntArray

LEDGER = Path("outputs/test_ledger.jsonl")

Predict = Callable[[FloatArray], tuple[FloatArray, IntArray]]  # inputs -> logits, decisions


@dataclass(frozen=True)
class Opening:
    """One line of the ledger."""

    time: str
    reason: str
    run: str
    config_hash: str | None
    weights_sha256: str
    dataset: str
    correct: int
    n: int


@dataclass(frozen=True)
class TestResult:
    """What an opening learned; `opened_before` counts earlier openings of the same test split."""

    opening: Opening
    opened_before: int
    inputs: FloatArray
    labels: IntArray
    logits: FloatArray
    decisions: IntArray


@dataclass(frozen=True)
class Subject:
    """A finished training, to be measured: who it is, and how it decides."""

    run: str
    config_hash: str | None
    weights_sha256: str
    predict: Predict


def check_available(name: str, data_dir: Path) -> None:
    """Raise DataError unless the test split and the ledger can be opened later; opens neither."""
    read_ledger()
    if name == "digits":
        return
    if SOURCES.get(name).fetch is None:
        raise DataUnavailableError(f"dataset={name} has no test split")
    ensure_available(name, data_dir)
    if not test_file(name, data_dir).is_file():
        raise DataUnavailableError(
            f"{test_file(name, data_dir).name} is not in {data_dir.resolve()}; put it there, or "
            "name its folder with data_dir=<folder> or HW3_DATA_DIR"
        )


def test_file(name: str, data_dir: Path) -> Path:
    """Return the path of the test file of an image data set."""
    return data_dir / f"{name}_testdata.hdf5"


def open_test(
    subject: Subject,
    name: str,
    data_dir: Path,
    *,
    dtype: str,
    reason: str,
    is_resumable: bool = False,
) -> TestResult:
    """Measure a finished training on a test split, and write it down.

    With `is_resumable`, an opening by the same run with the same weights for the same reason is
    not written again: it is the same look, taken up after an interruption.

    Raises:
        DataError: for a missing or unsound file, or without a reason.
    """
    if not reason.strip():
        raise DataError("the test split is not opened without a reason")
    check_available(name, data_dir)
    inputs, labels = _read_test(name, data_dir)
    inputs = np.ascontiguousarray(inputs, dtype)
    logits, decisions = subject.predict(inputs)
    opening = Opening(
        time=datetime.now().astimezone().isoformat(timespec="seconds"),
        reason=reason,
        run=subject.run,
        config_hash=subject.config_hash,
        weights_sha256=subject.weights_sha256,
        dataset=name,
        correct=int((decisions == labels).sum()),
        n=len(labels),
    )
    opening, before = record(opening, is_resumable)
    return TestResult(opening, before, inputs, labels, logits, decisions)


def _read_test(name: str, data_dir: Path) -> tuple[FloatArray, IntArray]:
    if name == "digits":
        pixels, digits = embedded_digits()
        return pixels[-N_DIGITS_TEST:], digits[-N_DIGITS_TEST:]
    source = SOURCES.get(name)
    n_classes = len(source.class_names)
    arrays = read_images(test_file(name, data_dir), 10_000, source.n_features, n_classes)
    return arrays.inputs, arrays.labels


def record(opening: Opening, is_resumable: bool) -> tuple[Opening, int]:
    """Append to the ledger; return the line that stands there and how many came before it."""
    LEDGER.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(LEDGER.with_suffix(".lock")):
        earlier = [o for o in read_ledger() if o.dataset == opening.dataset]
        for i, other in enumerate(earlier):
            if is_resumable and is_same_look(other, opening):
                return other, i
        before = LEDGER.read_text(encoding="utf-8") if LEDGER.exists() else ""
        write_text(LEDGER, f"{before}{json.dumps(asdict(opening))}\n")
    return opening, len(earlier)


def is_same_look(a: Opening, b: Opening) -> bool:
    """Whether two openings measured the same weights of the same run for the same reason."""
    return (a.run, a.weights_sha256, a.reason) == (b.run, b.weights_sha256, b.reason)


def read_ledger() -> list[Opening]:
    """Return all openings so far, oldest first."""
    if not LEDGER.exists():
        return []
    openings = []
    for number, line in enumerate(LEDGER.read_text(encoding="utf-8").splitlines(), 1):
        try:
            openings.append(Opening(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise DataError(
                f"{LEDGER}, line {number} is no record of an opening; mend it, so that none is lost"
            ) from error
    return openings


def times(n: int) -> str:
    """Return "for the first time", or how often before, in words."""
    if n == 0:
        return "for the first time"
    return f"after {n} earlier opening{'s' * (n != 1)}"

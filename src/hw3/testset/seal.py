"""The test-set seal: the one place of the project that opens test data, and the ledger of it.

Training cannot reach it (a test holds that no module of training imports this one). Opening takes
finished weights and a reason; what was learned is written to the ledger before it is returned.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from hw3.backends import Backend
from hw3.core.errors import ConfigError, DataError, DataUnavailableError
from hw3.core.files import sha256
from hw3.core.words import plural
from hw3.datasets.sources import SOURCES, Source, ensure_available, source_of
from hw3.datasets.spec import DataSpec
from hw3.nn.arrays import FloatArray, IntArray, digest
from hw3.nn.losses import Loss
from hw3.testset.ledger import OF_FILE, Opening, enter, read_ledger


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
    """A finished training, to be measured: who it is, and the network that decides."""

    run: str
    config_hash: str | None
    backend: Backend
    loss: Loss


def refuse_untestable(spec: DataSpec) -> None:
    """Raise ConfigError for data that have no test split."""
    if (spec.own.test if spec.own else SOURCES.get(spec.name).read_test) is None:
        way = "name its file in dataset.test, or " if spec.own else ""
        raise ConfigError(
            f"dataset={spec.label} has no test split; {way}measure on validation rows instead"
        )


def check_available(spec: DataSpec, data_dir: Path, ledger: Path) -> None:
    """Raise DataError unless the test split and the ledger can be opened later; opens neither."""
    read_ledger(ledger)
    refuse_untestable(spec)
    source = source_of(spec, data_dir)
    ensure_available(spec, data_dir)
    if source.test_file and not (data_dir / source.test_file).is_file():
        raise DataUnavailableError(
            f"{source.test_file} is not in {data_dir.absolute()}; put it there, or name its folder "
            "with data_dir=<folder> or HW3_DATA_DIR"
        )


def open_test(
    subject: Subject,
    spec: DataSpec,
    data_dir: Path,
    *,
    dtype: str,
    reason: str,
    ledger: Path,
    is_resumable: bool = False,
) -> TestResult:
    """Measure a finished training on a test split, and write it down.

    With `is_resumable`, taking up an interrupted look again is no second one (`ledger.enter`).

    Raises:
        DataError: for a missing or unsound file, or without a reason.
    """
    if not reason.strip():
        raise DataError("the test split is not opened without a reason")
    check_available(spec, data_dir, ledger)
    source = source_of(spec, data_dir)
    assert source.read_test is not None  # check_available has seen it
    inputs, labels = source.read_test(data_dir)
    inputs = np.ascontiguousarray(inputs, dtype)
    logits = subject.backend.predict_logits(inputs)
    decisions = subject.loss.decide(logits)
    opening = Opening(
        time=datetime.now().astimezone().isoformat(timespec="seconds"),
        reason=reason,
        run=subject.run,
        config_hash=subject.config_hash,
        weights_sha256=digest(subject.backend.get_params()),
        dataset=ledger_name(spec, source),
        correct=int((decisions == labels).sum()),
        n=len(labels),
    )
    opening, before = enter(ledger, opening, is_resumable)
    return TestResult(opening, before, inputs, labels, logits, decisions)


def ledger_name(spec: DataSpec, source: Source) -> str:
    """Return what the ledger calls a test split: an own file by its content too, however named."""
    if spec.own is None:
        return spec.name
    return f"{spec.label}{OF_FILE}{sha256(Path(str(source.test_file)))[:12]}"


def times(n: int) -> str:
    """Return "for the first time", or how often before, in words."""
    if n == 0:
        return "for the first time"
    return f"after {n} earlier {plural('opening', n)}"

"""Whether the record of a run agrees with itself: files, hashes, history, outcome."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from math import isclose
from typing import TYPE_CHECKING

from hw3.records.layout import METRICS
from hw3.records.outcome import EpochCounts, Stopping, counts
from hw3.records.read import record_digests
from hw3.training.history import Measured

if TYPE_CHECKING:
    from hw3.records.run import Run


def same(a: float, b: float) -> bool:
    """Whether two recorded numbers are one, but for the rounding of a division."""
    return isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def faults(run: "Run") -> Iterator[str]:
    """Yield what of a run's record contradicts the rest of it."""
    yield from file_faults(run)
    yield from hash_faults(run)
    yield from history_faults(run)


def file_faults(run: "Run") -> Iterator[str]:
    """Yield which files of the record are not those that the run wrote."""
    recorded = run.outcome.files
    if recorded is None:
        yield f"{METRICS} has no hashes of its files; an older version wrote it: run it again"
        return
    yield from changed_files(recorded, record_digests(run.folder), "the run had ended")


def changed_files(then: Mapping[str, str], now: Mapping[str, str], since: str) -> Iterator[str]:
    """Yield which files are missing, were changed, or came in, since their hashes were taken."""
    yield from changed_or_missing(then, now, since)
    for name in sorted(now.keys() - then.keys()):
        if not name.endswith(".txt"):  # notes may lie beside
            yield f"{name} came in after {since}, or its hash was removed"


def changed_or_missing(
    then: Mapping[str, str], now: Mapping[str, str], since: str = "the run had ended"
) -> Iterator[str]:
    """Yield which files are missing, or were changed since their hashes were taken."""
    for name in sorted(then):
        if name not in now:
            yield f"{name} is missing"
        elif now[name] != then[name]:
            yield f"{name} was changed after {since}"


def hash_faults(run: "Run") -> Iterator[str]:
    """Yield where the config or the weights are not those that the run recorded."""
    config, outcome = run.config, run.outcome
    pairs = {
        "name": (outcome.name, config.name),
        "dataset": (outcome.dataset, config.dataset.label),
        "instead_of": (outcome.instead_of, config.instead_of),
    }
    for key, (recorded, configured) in pairs.items():
        if recorded != configured:
            yield f"{METRICS} says {key} {recorded}, config.yaml {configured}"
    if run.config_hash != outcome.config_hash:
        yield f"config.yaml has the hash {run.config_hash[:12]}, not the recorded one"
    n = run.n_parameters
    if n != outcome.n_parameters:
        yield f"{METRICS} says {outcome.n_parameters:,} parameters, params.h5 holds {n:,}"
    if run.weights_sha256 != outcome.weights_sha256:
        yield f"params.h5 has the hash {run.weights_sha256[:12]}, not the recorded one"


def history_faults(run: "Run") -> Iterator[str]:
    """Yield where history.csv contradicts itself or metrics.json."""
    history, outcome = run.epochs, run.outcome
    last = outcome.epochs
    if [e.epoch for e in history.epochs] != list(range(1, last + 1)):
        yield f"history.csv does not hold epochs 1 to {last}"
        return
    for epoch in history.epochs:
        sizes = epoch.train.n_examples, epoch.val.n_examples if epoch.val else 0
        if sizes != (outcome.n_train, outcome.n_val):
            yield f"history.csv, epoch {epoch.epoch}: it measured {sizes[0]:,} and {sizes[1]:,}"
    final = outcome.final.epoch
    if final > last:
        yield f"the outcome is that of epoch {final} of {last}"
        return
    yield from told_otherwise("final", history.epochs[final - 1], outcome.final)
    yield from told_otherwise("best_epoch", history.best, outcome.best_epoch)
    if abs(history.seconds - outcome.seconds) > 1e-3 * len(history):
        yield f"the epochs took {history.seconds:.1f} s, not {outcome.seconds:.1f}"
    patience, is_whole = run.config.early_stopping.patience, outcome.status == "completed"
    if final != last and patience is None:
        yield f"the outcome is that of epoch {final}, not of the last"
    is_early = is_whole and last < run.config.epochs
    ends = last if is_early else None, final if is_whole else None
    if outcome.early_stopping != (Stopping(patience, *ends) if patience else None):
        yield f"{METRICS} says otherwise what early stopping did"


def told_otherwise(name: str, measured: Measured, recorded: EpochCounts) -> Iterator[str]:
    """Yield where an epoch of metrics.json is not that of history.csv."""
    then = asdict(recorded)
    for key, value in asdict(counts(measured)).items():
        is_same = value == then[key] or (value and then[key] and same(value, then[key]))
        if not is_same:
            yield f"{name}: {key} is {value} in history.csv, {then[key]} in {METRICS}"

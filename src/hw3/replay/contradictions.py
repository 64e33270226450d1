"""What shows without training that a record cannot come from its config."""

from collections.abc import Iterator

from hw3.core.words import counted, shape
from hw3.datasets.splits import rows_digest
from hw3.records.integrity import changed_or_missing, hash_faults, history_faults, same
from hw3.records.layout import PARAMS
from hw3.records.outcome import Failure
from hw3.records.read import reading, record_digests
from hw3.records.run import Run
from hw3.training.build import Experiment
from hw3.training.history import History


def contradictions(run: Run) -> Iterator[str]:
    """Yield what contradicts the config or the rest of the record; no data are read.

    Raises:
        RunDirError: for a file that cannot be read.
    """
    if isinstance(run.ended, Failure):
        yield run.ended.error
        return
    yield from changed_or_missing(run.outcome.files or {}, record_digests(run.folder))
    if run.status != "diverged":  # whose weights may be no numbers
        with reading(run.folder / PARAMS):
            yield from hash_faults(run)
    yield from end_faults(run)
    yield from history_faults(run)
    yield from rate_faults(run)
    final = run.epochs.epochs[min(run.outcome.final.epoch, len(run.epochs)) - 1]
    if final.weights_sha256 not in (None, run.outcome.weights_sha256):
        yield f"the weights that it ended with are not those of its epoch {final.epoch}"


def rate_faults(run: Run) -> Iterator[str]:
    """Yield the first epoch whose rate is not the schedule's."""
    config = run.config
    for epoch in run.epochs.epochs:
        rate = config.lr.applied(epoch.epoch - 1, config.epochs)
        if not same(epoch.lr, rate):
            yield f"epoch {epoch.epoch}: the rate is {epoch.lr:g}, the schedule's is {rate:g}"
            return


def end_faults(run: Run) -> Iterator[str]:
    """Yield what is wrong with where the run ended: its config has other epochs, or patience."""
    history, config, status = run.epochs, run.config, run.outcome.status
    n, patience = len(history), config.early_stopping.patience
    if history.is_diverged != (status == "diverged"):
        yield f"it is said to have {status}, and its last loss is {history.last.train.loss:g}"
    so_far = (History(history.epochs[:k]) for k in range(1, n + 1) if patience)
    stop = next((len(h) for h in so_far if h.is_out_of_patience(patience or n)), n + 1)
    if stop < n:
        yield f"with patience {patience} it ends after epoch {stop}, not after epoch {n}"
    if n > config.epochs or (n < config.epochs and status == "completed" and stop > n):
        yield f"it ended after {counted(n, 'epoch')}, and its config has {config.epochs}"
    if patience and status == "completed" and run.outcome.final.epoch != history.lowest_loss.epoch:
        yield f"it ended with epoch {run.outcome.final.epoch}, which has not the lowest loss"


def row_faults(run: Run, experiment: Experiment) -> Iterator[str]:
    """Yield where rows or shapes are not those that the config makes of the data."""
    outcome, dataset = run.outcome, experiment.dataset
    val = dataset.val
    recorded = {"train": outcome.train_rows_sha256, "val": outcome.val_rows_sha256}
    drawn = {"train": rows_digest(dataset.train.rows), "val": val and rows_digest(val.rows)}
    n = len(dataset.train.labels), len(val.labels) if val else 0
    if n != (outcome.n_train, outcome.n_val):
        yield (
            f"it is said to have {outcome.n_train:,} rows to train and {outcome.n_val:,} to "
            f"validate; its config draws {n[0]:,} and {n[1]:,}"
        )
    for part, digest in recorded.items():
        if digest != drawn[part]:
            yield f"its {part} rows are not those that its config draws"
    sizes = experiment.network.layer_sizes
    if outcome.status != "diverged" and run.layer_sizes != sizes:
        yield f"{PARAMS} is of a network {shape(run.layer_sizes)}, its config's is {shape(sizes)}"

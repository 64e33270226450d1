"""Whether a trial of a study has fallen behind those that had ended when it was proposed."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from hw3.config.schema import Config
from hw3.records.study import Proposals, Trial
from hw3.training.history import History

Behind = Callable[[History], float | None]


def behind(study: Proposals, folder: Path, config: Config) -> Behind:
    """Return what tells the loss that a run should have kept below, None while it does.

    That is the median rule (Golovin et al. 2017; Optuna's MedianPruner): the lowest validation
    loss of the trial so far against the median of those of the completed trials at the same epoch.
    A study that does not prune tells nothing, nor does any at an epoch that is the last anyway.

    Raises:
        RunDirError: for a damaged record of an earlier trial.
    """
    trial = study.trial(folder.name)
    limits = medians(folder.parent, study, trial) if trial and study.prune else []

    def limit(history: History) -> float | None:
        n, patience = len(history), config.early_stopping.patience
        is_early = n <= study.n_warmup_epochs or not 0 < n <= len(limits)
        if is_early or n >= config.epochs or history.is_diverged:
            return None
        if patience and history.is_out_of_patience(patience):
            return None
        val = history.lowest_loss.val
        return limits[n - 1] if val and val.loss > limits[n - 1] else None

    return limit


def medians(folder: Path, study: Proposals, trial: Trial) -> Sequence[float]:
    """Return the median validation loss of the trials before, by epoch; none for too few."""
    from hw3.records.run import load_job  # HDF5 is slow to import, and only a study needs it

    earlier = [load_job(folder / known.job) for known in study.trials[: trial.known]]
    found = [run.epochs.epochs for run in earlier if run.is_completed]
    if len(found) < study.n_startup_trials:
        return []
    return [
        median(e.val.loss for epochs in found for e in epochs[i : i + 1] if e.val)
        for i in range(max(map(len, found)))
    ]

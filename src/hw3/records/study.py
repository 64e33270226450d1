"""study.json: which trials an optimizer proposed for a sweep, knowing the results of which."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from hw3.core.files import write_json
from hw3.core.limits import Count, PositiveInt
from hw3.core.words import counted
from hw3.records.layout import STUDY
from hw3.records.read import WRITTEN_ANEW, read_typed


@dataclass(frozen=True)
class Trial:
    """One proposal.

    Attributes:
        job: the name of its folder.
        params: the value of each searched key, as an override has it.
        known: how many of the trials before had ended when it was proposed; it knew no others.
    """

    job: str
    params: Mapping[str, str]
    known: Count


@dataclass(frozen=True)
class Proposals:
    """The trials of a study so far, in order; jobs.json names the same jobs.

    Attributes:
        by: what proposed them.
        seed: of the proposals.
        n_startup_trials: so many were drawn at random at first.
        prune: whether trials that fell behind were ended, after `n_warmup_epochs`.
        space: what was searched, as it was given.
    """

    by: str
    seed: Count
    n_startup_trials: PositiveInt
    prune: bool
    n_warmup_epochs: Count
    space: Mapping[str, str]
    trials: tuple[Trial, ...] = ()

    def __post_init__(self) -> None:
        if any(trial.known > i for i, trial in enumerate(self.trials)):
            raise ValueError("a trial knew of later ones")

    def trial(self, job: str) -> Trial | None:
        """Return the trial whose folder has a name."""
        return next((trial for trial in self.trials if trial.job == job), None)


def proposed_words(by: str, n_trials: int, ending: str = "") -> str:
    """Return what is to be said of jobs that nobody had planned, wherever they are counted."""
    told = f"{counted(n_trials, 'trial')} that {by} proposed one after another, not planned "
    return f"{told}beforehand{f' ({ending})' if ending else ''}"


def read_study(folder: Path) -> Proposals | None:
    """Return what was proposed for the sweep in a folder, None if its jobs were planned.

    Raises:
        RunDirError: for a damaged record.
    """
    return read_typed(Proposals, folder / STUDY, WRITTEN_ANEW)


def save_study(folder: Path, study: Proposals) -> None:
    """Write study.json."""
    write_json(folder / STUDY, asdict(study))

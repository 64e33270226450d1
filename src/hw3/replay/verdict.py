"""What verifying came to: of each run, and of all."""

from dataclasses import dataclass

from hw3.core.verdict import Verdict, overall
from hw3.core.words import counted

SHOWN = 12  # digits of a digest


@dataclass(frozen=True)
class Divergence:
    """The first number of a record that is not what a replay got."""

    epoch: int
    quantity: str
    claimed: str | float | None
    got: str | float | None

    def __str__(self) -> str:
        claimed, got = (
            f"{value[:SHOWN]}..." if isinstance(value, str) and len(value) > SHOWN else value
            for value in (self.claimed, self.got)
        )
        return f"epoch {self.epoch}: {self.quantity} should be {got}, the record says {claimed}"


@dataclass(frozen=True)
class RunVerdict:
    """What verifying a run came to.

    Attributes:
        run: its folder, from the one that was asked for.
        replayed: the epochs that were trained again.
        seconds: that it took.
        divergence: where the replay leaves the record, None where it does not.
    """

    run: str
    verdict: Verdict
    sentence: str
    replayed: tuple[int, ...] = ()
    seconds: float = 0.0
    divergence: Divergence | None = None


@dataclass(frozen=True)
class Verified:
    """What verifying a folder came to; `seed` draws the same runs and epochs again."""

    runs: tuple[RunVerdict, ...]
    n_ended: int
    n_waiting: int
    seed: int

    @property
    def verdict(self) -> Verdict:
        """The worst of any run."""
        return overall(run.verdict for run in self.runs)

    @property
    def sentence(self) -> str:
        """How many runs came to what, and of how many they were drawn."""
        counts = {word: sum(run.verdict == word for run in self.runs) for word in Verdict}
        told = ", ".join(f"{n} {word}" for word, n in counts.items() if n)
        drawn = f"; {len(self.runs)} drawn of {self.n_ended}" * (len(self.runs) < self.n_ended)
        waiting = f"; {counted(self.n_waiting, 'run')} claimed nothing yet" * bool(self.n_waiting)
        return f"{counted(len(self.runs), 'run')}: {told}{drawn}{waiting}; seed={self.seed}"

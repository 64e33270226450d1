"""Epochs of a claimed run trained again, each from the kept checkpoint nearest before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from hw3.core.terminal import doing
from hw3.nn.arrays import digest
from hw3.records.layout import kept_checkpoints
from hw3.replay.claim import Claim
from hw3.replay.unlike import unlike
from hw3.replay.verdict import Divergence
from hw3.training.fit import Training, fit
from hw3.training.history import EpochRecord, History

STATE = "the optimizer's state"


@dataclass
class Replayed:
    """What training again came to: the epochs, the first that differs, the last as it was got."""

    epochs: list[int] = field(default_factory=list)
    first: Divergence | None = None
    last: EpochRecord | None = None

    def note(self, difference: Divergence | None) -> None:
        """Take note of a difference, of which the first counts."""
        self.first = self.first or difference


def segments(claim: Claim, epochs: Sequence[int]) -> dict[int, int]:
    """Return from where to where is to be trained: the whole run, or from kept checkpoints."""
    if len(epochs) == len(claim.run.epochs):
        return {0: len(epochs)}
    kept = [0, *kept_checkpoints(claim.run.folder)]
    found: dict[int, int] = {}
    for epoch in sorted(epochs):  # the last of those that have one start
        found[max(k for k in kept if k < epoch)] = epoch
    return found


def train_again(claim: Claim, epochs: Sequence[int]) -> Replayed:
    """Train epochs again and hold each against the record; on this machine up to a difference."""
    replayed, todo = Replayed(), segments(claim, epochs)
    n = sum(until - start for start, until in todo.items())
    with doing(f"training {claim.run.name} again", n) as advance:
        for start, until in todo.items():
            if not (replayed.first and claim.is_same_machine):
                train_segment(claim, start, until, replayed, advance)
    return replayed


def train_segment(
    claim: Claim, start: int, until: int, replayed: Replayed, advance: Callable[[], object]
) -> None:
    """Train on from an epoch's end until another's; take note of all that differs."""
    experiment = claim.at(start)
    history = History(list(claim.kept(start)[1].epochs)) if start else History()
    n, outcome, kept = len(claim.run.epochs), claim.run.outcome, kept_checkpoints(claim.run.folder)

    def on_epoch(history: History) -> None:
        advance()
        number, replayed.last = len(history), history.last
        replayed.epochs.append(number)
        replayed.note(unlike(claim.epoch(number), history.last, claim.is_same_machine))
        if number in kept:
            replayed.note(unlike_state(claim, number, experiment.backend.state_dict()))
        is_over = number == until and not training.has_ended
        history.is_pruned = is_over or bool(replayed.first and claim.is_same_machine)

    training = Training(experiment.backend, experiment.dataset, experiment.plan, on_epoch, history)
    for _ in fit([training]):
        pass
    if training.error:
        raise training.error
    if len(history) < until:
        replayed.note(Divergence(len(history), "the last epoch", until, len(history)))
    if until - start == n and outcome.status != "pruned" and isfinite(history.last.train.loss):
        found = digest(experiment.backend.get_params())
        if found != outcome.weights_sha256:
            final = outcome.final.epoch
            replayed.note(Divergence(final, "weights_sha256", outcome.weights_sha256, found))


def unlike_state(claim: Claim, epoch: int, state: dict[str, np.ndarray]) -> Divergence | None:
    """Return whether a kept state is not the one that training leads to.

    Without this, a made-up velocity could lead from made-up weights to the next ones.
    """
    kept, history = claim.kept(epoch)
    names = sorted(kept.keys() & state.keys())
    a, b = (digest([(of[name], np.zeros(0)) for name in names]) for of in (kept, state))
    is_same = a == b or not isfinite(history.last.train.loss_sum)
    return None if is_same else Divergence(epoch, STATE, a, b)

"""What a record holds of each epoch's weights, and what these measure."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf

import numpy as np

from hw3.core.errors import RunDirError
from hw3.core.terminal import doing
from hw3.nn.arrays import LayerParams, digest
from hw3.records.checkpoint import Checkpoint, read_checkpoint
from hw3.records.layout import KEPT, kept_checkpoints
from hw3.records.read import needed, reading
from hw3.records.run import Run
from hw3.replay.unlike import unlike
from hw3.replay.verdict import Divergence
from hw3.training.build import Experiment, assemble
from hw3.training.fit import evaluate
from hw3.training.history import EpochRecord


@dataclass
class Claim:
    """The record of a run, beside what its config makes of the data.

    Attributes:
        run: the record.
        experiment: its data, and its network with fresh weights.
        is_same_machine: whether equal weights must measure the same to the last bit.
        digests: of the weights after an epoch, where the record says or holds them.
        steps: |w - w'| / sum of the rates between, of an epoch that is kept and the one that is
            kept before it; infinite where more than usual are left out.
    """

    run: Run
    experiment: Experiment
    is_same_machine: bool
    digests: dict[int, str] = field(default_factory=dict)
    steps: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {e.epoch: e.weights_sha256 for e in self.run.epochs.epochs if e.weights_sha256}
        self.digests |= {self.run.outcome.final.epoch: self.run.outcome.weights_sha256} | known

    def epoch(self, number: int) -> EpochRecord:
        """Return what the record says of an epoch, with the digest that is known of it."""
        claimed = self.run.epochs.epochs[number - 1]
        return replace(claimed, weights_sha256=self.digests.get(number))

    def network(self, params: list[LayerParams] | None = None) -> Experiment:
        """Return the experiment with a network of its own, of given or of fresh weights."""
        sizes, data = self.experiment.network.layer_sizes, self.experiment.dataset
        backend = assemble(self.run.config, sizes[0], len(data.class_names), params)
        return replace(self.experiment, backend=backend)

    def kept(self, number: int) -> Checkpoint:
        """Return the kept checkpoint after an epoch.

        Raises:
            RunDirError: if it is not there, or not of that epoch.
        """
        path = kept_checkpoints(self.run.folder)[number]
        found = needed(read_checkpoint(path), path)
        with reading(path):
            if not 0 < number == len(found[1]) <= len(self.run.epochs):
                raise ValueError(f"it holds {len(found[1])} epochs")
        for ours, theirs in zip(self.run.epochs.epochs, found[1].epochs, strict=False):
            if difference := unlike(ours, theirs, True):
                raise RunDirError(f"{KEPT}/{path.name} holds another history: {difference}")
        return found

    def at(self, number: int) -> Experiment:
        """Return the experiment as it was kept after an epoch; after epoch 0 it is fresh."""
        experiment = self.network()
        if number:
            state, _ = self.kept(number)
            with reading(kept_checkpoints(self.run.folder)[number]):
                experiment.backend.load_state_dict(state)
        return experiment

    def wrong_weights(self) -> Divergence | None:
        """Return where the weights of the record are not those of its history, None for nowhere.

        The final ones and those of each kept checkpoint are measured again by a forward pass.
        """
        if self.run.status != "diverged":  # else params.h5 may hold what is no number
            final = self.run.outcome.final.epoch
            if difference := self.measured(final, self.network(self.run.weights)):
                return difference
        numbers = [0, *kept_checkpoints(self.run.folder)]
        usual = min((b - a for a, b in pairwise(numbers)), default=0)
        before = vector_of(self.at(0))
        with doing(f"measuring the checkpoints of {self.run.name}", len(numbers) - 1) as advance:
            for last, number in pairwise(numbers):
                experiment = self.at(number)
                if difference := self.measured(number, experiment):
                    return difference
                vector = vector_of(experiment)
                rates = sum(self.epoch(epoch).lr for epoch in range(last + 1, number + 1))
                with np.errstate(all="ignore"):  # a run that diverges, a rate of zero
                    step = float(np.linalg.norm(vector - before) / np.float64(rates))
                self.steps[number] = step if number - last == usual else inf
                before = vector
                advance()
        return None

    def measured(self, number: int, experiment: Experiment) -> Divergence | None:
        """Return where weights are not those of an epoch, or measure something else."""
        data, loss, backend = experiment.dataset, experiment.loss, experiment.backend
        found = digest(backend.get_params())
        self.digests.setdefault(number, found)
        train = evaluate(backend, loss, data.train)
        val = evaluate(backend, loss, data.val) if data.val else None
        claimed = self.epoch(number)
        got = EpochRecord(number, claimed.lr, train, val, 0.0, found)
        return unlike(claimed, got, self.is_same_machine)


def vector_of(experiment: Experiment) -> np.ndarray:
    """Return all weights and biases of a network, float64."""
    arrays = [array.ravel() for pair in experiment.backend.get_params() for array in pair]
    return np.concatenate(arrays).astype(np.float64)

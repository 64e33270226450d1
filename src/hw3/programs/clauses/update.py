"""The step of a training, against the gradient of the network that is trained."""

from collections.abc import Iterator

import numpy as np

from hw3.nn.arrays import LayerParams
from hw3.programs.clause import Seen, fine, unsure, wrong
from hw3.programs.clauses.training import EPOCHS, N_TEST, N_TRAIN, N_VAL, begun, drawn, run, widened
from hw3.programs.compare import (
    Step,
    arrays,
    factors,
    matching_bug,
    matching_net,
    one_factor,
    step_back,
    with_decay,
)
from hw3.programs.convention import drawn_weights
from hw3.programs.diagnosis import diagnosed, table
from hw3.programs.subject import Subject

LR, TOLERANCE = 0.05, 1e-3


def update(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Take the first step with all rows in one batch, (w - w') / rate.

    Nothing is said of a step that no bug predicts: its rows may be another batch's.
    """
    taken = first_step(subject, rng)
    if taken is None:
        if not subject.gives("gradients") and not subject.gives("step"):
            yield unsure("train draws other first weights each time: let it take weights")
        return
    (at, theirs), c = taken, subject.convention
    if not any(a.any() for _, a in arrays(theirs)):
        return  # other batches may be stepped
    net = c.net or matching_net(theirs, at, TOLERANCE)
    if net is None:
        if match := matching_bug(theirs, at, TOLERANCE, None):
            yield wrong(f"train: {match[0].says}: that predicts every entry", match[0].bug)
        elif not subject.gives("loss"):
            yield unsure("train: no network that is known has this step; give loss(weights, x, y)")
        return
    true = c.true(at) or net.gradients(at.params, at.rows)
    unit = one_factor(factors(theirs, true, TOLERANCE), TOLERANCE)
    if (unit or 0) > 0 or with_decay(theirs, true, at.params, TOLERANCE):
        yield fine("a step of train moves each array along its gradient")
        return
    said = diagnosed(theirs, true, at, net, TOLERANCE)
    if said.bug:
        yield wrong(f"train: {said.observed}", said.bug, *table(theirs, true, TOLERANCE))


def first_step(subject: Subject, rng: np.random.Generator) -> tuple[Step, list[LayerParams]] | None:
    """Return the weights at which a training begins, and its step there; None if it is unknown."""
    subject = widened(subject, N_TRAIN + N_VAL + N_TEST) or subject  # some keep a net between calls
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), drawn_weights(subject, rng)
    for epochs in (EPOCHS, 1):  # of one the schedule is odd, of many the last weights are no step
        more = {"epochs": epochs, "lr": LR, "batch_size": N_TRAIN}
        done = begun(subject, "train", data, run(subject, "train", data, start, **more), **more)
        if not done.has_start:
            return None
        if len(done.params) > 2 or epochs == 1:
            break
    theirs = step_back(done.params[0], done.params[1], LR)
    return Step(done.params[0], data.train, LR), theirs

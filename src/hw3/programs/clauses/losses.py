"""The losses that a training returns, against those of its weights."""

from collections.abc import Iterator

import numpy as np

from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, wrong
from hw3.programs.clauses.rates import shown
from hw3.programs.clauses.training import BATCH, N_TRAIN, begun, drawn, run
from hw3.programs.convention import drawn_weights
from hw3.programs.subject import Subject

EPOCHS, LR = 6, 0.02


def losses(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Train with the whole set as one batch, so that a loss is that before the step, or after."""
    c = subject.convention
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), drawn_weights(subject, rng)
    rate = LR / N_TRAIN if c.power == 1 else LR
    more = {"epochs": EPOCHS, "lr": rate, "batch_size": N_TRAIN}
    done = begun(subject, "train", data, run(subject, "train", data, start, **more), **more)
    if not done.losses or c.net is None or not c.is_loss_known or len(done.params) != EPOCHS + 1:
        return
    true = np.array([c.loss(p, data.train) for p in done.params])
    got, n = np.array(done.losses), np.arange(1, EPOCHS + 1)
    both = (true[:-1], true[1:])  # before the step, after it
    if any(np.allclose(got, of_epoch, rtol=1e-3) for of_epoch in both):
        yield of_batches(subject, rng)
        return
    for of_epoch in both:
        total = np.cumsum(of_epoch)
        for predicted, words in ((total / n, "mean"), (total, "sum")):
            if np.allclose(got, predicted, rtol=1e-3):
                text = f"the loss of an epoch is the {words} over all epochs so far"
                yield wrong(f"{text}: it is never reset", bugs.OTHER_LOSS)
                return
        ratios = got / of_epoch
        if np.ptp(ratios) < 1e-3 * abs(ratios.mean()):
            text = f"the losses of the epochs are {ratios.mean():.4g} times those of their rows"
            yield wrong(text, bugs.OTHER_LOSS)
            return
    lines = (f"returned: {shown(got)}", f"of the rows, after each epoch: {shown(true[1:])}")
    text = "the losses of the epochs are those of their rows neither before the step nor after"
    yield wrong(text, bugs.OTHER_LOSS, *lines)


def of_batches(subject: Subject, rng: np.random.Generator) -> Seen:
    """Look whether the loss of an epoch is that of all its batches, at a rate of almost 0."""
    c = subject.convention
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), drawn_weights(subject, rng)
    more = {"epochs": 4, "lr": 1e-6, "batch_size": BATCH}
    done = run(subject, "train", data, start, **more)
    true = c.loss(done.params[-1], data.train) / float(N_TRAIN) ** c.power
    got = np.array(done.losses)
    # of sums over a batch, the mean over the batches is one too; a penalty / n may be the batch's
    squares = sum(float((w**2).sum()) for w, _ in done.params[-1])
    of_batch = (c.decay(BATCH) - c.decay(N_TRAIN)) / 2 * squares
    for times in (1, N_TRAIN, BATCH) if c.power else (1,):
        if any(np.allclose(got, (true + extra) * times, rtol=1e-3) for extra in (0, of_batch)):
            return fine("the loss of an epoch is that of all its rows, and of no other epoch")
    if np.ptp(got) > 1e-2 * abs(true):
        lines = (f"returned: {shown(got)}", f"of all rows: {true:.4g}")
        text = "at a rate of almost 0 the loss jumps from epoch to epoch: it is that of one batch"
        return wrong(text, bugs.OTHER_LOSS, *lines)
    return wrong(f"the loss of an epoch is {got[0] / true:.4g} times its rows'", bugs.OTHER_LOSS)

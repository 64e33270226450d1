"""Whether a training takes plain steps, w - rate * gradient: only then moves tell visits."""

from collections.abc import Iterator

import numpy as np

from hw3.core.verdict import Verdict
from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.clause import Look, Seen, unsure
from hw3.programs.clauses.training import (
    EPOCHS,
    N_TEST,
    N_TRAIN,
    N_VAL,
    begun,
    drawn,
    is_lost,
    run,
    tiny_rates,
    widened,
)
from hw3.programs.compare import Gradients
from hw3.programs.convention import drawn_weights
from hw3.programs.subject import Subject

WAY_OUT = "let train take plain steps: without momentum, Adam and dropout, as its default is"


def if_plain(look: Look, name: str, is_random: bool = True) -> Look:
    """Return a look at a training that blames none for its visits if its steps are no plain ones.

    name: of the function that trains.
    is_random: whether it is looked at for dropout too.
    """

    def looked(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
        rule: str | None = None
        for seen in look(subject, rng):
            if seen.verdict is Verdict.FAIL and rule is None:
                rule = other_rule(subject, name, rng, is_random)
            is_blamed = seen.verdict is Verdict.FAIL and rule
            yield unsure(f"{rule}; {WAY_OUT}", f"else: {seen.observed}") if is_blamed else seen

    return looked


def other_rule(subject: Subject, name: str, rng: np.random.Generator, is_random: bool) -> str:
    """Return by which other rule than w - rate * gradient a training steps, or nothing.

    All rows are one batch and the rate is tiny, so that plain steps are equal. Those of momentum m
    are 1, 1 + m, 1 + m + m^2 times the first; each entry of Adam's first is the rate; what dropout
    leaves is no combination of the gradients of rows.
    """
    subject = widened(subject, N_TRAIN + N_VAL + N_TEST) or subject  # some keep a net between calls
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), drawn_weights(subject, rng)
    params: list[list[LayerParams]] = []
    for lr in tiny_rates(subject):
        more = {"epochs": EPOCHS, "lr": lr, "batch_size": N_TRAIN}
        done = begun(subject, name, data, run(subject, name, data, start, **more), **more)
        params = done.params[:4]
        if not is_lost(done):
            break
    steps = np.diff([vector(p) for p in params], axis=0)
    if len(steps) < 3 or not steps[0].any():
        return ""
    is_one_way = steps[0] @ steps[1] > 0.98 * np.linalg.norm(steps[0]) * np.linalg.norm(steps[1])
    if is_one_way:
        return rule_of(steps)
    net = subject.convention.net
    if net is None or not is_random:
        return ""
    of_rows = [vector(net.gradients(params[0], data.train.take([i]))) for i in range(N_TRAIN)]
    by_rows, *_ = np.linalg.lstsq(np.transpose(of_rows), steps[0])
    left = np.linalg.norm(steps[0] - np.transpose(of_rows) @ by_rows)
    is_of_rows = left < 1e-2 * np.linalg.norm(steps[0])
    return "" if is_of_rows else "steps differ in a way that no choice of rows makes, as by dropout"


def vector(params: Gradients) -> FloatArray:
    """Return the weights of all layers as one vector."""
    return np.concatenate([w.ravel() for w, _ in params])


def rule_of(steps: FloatArray) -> str:
    """Return the rule that three steps in one direction show, (3, weights); none for plain ones."""
    lengths = np.linalg.norm(steps, axis=1)
    second, third = lengths[1:] / lengths[0]
    first = np.abs(steps[0])
    moved = first[first > 1e-3 * first.max()]
    if len(moved) > 20 and moved.min() > 0.9 * moved.max():
        return "each weight moves by the same amount, as with Adam or RMSprop"
    momentum = second - 1
    if 0.2 < momentum < 0.995 and abs(third - second - momentum**2) < 0.02:
        return f"steps grow as with a momentum of {momentum:.2g}"
    return ""

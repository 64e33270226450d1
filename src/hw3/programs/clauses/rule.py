"""Whether a training takes plain steps, w - rate * gradient: only then moves tell visits."""

from collections.abc import Iterator

import numpy as np

from hw3.nn.arrays import FloatArray
from hw3.programs.clause import Look, Seen, unsure
from hw3.programs.clauses.training import EPOCHS, N_TRAIN, begun, drawn, run, tiny_rates
from hw3.programs.compare import arrays
from hw3.programs.convention import drawn_weights
from hw3.programs.subject import Subject
from hw3.programs.verdict import Verdict

WAY_OUT = "let train take plain steps: without momentum, Adam and dropout, as its default is"


def if_plain(look: Look, name: str) -> Look:
    """Return a look at a training that blames none for its visits if its steps are no plain ones.

    name: of the function that trains.
    """

    def looked(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
        rule: str | None = None
        for seen in look(subject, rng):
            if seen.verdict is Verdict.FAIL and rule is None:
                rule = other_rule(subject, name, rng)
            is_blamed = seen.verdict is Verdict.FAIL and rule
            yield unsure(f"{rule}; {WAY_OUT}", f"else: {seen.observed}") if is_blamed else seen

    return looked


def other_rule(subject: Subject, name: str, rng: np.random.Generator) -> str:
    """Return by which other rule than w - rate * gradient a training steps, or nothing.

    All rows are one batch and the rate is tiny, so that plain steps of an epoch are equal. Those of
    momentum m are 1, 1 + m, 1 + m + m^2 times the first; each entry of Adam's first is the rate.
    """
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), drawn_weights(subject, rng)
    steps = np.zeros((0, 0))
    for lr in tiny_rates(subject):
        more = {"epochs": EPOCHS, "lr": lr, "batch_size": N_TRAIN}
        done = begun(subject, name, data, run(subject, name, data, start, **more), **more)
        vectors = [np.concatenate([a.ravel() for _, a in arrays(p)]) for p in done.params[:4]]
        if len(vectors) == 4:
            steps = np.diff(vectors, axis=0)
        if not np.array_equal(vectors[-1], vectors[-1].astype(np.float32)):
            break
    return rule_of(steps) if steps.size and np.abs(steps[0]).max() > 0 else ""


def rule_of(steps: FloatArray) -> str:
    """Return the rule that three steps, (3, parameters), show; none for plain ones."""
    lengths = np.linalg.norm(steps, axis=1)
    second, third = lengths[1:] / lengths[0]
    if (steps[0] @ steps[1]) < 0.98 * lengths[0] * lengths[1]:
        return "the whole set as one batch is stepped along another direction in each epoch"
    first = np.abs(steps[0])
    moved = first[first > 1e-3 * first.max()]
    if len(moved) > 20 and moved.min() > 0.9 * moved.max():
        return "each parameter moves by the same amount, as with Adam or RMSprop"
    momentum = second - 1
    if 0.2 < momentum < 0.995 and abs(third - second - momentum**2) < 0.02:
        return f"steps grow as with a momentum of {momentum:.2g}"
    return ""

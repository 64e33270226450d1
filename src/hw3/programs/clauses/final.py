"""The test rows while training, and the final run."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, unsure, wrong
from hw3.programs.clauses.training import (
    BATCH,
    EPOCHS,
    N_TEST,
    N_TRAIN,
    N_VAL,
    NEAR,
    ODD_TRAIN,
    Data,
    Moves,
    drawn,
    followed,
    run,
    same,
)
from hw3.programs.convention import drawn_weights
from hw3.programs.program import ProgramError
from hw3.programs.subject import Subject


def test_rows(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Train with test rows that cannot be computed with, and look at the files that are opened."""
    sizes = subject.convention.sizes
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), drawn_weights(subject, rng)
    more = {"epochs": 4, "lr": 0.01, "batch_size": BATCH}
    try:
        answer = run(subject, "train", data, start, **more).answer
    except ProgramError as error:
        said = str(error).lower()
        if "test" in said and "open" in said:
            yield wrong(f"train opens a test file: {error}", bugs.TEST_USED)
            return
        raise
    names = [file.path.rpartition("/")[2] for file in answer.opened]
    if opened := [name for name in names if "test" in name.lower()]:
        yield wrong(f"train opens {opened[0]}", bugs.TEST_USED)
    elif not subject.named("train", "x_test"):
        yield fine("train is not given test rows, and opens no file of that name")
    else:
        unusable = subject.convention.data.x(np.zeros((5, sizes[0] + 3)))
        try:
            run(subject, "train", data, start, x_test=unusable, **more)
        except ProgramError as error:
            text = "train computes with the test rows: it fails with those of another width"
            yield wrong(text, bugs.TEST_USED, str(error))
        else:
            yield fine("train computes nothing with the test rows that it is given")


def retrained(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at the final run: all rows, fresh weights, the rate that was given."""
    alone = replace(subject, untold=("weights",))
    if subject.named("retrain", "weights"):
        try:
            drawn_run(alone, rng)
        except ProgramError:  # it must be given weights
            if drawn_run(subject, rng):
                text = "the final run must be given weights, and begins with them"
                yield wrong(text, bugs.FINAL)
                return
            alone = subject
    found = followed(alone, "retrain", N_TRAIN, BATCH, EPOCHS, rng)
    if found is None:
        yield unsure(f"needs {ODD_TRAIN + N_VAL + N_TEST} inputs, one for each row")
        return
    if subject.gives("train"):
        first = fresh(found.subject, found.data)
        yield first
        if first.bug:
            return
    yield all_rows(found.moves)


def drawn_run(subject: Subject, rng: np.random.Generator) -> bool:
    """Make a final run at rate 0 from random weights; return whether it ends with them."""
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), drawn_weights(subject, rng)
    done = run(subject, "retrain", data, start, epochs=1, lr=0.0, batch_size=BATCH)
    return same(done.params[-1], start)


def all_rows(moves: Moves) -> Seen:
    """Say which rows a final run was trained on, and at which rate."""
    n = N_TRAIN + N_VAL
    totals = np.abs(moves.amounts.sum(axis=0))
    used = totals > NEAR * totals[:n].max()
    if used[n:].any():
        return wrong("the final run is trained on test rows", bugs.TEST_USED)
    if not used[:n].all():
        is_train = used[:N_TRAIN].all() and not used[N_TRAIN:].any()
        which = ", the training rows alone" if is_train else ""
        return wrong(f"the final run uses {used[:n].sum()} of {n} rows{which}", bugs.FINAL)
    amount = float(np.median(moves.amounts[0, :n])) / moves.unit
    if moves.is_known and min(abs(amount * BATCH - 1), abs(amount - 1)) > NEAR:
        text = f"the final run moves its weights by {amount * BATCH:.4g} times the rate given"
        return wrong(text, bugs.FINAL)
    return fine(f"the final run is trained on all {n} rows, at the rate given")


def fresh(subject: Subject, data: Data) -> Seen:
    """Look whether the final run begins where a training before it ended."""
    start = drawn_weights(subject, np.random.default_rng(0))
    more = {"epochs": 2, "batch_size": BATCH}
    before = run(subject, "train", data, start, lr=0.5, **more).params[-1]
    first = run(subject, "retrain", data, start, lr=0.0, **more).params[0]
    if all(np.allclose(a, b, atol=1e-9) for (a, _), (b, _) in zip(before, first, strict=True)):
        text = "the final run begins with the weights that the training before it left"
        return wrong(text, bugs.FINAL)
    return fine("the final run begins with weights of its own")

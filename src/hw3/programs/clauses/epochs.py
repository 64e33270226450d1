"""Which rows a training visits in each epoch, and in which order."""

from collections.abc import Iterator

import numpy as np

from hw3.core.words import span
from hw3.nn.arrays import FloatArray
from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, unsure, wrong
from hw3.programs.clauses.training import (
    BATCH,
    EPOCHS,
    N_TEST,
    N_TRAIN,
    N_VAL,
    NEAR,
    ODD_BATCH,
    ODD_EPOCHS,
    ODD_TRAIN,
    Moves,
    begun,
    drawn,
    followed,
    run,
)
from hw3.programs.convention import drawn_weights
from hw3.programs.subject import Subject

LR = 0.02


def visits(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at which rows 50 epochs visit."""
    found = followed(subject, "train", N_TRAIN, BATCH, EPOCHS, rng)
    if found is None:
        yield unsure(f"needs {ODD_TRAIN + N_VAL + N_TEST} inputs, one for each row")
    elif len(found.done.params) <= 2:
        yield of_totals(found.moves)
    else:
        yield rows_seen(found.moves)


def of_totals(moves: Moves) -> Seen:
    """Say what the weights at the end alone tell: which rows were visited, not when."""
    total = moves.amounts[-1]
    own, others = total[:N_TRAIN], total[N_TRAIN:]
    if np.abs(others).max() > NEAR * np.abs(own).max():
        return foreign(others)
    if own.min() < NEAR * own.max():
        return left_out(own)
    return fine(f"each of {N_TRAIN} rows is visited, and no row of validation or test")


def foreign(others: FloatArray) -> Seen:
    """Say that rows were trained on that are not for training."""
    (moved,) = np.nonzero(np.abs(others) > NEAR * np.abs(others).max())
    if moved.min() >= N_VAL:
        return wrong(f"{len(moved)} test rows are trained on", bugs.TEST_USED)
    return wrong(f"{int((moved < N_VAL).sum())} validation rows are trained on", bugs.SPLIT)


def left_out(total: FloatArray) -> Seen:
    """Say that rows are never visited."""
    (never,) = np.nonzero(total < NEAR * total.max())
    be = "is" if len(never) == 1 else "are"
    text = f"of {len(total)} rows, {span(map(int, never))} (from 0) {be} never visited"
    return wrong(text, bugs.SLICES if len(never) > 2 else bugs.SPLIT)


def rows_seen(moves: Moves) -> Seen:
    """Say whether each epoch visits each training row once, and no other."""
    totals = moves.amounts.sum(axis=0)
    first, own, others = moves.amounts[0, :N_TRAIN], totals[:N_TRAIN], totals[N_TRAIN:]
    size = float(np.abs(own).max())
    if np.abs(others).max() > NEAR * size:
        return foreign(others)
    if moves.is_known and size > 100 * EPOCHS * abs(moves.unit):
        text = "rows move far more than at the rate given: a rate from before is kept"
        return wrong(text, bugs.DECAY)
    if first.max() <= 0 and moves.near > NEAR:
        return unsure("numbers are float32, and too coarse to tell which rows are visited")
    if first.max() <= 0:
        return wrong("the first epoch does not go down the gradient of any row")
    if first.min() > (1 - moves.near) * first.max():
        return once_each(moves, first)
    if fixed := other_batch(first / moves.unit):
        return wrong(f"batches have {fixed} rows, where batch_size={BATCH} was given", bugs.ROWS)
    return unequal(moves, first, own)


def unequal(moves: Moves, first: FloatArray, totals: FloatArray) -> Seen:
    """Say why an epoch moves some rows more than others."""
    is_seen = first > NEAR * first.max()
    counts = np.where(is_seen, first / first[is_seen].min(), 0)
    windows = [sum(i <= row < i + BATCH for i in range(N_TRAIN // BATCH)) for row in range(N_TRAIN)]
    if np.allclose(np.sort(counts), np.sort(windows), atol=0.2):
        often = round(float(counts.max()))
        text = f"an epoch visits {is_seen.sum()} of {N_TRAIN} rows, up to {often} times"
        return wrong(f"{text}: batch i is cut at row i, not at i * {BATCH}", bugs.SLICES)
    if totals.min() < NEAR * totals.max():
        return left_out(totals)
    ratios = sorted({round(float(c), 2) for c in counts})
    shown = ", ".join(f"{c:.2g}" for c in ratios[:6])
    if is_seen.all() and grows(moves):
        text = f"rows move in the ratio of {shown}, and more from epoch to epoch: gradients add up"
        return wrong(text, bugs.NOT_RESET)
    if is_seen.all() and all(abs(np.log2(c) - round(np.log2(c))) < NEAR for c in ratios):
        text = f"the rates within an epoch are in the ratio of {shown}: the decay fires inside it"
        return wrong(text, bugs.DECAY)
    return wrong(f"an epoch visits rows unequally: in the ratio of {shown}", bugs.SLICES)


def grows(moves: Moves) -> bool:
    """Whether the second epoch moves rows by far more than the first."""
    first, second = np.abs(moves.amounts[:2, :N_TRAIN]).mean(axis=1)
    return bool(second > 1.5 * first)


def once_each(moves: Moves, first: FloatArray) -> Seen:
    """Say how often the rows are visited that are visited equally."""
    if not moves.is_known:
        return fine(f"each epoch visits each of {N_TRAIN} rows equally often, and no other")
    amount = float(np.median(first)) / moves.unit
    for times, words in ((1 / BATCH, "mean"), (1.0, "sum")):
        if abs(amount / times - 1) < NEAR:
            text = f"each epoch visits each of {N_TRAIN} rows once, and no other"
            return fine(f"{text}; a step takes the {words} over the batch")
    for n in (BATCH**2, BATCH * N_TRAIN):
        if abs(amount * n - 1) < NEAR:
            text = f"a visit moves by 1 / {n} of its gradient, not by 1 / {BATCH}"
            return wrong(f"{text}: it is averaged twice", bugs.AVERAGED_TWICE)
    for rows in range(2, N_TRAIN + 1):
        if N_TRAIN % rows == 0 and abs(amount * rows - 1) < NEAR:
            text = f"batches have {rows} rows, where batch_size={BATCH} was given"
            return wrong(text, bugs.ROWS)
    text = f"a visit moves by {amount:.4g} of its gradient, where a mean over {BATCH} moves by"
    return wrong(f"{text} {1 / BATCH:.4g}: the rate is not the one given, or visits are more")


def other_batch(amounts: FloatArray) -> int | None:
    """Return the size of batches that gives rows these amounts, the last batch being shorter."""
    for rows in range(2, N_TRAIN):
        rest = N_TRAIN % rows
        if rest:
            predicted = np.sort([1 / rows] * (N_TRAIN - rest) + [1 / rest] * rest)
            if np.allclose(np.sort(amounts), predicted, rtol=NEAR):
                return rows
    return None


def shuffled(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at which row is left for the last, short batch, epoch by epoch."""
    found = followed(subject, "train", ODD_TRAIN, ODD_BATCH, ODD_EPOCHS, rng)
    if found is None or len(found.done.params) <= 2:
        yield unsure("needs the weights after each epoch, and as many inputs as rows")
        return
    amounts = found.moves.amounts[:, :ODD_TRAIN]
    typical = np.median(amounts, axis=1, keepdims=True)
    is_odd = np.abs(amounts / np.where(typical, typical, 1) - 1) > 0.5
    last = [int(row.argmax()) if row.sum() == 1 else -1 for row in is_odd]
    if min(last) < 0:
        yield in_order(subject, rng)
        return
    is_dropped = bool(abs(amounts[0, last[0]]) < NEAR * abs(typical[0, 0]))
    remark = ", which is dropped" if is_dropped else ", a batch of its own"
    if len(set(last)) > 1:
        text = f"of {ODD_TRAIN} rows in batches of {ODD_BATCH}, another one is left over each epoch"
        yield fine(f"{text}{remark}")
    elif last[0] == ODD_TRAIN - 1:
        yield wrong("in every epoch the last row is left over: rows are never shuffled", bugs.ROWS)
    else:
        text = f"in every epoch row {last[0]} is left over: rows are shuffled once"
        yield wrong(f"{text}, not in each epoch", bugs.ROWS)


def in_order(subject: Subject, rng: np.random.Generator) -> Seen:
    """Train one epoch, and hold it against one in which the rows keep their order."""
    c = subject.convention
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), drawn_weights(subject, rng)
    more = {"epochs": 2, "lr": LR, "batch_size": BATCH}
    done = begun(subject, "train", data, run(subject, "train", data, start, **more), **more)
    if c.net is None or not done.has_start or len(done.params) < 2:
        return unsure("neither the last batch nor the weights tell the order of the rows")
    for batch in range(1, N_TRAIN):
        for unit in (1.0, float(batch)):
            params = done.params[0]
            for i in range(0, N_TRAIN, batch):
                g = c.net.gradients(params, data.train.take(slice(i, i + batch)))
                lr = LR * unit * c.scale
                pairs = zip(params, g, strict=True)
                params = [(w - lr * dw, b - lr * db) for (w, b), (dw, db) in pairs]
            pairs = zip(params, done.params[1], strict=True)
            if all(np.allclose(w, v, rtol=1e-6, atol=1e-8) for (w, _), (v, _) in pairs):
                text = f"an epoch takes the rows in their order, in batches of {batch}"
                return wrong(f"{text}: rows are not shuffled", bugs.ROWS)
    return fine("an epoch does not take the rows in their order")

"""Clauses on a whole training: rows, rates, batches, losses, and the test rows."""

from collections.abc import Iterator

import numpy as np

from hw3.core.words import span
from hw3.nn.arrays import FloatArray
from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, unsure, wrong
from hw3.programs.clauses.training import (
    BATCH,
    EPOCHS,
    N_TRAIN,
    N_VAL,
    ODD_BATCH,
    ODD_EPOCHS,
    ODD_TRAIN,
    TINY,
    TINY_SINGLE,
    Data,
    Moves,
    Trained,
    begun,
    drawn,
    moves_of,
    run,
    widened,
)
from hw3.programs.convention import draw_params
from hw3.programs.program import ProgramError
from hw3.programs.subject import Subject

NEAR = 0.05  # relative; amounts are far more exact, and differ by factors


def followed(
    subject: Subject, name: str, n: int, batch: int, epochs: int, rng: np.random.Generator
) -> tuple[Subject, Data, Trained, Moves] | None:
    """Train on one-hot rows at a tiny rate; nothing where the program's own inputs are too few."""
    wide = widened(subject, n + 11)
    if wide is None:
        return None
    lr = TINY_SINGLE if subject.convention.is_single else TINY
    data, start = drawn(wide, n, rng), draw_params(wide.convention.sizes, rng)
    more = {"epochs": epochs, "lr": lr, "batch_size": batch}
    done = run(wide, name, data, start, **more)
    done = begun(wide, name, data, done, **more)
    return wide, data, done, moves_of(wide, done, data, lr)


def visits(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at which rows 50 epochs visit, and at which rates."""
    if found := followed(subject, "train", N_TRAIN, BATCH, EPOCHS, rng):
        _, _, done, moves = found
        if len(done.params) <= 2:
            yield from of_totals(moves)
            return
        yield rows_seen(moves, N_TRAIN, range(N_TRAIN))
        yield rates_seen(moves, N_TRAIN)
    else:
        yield unsure(f"needs {N_TRAIN + 11} inputs, one for each row")


def of_totals(moves: Moves) -> Iterator[Seen]:
    """Say what the weights at the end alone tell: which rows were visited, not when."""
    total = moves.amounts[-1]
    own, others = total[:N_TRAIN], total[N_TRAIN:]
    if np.abs(others).max() > NEAR * np.abs(own).max():
        yield foreign(others)
    elif own.min() < NEAR * own.max():
        yield left_out(own)
    else:
        yield fine(f"each of {N_TRAIN} rows is visited, and no row of validation or test")
    text = "train returns the last weights alone: return those after each epoch, to see the rates"
    yield unsure(text)


def foreign(others: FloatArray) -> Seen:
    """Say that rows were trained on that are not for training."""
    moved = np.nonzero(np.abs(others) > NEAR * np.abs(others).max())[0]
    if moved.min() >= N_VAL:
        return wrong(f"{len(moved)} test rows are trained on", bugs.TEST_USED)
    return wrong(f"{int((moved < N_VAL).sum())} validation rows are trained on", bugs.SPLIT)


def left_out(total: FloatArray) -> Seen:
    """Say that rows are never visited."""
    (never,) = np.nonzero(total < NEAR * total.max())
    text = f"of {len(total)} rows, {span(map(int, never))} (from 0) {'is' if len(never) == 1 else 'are'} never visited"
    return wrong(text, bugs.SLICES if len(never) > 2 else bugs.SPLIT)


def rows_seen(moves: Moves, n: int, wanted: range) -> Seen:
    """Say whether each epoch visits each wanted row once, and no other."""
    totals = moves.amounts.sum(axis=0)
    first = moves.amounts[0, wanted]
    others = np.delete(totals, wanted)
    size = float(np.abs(totals[wanted]).max())
    if others.size and np.abs(others).max() > NEAR * size:
        return foreign(others)
    if size < 1e-9:
        return wrong("no weight of the first layer moves in a whole training", bugs.NOT_UPDATED)
    share = first / first.max()
    if share.min() > 1 - NEAR:
        return once_each(moves, first, n)
    if fixed := other_batch(first / moves.unit, n):
        return wrong(f"batches have {fixed} rows, where batch_size={BATCH} was given", bugs.ROWS)
    n_batches = n // BATCH
    windows = [sum(i <= row < i + BATCH for i in range(n_batches)) for row in range(n)]
    counts = first / first[first > NEAR * first.max()].min()
    if np.allclose(np.sort(counts), np.sort(windows), atol=NEAR * 4):
        seen = int((first > NEAR * first.max()).sum())
        text = f"an epoch visits {seen} of {n} rows, up to {round(float(counts.max()))} times: batch i is cut at row i, not at i * {BATCH}"
        return wrong(text, bugs.SLICES)
    if totals[wanted].min() < NEAR * totals[wanted].max():
        return left_out(totals[wanted])
    counted = ", ".join(f"{c:.2g}" for c in sorted({round(float(c), 2) for c in counts})[:6])
    return wrong(f"rows are visited unequally in one epoch: in the ratio of {counted}")


def once_each(moves: Moves, first: FloatArray, n: int) -> Seen:
    """Say how often the rows are visited that are visited equally."""
    text = f"each epoch visits each of {n} rows once, and no other"
    if not moves.is_known:
        return fine(f"each epoch visits each of {n} rows equally often, and no other")
    amount = float(np.median(first)) / moves.unit
    for times, words in ((1 / BATCH, "the mean"), (1.0, "the sum")):
        if abs(amount / times - 1) < NEAR:
            return fine(f"{text}; a step takes {words} over the batch")
    if abs(amount * BATCH**2 - 1) < NEAR:
        return wrong(
            f"a visit moves by 1 / {BATCH**2}: divided by the batch size twice", bugs.AVERAGED_TWICE
        )
    for rows in range(1, n + 1):
        if n % rows == 0 and abs(amount * rows - 1) < NEAR:
            return wrong(f"batches have {rows} rows, where batch_size={BATCH} was given", bugs.ROWS)
    if abs(amount * N_TRAIN * BATCH - 1) < NEAR:
        return wrong(
            f"a visit moves by 1 / {n * BATCH}: the mean over a batch is divided by the number of rows",
            bugs.AVERAGED_TWICE,
        )
    return wrong(
        f"a visit moves by {amount:.4g} of its gradient, where a mean over {BATCH} moves by {1 / BATCH:.4g}: the rate is not the one given, or rows are visited more often"
    )


def other_batch(amounts: FloatArray, n: int) -> int | None:
    """Return the size of batches that gives rows these amounts, the last batch being shorter."""
    for rows in range(2, n + 1):
        rest = n % rows
        predicted = np.sort([1 / rows] * (n - rest) + [1 / rest] * rest) if rest else None
        if predicted is not None and np.allclose(np.sort(amounts), predicted, rtol=NEAR):
            return rows
    return None


def rates_seen(moves: Moves, n: int) -> Seen:
    """Say whether the rate was halved twice, between epochs, in every layer."""
    own = moves.amounts[:, :n]
    mean = own.mean(axis=1)
    rates = mean / mean[0] if mean[0] else mean
    spread = (own.max(axis=1) - own.min(axis=1)) / np.maximum(np.abs(mean), 1e-300)
    inside = [e for e in range(len(rates)) if spread[e] > spread[0] + NEAR]
    if inside:
        text = f"within epoch {inside[0] + 1} rows are visited at different rates: the decay fires inside an epoch"
        return wrong(text, bugs.DECAY, f"mean rates: {shown(rates)}")
    for layer in range(1, moves.layers.shape[1]):
        off = np.abs(moves.layers[:, layer] / np.maximum(rates, 1e-300) - 1) > NEAR
        if off.any():
            epoch = int(off.argmax())
            text = f"from epoch {epoch + 1} on, layer {layer + 1} has {moves.layers[epoch, layer]:.3g} of its first rate and layer 1 {rates[epoch]:.3g}: it keeps a rate of its own"
            return wrong(text, bugs.DECAY)
    changes = [
        (e + 1, rates[e] / rates[e - 1])
        for e in range(1, len(rates))
        if abs(rates[e] / rates[e - 1] - 1) > NEAR
    ]
    if len(changes) == 2 and all(abs(c - 0.5) < NEAR for _, c in changes):
        epochs = " and ".join(str(e) for e, _ in changes)
        return fine(
            f"the rate is halved before epochs {epochs} of {len(rates)}; the last is {rates[-1]:.3g} of the first"
        )
    times = (
        "never changes" if not changes else f"changes {len(changes)} time{'s' * (len(changes) > 1)}"
    )
    return wrong(
        f"in {len(rates)} epochs the rate {times}, and ends at {rates[-1]:.3g} of the first: two halvings end at 0.25",
        bugs.DECAY,
        f"rates: {shown(rates)}",
    )


def shown(rates: FloatArray) -> str:
    """Return the rates of the first and last epochs."""
    return ", ".join(f"{r:.3g}" for r in rates[:8]) + (
        ", ..., " + ", ".join(f"{r:.3g}" for r in rates[-3:]) if len(rates) > 11 else ""
    )


def shuffled(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at which row is left for the last, short batch, epoch by epoch."""
    found = followed(subject, "train", ODD_TRAIN, ODD_BATCH, ODD_EPOCHS, rng)
    if found is None or len(found[2].params) <= 2:
        yield unsure("needs the weights after each epoch, and as many inputs as rows")
        return
    amounts = found[3].amounts[:, :ODD_TRAIN]
    typical = np.median(amounts, axis=1, keepdims=True)
    odd = np.abs(amounts / np.where(typical, typical, 1) - 1) > 0.5
    last = [int(row.argmax()) if row.sum() == 1 else -1 for row in odd]
    if min(last) < 0:
        yield from in_order(subject, rng)
        return
    is_dropped = bool(np.abs(amounts[0, last[0]]) < NEAR * abs(typical[0, 0]))
    remark = ", which is dropped" if is_dropped else ", which is a batch of its own"
    if len(set(last)) > 1:
        yield fine(
            f"with batch_size={ODD_BATCH}, {ODD_TRAIN} rows leave another one over each epoch{remark}"
        )
    elif last[0] == ODD_TRAIN - 1:
        yield wrong("in every epoch the last row is left over: rows are never shuffled", bugs.ROWS)
    else:
        yield wrong(
            f"in every epoch row {last[0]} is left over: rows are shuffled once, not in each epoch",
            bugs.ROWS,
        )


def in_order(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Train one epoch, and hold it against one in which the rows keep their order."""
    net = subject.convention.net
    data, start = (
        drawn(subject, N_TRAIN, rng, one_hot=False),
        draw_params(subject.convention.sizes, rng),
    )
    more = {"epochs": 2, "lr": 0.02, "batch_size": BATCH}
    done = begun(subject, "train", data, run(subject, "train", data, start, **more), **more)
    if net is None or not done.has_start or len(done.params) < 2:
        yield unsure("neither the last batch nor the weights tell the order of the rows")
        return
    for batch in range(1, N_TRAIN + 1):
        for unit in (1.0, float(batch)):
            params = done.params[0]
            for i in range(0, N_TRAIN, batch):
                g = net.gradients(params, data.train.take(slice(i, i + batch)))
                lr = 0.02 * unit * subject.convention.scale
                params = [
                    (w - lr * dw, b - lr * db) for (w, b), (dw, db) in zip(params, g, strict=True)
                ]
            if (
                all(
                    np.allclose(w, v, rtol=1e-6, atol=1e-8)
                    for (w, _), (v, _) in zip(params, done.params[1], strict=True)
                )
                and batch < N_TRAIN
            ):
                yield wrong(
                    f"an epoch is that of the rows in their order, in batches of {batch}: rows are not shuffled",
                    bugs.ROWS,
                )
                return
    yield fine("an epoch is not that of the rows in their order")


def losses(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Hold the losses that a training returns against those of its weights."""
    net, sizes = subject.convention.net, subject.convention.sizes
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), draw_params(sizes, rng)
    more = {"epochs": 6, "lr": 0.05, "batch_size": N_TRAIN}
    done = begun(subject, "train", data, run(subject, "train", data, start, **more), **more)
    if not done.losses or net is None or not done.has_start or len(done.params) != 7:
        return
    true = np.array([net.loss(p, data.train) for p in done.params])
    scale = subject.convention.scale * N_TRAIN**subject.convention.power
    got = np.array(done.losses) / scale
    before, after = true[:-1], true[1:]
    steps = np.arange(1, 7)
    if any(np.allclose(got, t, rtol=1e-3) for t in (before, after)):
        yield from short_batches(subject, rng)
        return
    for predicted, words in (
        (np.cumsum(before) / steps, "the mean over all epochs so far: it is never reset"),
        (np.cumsum(after) / steps, "the mean over all epochs so far: it is never reset"),
        (np.cumsum(before), "the sum over all epochs so far: it is never reset"),
        (np.cumsum(after), "the sum over all epochs so far: it is never reset"),
    ):
        if np.allclose(got, predicted, rtol=1e-3):
            yield wrong(f"the loss of an epoch is {words}", bugs.OTHER_LOSS)
            return
    ratios = got / before if np.ptp(got / before) < np.ptp(got / after) else got / after
    if np.ptp(ratios) < 1e-3 * abs(ratios.mean()):
        yield wrong(
            f"the losses of the epochs are {ratios.mean():.4g} times those of the rows",
            bugs.OTHER_LOSS,
        )
    else:
        yield wrong(
            "the losses of the epochs are not those of the rows, before the step or after",
            bugs.OTHER_LOSS,
            f"returned: {shown(got)}",
            f"of the rows, after each epoch: {shown(after)}",
        )


def short_batches(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look whether the loss of an epoch is that of all its batches."""
    net, sizes = subject.convention.net, subject.convention.sizes
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), draw_params(sizes, rng)
    more = {"epochs": 4, "lr": 1e-6, "batch_size": BATCH}
    done = run(subject, "train", data, start, **more)
    assert net is not None
    true = net.loss(done.params[-1], data.train) * subject.convention.scale
    got = np.array(done.losses)
    for power in (0, 1):
        wanted = true * (N_TRAIN if power else 1)
        if np.allclose(got, wanted, rtol=1e-3) or np.allclose(
            got, wanted * BATCH / N_TRAIN, rtol=1e-3
        ):
            yield fine("the loss of an epoch is that of all its rows, and each epoch's own")
            return
    if np.ptp(got) > 1e-2 * abs(true):
        yield wrong(
            "at a rate of almost 0 the loss jumps from epoch to epoch: it is that of one batch, not of all rows",
            bugs.OTHER_LOSS,
            f"returned: {shown(got)}",
            f"of all rows: {true:.4g}",
        )
    else:
        yield wrong(
            f"the loss of an epoch is {got[0] / true:.4g} times that of its rows", bugs.OTHER_LOSS
        )


def test_rows(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Train with test rows that cannot be computed with, and look at the files that are opened."""
    sizes = subject.convention.sizes
    data, start = drawn(subject, N_TRAIN, rng, one_hot=False), draw_params(sizes, rng)
    more = {"epochs": 2, "lr": 0.01, "batch_size": BATCH}
    done = run(subject, "train", data, start, **more)
    opened = [
        file.path for file in done.answer.opened if "test" in file.path.lower().rpartition("/")[2]
    ]
    if opened:
        yield wrong(f"train opens {opened[0]}", bugs.TEST_USED)
        return
    if not subject.named("train", "x_test"):
        yield fine("train is not given test rows, and opens no file of that name")
        return
    c = subject.convention
    unusable = c.data.x(np.zeros((5, sizes[0] + 3)))
    try:
        run(subject, "train", data, start, x_test=unusable, **more)
    except ProgramError as error:
        yield wrong(
            f"train computes with the test rows: with others it fails ({error})", bugs.TEST_USED
        )
        return
    yield fine("train computes nothing with the test rows that it is given")


def retrained(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at the final run: all rows, fresh weights, the rate that was given."""
    found = followed(subject, "retrain", N_TRAIN, BATCH, EPOCHS, rng)
    if found is None:
        yield unsure(f"needs {N_TRAIN + 11} inputs, one for each row")
        return
    wide, data, done, moves = found
    n = N_TRAIN + N_VAL
    totals = moves.amounts.sum(axis=0)
    used = np.abs(totals) > NEAR * np.abs(totals[:n]).max()
    if used[n:].any():
        yield wrong("the final run is trained on test rows", bugs.TEST_USED)
    elif not used[:n].all():
        which = (
            " (the training rows alone)"
            if used[:N_TRAIN].all() and not used[N_TRAIN:n].any()
            else ""
        )
        yield wrong(f"the final run uses {int(used[:n].sum())} of {n} rows{which}", bugs.FINAL)
    else:
        amount = float(np.median(moves.amounts[0, :n])) / moves.unit
        if moves.is_known and min(abs(amount * BATCH - 1), abs(amount - 1)) > NEAR:
            rate = f"{amount * BATCH:.4g} times the rate that was given"
            yield wrong(
                f"the final run moves its weights by {rate}, or has other batches", bugs.FINAL
            )
        else:
            yield fine(f"the final run is trained on all {n} rows, at the rate given")
    if not wide.named("retrain", "weights") and wide.gives("train"):
        yield from fresh(wide, data)


def fresh(subject: Subject, data: Data) -> Iterator[Seen]:
    """Look whether the final run begins where a training before it ended."""
    start = draw_params(subject.convention.sizes, np.random.default_rng(0))
    more = {"epochs": 2, "batch_size": BATCH}
    before = run(subject, "train", data, start, lr=0.5, **more).params[-1]
    first = run(subject, "retrain", data, start, lr=0.0, **more).params[0]
    if all(np.allclose(a, b, atol=1e-9) for (a, _), (b, _) in zip(before, first, strict=True)):
        yield wrong(
            "the final run begins with the weights that the training before it left", bugs.FINAL
        )
    else:
        yield fine("the final run begins with weights of its own")

"""At which rates a training moves its weights, epoch by epoch and array by array."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

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
    ODD_TRAIN,
    Moves,
    followed,
)
from hw3.programs.subject import Subject


def rates(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at the rates of 50 epochs."""
    found = followed(subject, "train", N_TRAIN, BATCH, EPOCHS, rng)
    if found is None:
        yield unsure(f"needs {ODD_TRAIN + N_VAL + N_TEST} inputs, one for each row")
    elif len(found.done.params) <= 2:
        yield of_last(found.moves)
    elif found.moves.amounts[0, :N_TRAIN].mean() <= 0:
        yield unsure("the first epoch does not go down the gradient, so no rate can be told")
    elif len(found.moves.amounts) < EPOCHS - 1:
        n = len(found.moves.amounts)
        yield unsure(f"train stopped after {n} of {EPOCHS} epochs: switch early stopping off")
    else:
        yield each_epoch(found.moves)


def of_last(moves: Moves) -> Seen:
    """Say what the weights at the end alone tell of the rates: their sum."""
    total = float(np.median(moves.amounts[-1, :N_TRAIN])) / moves.unit
    if moves.is_known and any(abs(total / t / EPOCHS - 1) < 1e-3 for t in (1 / BATCH, 1.0)):
        text = f"{EPOCHS} epochs add up to {EPOCHS} times the rate: it is never halved"
        return wrong(text, bugs.DECAY)
    return unsure("train returns the last weights alone: return those after each epoch")


def each_epoch(moves: Moves) -> Seen:
    """Say whether the rate was halved twice, between epochs, in every array."""
    if moves.amounts[-1, :N_TRAIN].mean() < 0:  # the last weights are those of an epoch before
        moves = replace(moves, amounts=moves.amounts[:-1], arrays=moves.arrays[:-1])
    own = moves.amounts[:, :N_TRAIN]
    mean = np.median(own, axis=1)
    if moves.near > NEAR and not mean.all():
        return unsure("numbers are float32, and too coarse to tell the rates")
    found = mean / mean[0]
    lines = (f"rates of the epochs over the first: {shown(found)}",)
    low, high = np.percentile(own, (10, 90), axis=1)
    spread = (high - low) / np.maximum(np.abs(mean), 1e-300)
    (inside,) = np.nonzero(spread > spread[0] + 2 * moves.near)
    if len(inside) and moves.near == NEAR:
        text = f"in epoch {inside[0] + 1} rows move at different rates: the decay fires inside it"
        return wrong(text, bugs.DECAY, *lines)
    if moves.near == NEAR and (seen := other_array(moves, found)):
        return seen
    ratios = found[1:] / np.where(found[:-1], found[:-1], 1)
    (changes,) = np.nonzero(np.abs(ratios - 1) > moves.near)
    is_quarter = abs(found[-1] * 4 - 1) < moves.near
    if len(changes) == 2 and is_quarter and np.abs(ratios[changes] - 0.5).max() < moves.near:
        epochs = " and ".join(str(e + 2) for e in changes)
        return fine(f"the rate is halved before epochs {epochs} of {len(found)}")
    n = len(changes)
    if n and moves.near > NEAR:
        return unsure("numbers are float32, and too coarse to tell the rates", *lines)
    times = "never changes" if not n else f"changes {n} time{'s' * (n > 1)}"
    text = f"in {len(found)} epochs the rate {times}, and ends at {found[-1]:.3g} of the first"
    return wrong(f"{text}; two halvings end at 0.25", bugs.DECAY, *lines)


def other_array(moves: Moves, found: FloatArray) -> Seen | None:
    """Return what is said of an array that moves at other rates than W of layer 1."""
    for i in range(1, moves.arrays.shape[1]):
        own = moves.arrays[:, i]
        is_off = np.abs(own / np.maximum(np.abs(found), 1e-300) - 1) > 3 * NEAR
        if own[0] and is_off.any():
            e = int(is_off.argmax())
            text = f"in epoch {e + 1} layer {i // 2 + 1}, {'Wb'[i % 2]} moves by {own[e]:.3g}"
            text = f"{text} of its first epoch, W of layer 1 by {found[e]:.3g}"
            if own[e] > 1.5 and e < 4:
                return wrong(f"{text}: its gradient is never set to 0", bugs.NOT_RESET)
            return wrong(f"{text}: it keeps a rate of its own", bugs.DECAY)
    return None


def shown(numbers: FloatArray) -> str:
    """Return the numbers of the first and last epochs."""
    text = [f"{n:.3g}" for n in numbers]
    return ", ".join(text if len(text) < 12 else [*text[:8], "...", *text[-3:]])

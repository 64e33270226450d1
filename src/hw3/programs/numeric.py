"""Central differences of a program's own loss.

(f(w + h) - f(w - h)) / 2h. Where h and h / 4 disagree, a unit passes a kink on the way, and the
place is left out. In float32 rounding is larger, and so is h.
"""

import numpy as np

from hw3.nn.arrays import FloatArray, IntArray, LayerParams
from hw3.programs.compare import Step, arrays
from hw3.programs.subject import Subject
from hw3.programs.wire import Tree

STEP, STEP_SINGLE = 1e-5, 1e-2
SAMPLE, LEAST = 40, 4  # parameters of an array
SECONDS = 1.0  # of an array, of four losses for each parameter


def numeric(
    subject: Subject, at: Step, rng: np.random.Generator, **more: Tree
) -> tuple[list[LayerParams], int, int]:
    """Return dL/dw, NaN where it was not taken; how many were, and how many are near a kink.

    Errors: ProgramError, WrongForm.
    """
    is_single = subject.convention.is_single
    h = STEP_SINGLE if is_single else STEP
    moved = Step([(w.copy(), b.copy()) for w, b in at.params], at.rows, at.lr)
    found = [(np.full(w.shape, np.nan), np.full(b.shape, np.nan)) for w, b in at.params]
    n_taken = n_kinks = 0
    of_one = 4 * subject.ask("loss", at, **more).seconds
    sample = min(SAMPLE, max(LEAST, int(SECONDS / max(of_one, 1e-6))))
    for (_, own), (_, array), (_, result) in zip(
        arrays(moved.params), arrays(at.params), arrays(found), strict=True
    ):
        if not own.size:  # no biases
            continue
        places = rng.choice(own.size, min(sample, own.size), replace=False)
        wide, narrow = quotients(subject, moved, own, array, places, h, more)
        limit = (5e-2 if is_single else 1e-5) * max(float(np.abs(wide).max(initial=0)), 1e-3)
        near_kink = np.abs(wide - narrow) > limit
        result.ravel()[places] = np.where(near_kink, np.nan, wide)
        n_taken += len(places)
        n_kinks += int(near_kink.sum())
    return found, n_taken - n_kinks, n_kinks


def quotients(
    subject: Subject,
    moved: Step,
    own: FloatArray,
    array: FloatArray,
    places: IntArray,
    h: float,
    more: dict[str, Tree],
) -> tuple[FloatArray, FloatArray]:
    """Return the quotients at some places of an array, with h and with h / 4."""
    arguments = []
    for i in places:
        for step in (h, -h, h / 4, -h / 4):
            own.flat[i] = array.flat[i] + step
            arguments.append(subject.arguments("loss", moved, **more))
        own.flat[i] = array.flat[i]
    f = subject.losses_of(arguments).reshape(-1, 4)
    return (f[:, 0] - f[:, 1]) / (2 * h), (f[:, 2] - f[:, 3]) / (h / 2)

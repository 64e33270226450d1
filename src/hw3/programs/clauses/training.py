"""A whole training, seen from outside: which rows it visits, how often, and at which rate.

Row i of the inputs has a 1 in column i and 0 elsewhere, so that row i of W1 moves when, and only
when, row i of the inputs is visited: by rate / batch size * its gradient. At a rate so small that
all gradients stay as they are, the moves of an epoch are visits times rates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.compare import Step, arrays
from hw3.programs.convention import draw_rows, drawn_weights
from hw3.programs.form import WrongForm
from hw3.programs.program import Answer
from hw3.programs.reference import Rows
from hw3.programs.subject import Subject, trained
from hw3.programs.wire import Tree

NEAR = 0.1  # relative; amounts are more exact, in float32 too, and differ by factors
N_TRAIN, N_VAL, N_TEST = 12, 3, 3  # so that 20 inputs are enough
BATCH, EPOCHS = 4, 50
ODD_TRAIN, ODD_BATCH, ODD_EPOCHS = 13, 6, 6  # the last batch has one row
TINY = 1e-8  # a rate too small for a unit to turn on or off
# for float32: the first that moves weights by far more than rounding
SINGLE_RATES = (2e-4, 5e-3, 0.1)
ROUNDING = 6e-8
WIDTH = 20  # of hidden layers: of so many units one is alive for each row


@dataclass(frozen=True)
class Data:
    """Rows to train, validate and test on."""

    train: Rows
    val: Rows
    test: Rows

    @property
    def parts(self) -> tuple[tuple[str, Rows], ...]:
        """Return the ends of the arguments' names, and the rows."""
        return ("", self.train), ("_val", self.val), ("_test", self.test)


@dataclass(frozen=True)
class Trained:
    """What a training left: weights after each epoch, with those before if they are known."""

    params: list[list[LayerParams]]
    has_start: bool
    losses: list[float]
    answer: Answer


def drawn(subject: Subject, n: int, rng: np.random.Generator, one_hot: bool = True) -> Data:
    """Return rows; one-hot, each has an input of its own, of as many as there are rows."""
    sizes = subject.convention.sizes
    total = n + N_VAL + N_TEST
    rows = draw_rows(sizes, total, rng)
    if one_hot:
        rows = replace(rows, x=np.eye(total, sizes[0]))
    ends = (slice(0, n), slice(n, n + N_VAL), slice(n + N_VAL, total))
    return Data(*(rows.take(part) for part in ends))


def run(
    subject: Subject, name: str, data: Data, start: Sequence[LayerParams], **more: Tree
) -> Trained:
    """Return what a training leaves, of `epochs`, `lr`, `batch_size` and others.

    Errors: ProgramError, WrongForm.
    """
    c = subject.convention
    known: dict[str, Tree] = {}
    for end, rows in data.parts:
        known |= {f"x{end}": c.data.x(rows.x), f"y{end}": c.data.y(rows)}
    answer = subject.ask(name, Step(start, data.train), **(known | more))
    trees, losses = trained(answer.value, c.form.n_arrays(c.sizes))
    params = [c.form.unpack(tree, c.sizes) for tree in trees]
    epochs = int(str(more["epochs"]))
    has_start = len(params) == epochs + 1
    if not has_start and subject.named(name, "weights"):
        params, has_start = [list(start), *params], True
    return Trained(params, has_start, losses[-epochs:], answer)


def begun(subject: Subject, name: str, data: Data, done: Trained, **more: Tree) -> Trained:
    """Return a training with the weights that it began with, which one at rate 0 tells."""
    if done.has_start:
        return done
    asked = {**more, "lr": 0.0, "epochs": 1}
    zero, again = (run(subject, name, data, done.params[-1], **asked).params[-1] for _ in range(2))
    if not same(zero, again) or same(zero, done.params[-1]):
        return done  # drawn anew each time, or left by the training itself
    return replace(done, params=[zero, *done.params], has_start=True)


def same(a: Sequence[LayerParams], b: Sequence[LayerParams]) -> bool:
    """Whether two sets of weights are equal."""
    return all(np.array_equal(x, y) for (_, x), (_, y) in zip(arrays(a), arrays(b), strict=True))


def widened(subject: Subject, n_inputs: int) -> Subject | None:
    """Return the program with a number of inputs, and wide; None if its own are fixed, and few."""
    c = subject.convention
    if "sizes" in subject.program.constants:
        return subject if c.sizes[0] >= n_inputs else None
    hidden = [WIDTH] * (len(c.sizes) - 2)
    return replace(subject, convention=replace(c, sizes=(n_inputs, *hidden, c.sizes[-1])))


@dataclass(frozen=True)
class Moves:
    """How far a training moved what belongs to each row.

    Attributes:
        amounts: (epochs, rows), visits * rate / the rate given, over the batch size for a mean.
        arrays: (epochs, arrays), the length of each array's move over that of the first epoch.
        unit: the amount of one visit at the rate given, for the sum over a batch.
        is_known: whether the unit is: else it is the median of the first epoch.
        near: how far apart amounts may be, relatively, and be one: more where weights are float32.
    """

    amounts: FloatArray
    arrays: FloatArray
    unit: float
    is_known: bool
    near: float


def moves_of(subject: Subject, done: Trained, data: Data, lr: float, n_used: int) -> Moves:
    """Return the moves of a training on one-hot rows, of which the first n_used are for it.

    Errors: WrongForm if weights after fewer than two epochs are known, or no row tells anything.
    """
    if len(done.params) < 2:
        raise WrongForm("train(...) returns the last weights alone, and begins with unknown ones")
    c, first = subject.convention, done.params[0]
    net = c.net
    rows = [part.take([i]) for _, part in data.parts for i in range(len(part))]
    w = np.array([params[0][0] for params in done.params])[:, : len(rows)]
    steps = -np.diff(w, axis=0)
    along_w = (steps[0] * w[0]).sum(axis=1) / np.maximum((w[0] ** 2).sum(axis=1), 1e-300)
    g = steps[0] - along_w[:, None] * w[0]  # what is along w may be weight decay
    if not net and np.abs(g).max() < 0.01 * np.abs(steps[0]).max():
        raise WrongForm("beside weight decay the first layer hardly moves: it tells of no row")
    if net:
        g = np.array([net.gradients(first, row)[0][0][i] for i, row in enumerate(rows)])
    is_rounded = np.array_equal(w[-1], w[-1].astype(np.float32))
    least = 100 * ROUNDING * np.abs(w).max() / lr if is_rounded else 0
    amounts = along(steps, g, w[0], n_used, least) / lr
    parts = zip(*([a for _, a in arrays(params)] for params in done.params), strict=True)
    lengths = np.array([[np.linalg.norm(b - a) for a, b in pairwise(part)] for part in parts]).T
    unit = c.scale if net else float(np.median(amounts[0, : len(data.train)]))
    relative = lengths / np.where(lengths[:1] > 0, lengths[:1], 1)
    is_known = net is not None and (c.is_loss_known or bool(subject.gradient_names))
    return Moves(amounts, relative, unit, is_known, 0.35 if is_rounded else NEAR)


def along(steps: FloatArray, g: FloatArray, w: FloatArray, n_used: int, least: float) -> FloatArray:
    """Return the part of each step, (epochs, rows, width), that goes along its row of g.

    Beside it a step may go along the row of w, by weight decay. A row whose units are all dead
    tells nothing, nor does one for which a unit turned on or off: the median of the epoch stands
    for it, or 0 if it is not for training.
    """
    gg, gw, ww = (g * g).sum(axis=1), (g * w).sum(axis=1), (w * w).sum(axis=1)
    tells = (gg > 1e-8 * gg.max()) & (gg > least**2)
    if not tells.any():
        raise WrongForm("at the first weights no row has a gradient")
    sg, sw = (steps * g).sum(axis=2), (steps * w).sum(axis=2)
    determinant = gg * ww - gw**2
    safe = np.where(tells & (determinant > 1e-8 * gg * ww), determinant, np.inf)
    found, decay = (sg * ww - sw * gw) / safe, (sw * gg - sg * gw) / safe
    off = np.linalg.norm(steps - found[:, :, None] * g - decay[:, :, None] * w, axis=2)
    moves = np.linalg.norm(steps, axis=2)
    is_off = ((off > NEAR * moves) & (moves > NEAR * moves.max())) | ~tells
    known = np.where(is_off, np.nan, found)[:, :n_used]
    known[np.isnan(known).all(axis=1)] = 0  # an epoch in which no row tells anything
    typical = np.where(np.arange(len(g)) < n_used, np.nanmedian(known, axis=1)[:, None], 0)
    return np.where(is_off, typical, found)


def tiny_rates(subject: Subject) -> tuple[float, ...]:
    """Return rates at which no gradient changes: in float64, and rising ones for float32."""
    by = BATCH if subject.convention.power == 1 else 1
    return TINY, *(rate / by for rate in SINGLE_RATES)


@dataclass(frozen=True)
class Followed:
    """A training on one-hot rows at a tiny rate: the program as it was, the rows, what it left."""

    subject: Subject
    data: Data
    done: Trained
    moves: Moves


def is_lost(done: Trained) -> bool:
    """Whether weights are float32, and the first epoch moves those of rows by little more than it.

    The weights before are not always known: then of the first two epochs.
    """
    if len(done.params) < 2:
        return False
    before, after = done.params[0][0][0], done.params[1][0][0]
    if not np.array_equal(after, after.astype(np.float32)):
        return False
    moves = np.abs(after - before)[:N_TRAIN].max(axis=1)
    return bool(np.median(moves) < 500 * ROUNDING * np.abs(after).max())


def followed(
    subject: Subject, name: str, n: int, batch: int, epochs: int, rng: np.random.Generator
) -> Followed | None:
    """Train on n one-hot rows at a tiny rate; nothing where the program's own inputs are too few.

    Errors: ProgramError, WrongForm.
    """
    wide = widened(subject, n + N_VAL + N_TEST)
    if wide is None:
        return None
    data, start = drawn(wide, n, rng), drawn_weights(wide, rng)
    for lr in tiny_rates(subject):
        more = {"epochs": epochs, "lr": lr, "batch_size": batch}
        done = begun(wide, name, data, run(wide, name, data, start, **more), **more)
        if not is_lost(done):
            break
    n_used = n + (N_VAL if name == "retrain" else 0)
    return Followed(wide, data, done, moves_of(wide, done, data, lr, n_used))

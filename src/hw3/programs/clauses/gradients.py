"""Gradients: against central differences of the program's own loss, and against the backends'."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isnan

import numpy as np

from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, unsure, wrong
from hw3.programs.clauses.calls import accumulates
from hw3.programs.clauses.outputs import evaluation
from hw3.programs.compare import (
    Gradients,
    Step,
    arrays,
    decay_alone,
    factors,
    is_near,
    less,
    matching_bug,
    matching_net,
    one_factor,
    relative,
    with_decay,
)
from hw3.programs.convention import of_sizes, place
from hw3.programs.diagnosis import Diagnosis, diagnosed, table
from hw3.programs.faulty import Faulty
from hw3.programs.form import WrongForm
from hw3.programs.numeric import numeric
from hw3.programs.program import ProgramError
from hw3.programs.reference import HEADS
from hw3.programs.subject import Subject
from hw3.programs.verdict import Bug

NAMES = ("relu", "tanh")


def acts(subject: Subject) -> Iterator[Subject]:
    """Yield the program with each activation that it can be told."""
    yield subject
    told = any(subject.named(n, "activation") for n in ("loss", "gradients", "step"))
    if told and subject.convention.net:
        yield from (subject.with_act(act) for act in NAMES if act != subject.convention.act)


def loss(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Say which loss the program's is."""
    c = subject.convention
    if c.net and not c.is_loss_known:
        if subject.gives("outputs"):
            failed = [seen for seen in evaluation(subject, rng) if seen.bug]
            if failed:  # the loss is that of these outputs
                yield failed[0]
                return
        known = Numeric.of(subject, place(subject, rng), rng)
        theirs = subject.gradient(subject.gradient_names[0], known.at)
        if one_factor(factors(theirs, known.gradient, known.tolerance), known.tolerance):
            yield unsure("the loss is none of those that are known, but its gradient is")
            return
        text = f"the gradients are those of {HEADS[c.net.head]}, the loss is another"
        yield wrong(text, bugs.OTHER_LOSS)
    elif c.net is None:
        yield unsure("the loss is none of those that are known, so it is only held against itself")
    elif c.penalty_of != "weights":
        yield wrong(f"the penalty in the loss is of {c.penalty_of}", bugs.PENALTY)
    elif isinstance(c.net, Faulty):
        yield wrong(c.net.says, c.net.bug, *way_out(c.net))
    else:
        times = "" if abs(c.scale - 1) < 1e-3 else f" times {c.scale:.6g}"
        kind = {0: "the mean", 1: "the sum", -1: "the mean / n"}[c.power]
        text = f"{HEADS[c.net.head]}, {kind} over the rows{times}, as in the reference"
        yield fine(text) if c.power >= 0 else wrong(text, bugs.OTHER_LOSS)


def way_out(net: Faulty) -> tuple[str, ...]:
    """Return what to do if a bug lies in how the adapter hands the labels over."""
    if net.bug is not bugs.BROADCAST:
        return ()
    return ("labels are (n,); if your loss wants (n, 1), hand it y.reshape(-1, 1)",)


@dataclass(frozen=True)
class Numeric:
    """Central differences of the loss at a place, of how many parameters, and which are left out.

    Attributes:
        tolerance: how far from them a gradient may be, relative to the largest of its array.
    """

    at: Step
    gradient: Gradients
    n: int
    n_kinks: int
    tolerance: float

    @classmethod
    def of(cls, subject: Subject, at: Step, rng: np.random.Generator) -> "Numeric":
        """Take the differences; in float32 they are coarse, and the reference stands for them."""
        c = subject.convention
        found, n, n_kinks = numeric(subject, at, rng)
        if c.is_single and (exact := c.true(at)):
            return cls(at, exact, n, n_kinks, c.tolerance)
        return cls(at, found, n, n_kinks, 5e-2 if c.is_single else 1e-4)


def gradients(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Compare each gradient that the program tells with the true one."""
    for told in acts(subject):
        at = place(told, rng)
        true = Numeric.of(told, at, rng) if told.gives("loss") else None
        for name in told.gradient_names:
            if name != "train" or told.gradient_names == ["train"]:
                if true:
                    yield against_own_loss(told, name, true, rng)
                else:
                    yield against_reference(told, name, at)


def label(subject: Subject, name: str) -> str:
    """Return what a gradient is called: of which function, with which activation."""
    with_act = f" with {subject.convention.act}" if subject.named(name, "activation") else ""
    return f"{name}{with_act}"


def against_own_loss(subject: Subject, name: str, known: Numeric, rng: np.random.Generator) -> Seen:
    """Compare with central differences of the program's own loss."""
    at, true, tolerance = known.at, known.gradient, known.tolerance
    theirs = subject.gradient(name, at)
    found = factors(theirs, true, tolerance)
    what = label(subject, name)
    if not known.n:
        return unsure(f"{what}: the loss is too rough for central differences at every parameter")
    remark = f", {known.n_kinks} near a kink left out" if known.n_kinks else ""
    is_right = is_near(theirs, true, tolerance)
    if times := 1.0 if is_right else one_factor(found, tolerance):
        if is_right or abs(times - 1) <= max(tolerance, 1e-3):
            largest = relative(theirs, true)
            text = (
                f"{what}: {known.n} parameters within {largest:.1e} of central differences{remark}"
            )
            return fine(text)
        if name == "gradients" and subject.gives("step") and is_step_right(subject, at, true):
            text = f"{what}: {times:.4g} times the gradient of the loss, which step makes up for"
            return fine(text)
    if all(c is not None and not abs(c - 1) > 0.02 for c in found):
        return unsure(f"{what}: within 2 % of central differences, which are no finer here")
    left_out = with_decay(theirs, true, at.params, tolerance) if name != "gradients" else None
    if left_out and abs(left_out[0] - 1) <= 10 * tolerance:
        text = f"{what}: the gradient of the loss + {left_out[1]:.4g} * w: weight decay"
        return fine(f"{text}, which the loss leaves out")
    said = of_data(subject, name, at, theirs, true, tolerance)
    if said.bug is None and (start := same_offset(subject, name, theirs, true, rng)):
        said = start
    if unreset := accumulates(subject, name, at):
        return wrong(f"{what}: {unreset}", bugs.NOT_RESET, *table(theirs, true, tolerance))
    return wrong(f"{what}: {said.observed}", said.bug, *table(theirs, true, tolerance))


def of_data(
    subject: Subject, name: str, at: Step, theirs: Gradients, true: Gradients, tolerance: float
) -> Diagnosis:
    """Return what is wrong with a gradient: as it is, or less what a penalty adds to it."""
    c = subject.convention
    net = None if isinstance(c.net, Faulty) else c.net
    known = c.decay(len(at.rows))
    alone = 0 if name == "gradients" else decay_alone(theirs, true, at.params, tolerance)
    first = None
    for of_theirs, of_true in dict.fromkeys([(0.0, 0.0), (known, known), (known + alone, known)]):
        data, right = less(theirs, of_theirs, at), less(true, of_true, at)
        said = diagnosed(data, right, at, net, tolerance)
        is_uniform = one_factor(factors(data, right, tolerance), tolerance) is not None
        if is_uniform and (said.bug is None or c.power == 1):  # a sum is reported beside a mean
            said = replace(said, bug=bugs.OTHER_LOSS)
        if said.bug:
            return said
        first = first or said
    assert first is not None
    return first


def is_step_right(subject: Subject, at: Step, true: Gradients) -> bool:
    """Whether `step` goes by the true gradient."""
    tolerance = 5e-2 if subject.convention.is_single else 1e-4
    found = factors(subject.gradient("step", at), true, tolerance)
    return abs((one_factor(found, tolerance) or 0) - 1) <= tolerance


def same_offset(
    subject: Subject, name: str, theirs: Gradients, true: Gradients, rng: np.random.Generator
) -> Diagnosis | None:
    """Return a diagnosis if what a gradient has too much is the same for other weights and rows."""
    other = place(subject, rng)
    more, true_more = subject.gradient(name, other), numeric(subject, other, rng)[0]
    both = ((arrays(theirs), arrays(true)), (arrays(more), arrays(true_more)))
    first, second = ([a - b for (_, a), (_, b) in zip(*pair, strict=True)] for pair in both)
    gaps = [np.nanmax(np.abs(a - b), initial=0) for a, b in zip(first, second, strict=True)]
    size = max(np.nanmax(np.abs(a), initial=0) for _, a in arrays(true))
    offset = max(np.nanmax(np.abs(a), initial=0) for a in first)
    if max(gaps) > 1e-6 or offset < 1e-3 * size:
        return None
    return Diagnosis("the sum starts from numbers that no data change, not from 0", bugs.NOT_RESET)


def against_reference(subject: Subject, name: str, at: Step) -> Seen:
    """Compare with the network whose gradient it is, or whose bug predicts it."""
    c, what = subject.convention, label(subject, name)
    theirs = subject.gradient(name, at)
    if unreset := accumulates(subject, name, at):
        return wrong(f"{what}: {unreset}", bugs.NOT_RESET)
    net = c.net or matching_net(theirs, at, c.tolerance)
    if net is None:
        if match := matching_bug(theirs, at, c.tolerance, None):
            return wrong(f"{what}: {match[0].says}: that predicts every entry", match[0].bug)
        return unsure(
            f"{what}: no network that is known has this gradient; give loss(weights, x, y)"
        )
    true = net.gradients(at.params, at.rows)
    if decay := with_decay(theirs, true, at.params, c.tolerance):
        theirs = less(theirs, decay[1], at)
        what = f"{what}, less {decay[1]:.4g} * w of weight decay"
    found = factors(theirs, true, c.tolerance)
    bug: Bug | None
    known = [f for f in found if f and not isnan(f)]
    unit = common(known) if known else 1.0
    if not one_factor(found, c.tolerance):
        scaled = [(w * unit, b * unit) for w, b in true]
        if match := matching_bug(theirs, at, c.tolerance, None) if None in found else None:
            said, bug = f"{match[0].says}: that predicts every entry", match[0].bug
        else:
            diagnosis = diagnosed(theirs, scaled, at, net, c.tolerance)
            said, bug = diagnosis.observed, diagnosis.bug
        return wrong(f"{what}: {said}", bug, *table(theirs, scaled, c.tolerance))
    return by_power(subject, name, at, unit, what)


def common(found: list[float]) -> float:
    """Return the factor that most arrays have."""
    return max(found, key=lambda f: sum(abs(f - g) < 1e-3 * abs(f) for g in found))


def by_power(subject: Subject, name: str, at: Step, unit: float, what: str) -> Seen:
    """Say whether a gradient is of the mean, of the sum, or averaged twice: by half the rows."""
    c = subject.convention
    net = c.net or matching_net(subject.gradient(name, at), at, c.tolerance)
    half = Step(at.params, at.rows.take(slice(0, 4)), at.lr)
    assert net is not None
    theirs, true = subject.gradient(name, half), net.gradients(half.params, half.rows)
    decay = with_decay(theirs, true, at.params, c.tolerance)
    found = [decay[0]] if decay else factors(theirs, true, 1e-3)
    ratio = (one_factor(found, 1e-3) or 0) / unit
    of = f"{HEADS[net.head]}, hidden units {net.act}"
    if abs(ratio - 1) < 1e-2:
        k = at.rows.n_outputs
        if any(abs(unit - v) < 1e-3 * v for v in (1, 0.5, 2, 1 / k, 2 / k, 0.5 / k)):
            return fine(f"{what}: the gradient of the mean over the rows; {of}")
        if abs(unit + 1) < 1e-3:
            return wrong(f"{what}: the sign is turned: the step goes uphill")
        return unsure(f"{what}: {unit:.6g} times the gradient of the mean over the rows; {of}")
    if abs(ratio - 0.5) < 1e-2:
        return fine(f"{what}: the gradient of the sum over the rows; {of}")
    if abs(ratio - 2) < 1e-2:
        text = f"{what}: the true gradient / {1 / unit:.4g}: divided by the batch size once more"
        return wrong(text, bugs.AVERAGED_TWICE)
    return unsure(f"{what}: {unit:.6g} times the gradient of 8 rows, {ratio:.4g} of that with 4")


def one_output(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at the same program with one output, labels 0 and 1, if it has a loss for them."""
    c = subject.convention
    if c.sizes[-1] == 1 or "sizes" in subject.program.constants:
        return
    try:
        single = of_sizes(subject, (*c.sizes[:-1], 1), rng)
    except (ProgramError, WrongForm):
        return  # the program is for several classes
    if single is not None:
        yield from loss(single, rng)
        if not isinstance(single.convention.net, Faulty):
            yield from gradients(single, rng)

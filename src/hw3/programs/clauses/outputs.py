"""Outputs, softmax, penalties and first weights."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hw3.nn.arrays import FloatArray
from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, unsure, wrong
from hw3.programs.compare import Step, arrays, factor
from hw3.programs.convention import place
from hw3.programs.form import WrongForm
from hw3.programs.reference import ACTS
from hw3.programs.subject import Subject, taken
from hw3.programs.verdict import Bug
from hw3.programs.wire import Tree

SHIFT = 1000.0


def array_of(value: Tree, what: str) -> FloatArray:
    """Return numbers that a function returned, in float64.

    Errors: WrongForm.
    """
    value = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(value, np.ndarray | int | float | list | tuple):
        raise WrongForm(f"{what} returns {type(value).__name__}, where an array is wanted")
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise WrongForm(f"{what} returns what is no array of numbers") from None


def outputs_at(subject: Subject, at: Step) -> FloatArray:
    """Return the outputs as (n, n_outputs).

    Errors: ProgramError, WrongForm.
    """
    found = array_of(subject.ask("outputs", at).value, "outputs(...)")
    n, k = len(at.rows), subject.convention.sizes[-1]
    if found.size != n * k:
        raise WrongForm(f"outputs(...) of {n} rows is {found.shape}, where {n} x {k} are wanted")
    turned = found.shape == (k, n) and (subject.convention.data.in_columns or k != n)
    return found.T if turned and found.shape != (n, k) else found.reshape(n, k)


def evaluation(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Ask for the outputs twice, and for those of a row alone."""
    at = place(subject, rng, 9)
    first, second = outputs_at(subject, at), outputs_at(subject, at)
    if not np.array_equal(first, second, equal_nan=True):
        yield wrong("two calls with the same weights and rows give other outputs", bugs.DROPOUT)
        return
    alone = outputs_at(subject, replace(at, rows=at.rows.take([3])))
    if not np.allclose(alone[0], first[3], rtol=1e-4, atol=1e-6):
        bug = whole_batch(subject, at, first)
        yield wrong("the outputs of a row depend on the other rows of its batch", bug)
        return
    yield from as_reference(subject, at, first)


def whole_batch(subject: Subject, at: Step, found: FloatArray) -> Bug:
    """Return the bug: outputs are a softmax over the whole batch, or dropout is live."""
    sums = (found.sum(), *found.sum(axis=0))
    return bugs.SOFTMAX if any(abs(s - 1) < 1e-6 for s in sums) else bugs.DROPOUT


def as_reference(subject: Subject, at: Step, found: FloatArray) -> Iterator[Seen]:
    """Hold the outputs against those of the network: its logits or its probabilities."""
    net = subject.convention.net
    if net is None:
        yield fine("outputs are the same in each call, and for a row alone")
        return
    logits = net.forward(at.params, at.rows.x)[0][-1]
    for expected, what in ((logits, "logits"), (net.outputs(logits), "probabilities")):
        if np.allclose(found, expected, rtol=1e-3, atol=1e-5):
            yield fine(f"outputs are the {what}, the same in each call, and for a row alone")
            return
    if (ratio := factor(found, logits, 1e-4)) and abs(ratio - 1) > 1e-3:
        text = f"outputs are {ratio:.4g} times the logits of the network that is trained"
        yield wrong(f"{text}: dropout's scale is applied at evaluation, or left out", bugs.DROPOUT)
    elif (found.argmax(axis=1) == logits.argmax(axis=1)).all():
        yield fine("outputs rank the classes as the logits do, the same in each call")
    else:
        text = "outputs are not those of the network whose loss is trained"
        for act in (a for a in ACTS if a != net.act):
            other = replace(net, act=act).forward(at.params, at.rows.x)[0][-1]
            both = (other, net.outputs(other))
            if any(np.allclose(found, o, rtol=1e-3, atol=1e-5) for o in both):
                yield wrong(f"{text}: they are those of {act}", bugs.RELOADED)
                return
        yield wrong(f"{text}: units are dropped or scaled", bugs.DROPOUT)


def moved_logits(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Move all logits by +1000 and by -1000, through the last bias."""
    if not subject.convention.form.has_biases:  # which move the logits
        return
    net = subject.convention.net
    is_softmax = net is not None and net.head.startswith("softmax")
    atol = 1e-2 if subject.convention.is_single else 1e-5
    for name in (n for n in ("loss", "gradients", "step", "outputs") if subject.gives(n)):
        at = place(subject, rng)
        still = numbers_of(subject, name, at)
        for shift in (SHIFT, -SHIFT):
            *below, (weight, bias) = at.params
            moved = replace(at, params=[*below, (weight, bias + shift)])
            found = numbers_of(subject, name, moved)
            is_nan = bool(np.isnan(found).any())
            if (is_nan and (is_softmax or name != "loss")) or (
                is_softmax and not np.isfinite(found).all()
            ):
                kind = "nan" if is_nan else "inf"
                yield wrong(
                    f"{name}: with all logits moved by {shift:+g} there is {kind}", bugs.SOFTMAX
                )
                break
            if (
                is_softmax
                and name in ("loss", "gradients")
                and not np.allclose(found, still, rtol=1e-3, atol=atol)
            ):
                gap = np.abs(found - still).max()
                text = f"{name}: moves by {gap:.3g} if all logits are moved by {shift:+g}"
                yield wrong(f"{text}, which leaves softmax as it is", bugs.SOFTMAX)
                break
            if not np.isfinite(found).all():
                text = f"{name}: with all logits moved by {shift:+g} there is no finite number"
                yield unsure(f"{text}: log(0) of a saturated sigmoid")
                break
        else:
            yield fine(f"{name}: finite with all logits moved by +1000 and by -1000")


def numbers_of(subject: Subject, name: str, at: Step) -> FloatArray:
    """Return what a function gives at a place, as one vector."""
    if name == "loss":
        return np.array([subject.loss(at)])
    if name == "outputs":
        return outputs_at(subject, at).ravel()
    return np.concatenate([a.ravel() for _, a in arrays(subject.gradient(name, at))])


def softmax(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Ask for the probabilities of logits, small and large."""
    turned = subject.convention.data.in_columns
    for scale in (1.0, 1e4):
        z = rng.normal(size=(6, 4)) * scale
        known: dict[str, Tree] = {"z": z.T.copy() if turned else z.copy()}
        got = array_of(
            subject.program.call("softmax", **taken(subject.program, "softmax", known)).value,
            "softmax(z)",
        )
        if got.shape != known["z"].shape:  # type: ignore[union-attr]
            raise WrongForm(f"softmax(z) of {(6, 4)} is {got.shape}")
        p = got.T if turned else got
        e = np.exp(z - z.max(axis=1, keepdims=True))
        true = e / e.sum(axis=1, keepdims=True)
        if not np.isfinite(p).all():
            yield wrong(f"logits of about {scale:g} give nan or inf", bugs.SOFTMAX)
            return
        if np.allclose(p, true, atol=1e-6):
            continue
        sums = (
            "the whole matrix sums"
            if abs(p.sum() - 1) < 1e-6
            else "columns sum"
            if np.allclose(p.sum(axis=0), 1)
            else "rows do not sum"
        )
        yield wrong(f"{sums} to 1, where each row of the batch should", bugs.SOFTMAX)
        return
    yield fine("rows sum to 1, also for logits of 10,000")

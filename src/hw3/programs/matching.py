"""Which network a program computes: told by its losses, by its gradients, or by a training."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.compare import (
    Gradients,
    Step,
    factors,
    matching_bug,
    matching_net,
    one_factor,
    relative,
    step_back,
    with_decay,
)
from hw3.programs.form import NotFinite, WrongForm, leaves
from hw3.programs.program import ProgramError
from hw3.programs.reference import Net
from hw3.programs.subject import Convention, Subject


def told(subject: Subject, steps: Sequence[Step]) -> FloatArray:
    """Return the losses at the places; none if the program has no loss, and what it has runs.

    Errors: ProgramError, WrongForm.
    """
    if subject.gives("loss"):
        first = subject.loss(steps[0])
        if not np.isfinite(first):
            raise NotFinite(f"loss(...) returns {first} for small random weights and rows")
        return np.append(first, subject.losses(steps[1:]))
    if subject.gradient_names:
        subject.gradient(subject.gradient_names[0], steps[0])
    elif subject.gives("outputs"):
        subject.ask("outputs", steps[0])
    else:
        raise WrongForm("it defines neither loss, gradients nor step, nor a train with weights")
    return np.empty(0)


def with_net(
    subject: Subject,
    losses: FloatArray,
    steps: Sequence[Step],
    nets: Sequence[Net],
    is_plain: bool = True,
) -> Subject | None:
    """Return the subject with that of the networks whose loss it has at all places.

    is_plain: without a penalty; else with one of which the program says nothing.
    """
    if not len(losses) or not losses.all():
        return None
    c = replace(subject.convention, is_single=is_rounded(subject, steps[0], float(losses[0])))
    subject, tolerance = replace(subject, convention=c), 1e-4 if c.is_single else 1e-5
    for net in nets:
        of_net = np.array([net.loss(step.params, step.rows) for step in steps])
        fit = plain(losses, of_net, tolerance) if is_plain else None
        if not is_plain:
            fit = penalized(losses, of_net, steps, tolerance)
        if fit:
            return replace(subject, convention=replace(c, net=net, **fit))
    return None


def plain(losses: FloatArray, of_net: FloatArray, tolerance: float) -> dict[str, Any] | None:
    """Return the scale and power by which the losses are those of a network."""
    ratios = losses / of_net
    if abs(ratios[1] / ratios[0] - 1) > tolerance:
        return None
    for power in (0, 1, -1, 2):
        if abs(ratios[2] / ratios[0] * (8 / 5) ** power - 1) <= tolerance:
            return {"scale": float(ratios[0] / 8.0**power), "power": power}
    return None


def penalized(
    losses: FloatArray, of_net: FloatArray, steps: Sequence[Step], tolerance: float
) -> dict[str, Any] | None:
    """Return scale, power and penalty by which the losses are those of a network."""
    n = np.array([float(len(step.rows)) for step in steps])
    weights = np.array([sum((w**2).sum() for w, _ in step.params) for step in steps])
    biases = np.array([sum((b**2).sum() for _, b in step.params) for step in steps])
    norms = np.array([sum(np.sqrt((w**2).sum()) for w, _ in step.params) for step in steps])
    kinds = {"weights": weights, "weights and biases": weights + biases}
    kinds |= {"norms, not squares": norms, "the norm, not its square": np.sqrt(weights)}
    for (of, size), power, q in product(kinds.items(), (0, 1, -1, 2), (0, -1)):
        columns = np.stack([n**power * of_net, n**q * size], axis=1)
        (scale, k), *_ = np.linalg.lstsq(columns, losses, rcond=None)
        if np.abs(columns @ (scale, k) - losses).max() <= tolerance * np.abs(losses).max():
            known = {"scale": float(scale), "power": power, "penalty": float(k)}
            return {**known, "penalty_power": q, "penalty_of": of}
    return None


def is_rounded(subject: Subject, at: Step, loss: float) -> bool:
    """Whether a change of 1e-10 is lost, or becomes one of 1e-7, as it is in float32."""
    moved = [(w * (1 + 1e-10), b * (1 + 1e-10)) for w, b in at.params]
    if subject.gives("loss"):
        change = abs(subject.loss(replace(at, params=moved)) - loss)
        return not 1e-14 * abs(loss) <= change < 1e-8 * abs(loss)
    if not subject.gradient_names:
        return False
    name = subject.gradient_names[0]
    if name != "gradients":
        after = leaves(subject.ask(name, at).value) if name == "step" else []
        return bool(after) and all(np.array_equal(v, v.astype(np.float32)) for v in after)
    still = subject.gradient(name, at)
    return relative(subject.gradient(name, replace(at, params=moved)), still) < 1e-13


def by_gradient(subjects: Sequence[Subject], at: Step) -> Subject | None:
    """Return that which has the most of a known network's gradient; else the first."""
    best, most = None, 0
    for subject in subjects:
        if not subject.gradient_names:
            break
        try:
            theirs = subject.gradient(subject.gradient_names[0], at)
        except (ProgramError, WrongForm):
            continue
        is_single = is_rounded(subject, at, subject.loss(at) if subject.gives("loss") else 0)
        c = replace(subject.convention, is_single=is_single, is_loss_known=False)
        c, n_known = with_gradient(c, theirs, at)
        if n_known > most:
            is_whole = n_known == 2 * len(at.params)
            c = replace(c, net=c.net if is_whole or not subject.gives("loss") else None)
            best, most = with_scale(replace(subject, convention=c), theirs, at), n_known
    return best or next(iter(subjects), None)


def with_gradient(c: Convention, theirs: Gradients, at: Step) -> tuple[Convention, int]:
    """Return a convention with the network of a gradient, and how many arrays that explains."""
    net = matching_net(theirs, at, c.tolerance)
    if net is None:
        return c, 2 * len(at.params) if matching_bug(theirs, at, c.tolerance, None) else 0
    true = net.gradients(at.params, at.rows)
    if with_decay(theirs, true, at.params, c.tolerance):
        return replace(c, net=net), 2 * len(at.params)
    return replace(c, net=net), sum(f is not None for f in factors(theirs, true, c.tolerance))


def with_scale(subject: Subject, theirs: Gradients, at: Step) -> Subject:
    """Return the program with the scale of its gradient, and whether that is of a sum."""
    c = subject.convention
    if c.net is None:
        return subject
    half = replace(at, rows=at.rows.take(slice(0, 4)))
    found = []
    for place, gradient in (
        (at, theirs),
        (half, subject.gradient(subject.gradient_names[0], half)),
    ):
        true = c.net.gradients(place.params, place.rows)
        decay = with_decay(gradient, true, place.params, c.tolerance)
        times = one_factor(factors(gradient, true, c.tolerance), 1e-2)
        found.append(decay[0] if decay else times)
    whole, part = found
    if not whole or not part:
        return subject
    power = round(float(np.log2(whole / part))) if whole / part > 0 else 0
    scale = whole / float(len(at.rows)) ** power
    return replace(subject, convention=replace(c, scale=scale, power=power))


def by_training(subject: Subject, rows: Step) -> Subject:
    """Return a program that only trains, from weights of its own, with the network of one step."""
    first, after = (begun_step(subject, rows, lr) for lr in (0.0, rows.lr))
    at = Step(first, rows.rows, rows.lr)
    theirs = step_back(first, after, rows.lr)
    c = replace(subject.convention, is_loss_known=False)
    c, n_known = with_gradient(c, theirs, at)
    return replace(subject, convention=c if n_known == 2 * len(first) else subject.convention)


def begun_step(subject: Subject, at: Step, lr: float) -> list[LayerParams]:
    """Return what one epoch of one batch leaves."""
    return subject.form_of_last(subject.trained_once(replace(at, lr=lr)))

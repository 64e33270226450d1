"""Find out how a program keeps its weights, takes its examples, and what it computes.

Every usual form is tried. That which runs and gives the loss, or the gradient, of a right network
is the program's; else of one with a bug in its loss; else the first that runs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.bugs import IN_LOSS, PairwiseLoss
from hw3.programs.compare import Step, factors, matching_bug, matching_net
from hw3.programs.form import DATA_FORMS, Form, WrongForm, forms_of, leaves, usual_forms
from hw3.programs.program import Died, OutOfTime, Program, ProgramError
from hw3.programs.reference import Net, Rows, right_nets
from hw3.programs.subject import Convention, Subject, taken

SHAPES = ((6, 5, 4, 3), (6, 5, 3), (6, 3), (6, 5, 4, 1), (6, 5, 1), (6, 1))
LR = 0.1


class NotUnderstood(Exception):
    """No form in which the program runs; the message says what it said to the first."""


def draw_params(sizes: Sequence[int], rng: np.random.Generator) -> list[LayerParams]:
    """Return random weights at which units differ from linear, and biases that matter."""
    return [
        (rng.normal(0, 1.5 / np.sqrt(a), (a, b)), rng.normal(0, 0.3, b)) for a, b in pairwise(sizes)
    ]


def draw_rows(sizes: Sequence[int], n: int, rng: np.random.Generator) -> Rows:
    """Return random rows, of all classes if they are enough."""
    classes = max(2, sizes[-1])
    labels = np.concatenate([rng.permutation(classes), rng.integers(0, classes, n)])[:n]
    return Rows(rng.normal(size=(n, sizes[0])), rng.permutation(labels), sizes[-1])


def draw_steps(sizes: Sequence[int], rng: np.random.Generator) -> list[Step]:
    """Return two places of 8 rows and other weights, and one of 5 rows."""
    params = [draw_params(sizes, rng) for _ in range(2)]
    drawn = [(params[0], 8), (params[1], 8), (params[0], 5)]
    return [Step(p, draw_rows(sizes, n, rng), LR) for p, n in drawn]


def place(subject: Subject, rng: np.random.Generator, n: int = 8) -> Step:
    """Return random weights and rows for the program."""
    sizes = subject.convention.sizes
    return Step(draw_params(sizes, rng), draw_rows(sizes, n, rng), LR)


def find(program: Program, rng: np.random.Generator) -> Subject:
    """Return the program with its convention.

    Errors: NotUnderstood, OutOfTime.
    """
    given = program.constants.get("sizes")
    shapes = [tuple(int(n) for n in np.ravel(np.asarray(given)))] if given is not None else SHAPES
    act = str(program.constants.get("activation") or "relu")
    errors: list[Exception] = []
    fallback: Subject | None = None
    for sizes in shapes:
        found = running(program, sizes, act, rng, errors)
        if found and (found.convention.net or all_matter(found, draw_steps(sizes, rng)[0])):
            return found
        fallback = fallback or found
    if fallback is None:
        said = next(iter(errors), "it defines no function that takes weights")
        raise NotUnderstood(str(said))
    return fallback


def running(
    program: Program,
    sizes: tuple[int, ...],
    act: str,
    rng: np.random.Generator,
    errors: list[Exception],
) -> Subject | None:
    """Return the program in the likeliest form for layer sizes, with its net if one is known."""
    try:
        forms = forms_for(program, sizes, act)
    except (ProgramError, WrongForm) as error:
        if isinstance(error, OutOfTime):
            raise
        errors.append(error)
        return None
    steps = draw_steps(sizes, rng)
    ran: list[tuple[Subject, FloatArray]] = []
    nets = right_nets(sizes[-1])
    pairwise_too = [PairwiseLoss(net.act, net.head) for net in nets] if sizes[-1] == 1 else []
    for form, data in product(forms, DATA_FORMS):
        subject = Subject(program, Convention(sizes, form, data, act))
        try:
            values = told(subject, steps)
        except (ProgramError, WrongForm) as error:
            if isinstance(error, OutOfTime | Died):
                raise
            errors.append(error)
            continue
        ran.append((subject, values))
        if found := with_net(subject, values, steps, [*nets, *pairwise_too]):
            return found
    faulty = [kind(net.act, net.head) for kind in IN_LOSS for net in nets]
    matched = (with_net(subject, values, steps, faulty) for subject, values in ran)
    return next(filter(None, matched), None) or by_gradient([s for s, _ in ran], steps[0])


def of_sizes(subject: Subject, sizes: tuple[int, ...], rng: np.random.Generator) -> Subject | None:
    """Return the program with other layer sizes, if its loss is one that is known for them.

    Errors: ProgramError, WrongForm.
    """
    c, steps = subject.convention, draw_steps(sizes, rng)
    for form in forms_for(subject.program, sizes, c.act):
        other = replace(subject, convention=Convention(sizes, form, c.data, c.act))
        nets = right_nets(sizes[-1])
        nets = (*nets, *(PairwiseLoss(net.act, net.head) for net in nets))
        return with_net(other, told(other, steps), steps, nets)
    return None


def forms_for(program: Program, sizes: tuple[int, ...], act: str) -> Iterable[Form]:
    """Return the forms that the weights may have: as `init` gives them, or all usual ones.

    Errors: ProgramError; WrongForm if `init` gives weights of other sizes.
    """
    known: dict[str, Any] = {"sizes": list(sizes), "seed": 1, "activation": act}
    if "init" in program.functions:
        value = program.call("init", **taken(program, "init", known)).value
        if not (forms := forms_of(value, sizes)):
            shapes = ", ".join(str(leaf.shape) for leaf in leaves(value)) or "no arrays"
            raise WrongForm(f"init({list(sizes)}) returns {shapes}: no weights of these layers")
        return forms
    return usual_forms(len(sizes) - 1)


def told(subject: Subject, steps: Sequence[Step]) -> FloatArray:
    """Return the losses at the places; none if the program has no loss, and what it has runs.

    Errors: ProgramError, WrongForm.
    """
    if subject.gives("loss"):
        first = subject.loss(steps[0])
        if not np.isfinite(first):
            raise WrongForm(f"loss(...) returns {first}")
        return np.append(first, subject.losses(steps[1:]))
    if subject.gradient_names:
        subject.gradient(subject.gradient_names[0], steps[0])
    elif subject.gives("outputs"):
        subject.ask("outputs", steps[0])
    else:
        raise WrongForm("it defines neither loss, gradients nor step, nor a train with weights")
    return np.empty(0)


def with_net(
    subject: Subject, losses: FloatArray, steps: Sequence[Step], nets: Sequence[Net]
) -> Subject | None:
    """Return the subject with that of the networks whose loss it has at all places."""
    if not len(losses) or not losses.all():
        return None
    is_single = all(float(np.float32(v)) == v for v in losses)
    tolerance = 1e-4 if is_single else 1e-5
    for net in nets:
        ratios = losses / [net.loss(step.params, step.rows) for step in steps]
        if abs(ratios[1] / ratios[0] - 1) > tolerance:
            continue
        for power in (0, 1, -1):
            if abs(ratios[2] / ratios[0] * (8 / 5) ** power - 1) <= tolerance:
                scale = float(ratios[0] / 8.0**power)
                known = {"net": net, "scale": scale, "power": power, "is_single": is_single}
                return replace(subject, convention=replace(subject.convention, **known))
    return None


def by_gradient(subjects: Sequence[Subject], at: Step) -> Subject | None:
    """Return that which has the most of a known network's gradient; else the first."""
    best, most = None, 0
    for subject in subjects:
        c = subject.convention
        if not subject.gradient_names:
            break
        try:
            theirs = subject.gradient(subject.gradient_names[0], at)
        except (ProgramError, WrongForm):
            continue
        is_single = subject.returns_single(at)
        c = replace(c, is_single=is_single, is_loss_known=False)
        net = matching_net(theirs, at, c.tolerance)
        if net is None:
            match = matching_bug(theirs, at, c.tolerance, None)
            n_known = 2 * len(c.sizes) if match else 0
        else:
            found = factors(theirs, net.gradients(at.params, at.rows), c.tolerance)
            n_known = sum(f is not None for f in found)
        if n_known > most:
            is_whole = net is not None and n_known == 2 * (len(c.sizes) - 1)
            c = replace(c, net=net if is_whole or not subject.gives("loss") else None)
            best, most = replace(subject, convention=c), n_known
    return best or next(iter(subjects), None)


def all_matter(subject: Subject, at: Step) -> bool:
    """Whether the loss depends on the weights of each layer."""
    if not subject.gives("loss"):
        return True
    still = subject.loss(at)
    for i in range(len(at.params)):
        moved = [(w * 1.5 + 0.1, b) if i == j else (w, b) for j, (w, b) in enumerate(at.params)]
        if subject.loss(replace(at, params=moved)) == still:
            return False
    return True

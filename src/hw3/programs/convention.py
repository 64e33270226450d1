"""Find out how a program keeps its weights, takes its examples, and what it computes.

Every usual form is tried. That which runs and gives the loss, or the gradient, of a right network
is the program's; else of one with a bug in its loss; else the first that runs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.bugs import IN_LOSS
from hw3.programs.compare import Step, factors, matching_net
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


def find(program: Program, rng: np.random.Generator) -> Subject:
    """Return the program with its convention.

    Errors: NotUnderstood, OutOfTime.
    """
    given = program.constants.get("sizes")
    shapes = [tuple(int(n) for n in np.ravel(np.asarray(given)))] if given is not None else SHAPES
    acts = program.constants.get("activation")
    fallback: Subject | None = None
    errors: list[Exception] = []
    for sizes in shapes:
        for subject in running(program, sizes, str(acts or "relu"), rng, errors):
            if subject.convention.net:
                return subject
            fallback = fallback or subject
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
) -> Iterator[Subject]:
    """Yield the program in the likeliest form for layer sizes, and its net if one is known."""
    try:
        forms = forms_for(program, sizes, act)
    except (ProgramError, WrongForm) as error:
        if isinstance(error, OutOfTime):
            raise
        errors.append(error)
        return
    steps, ran = draw_steps(sizes, rng), []
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
        if (found := with_net(subject, values, steps, right_nets(sizes[-1]))).convention.net:
            yield found
            return
    faulty = [kind(net.act, net.head) for kind in IN_LOSS for net in right_nets(sizes[-1])]
    for subject, values in ran:
        if (found := with_net(subject, values, steps, faulty)).convention.net:
            yield found
            return
    yield from (subject for subject, _ in ran[:1])


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


def told(subject: Subject, steps: Sequence[Step]) -> FloatArray | list[list[LayerParams]]:
    """Return the losses at the places or, without a loss, the gradients at the first of them."""
    if subject.gives("loss"):
        first = subject.loss(steps[0])
        if not np.isfinite(first):
            raise WrongForm(f"loss(...) returns {first}")
        return np.append(first, subject.losses(steps[1:]))
    for name in subject.gradient_names:
        return [subject.gradient(name, steps[0])]
    if subject.gives("outputs"):
        return np.empty(0) if subject.ask("outputs", steps[0]) else np.empty(0)
    raise WrongForm("it defines neither loss, gradients nor step, and no train that takes weights")


def with_net(
    subject: Subject,
    values: FloatArray | list[list[LayerParams]],
    steps: Sequence[Step],
    nets: Sequence[Net],
) -> Subject:
    """Return the subject, with that of the networks whose loss or gradient it has."""
    c = subject.convention
    if isinstance(values, list):
        net = (
            matching_net(values[0], steps[0], c.tolerance)
            if nets[0] == right_nets(c.sizes[-1])[0]
            else None
        )
        full = net and all(
            x is not None
            for x in factors(values[0], net.gradients(steps[0].params, steps[0].rows), c.tolerance)
        )
        return replace(subject, convention=replace(c, net=net)) if full else subject
    if not len(values):
        return subject
    is_single = all(float(np.float32(v)) == v for v in values)
    tolerance = 1e-4 if is_single else 1e-5
    c = replace(c, is_single=is_single)
    for net in nets:
        ratios = values / [net.loss(step.params, step.rows) for step in steps]
        if abs(ratios[1] / ratios[0] - 1) > tolerance:
            continue
        for power in (0, 1, -1):
            if abs(ratios[2] / ratios[0] * (8 / 5) ** power - 1) <= tolerance:
                scale = float(ratios[0] / 8.0**power)
                return replace(subject, convention=replace(c, net=net, scale=scale, power=power))
    return replace(subject, convention=c)

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
from hw3.programs.compare import Step
from hw3.programs.faulty_loss import IN_LOSS, PairwiseLoss
from hw3.programs.form import (
    DATA_FORMS,
    LABELS,
    Form,
    NotFinite,
    WrongForm,
    forms_of,
    leaves,
    usual_forms,
)
from hw3.programs.matching import by_gradient, by_training, told, with_net
from hw3.programs.program import Died, OutOfTime, Program, ProgramError
from hw3.programs.reference import Rows, right_nets
from hw3.programs.subject import Convention, Subject, last_of, taken

SHAPES = ((6, 5, 4, 3), (6, 5, 3), (6, 3), (6, 5, 4, 1), (6, 5, 1), (6, 1))
LR = 0.1


class NotUnderstood(Exception):
    """No form in which the program runs; the message says what it said to the first."""


def draw_params(
    sizes: Sequence[int], rng: np.random.Generator, has_biases: bool = True
) -> list[LayerParams]:
    """Return random weights at which units differ from linear, and biases that matter, or none."""
    return [
        (rng.normal(0, 1.2 / np.sqrt(a), (a, b)), rng.normal(0, 0.3, b if has_biases else 0))
        for a, b in pairwise(sizes)
    ]


def draw_rows(sizes: Sequence[int], n: int, rng: np.random.Generator) -> Rows:
    """Return random rows, of all classes if they are enough."""
    classes = max(2, sizes[-1])
    labels = np.concatenate([rng.permutation(classes), rng.integers(0, classes, n)])[:n]
    return Rows(rng.normal(size=(n, sizes[0])), rng.permutation(labels), sizes[-1])


def draw_steps(
    sizes: Sequence[int], rng: np.random.Generator, has_biases: bool = True
) -> list[Step]:
    """Return places: two of 8 rows and other weights, one of 5 rows; and four more."""
    params = [draw_params(sizes, rng, has_biases) for _ in range(5)]
    drawn = [(params[0], 8), (params[1], 8), (params[0], 5)]
    drawn += [(params[2], 8), (params[3], 5), (params[4], 5), (params[4], 3)]
    return [Step(p, draw_rows(sizes, n, rng), LR) for p, n in drawn]


def place(subject: Subject, rng: np.random.Generator, n: int = 8) -> Step:
    """Return random weights and rows for the program."""
    return Step(drawn_weights(subject, rng), draw_rows(subject.convention.sizes, n, rng), LR)


def drawn_weights(subject: Subject, rng: np.random.Generator) -> list[LayerParams]:
    """Return random weights for the program."""
    c = subject.convention
    return draw_params(c.sizes, rng, c.form.has_biases)


def find(program: Program, rng: np.random.Generator) -> Subject:
    """Return the program with its convention.

    Errors: NotUnderstood, OutOfTime; NotFinite if it runs, but its loss is no number.
    """
    given = program.constants.get("sizes")
    shapes = [tuple(int(n) for n in np.ravel(np.asarray(given)))] if given is not None else SHAPES
    act = str(program.constants.get("activation") or "relu")
    errors: list[Exception] = []
    fallback: Subject | None = None
    for sizes in shapes:
        found = running(program, sizes, act, rng, errors)
        if found and (found.convention.net or all_matter(found, place(found, rng))):
            return found
        fallback = fallback or found
    if fallback is None:
        said = next(iter(errors), "it defines no function that takes weights")
        raise next((e for e in errors if isinstance(e, NotFinite)), NotUnderstood(str(said)))
    return fallback


def running(
    program: Program,
    sizes: tuple[int, ...],
    act: str,
    rng: np.random.Generator,
    errors: list[Exception],
) -> Subject | None:
    """Return the program in the likeliest form for layer sizes, with its net if one is known."""
    if not set(program.functions) & {"loss", "gradients", "step", "outputs"}:
        return only_training(program, sizes, act, rng, errors)
    try:
        forms = list(forms_for(program, sizes, act))
    except (ProgramError, WrongForm) as error:
        if isinstance(error, OutOfTime):
            raise
        errors.append(error)
        return None
    steps = draw_steps(sizes, rng, forms[0].has_biases)
    ran: list[tuple[Subject, FloatArray]] = []
    halves: list[tuple[Subject, FloatArray]] = []  # their loss runs, their gradient does not
    nets = right_nets(sizes[-1])
    pairwise = [PairwiseLoss(net.act, net.head) for net in nets] if sizes[-1] == 1 else []
    known = [*nets, *pairwise]
    for form, data in product(forms, DATA_FORMS):
        subject = Subject(program, Convention(sizes, form, data, act))
        try:
            values = told(subject, steps)
        except (ProgramError, WrongForm) as error:
            if isinstance(error, OutOfTime | Died):
                raise
            errors.append(error)
            continue
        if subject.gives("loss") and not takes_gradient(subject, steps[0]):
            halves.append((subject, values))
            continue
        ran.append((subject, values))
        found = with_net(subject, values, steps, known)
        if not found and pairwise and data.labels == LABELS[0]:  # before a form that hides it
            found = with_net(subject, values, steps, known, is_plain=False)
        if found:
            return found
    return likeliest(ran or halves, steps)


def likeliest(ran: Sequence[tuple[Subject, FloatArray]], steps: Sequence[Step]) -> Subject | None:
    """Return that of the forms that ran whose losses are a known network's, or its gradients."""
    nets = right_nets(steps[0].rows.n_outputs)
    faulty = [kind(net.act, net.head) for kind in IN_LOSS for net in nets]
    for chosen, is_plain in ((nets, True), (nets, False), (faulty, True), (faulty, False)):
        for subject, losses in ran:
            if found := with_net(subject, losses, steps, chosen, is_plain):
                return found
    return by_gradient([subject for subject, _ in ran], steps[0])


def only_training(
    program: Program,
    sizes: tuple[int, ...],
    act: str,
    rng: np.random.Generator,
    errors: list[Exception],
) -> Subject | None:
    """Return a program that has `train` alone, by the form of the weights that it returns."""
    at = draw_steps(sizes, rng)[0]
    takes_weights = Subject(program, Convention(sizes, next(usual_forms(1)), DATA_FORMS[0]))
    is_given = takes_weights.named("train", "weights")
    forms = list(forms_for(program, sizes, act)) if is_given else list(usual_forms(1))[:1]
    for form, data in product(forms if "train" in program.functions else (), DATA_FORMS):
        subject = Subject(program, Convention(sizes, form, data, act))
        try:
            last = last_of(subject.trained_once(at), form.n_arrays(sizes))
            if found := forms_of(last, sizes):
                c = replace(subject.convention, form=form if form in found else found[0])
                subject = replace(subject, convention=c)
                return by_gradient([subject], at) if is_given else by_training(subject, at)
        except (ProgramError, WrongForm) as error:
            if isinstance(error, OutOfTime | Died):
                raise
            errors.append(error)
    return None


def takes_gradient(subject: Subject, at: Step) -> bool:
    """Whether the functions that tell a gradient run in this form."""
    try:
        for name in subject.gradient_names:
            subject.gradient(name, at)
    except (ProgramError, WrongForm):
        return False
    return True


def of_sizes(subject: Subject, sizes: tuple[int, ...], rng: np.random.Generator) -> Subject | None:
    """Return the program with as many layers of other sizes, if its loss for them is known.

    Errors: ProgramError, WrongForm.
    """
    c = subject.convention
    steps = draw_steps(sizes, rng, c.form.has_biases)
    other = replace(subject, convention=Convention(sizes, c.form, c.data, c.act))
    nets = right_nets(sizes[-1])
    nets = (*nets, *(PairwiseLoss(net.act, net.head) for net in nets))
    return with_net(other, told(other, steps), steps, nets)


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

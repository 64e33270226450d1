"""What calls do to each other, to their arguments, and to the rows of a batch."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hw3.nn.arrays import LayerParams
from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, wrong
from hw3.programs.compare import Step, arrays, factors, less, one_factor, relative, with_decay
from hw3.programs.convention import LR, place
from hw3.programs.form import WrongForm
from hw3.programs.names import ours
from hw3.programs.program import ProgramError
from hw3.programs.reference import Rows
from hw3.programs.subject import Subject


def accumulates(subject: Subject, name: str, at: Step) -> str:
    """Return a sentence if each call adds to what the calls before have left."""
    a, b, c = (subject.gradient(name, at) for _ in range(3))
    first, second = (
        [y - x for (_, x), (_, y) in zip(arrays(p), arrays(q), strict=True)]
        for p, q in ((a, b), (b, c))
    )
    size = max(float(np.abs(x).max(initial=0)) for x in first)
    is_same = all(
        np.allclose(x, y, atol=1e-6 * max(size, 1e-9), rtol=1e-4)
        for x, y in zip(first, second, strict=True)
    )
    if size > 1e-6 and is_same:
        return "each call adds the gradient to that of the calls before, which is never set to 0"
    return ""


def repeated(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Take one gradient twice, with a row and units at 0 in it."""
    at = place(subject, rng)
    zero = [(w, np.zeros_like(b)) for w, b in at.params]
    x = at.rows.x.copy()
    x[0] = 0
    if subject.gives("loss"):
        if len({subject.loss(at) for _ in range(3)}) > 1:
            yield wrong("loss: equal calls give other numbers: dropout is live", bugs.DROPOUT)
            return
        yield fine("loss: equal calls give the same number")
    for name in (n for n in subject.gradient_names if n != "train"):
        for here in (at, Step(zero, Rows(x, at.rows.y, at.rows.n_outputs), LR)):
            first, second = subject.gradient(name, here), subject.gradient(name, here)
            if broken := [n for n, a in arrays(first) if not np.isfinite(a).all()]:
                yield wrong(f"{name}: nan or inf in {', '.join(broken)}")
                break
            gaps = {
                n: float(np.abs(a - b).max(initial=0))
                for (n, a), (_, b) in zip(arrays(first), arrays(second), strict=True)
            }
            odd = [n for n, gap in gaps.items() if not gap <= 1e-9]
            if odd:
                yield differing(subject, name, here, odd, len(gaps))
                break
        else:
            yield fine(f"{name}: two calls with the same weights and rows give the same numbers")


def differing(subject: Subject, name: str, at: Step, odd: list[str], n_arrays: int) -> Seen:
    """Say why two equal calls may differ."""
    where = f"{name}: two equal calls differ in {', '.join(odd)}"
    if accumulates(subject, name, at):
        return wrong(f"{where}: the second adds to the first", bugs.NOT_RESET)
    last = f"layer {n_arrays // 2}"
    if any(n.startswith(last) for n in odd):
        return wrong(f"{where}: sums do not start from 0", bugs.NOT_RESET)
    return wrong(
        f"{where}, and not in the output layer: the slope of some units is random", bugs.WRONG_SLOPE
    )


def inputs_kept(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look whether a call modifies what it was given."""
    for name in (n for n in ("loss", "gradients", "outputs", "step") if subject.gives(n)):
        changed = set(subject.ask(name, place(subject, rng)).changed)
        if name == "step":
            names = ours(name, subject.program.functions[name])
            changed -= {theirs for theirs, known in names.items() if known == "weights"}
        if changed:
            yield wrong(
                f"{name} overwrites {', '.join(sorted(changed))} in place", bugs.WRONG_SLOPE
            )
        else:
            yield fine(f"{name} leaves its arguments as they were")


def unknown_decay(subject: Subject, name: str, at: Step) -> bool:
    """Whether a gradient has weight decay of which the loss does not tell."""
    net, found = subject.convention.net, subject.gradient(name, at)
    fit = with_decay(found, net.gradients(at.params, at.rows), at.params, 1e-4) if net else None
    return fit is not None and abs(fit[1] - subject.convention.decay(len(at.rows))) > 1e-6


def data_part(subject: Subject, name: str, at: Step) -> list[LayerParams]:
    """Return a gradient less that of the penalty in the loss."""
    return less(subject.gradient(name, at), subject.convention.decay(len(at.rows)), at)


def rows_alike(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Compare a batch with the same rows in another order, and with its rows one by one."""
    for name in (n for n in subject.gradient_names if n != "train"):
        at = place(subject, rng)
        if unknown_decay(subject, name, at):
            continue  # by weights or by rows, it is not told
        whole = data_part(subject, name, at)
        turned = data_part(subject, name, replace(at, rows=at.rows.take(rng.permutation(8))))
        tolerance = 1e-3 if subject.convention.is_single else 1e-5
        if (gap := relative(turned, whole)) > tolerance:
            yield wrong(f"{name}: the order of the rows in a batch changes it by {gap:.2g}")
            continue
        try:
            ones = [data_part(subject, name, replace(at, rows=at.rows.take([i]))) for i in range(8)]
        except (ProgramError, WrongForm) as error:
            yield wrong(
                f"{name}: a batch of one row is refused: {error}",
                None,
                *getattr(error, "details", ()),
            )
            continue
        sums = [
            (np.sum([g[i][0] for g in ones], axis=0), np.sum([g[i][1] for g in ones], axis=0))
            for i in range(len(whole))
        ]
        found = factors(whole, sums, max(tolerance, 1e-6))
        uniform = one_factor(found, 1e-3)
        if uniform and min(abs(uniform - 1 / 8), abs(uniform - 1)) < 1e-3:
            kind = "mean" if uniform < 0.5 else "sum"
            yield fine(f"{name}: that of 8 rows is the {kind} of those of each row, in any order")
        else:
            bug = {8: bugs.AVERAGED_TWICE}.get(round(1 / uniform / 8) if uniform else 0)
            times = f"{uniform:.4g} times the sum" if uniform else "neither mean nor sum"
            yield wrong(f"{name}: the gradient of 8 rows is {times} of those of each row", bug)

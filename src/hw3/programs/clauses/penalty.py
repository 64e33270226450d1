"""What l2 adds to the loss and to the gradient."""

from collections.abc import Iterator, Sequence

import numpy as np

from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, wrong
from hw3.programs.compare import Step, arrays, factor
from hw3.programs.convention import place
from hw3.programs.subject import Subject


def penalty(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at what l2 adds to the loss and to the gradient."""
    at, l2 = place(subject, rng), 0.1
    weights = [w for w, _ in at.params]
    squares, norms = sum((w**2).sum() for w in weights), sum(np.sqrt((w**2).sum()) for w in weights)
    of_biases = sum((b**2).sum() for _, b in at.params)
    n = len(at.rows)
    in_loss = None
    if subject.named("loss", "l2"):
        added = subject.loss(at, l2=l2) - subject.loss(at, l2=0.0)
        ratio = added / l2
        known = {
            1.0: "l2 * sum w^2",
            0.5: "l2 / 2 * sum w^2",
            1 / n: "l2 / n * sum w^2",
            0.5 / n: "l2 / 2n * sum w^2",
        }
        near = 1e-2 if subject.convention.is_single else 1e-5
        in_loss = next((k for k in known if abs(ratio / squares - k) < near * k), None)
        if abs(ratio) < 1e-9:
            in_loss = 0.0
        elif in_loss is None:
            whole = np.sqrt(squares)
            of_norm = any(
                abs(ratio - k * v) < near * v
                for v in (norms, whole)
                for k in (1, 0.5, 1 / n, 0.5 / n)
            )
            with_biases = any(
                abs(ratio - k * (squares + of_biases)) < near * squares for k in known
            )
            what = (
                "the norm, not its square"
                if of_norm
                else "the squares of weights and of biases"
                if with_biases
                else f"{ratio / squares:.4g} * sum w^2"
            )
            yield wrong(
                f"l2 * ({what}) is added to the loss",
                bugs.PENALTY,
            )
            return
        else:
            yield fine(f"loss: {known[in_loss]} is added, of weights alone")
    for name in (x for x in ("gradients", "step") if subject.named(x, "l2") and subject.gives(x)):
        yield of_gradient(subject, name, at, l2, in_loss)
    if in_loss == 0.0 and not any(subject.named(x, "l2") for x in ("gradients", "step")):
        yield wrong("l2 is accepted and changes nothing", bugs.PENALTY)


def of_gradient(subject: Subject, name: str, at: Step, l2: float, in_loss: float | None) -> Seen:
    """Say what l2 adds to a gradient: 2 k l2 w of weights, nothing of biases."""
    plain, more = subject.gradient(name, at, l2=0.0), subject.gradient(name, at, l2=l2)
    near = 1e-2 if subject.convention.is_single else 1e-5
    found = [
        factor((b - a) / l2, own, near * 10)
        for (_, a), (_, b), (_, own) in zip(*map(arrays, (plain, more, at.params)), strict=True)
    ]
    weights, biases = found[::2], found[1::2]
    if any(c is None or abs(c - (weights[0] or 0)) > near * 10 for c in weights):
        return wrong(
            f"{name}: what l2 adds is not the same multiple of each weight: {texts(found)}",
            bugs.PENALTY,
        )
    if any(c is None or abs(c) > near * 10 for c in biases):
        return wrong(f"{name}: l2 acts on biases too: {texts(found)}", bugs.PENALTY)
    factor_of = weights[0] or 0.0
    if abs(factor_of) < 1e-9:
        return wrong(f"{name}: l2 is accepted and changes nothing", bugs.PENALTY)
    if in_loss is not None and in_loss and abs(factor_of - 2 * in_loss) > near * 10:
        text = f"{name}: {factor_of:.4g} * l2 * w is added, where the loss has"
        return wrong(f"{text} {2 * in_loss:.4g} * l2 * w", bugs.PENALTY)
    if in_loss == 0.0:
        text = f"{name}: {factor_of:.4g} * l2 * w is added, but nothing to the loss, which names l2"
        return wrong(text, bugs.PENALTY)
    remark = "" if in_loss else ", as weight decay, which the loss leaves out"
    return fine(f"{name}: {factor_of:.4g} * l2 * w is added to weights, nothing to biases{remark}")


def texts(found: Sequence[float | None]) -> str:
    """Return factors by array."""
    return ", ".join(
        f"{'Wb'[i % 2]}{i // 2 + 1} {'?' if c is None else format(c, '.4g')}"
        for i, c in enumerate(found)
    )

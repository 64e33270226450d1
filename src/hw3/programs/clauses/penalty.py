"""What l2 adds to the loss and to the gradient."""

from collections.abc import Iterator, Sequence

import numpy as np

from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, wrong
from hw3.programs.compare import Step, arrays, factor
from hw3.programs.convention import place
from hw3.programs.subject import Subject

L2 = 0.1


def penalty(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at what l2 adds to the loss and to the gradient."""
    at, in_loss = place(subject, rng), None
    if subject.named("loss", "l2"):
        in_loss, seen = of_loss(subject, at)
        if seen:
            yield seen
        if in_loss is None:
            return
    names = [x for x in ("gradients", "step") if subject.named(x, "l2") and subject.gives(x)]
    for name in names:
        yield of_gradient(subject, name, at, L2, in_loss)
    if in_loss == 0 and not names:
        yield wrong("l2 is accepted and changes nothing", bugs.PENALTY)


def of_loss(subject: Subject, at: Step) -> tuple[float | None, Seen | None]:
    """Return k of the k * l2 * sum w^2 that l2 adds to the loss, None if it adds something else."""
    ratio = (subject.loss(at, l2=L2) - subject.loss(at, l2=0.0)) / L2
    if abs(ratio) < 1e-9:
        return 0.0, None
    n, near = len(at.rows), 1e-2 if subject.convention.is_single else 1e-5
    factors = {1.0: "l2", 0.5: "l2 / 2", 1 / n: "l2 / n", 0.5 / n: "l2 / 2n"}
    squares = float(sum((w**2).sum() for w, _ in at.params))
    for k, text in factors.items():
        if abs(ratio / squares - k) < near * k:
            return k, fine(f"loss: {text} * sum w^2 is added, of weights alone")
    norms = float(sum(np.sqrt((w**2).sum()) for w, _ in at.params))
    of_all = squares + float(sum((b**2).sum() for _, b in at.params))
    what = f"{ratio / squares:.4g} * sum w^2"
    for size, text in (
        (norms, "the norms, not their squares"),
        (float(np.sqrt(squares)), "the norm, not its square"),
        (of_all, "the squares of weights and of biases"),
    ):
        if any(abs(ratio - k * size) < near * size for k in factors):
            what = text
    return None, wrong(f"l2 * ({what}) is added to the loss", bugs.PENALTY)


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

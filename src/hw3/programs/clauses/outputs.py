"""Outputs, softmax, penalties and first weights."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
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
            if np.isnan(found).any() or (is_softmax and not np.isfinite(found).all()):
                kind = "nan" if np.isnan(found).any() else "inf"
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
                yield wrong(
                    f"{name}: moves by {gap:.3g} if all logits are moved by {shift:+g}, which leaves softmax as it is",
                    bugs.SOFTMAX,
                )
                break
            if not np.isfinite(found).all():
                yield unsure(
                    f"{name}: with all logits moved by {shift:+g} there is inf: log(0) of a saturated sigmoid"
                )
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
                bugs.PENALTY if of_norm or with_biases else bugs.PENALTY,
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
        return wrong(
            f"{name}: {factor_of:.4g} * l2 * w is added, where the loss has {2 * in_loss:.4g} * l2 * w",
            bugs.PENALTY,
        )
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


def first_weights(subject: Subject, rng: np.random.Generator) -> Iterator[Seen]:
    """Look at the spread of the first weights, layer by layer."""
    c = subject.convention
    sizes = (
        c.sizes
        if "sizes" in subject.program.constants
        else (400, *([100] * (len(c.sizes) - 2)), c.sizes[-1])
    )
    drawn = [first_of(subject, sizes, seed) for seed in range(1, 9)]
    lines, matches = [], []
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        w = np.array([params[i][0] for params in drawn])
        if all(np.ptp(one) == 0 or is_repeated(one) for one in w):
            yield wrong(
                f"layer {i + 1}: all units have the same weights, so they stay the same unit",
                bugs.FIRST_WEIGHTS,
            )
            return
        std, n = (
            float(w.std()),
            max(1, len({params[i][0].tobytes() for params in drawn})) * fan_in * fan_out,
        )
        near = 6 / np.sqrt(2 * n) + 0.02
        lines.append(
            f"layer {i + 1}: standard deviation {std:.4g}; 2 / fan_in gives {np.sqrt(2 / fan_in):.4g}, 2 / fan_out {np.sqrt(2 / fan_out):.4g}"
        )
        matches.append(
            {
                name
                for name, value in spreads(fan_in, fan_out).items()
                if abs(std / value - 1) < near
            }
        )
    usual = set.intersection(*matches)
    right, swapped = usual - SWAPPED, usual & SWAPPED
    if swapped and not right:
        yield wrong(
            f"the variance is {min(swapped)}, which belongs to the other side of the layer",
            bugs.FIRST_WEIGHTS,
            *lines,
        )
    else:
        named = f": the variance is {min(right)}" if right else ""
        yield fine(f"units begin with weights of their own{named}", *lines)


SWAPPED = {"2 / fan_out", "1 / fan_out", "1 / (3 fan_out)"}


def spreads(fan_in: int, fan_out: int) -> dict[str, float]:
    """Return the standard deviations of usual initialisations."""
    of = {
        **{f"2 / {side}": 2 / n for side, n in (("fan_in", fan_in), ("fan_out", fan_out))},
        **{f"1 / {side}": 1 / n for side, n in (("fan_in", fan_in), ("fan_out", fan_out))},
        **{
            f"1 / (3 {side})": 1 / (3 * n) for side, n in (("fan_in", fan_in), ("fan_out", fan_out))
        },
        "2 / (fan_in + fan_out)": 2 / (fan_in + fan_out),
    }
    return {name: float(np.sqrt(v)) for name, v in of.items()}


def is_repeated(w: FloatArray) -> bool:
    """Whether the units of a layer of several have equal weights, (fan_in, fan_out)."""
    return w.shape[1] > 1 and bool((w == w[:, :1]).all())


def first_of(subject: Subject, sizes: Sequence[int], seed: int) -> list[LayerParams]:
    """Return first weights of layers."""
    known: dict[str, Tree] = {
        "sizes": list(sizes),
        "seed": seed,
        "activation": subject.convention.act,
    }
    value = subject.program.call("init", **taken(subject.program, "init", known)).value
    return subject.convention.form.unpack(value, sizes)

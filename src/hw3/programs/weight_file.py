"""A file of weights and nothing else: what its network is, and what can be told of its training."""

import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from math import sqrt
from pathlib import Path

import numpy as np

from hw3.core.verdict import Verdict
from hw3.core.words import one_line, shape, span
from hw3.datasets.content import Content, content_of
from hw3.nn.arrays import LayerParams
from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, unsure, wrong
from hw3.programs.clauses.beginning import spreads
from hw3.programs.form import WrongForm
from hw3.programs.layout import Misfit, layers_of
from hw3.programs.verdict import CheckReport, Finding

Params = Sequence[LayerParams]
EVALUATE = """data to measure its accuracy on: python -m hw3.evaluate {} dataset=<its data> \
act=<its own>, for HDF5 that holds W1 (fan_out, fan_in), b1 (fan_out,), W2 and so on"""


def checked_weights(path: Path, seed: int | None) -> CheckReport:
    """Return what can be told of a weight file; nothing is drawn, so that the seed means nothing.

    Errors: DataError for a file that cannot be read.
    """
    begun = time.monotonic()
    lines: list[str] = []
    findings: list[Finding] = []
    try:
        params, lines = layers_of(arrays_of(path))
        for name, (asked, look) in CLAUSES.items():
            for s in look(params):
                findings.append(Finding(name, asked, s.verdict, s.observed, s.bug, s.details))
            if name == "finite" and findings[-1].verdict is Verdict.FAIL:
                break  # of NaN nothing else can be told
    except WrongForm as error:
        verdict = Verdict.FAIL if isinstance(error, Misfit) else Verdict.INCONCLUSIVE
        findings.append(Finding("layers", CLAUSES["layers"][0], verdict, one_line(str(error))))
    accuracy = EVALUATE.format(shlex.quote(f"weights={path}"))
    told = (tuple(map(one_line, lines)), tuple(findings), (accuracy,))
    return CheckReport(str(path), seed or 0, *told, time.monotonic() - begun)


def arrays_of(path: Path) -> Content:
    """Return the arrays of a file by their names; Python objects are not unpickled."""
    found = content_of(path)
    if list(found) == [str(i) for i in range(len(found))] and found["0"].ndim == 1:
        return {path.stem: np.column_stack(list(found.values()))}  # a lone matrix, as a table
    return found


def layers(params: Params) -> Iterator[Seen]:
    """Say which network the arrays are."""
    yield fine(f"a network of {shape((len(params[0][0]), *(w.shape[1] for w, _ in params)))}")


def finite(params: Params) -> Iterator[Seen]:
    """Look for NaN and infinities."""
    bad = [sum(int((~np.isfinite(a)).sum()) for a in pair) for pair in params]
    told = ", ".join(f"{n:,} in layer {i}" for i, n in enumerate(bad, 1) if n)
    yield wrong(f"NaN or infinite numbers: {told}") if told else fine("all numbers are finite")


def units(params: Params) -> Iterator[Seen]:
    """Look for layers of zeros, and for units that are one: of equal weights and bias."""
    for i, (w, bias) in enumerate(params, 1):
        rows = np.column_stack([w.T, bias.reshape(w.shape[1], -1)])
        rows = rows[w.any(axis=0)] + 0.0  # -0 is 0; a unit without weights is dead, or pruned
        n, n_unlike = len(rows), len(np.unique(rows, axis=0))
        if not n or n_unlike < n:
            text = (
                f"of the {n:,} units of layer {i} only {n_unlike:,} are unlike, in weights and bias"
            )
            text = text if n else f"all weights of layer {i} are 0: no input changes an output"
            may_be = i == len(params) and n_unlike > 1  # of classes that no row has
            yield unsure(text) if may_be else wrong(text, bugs.FIRST_WEIGHTS)
            return
    yield fine("no two units of a layer have equal weights and bias")


def biases(params: Params) -> Iterator[Seen]:
    """Look for biases that are still 0, as nearly every program begins with them."""
    moved = {i: bool(bias.any()) for i, (_, bias) in enumerate(params, 1) if bias.size}
    if still := [i for i, is_moved in moved.items() if not is_moved]:
        bug = bugs.NOT_UPDATED if any(moved.values()) and max(still) == len(params) else None
        text = f"all biases are 0 in layer {span(still)} of {len(params)}: never updated?"
        yield Seen(Verdict.INCONCLUSIVE, text, bug)
    elif moved:
        yield fine("no layer's biases are all 0")


def spread(params: Params) -> Iterator[Seen]:
    """Compare the spread of weights with that of fresh ones; sd varies by 1 / sqrt(2n) of it."""
    lines, usual = [], []
    for i, (w, _) in enumerate(params, 1):
        fresh = f"{sqrt(2 / len(w)):.3g} (2 / fan_in) or {sqrt(1 / len(w)):.3g} (1 / fan_in)"
        lines.append(f"layer {i}: mean {w.mean():.3g}, sd {w.std():.3g}; fresh {fresh}")
        near = 3 / sqrt(2 * w.size)
        usual.append({n for n, sd in spreads(*w.shape).items() if abs(w.std() / sd - 1) < near})
    text, same = "; ".join(lines), set.intersection(*usual)
    if same and not any(bias.any() for _, bias in params):  # else it was trained, if not much
        yield unsure(f"{text}; all as fresh weights of variance {min(same)}: perhaps not trained")
    else:
        yield fine(text)


CLAUSES: dict[str, tuple[str, Callable[[Params], Iterator[Seen]]]] = {
    "layers": ("The shapes chain from inputs to outputs.", layers),
    "finite": ("All numbers are finite.", finite),
    "units": ("No layer is all 0, and no two of its units are alike.", units),
    "biases": ("Biases have moved from 0.", biases),
    "spread": ("Weights are not spread as those of a fresh network.", spread),
}

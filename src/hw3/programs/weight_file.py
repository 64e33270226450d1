"""A file of weights and nothing else: what its network is, and what can be told of its training."""

import shlex
import time
from collections.abc import Callable, Iterator
from math import sqrt
from pathlib import Path

import h5py
import numpy as np

from hw3.core.hdf5 import links_of, opened, values_of
from hw3.core.words import one_line, shape
from hw3.datasets.content import readable, refuse_large
from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, unsure, wrong
from hw3.programs.clauses.outputs import spreads
from hw3.programs.layout import Layout, Unfit, layout_of
from hw3.programs.verdict import CheckReport, Finding, Verdict
from hw3.records.weights import layer_sizes

FEW = 16  # values, of which units may be made and be equal by chance
MANY = 100  # weights, whose standard deviation tells something


def checked_weights(path: Path, seed: int | None) -> CheckReport:
    """Return what can be told of a weight file, whose layout is found out.

    seed: stands in the report; nothing is drawn.

    Errors: DataError for a file that cannot be read.
    """
    begun = time.monotonic()
    conventions: tuple[str, ...] = ()
    findings: list[Finding] = []
    try:
        layout = layout_of(arrays_of(path))
        conventions = tuple(map(one_line, layout.conventions))
        for name, (asked, look) in CLAUSES.items():
            for s in look(layout):
                findings.append(Finding(name, asked, s.verdict, s.observed, s.bug, s.details))
            if name == "finite" and findings[-1].verdict is Verdict.FAIL:
                break  # of NaN nothing else can be told
    except Unfit as error:
        text, verdict = error.args
        findings.append(Finding("layers", CLAUSES["layers"][0], verdict, one_line(text)))
    seconds = time.monotonic() - begun
    missing = (measuring(path),)
    return CheckReport(str(path), seed or 0, conventions, tuple(findings), missing, seconds)


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a file by their names; Python objects are not unpickled."""
    with readable(path):
        if path.suffix in (".h5", ".hdf5"):
            with opened(path) as file:
                data = {n: d for n, d in links_of(file) if isinstance(d, h5py.Dataset)}
                return {n: values_of(d) for n, d in data.items() if d.dtype.kind in "fiu"}
        refuse_large(path, path.stat().st_size)
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {path.stem: loaded}
        with loaded:
            refuse_large(path, sum(info.file_size for info in loaded.zip.infolist()))
            arrays = {name: loaded[name] for name in loaded.files}
            return {name: a for name, a in arrays.items() if isinstance(a, np.ndarray)}


def layers(layout: Layout) -> Iterator[Seen]:
    """Say which network the arrays are."""
    yield fine(f"a network of {shape(layer_sizes(layout.params))}")


def finite(layout: Layout) -> Iterator[Seen]:
    """Look for NaN and infinities."""
    bad = [sum(int((~np.isfinite(a)).sum()) for a in pair) for pair in layout.params]
    told = ", ".join(f"{n:,} in layer {i}" for i, n in enumerate(bad, 1) if n)
    yield wrong(f"NaN or infinite numbers: {told}") if told else fine("all numbers are finite")


def units(layout: Layout) -> Iterator[Seen]:
    """Look for layers of zeros, and for units that are one: of equal weights and bias."""
    for i, (w, bias) in enumerate(layout.params, 1):
        rows = np.column_stack([w.T, bias])[w.any(axis=0)] + 0.0  # units of 0 are dead or pruned
        n, n_unlike = len(rows), len(np.unique(rows, axis=0))
        if not n:
            text = f"all weights of layer {i} are 0, so that outputs do not depend on inputs"
            yield wrong(text, bugs.FIRST_WEIGHTS)
        elif n_unlike < n:
            text = f"layer {i}: of {n:,} units {n_unlike:,} are unlike in weights and bias"
            is_last = i == len(layout.params)  # classes that no row has may be alike
            by_chance = n_unlike > 1 and (is_last or len(np.unique(w)) <= FEW)
            yield unsure(text) if by_chance else wrong(text, bugs.FIRST_WEIGHTS)
        else:
            continue
        return
    yield fine("no two units of a layer have equal weights and bias")


def biases(layout: Layout) -> Iterator[Seen]:
    """Look for biases that are still 0, as nearly every program begins with them."""
    moved = [bool(bias.any()) for _, bias in layout.params]
    if all(moved):
        yield fine("no layer's biases are all 0")
    elif any(moved):
        text = f"biases of layer {moved.index(False) + 1} are all 0, and others are not"
        yield Seen(Verdict.INCONCLUSIVE, text, None if moved[-1] else bugs.NOT_UPDATED)
    elif layout.names[1]:
        yield unsure("all biases are 0: it is not trained, or biases are not updated")


def spread(layout: Layout) -> Iterator[Seen]:
    """Compare the spread of weights with that of fresh ones; sd varies by 1 / sqrt(2n) of it."""
    lines, usual = [], []
    for i, (w, bias) in enumerate(layout.params, 1):
        mean, sd, fresh = w.mean(), w.std(), [sqrt(k / len(w)) for k in (2, 1)]
        text = f"{fresh[0]:.3g} (2 / fan_in) or {fresh[1]:.3g} (1 / fan_in)"
        lines.append(f"layer {i}: mean {mean:.3g}, standard deviation {sd:.3g}; fresh {text}")
        near = 3 / sqrt(2 * w.size)
        known = {} if bias.any() else spreads(*w.shape)
        if w.size >= MANY:
            usual.append({name for name, value in known.items() if abs(sd / value - 1) < near})
    if usual and (same := set.intersection(*usual)):
        text = f"spread as fresh weights of variance {min(same)}: perhaps not trained"
        yield unsure(text, *lines)
    else:
        yield fine("; ".join(lines))


def measuring(path: Path) -> str:
    """Return how the accuracy of the network is measured."""
    is_read = path.suffix in (".h5", ".hdf5")
    command = (
        f"python -m hw3.evaluate {shlex.quote(f'weights={path}' if is_read else 'weights=net.h5')}"
    )
    form = "of W1 (fan_out, fan_in), b1 (fan_out,), W2, ... in HDF5"
    return f"data to measure accuracy on: {command} dataset=<its data> act=<its own>, {form}"


CLAUSES: dict[str, tuple[str, Callable[[Layout], Iterator[Seen]]]] = {
    "layers": ("The shapes chain from inputs to outputs.", layers),
    "finite": ("All numbers are finite.", finite),
    "units": ("No layer is all 0, and no two of its units are alike.", units),
    "biases": ("Biases have moved from 0.", biases),
    "spread": ("Weights are not spread as those of a fresh network.", spread),
}

"""A file of weights and nothing else: what its network is, and what can be told of its training."""

import shlex
import time
from collections.abc import Callable, Iterator
from math import sqrt
from pathlib import Path

import h5py
import numpy as np

from hw3.core.errors import DataError
from hw3.core.hdf5 import links_of, opened, values_of
from hw3.core.words import one_line, shape
from hw3.datasets.content import readable, refuse_large
from hw3.programs import bugs
from hw3.programs.clause import Seen, fine, unsure, wrong
from hw3.programs.clauses.outputs import spreads
from hw3.programs.layout import Layout, Unfit, layout_of
from hw3.programs.verdict import CheckReport, Finding, Verdict
from hw3.records.weights import stored_act, stored_sizes

COARSE = 16  # values, of which units may be made and be equal by chance
MANY = 100  # weights, whose standard deviation tells something


def checked_weights(path: Path, seed: int | None) -> CheckReport:
    """Return what can be told of a weight file, whose layout is found out.

    seed: stands in the report and changes nothing, as nothing is drawn.

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
                break
    except Unfit as error:
        text, verdict = error.args
        findings.append(Finding("layers", CLAUSES["layers"][0], verdict, one_line(text)))
    left = list(CLAUSES)[list(CLAUSES).index(findings[-1].clause) + 1 :]
    waiting = f"not looked at until the clauses before them pass: {', '.join(left)}"
    remarks = ("nothing was drawn: the seed changes nothing", *([waiting] if left else []))
    told = (conventions, tuple(findings), (measuring(path),), time.monotonic() - begun)
    return CheckReport(str(path), seed or 0, *told, remarks)


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
    weights = [layer.weight for layer in layout.layers]
    yield fine(f"a network of {shape((len(weights[0]), *(w.shape[1] for w in weights)))}")


def finite(layout: Layout) -> Iterator[Seen]:
    """Look for NaN and infinities."""
    bad = {
        layer.name: sum(
            int((~np.isfinite(a)).sum()) for a in (layer.weight, layer.bias) if a is not None
        )
        for layer in layout.layers
    }
    counts = ", ".join(f"{n:,} with {name}" for name, n in bad.items() if n)
    yield wrong(f"numbers that are NaN or infinite: {counts}") if counts else fine("all are")


def units(layout: Layout) -> Iterator[Seen]:
    """Look for layers of zeros, and for units that are one: of equal weights and bias."""
    for layer in layout.layers:
        w, bias = layer.weight, layer.bias
        if not w.any():
            yield wrong(f"all of {layer.name} is 0: inputs change no output", bugs.FIRST_WEIGHTS)
            return
        rows = w.T if bias is None else np.column_stack([w.T, bias])
        rows = rows[w.any(axis=0)] + 0.0  # -0 is 0; units without weights are dead, or pruned
        n, n_unlike = len(rows), len(np.unique(rows, axis=0))
        if n_unlike < n:
            text = f"{layer.name}: of {n:,} units {n_unlike:,} are unlike, in weights and bias"
            is_last = layer is layout.layers[-1]  # classes that no row has may be alike
            by_chance = n_unlike > 1 and (is_last or len(np.unique(w)) <= COARSE)
            is_open = by_chance or not layout.is_sure
            yield unsure(text) if is_open else wrong(text, bugs.FIRST_WEIGHTS)
            return
    yield fine("no two units of a layer have equal weights and bias")


def biases(layout: Layout) -> Iterator[Seen]:
    """Look for biases that are still 0, as nearly every program begins with them."""
    moved = [layer.bias.any() for layer in layout.layers if layer.bias is not None]
    if moved and all(moved):
        yield fine("no layer's biases are all 0")
    elif any(moved):
        text = f"biases of layer {moved.index(False) + 1} are all 0, and others are not"
        yield Seen(Verdict.INCONCLUSIVE, text, None if moved[-1] else bugs.NOT_UPDATED)
    elif moved:
        yield unsure("all biases are 0: it is not trained, or biases are not updated")


def spread(layout: Layout) -> Iterator[Seen]:
    """Compare the spread of weights with that of fresh ones; sd varies by 1 / sqrt(2n) of it."""
    lines, usual = [], []
    for layer in layout.layers:
        w, n_in = layer.weight, len(layer.weight)
        mean, sd = float(w.mean(dtype=float)), float(w.std(dtype=float))
        fresh = f"{sqrt(2 / n_in):.3g} (2 / fan_in) or {sqrt(1 / n_in):.3g} (1 / fan_in)"
        lines.append(f"{layer.name} has mean {mean:.3g} and sd {sd:.3g}, fresh {fresh}")
        if w.size >= MANY:
            near = 3 / sqrt(2 * w.size)
            is_fresh = layer.bias is None or not layer.bias.any()
            known = spreads(*w.shape).items() if is_fresh else ()
            usual.append({name for name, value in known if abs(sd / value - 1) < near})
    if usual and (same := set.intersection(*usual)):
        text = f"all are spread as fresh weights of variance {min(same)}: perhaps not trained"
        yield unsure(text, *lines)
    else:
        yield fine("; ".join(lines))


def measuring(path: Path) -> str:
    """Return how the accuracy of the network is measured."""
    try:
        stored_sizes(path)
        name, act = str(path), None if stored_act(path) else "<its activation>"
        before = ""
    except DataError:
        name, act = "net.h5", "<its activation>"
        before = "save it as HDF5 with W1 (fan_out, fan_in), b1, W2, ..., then "
    command = f"python -m hw3.evaluate {shlex.quote(f'weights={name}')} dataset=<its data>"
    return f"data to measure accuracy on: {before}{command}{f' act={act}' if act else ''}"


CLAUSES: dict[str, tuple[str, Callable[[Layout], Iterator[Seen]]]] = {
    "layers": ("The shapes chain from inputs to outputs.", layers),
    "finite": ("All numbers are finite.", finite),
    "units": ("No layer is all 0, and no two of its units are alike.", units),
    "biases": ("Biases have moved from 0.", biases),
    "spread": ("Weights are not spread as those of a fresh network.", spread),
}

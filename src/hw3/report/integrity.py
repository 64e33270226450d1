"""Whether the record of a run agrees with itself: hashes, history, sizes, rates."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from hw3.core.seeds import stream
from hw3.datasets.dataset import subset_rows
from hw3.datasets.sources import SOURCES
from hw3.datasets.splits import SPLITTERS, Rows, n_val
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.arrays import IntArray, LayerParams
from hw3.nn.initializers import initial_params
from hw3.records.layout import ENVIRONMENT, METRICS
from hw3.records.read import read_record, record_digests
from hw3.records.run import Run, Sweep, load_job
from hw3.report.audit import Finding
from hw3.report.records import SUMMARIZED, Part, Records
from hw3.sweeps.summary import outcome_digests, read_summary, summary_digests
from hw3.training.history import best_epoch


def check_integrity(records: Records, parts: Sequence[Part], finding: Finding) -> None:
    """Find whatever in the records of some parts contradicts another of their records."""
    runs = [run for part in parts for run in records.runs(part)]
    for run in runs:
        finding.expect(run.status == "completed", f"{run.name} is {run.status}")
        for fault in (*file_faults(run), *hash_faults(run), *history_faults(run)):
            finding.expect(False, f"{run.name}: {fault}")
    for part in parts:
        found: Run | Sweep | None = getattr(records, part)
        if isinstance(found, Sweep):
            for fault in summary_faults(found, must_be=part in SUMMARIZED):
                finding.expect(False, f"{found.folder.name}: {fault}")
    finding.say(
        f"{len(runs)} run{'s' * (len(runs) != 1)} checked: files, config and weights against the "
        "recorded hashes, each accuracy against its count, the outcome against the history"
    )


def file_faults(run: Run) -> Iterable[str]:
    """Yield which files of the record are not those that the run wrote."""
    recorded = run.metrics.get("files")
    if recorded is None:
        yield f"{METRICS} has no hashes of its files; an older version wrote it: run it again"
        return
    yield from changed_files(recorded, record_digests(run.folder), "the run had ended")


def summary_faults(sweep: Sweep, must_be: bool) -> Iterable[str]:
    """Yield what of a sweep's folder, or of its jobs' outcomes, is not as it was summarised.

    A folder of single runs has no summary unless seeds were swept into it.
    """
    record = read_summary(sweep.folder)
    if record is None:
        if must_be:
            yield f"it was never summarised: python -m hw3.sweep {sweep.folder}"
        return
    yield from changed_files(record["files"], summary_digests(sweep.folder), "it was summarised")
    then = record["outcomes"]
    if not must_be:
        sweep = Sweep(sweep.folder, [load_job(sweep.folder / name) for name in then])
    now = outcome_digests(sweep)
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            yield f"the outcome of {name} is not the one that was summarised"


def changed_files(then: Mapping[str, str], now: Mapping[str, str], since: str) -> Iterable[str]:
    """Yield which files are missing, were changed, or came in, since their hashes were taken."""
    for name in sorted(then.keys() | now.keys()):
        if name not in now:
            yield f"{name} is missing"
        elif name not in then and not name.endswith(".txt"):  # notes may lie beside
            yield f"{name} came in after {since}, or its hash was removed"
        elif name in then and now[name] != then[name]:
            yield f"{name} was changed after {since}"


def hash_faults(run: Run) -> Iterable[str]:
    """Yield where the config or the weights are not those that the run recorded."""
    told = {"name": run.tree["name"], "dataset": run.tree["dataset"]["name"]}
    told |= {"instead_of": run.tree.get("instead_of")}
    for key, value in told.items():
        if run.metrics[key] != value:
            yield f"{METRICS} says {key} {run.metrics[key]}, config.yaml {value}"
    if run.config_hash != run.metrics["config_hash"]:
        yield f"config.yaml has the hash {run.config_hash[:12]}, not the recorded one"
    n = n_parameters(run)
    if n != run.metrics["n_parameters"]:
        yield f"{METRICS} says {run.metrics['n_parameters']:,} parameters, params.h5 holds {n:,}"
    if run.weights_sha256 != run.metrics["weights_sha256"]:
        yield f"params.h5 has the hash {run.weights_sha256[:12]}, not the recorded one"


def history_faults(run: Run) -> Iterable[str]:
    """Yield where history.csv contradicts itself or metrics.json."""
    frame, metrics = run.history, run.metrics
    if len(frame) != metrics["epochs"] or (frame["epoch"].diff()[1:] != 1).any():
        yield f"history.csv does not hold epochs 1 to {metrics['epochs']}"
        return
    for part in ("train", "val"):
        n = metrics[f"n_{part}"]
        if n:
            off = (frame[f"{part}_accuracy"] - frame[f"{part}_correct"] / n).abs()
            for epoch in frame["epoch"][~(off <= 1e-9)]:  # a missing number is off as well
                yield f"history.csv, epoch {epoch}: {part}_accuracy is not correct / {n:,}"
    best, final = best_epoch(frame), metrics["final"]["epoch"]
    for name, epoch in (("final", final), ("best_epoch", best)):
        measured = frame.iloc[epoch - 1]
        for key, value in metrics[name].items():
            if value is not None and not same(measured[key], value):
                yield f"{name}: {key} is {measured[key]:g} in history.csv, {value:g} in {METRICS}"
    if abs(frame["seconds"].sum() - metrics["seconds"]) > 1e-3 * len(frame):
        yield f"the epochs took {frame['seconds'].sum():.1f} s, not {metrics['seconds']:.1f}"
    has_stopped = (run.tree.get("early_stopping") or {}).get("patience")
    if final != metrics["epochs"] and not has_stopped:
        yield f"the outcome is that of epoch {final}, not of the last"


def same(a: float, b: float) -> bool:
    """Whether two recorded numbers are one, but for the rounding of a division."""
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def expected_rows(run: Run) -> Rows:
    """Return which rows the config trains and validates on, drawn again; reads no data."""
    spec = run.tree["dataset"]
    source = SOURCES.get(spec["name"])
    rows = subset_rows(source, spec["subset"])
    # the files with several parts begin with class 1 (sources.read_human_machine)
    labels = source.parts - 1 - rows * source.parts // source.n_rows
    held_out = n_val(spec["val"], len(rows))
    split = SPLITTERS.get(spec["split"])(labels, held_out, stream(run.tree["seed"], "split"))
    return rows[split[0]], rows[split[1]]


def data_of(run: Run) -> str:
    """Return the sha256 of the training file that a run read."""
    facts = read_record(run.folder / ENVIRONMENT) or {}
    return str(facts["data"]["sha256"])


def n_used(*parts: IntArray) -> int:
    """Return how many different rows splits hold together."""
    return int(np.count_nonzero(np.bincount(np.concatenate(parts))))


def n_parameters(run: Run) -> int:
    """Return how many weights and biases params.h5 holds."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(run.layer_sizes))


def init_of(run: Run) -> str:
    """Return the initialisation, with auto resolved; from the tree, so older records serve too."""
    init = str(run.tree["model"]["init"])
    return ACTIVATIONS.get(run.tree["act"]["name"]).init if init == "auto" else init


@cache
def start_sds(sizes: tuple[int, ...], init: str, seed: int) -> tuple[float, ...]:
    """Return the standard deviation of each layer's weights at their start, drawn again."""
    return tuple(float(w.std()) for w, _ in initial_params(sizes, init, stream(seed, "init")))


def start_of(run: Run) -> list[LayerParams]:
    """Return the weights that the run started from, drawn again."""
    return initial_params(run.layer_sizes, init_of(run), stream(run.tree["seed"], "init"))


def halvings(rates: Sequence[float]) -> list[int]:
    """Return the epochs after which the applied rate was halved."""
    return [i for i, (a, b) in enumerate(pairwise(rates), 1) if same(b, a / 2)]


def changes(rates: Sequence[float]) -> list[int]:
    """Return the epochs after which the applied rate changed at all."""
    return [i for i, (a, b) in enumerate(pairwise(rates), 1) if not same(a, b)]

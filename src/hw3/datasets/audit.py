"""What a data set holds, measured: its rows, its repeats, and what its splits leak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw3.analysis.audit import RowAudit, audit
from hw3.analysis.sequences import contributor_clustering, leakage
from hw3.core.words import percent
from hw3.datasets.cautions import caution_lines
from hw3.datasets.dataset import load_dataset
from hw3.datasets.sources import arrays_of, source_of
from hw3.datasets.spec import DataSpec
from hw3.datasets.splits import CONTRIBUTOR_ROWS
from hw3.datasets.types import DataFacts, Dataset

FEW = 50  # columns for which a scale can be pasted
SHOWN = 20  # classes that an audit lists


@dataclass(frozen=True)
class DataAudit:
    """What a data set's training file holds, and what its splits leak.

    Attributes:
        name: of the data set.
        seed: that the splits were drawn from.
        facts: the loader's.
        rows: see analysis.audit.
        leakage: for each split, see `split_leakage`.
        clustering: of human_machine, for each class how much more alike the rows of a block are
            than chance allows; see contributor_clustering.
        cautions: what is odd about the file or a split, in words.
        scale: dataset.scale=[[means],[deviations]] of training rows, nothing but for tables.
    """

    name: str
    seed: int
    facts: DataFacts
    rows: RowAudit
    leakage: Mapping[str, Mapping[str, float]]
    clustering: Mapping[str, float | None]
    cautions: tuple[str, ...]
    scale: str = ""


def audit_dataset(specs: Sequence[DataSpec], data_dir: Path, *, seed: int) -> DataAudit:
    """Return the audit of a data set's training file; the test file stays closed.

    The specs are of one data set, each with another split.

    Raises:
        DataError: if the file does not hold what it must.
    """
    spec = specs[0]
    source, arrays = source_of(spec, data_dir), arrays_of(spec, data_dir)
    leakage, cautions = {}, dict[str, None]()
    for each in specs:
        dataset = load_dataset(each, data_dir, seed=seed, dtype="float32")
        leakage[each.split] = split_leakage(dataset)
        cautions |= dict.fromkeys(caution_lines(dataset.facts))
    is_table = spec.own and source.image_shape is None and source.n_features <= FEW
    scale = scale_of(dataset) if is_table else ""
    rows = audit(arrays.inputs, arrays.labels, source.class_names)
    clustering = {}
    if spec.name == "human_machine":
        for label, class_name in enumerate(source.class_names):
            own = arrays.inputs[arrays.labels == label]
            clustering[class_name] = contributor_clustering(own, CONTRIBUTOR_ROWS)
    return DataAudit(
        spec.label, seed, arrays.facts, rows, leakage, clustering, tuple(cautions), scale
    )


def scale_of(dataset: Dataset) -> str:
    """Return a scale that gives the training rows mean 0 and deviation 1, as an override."""
    rows = dataset.train.inputs.astype(np.float64)  # whose squares do not overflow
    means: np.ndarray = rows.mean(axis=0)
    deviations: np.ndarray = rows.std(axis=0)
    deviations[deviations == 0] = 1  # a column that is the same in all rows
    shifts, divisors = (",".join(f"{x:.4g}" for x in row) for row in (means, deviations))
    return f"'dataset.scale=[[{shifts}],[{divisors}]]'"


def split_leakage(dataset: Dataset) -> dict[str, float]:
    """Return the share of validation rows that also occur in training: of all, and by class.

    Empty if nothing is held out. Of a class, only the training rows of that class count.
    """
    train, val = dataset.train, dataset.val
    if val is None:
        return {}
    shares = {"all": leakage(train.inputs, val.inputs)}
    for label in np.unique(val.labels):
        rows = (part.inputs[part.labels == label] for part in (train, val))
        shares[dataset.class_names[label]] = leakage(*rows)
    return shares


def leakage_line(by_split: Mapping[str, Mapping[str, float]]) -> str:
    """Return one sentence on what the splits of human_machine leak, from measured shares."""
    human = " and ".join(
        f"{percent(s.get('human', 0), 1)} by {split} split" for split, s in by_split.items()
    )
    machine = " and ".join(percent(s.get("machine", 0), 1) for s in by_split.values())
    return (
        f"leakage: of the human validation rows, {human} also occur in training "
        f"(of the machine rows {machine})"
    )


def audit_lines(found: DataAudit) -> list[str]:
    """Return the audit in words."""
    rows = found.rows
    (n, n_features), (low, high) = rows.shape, rows.range
    lines = [
        f"{found.name}: {n:,} rows of {n_features} in [{low:g}, {high:g}], from {found.facts.file} "
        f"(sha256 {found.facts.sha256[:12]}...)",
        f"repeats: {rows.n_distinct:,} distinct rows; {rows.n_repeating:,} rows occur more than "
        f"once; {rows.in_several_classes:,} distinct rows carry more than one label",
    ]
    for c in rows.classes[:SHOWN]:
        share = percent(c.rows / n)
        lines.append(f"  {c.name:<12} {c.rows:>7,} rows = {share:>7}, {c.distinct:,} distinct")
    if len(rows.classes) > SHOWN:
        lines.append(f"  ... and {len(rows.classes) - SHOWN:,} classes more")
    for split, shares in found.leakage.items():
        leaking = [f"{name} {percent(share)}" for name, share in shares.items() if share]
        parts = ", ".join(leaking[:SHOWN]) + ", ..." * (len(leaking) > SHOWN)
        words = parts or ("none" if shares else "no row is held out")
        lines.append(
            f"validation rows that also occur in training, {split} split, seed {found.seed}: "
            f"{words}"
        )
    for name, f in found.clustering.items():
        words = "is the same for all rows of a block"
        if f is not None:
            words = f"varies {f:.1f} times as much between blocks as chance allows"
        lines.append(f"blocks of {CONTRIBUTOR_ROWS} {name} rows: the alternation rate {words}")
    if found.scale:
        lines.append(f"mean and standard deviation of the training rows: {found.scale}")
    return [*lines, *(f"CAUTION: {text}" for text in found.cautions)]

"""What a data set holds, measured: its rows, its repeats, and what its splits leak."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw3.analysis.audit import RowAudit, audit
from hw3.analysis.sequences import contributor_clustering, leakage
from hw3.core.words import percent
from hw3.datasets.cautions import caution_lines
from hw3.datasets.dataset import load_dataset
from hw3.datasets.sources import SOURCES, read_source
from hw3.datasets.splits import CONTRIBUTOR_ROWS
from hw3.datasets.types import DataFacts, Dataset


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
    """

    name: str
    seed: int
    facts: DataFacts
    rows: RowAudit
    leakage: Mapping[str, Mapping[str, float]]
    clustering: Mapping[str, float | None]
    cautions: tuple[str, ...]


def audit_dataset(
    name: str, data_dir: Path, *, splits: tuple[str, ...], val: int | float, seed: int
) -> DataAudit:
    """Return the audit of a data set's training file; the test file stays closed.

    Raises:
        DataError: if the file does not hold what it must.
    """
    source, arrays = SOURCES.get(name), read_source(name, data_dir)
    leakage, cautions = {}, dict[str, None]()
    for split in splits:
        dataset = load_dataset(
            name, data_dir, split=split, val=val, subset=None, seed=seed, dtype="float32"
        )
        leakage[split] = split_leakage(dataset)
        cautions |= dict.fromkeys(caution_lines(dataset.facts))
    rows = audit(arrays.inputs, arrays.labels, source.class_names)
    clustering = {}
    if name == "human_machine":
        for label, class_name in enumerate(source.class_names):
            own = arrays.inputs[arrays.labels == label]
            clustering[class_name] = contributor_clustering(own, CONTRIBUTOR_ROWS)
    return DataAudit(name, seed, arrays.facts, rows, leakage, clustering, tuple(cautions))


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
    for c in rows.classes:
        share = percent(c.rows / n)
        lines.append(f"  {c.name:<12} {c.rows:>7,} rows = {share:>7}, {c.distinct:,} distinct")
    for split, shares in found.leakage.items():
        parts = ", ".join(f"{name} {percent(share)}" for name, share in shares.items() if share)
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
    return [*lines, *(f"CAUTION: {text}" for text in found.cautions)]

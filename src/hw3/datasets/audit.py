"""What a data set holds, measured: its rows, its repeats, and what its splits leak."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hw3.analysis.audit import audit
from hw3.analysis.sequences import contributor_clustering, leakage
from hw3.datasets.dataset import load_dataset
from hw3.datasets.sources import SOURCES, read_source
from hw3.datasets.splits import CONTRIBUTOR_ROWS
from hw3.datasets.types import Dataset


def audit_dataset(
    name: str, data_dir: Path, *, splits: tuple[str, ...], val: int | float, seed: int
) -> dict[str, Any]:
    """Return the audit of a data set's training file; the test file stays closed.

    Returns:
        analysis.audit's facts; `file`: the loader's; `leakage`: for each split (see
        `split_leakage`); `clustering`, of human_machine: contributor_clustering of each class.

    Raises:
        DataError: if the file does not hold what it must.
    """
    source, arrays = SOURCES.get(name), read_source(name, data_dir)
    found: dict[str, Any] = {"dataset": name, "seed": seed, "file": arrays.facts}
    found |= audit(arrays.inputs, arrays.labels, source.class_names)
    found["leakage"] = {}
    for split in splits:
        options: dict[str, Any] = {"split": split, "val": val, "subset": None, "seed": seed}
        found["leakage"][split] = split_leakage(
            load_dataset(name, data_dir, dtype="float32", **options)
        )
    if name == "human_machine":
        found["clustering"] = {
            class_name: contributor_clustering(
                arrays.inputs[arrays.labels == label], CONTRIBUTOR_ROWS
            )
            for label, class_name in enumerate(source.class_names)
        }
    return found


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
        f"{s.get('human', 0):.1%} by {split} split" for split, s in by_split.items()
    )
    machine = " and ".join(f"{shares.get('machine', 0):.1%}" for shares in by_split.values())
    return (
        f"leakage: of the human validation rows, {human} also occur in training "
        f"(of the machine rows {machine})"
    )


def audit_lines(found: dict[str, Any]) -> list[str]:
    """Return the audit in words."""
    low, high = found["range"]
    n, distinct = found["n_rows"], found["n_distinct"]
    lines = [
        f"{found['dataset']}: {n:,} rows of {found['n_features']} in [{low:g}, {high:g}], "
        f"from {found['file'].file} (sha256 {found['file'].sha256[:12]}...)",
        f"repeats: {distinct:,} distinct rows; {found['n_repeating']:,} rows occur more than once; "
        f"{found['in_several_classes']:,} distinct rows carry more than one label",
    ]
    for name, facts in found["classes"].items():
        lines.append(
            f"  {name:<12} {facts['rows']:>7,} rows = {facts['share']:6.2%}, "
            f"{facts['distinct']:,} distinct"
        )
    for split, shares in found["leakage"].items():
        parts = ", ".join(f"{name} {share:.2%}" for name, share in shares.items() if share)
        words = parts or ("none" if shares else "no row is held out")
        lines.append(
            f"validation rows that also occur in training, {split} split, seed {found['seed']}: "
            f"{words}"
        )
    for name, f in found.get("clustering", {}).items():
        lines.append(
            f"blocks of {CONTRIBUTOR_ROWS} {name} rows: the alternation rate varies {f:.1f} times "
            "as much between blocks as chance allows"
        )
    return lines

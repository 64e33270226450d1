"""insight.json of problem 4: what was measured on the data, which the report cannot open again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw3.analysis.insight import conclusion, units_answer
from hw3.analysis.sequences import FeatureScore, FeatureSpread, UnitPattern
from hw3.config.validate import build
from hw3.core.limits import Count, PositiveInt
from hw3.records.layout import INSIGHT
from hw3.records.read import needed, read_record, reading


@dataclass(frozen=True)
class Unit:
    """A hidden unit: its number, its weight in the output, and the feature it follows best."""

    unit: PositiveInt
    outgoing: float
    feature: str | None
    correlation: float | None


@dataclass(frozen=True)
class FeatureCount:
    """How many validation rows logistic regression on a feature, or a group of them, gets right."""

    name: str
    val_correct: Count


@dataclass(frozen=True)
class Insight:
    """What the units follow, what features reach without a network, and what the splits leak.

    Attributes:
        n_val: validation rows that the counts of `features` are out of.
        leakage: for each split and class, the share of validation rows that occur in training.
    """

    n_val: PositiveInt
    units: tuple[Unit, ...]
    features: tuple[FeatureCount, ...]
    spreads: tuple[FeatureSpread, ...]
    leakage: Mapping[str, Mapping[str, float]]

    def __post_init__(self) -> None:
        if not self.units or not self.features:
            raise ValueError("units or features are missing")
        if any(feature.val_correct > self.n_val for feature in self.features):
            raise ValueError(f"a feature has more right than {self.n_val}")

    @property
    def scores(self) -> list[FeatureScore]:
        """The features with their validation accuracies."""
        return [FeatureScore(f.name, f.val_correct / self.n_val) for f in self.features]

    def conclusion(self, net_accuracy: float) -> str:
        """Return what units and features say beside a network of that validation accuracy."""
        patterns = [UnitPattern(unit.feature, unit.correlation) for unit in self.units]
        if not {f.name for f in self.features} & {s.name for s in self.spreads}:
            return units_answer(patterns)  # an early record of schema 1 has no spreads
        words = conclusion(self.scores, self.spreads, net_accuracy, self.n_val)
        return f"{units_answer(patterns)} {words}"


def read_insight(folder: Path, n_val: int) -> Insight:
    """Return the insight of the run in a folder, which validated on n_val rows.

    Raises:
        RunDirError: if it is not there, or damaged.
    """
    path = folder / INSIGHT
    record = needed(read_record(path), path)
    with reading(path):
        return build(Insight, record if "n_val" in record else upgraded(record, n_val), "", {})


def upgraded(record: Mapping[str, Any], n_val: int) -> dict[str, Any]:
    """Return a record of schema 1, which held shares and a conclusion, in today's form."""
    features = [
        {"name": f["name"], "val_correct": round(f["val_accuracy"] * n_val)}
        for f in record["features"]
    ]
    return {
        "n_val": n_val,
        "units": record["units"],
        "features": features,
        "spreads": [spread(s) for s in record.get("spreads", [])],
        "leakage": record["leakage"],
    }


def spread(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a feature's spread in units of class 0's: shift and ratio are those recorded."""
    ratio = record["spread_ratio"]
    sds: Sequence[float] = (0.0, 1.0) if ratio is None else (1.0, ratio)
    pooled = ((sds[0] ** 2 + sds[1] ** 2) / 2) ** 0.5
    return {"name": record["name"], "means": [0.0, record["shift"] * pooled], "sds": list(sds)}

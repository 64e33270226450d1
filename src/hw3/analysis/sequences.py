"""What tells human from machine in binary sequences, rows of -1 and +1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw3.analysis.audit import row_keys
from hw3.nn.arrays import FloatArray, IntArray

Rows = NDArray[np.number]  # (n, length) of -1 and +1; the human file is float, the other int
N_LAGS = 5
PATTERN_BITS = 3


@dataclass(frozen=True)
class FeatureScore:
    """The validation accuracy of logistic regression on a feature or a group of them."""

    name: str
    accuracy: float


@dataclass(frozen=True)
class UnitPattern:
    """The feature that a unit follows most, with its signed Pearson correlation."""

    feature: str | None
    correlation: float | None


def features(sequences: Rows) -> dict[str, IntArray]:
    """Return the features of each sequence, name -> (n,).

    ones: how many +1; alternations: how many s_t != s_(t+1); longest_run; lag_k: the sum over t
    of s_t s_(t+k), k = 1..5; pattern_b: how many windows of three read b, 1 for +1. Windows
    overlap. alternations = (length - 1 - lag_1) / 2, so the two always score alike.

    Raises:
        ValueError: unless sequences are (n, length > 5) of -1 and +1.
    """
    if sequences.ndim != 2 or sequences.shape[1] <= N_LAGS or not (np.abs(sequences) == 1).all():
        raise ValueError(f"needs rows of more than {N_LAGS} -1 and +1, got {sequences.shape}")
    s = sequences.astype(np.int64)
    is_one = s > 0
    table: dict[str, IntArray] = {
        "ones": is_one.sum(axis=1),
        "alternations": (s[:, 1:] != s[:, :-1]).sum(axis=1),
        "longest_run": longest_run(s),
    }
    for k in range(1, N_LAGS + 1):
        table[f"lag_{k}"] = (s[:, k:] * s[:, :-k]).sum(axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(is_one, PATTERN_BITS, axis=1)
    codes = windows @ (2 ** np.arange(PATTERN_BITS)[::-1])  # (n, length - 2), 0..7
    for code in range(2**PATTERN_BITS):
        table[f"pattern_{code:0{PATTERN_BITS}b}"] = (codes == code).sum(axis=1)
    return table


def longest_run(sequences: Rows) -> IntArray:
    """Return the length of the longest run of equal entries of each row, (n,)."""
    run = np.ones(len(sequences), np.int64)
    longest = run.copy()
    for previous, entry in zip(sequences.T[:-1], sequences.T[1:], strict=True):
        run = np.where(entry == previous, run + 1, 1)
        np.maximum(longest, run, out=longest)
    return longest


def logistic_accuracy(train_x: Rows, train_y: IntArray, val_x: Rows, val_y: IntArray) -> float:
    """Return the validation accuracy of logistic regression on inputs (n, n_features).

    Features are standardised by the training rows; the penalty is scikit-learn's default, L2 with
    C = 1.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression())
    return float(model.fit(train_x, train_y).score(val_x, val_y))


def feature_table(
    train: Rows, train_labels: IntArray, val: Rows, val_labels: IntArray
) -> list[FeatureScore]:
    """Return what each feature alone can tell, then the groups of features and the raw bits.

    A linear model of a feature sees only a shift of its mean; with the squares it also sees a
    change of its spread.
    """
    train_features, val_features = features(train), features(val)
    names = list(train_features)
    groups = {name: [name] for name in names} | {
        "all patterns": [name for name in names if name.startswith("pattern")],
        "all lags": [name for name in names if name.startswith("lag")],
        "all features": names,
    }

    def columns(table: dict[str, IntArray], group: list[str]) -> IntArray:
        return np.stack([table[name] for name in group], axis=1)  # (n, n_features)

    inputs = {
        name: (columns(train_features, group), columns(val_features, group))
        for name, group in groups.items()
    }
    train_all, val_all = inputs["all features"]
    inputs["all features and squares"] = (
        np.hstack([train_all, train_all**2]),
        np.hstack([val_all, val_all**2]),
    )
    return [
        FeatureScore(name, logistic_accuracy(train_x, train_labels, val_x, val_labels))
        for name, (train_x, val_x) in (inputs | {"raw bits": (train, val)}).items()
    ]


def unit_patterns(responses: FloatArray, sequences: Rows) -> list[UnitPattern]:
    """Return for each unit the feature with the largest absolute Pearson correlation.

    responses: (n, n_units). Of features that tie, the first one named by `features` wins. A
    constant response correlates with nothing: both fields are None.
    """
    table = features(sequences)
    names = list(table)
    correlations = _unit_columns(responses).T @ _unit_columns(np.stack([*table.values()], axis=1))
    patterns = []
    for row in correlations.round(12):  # (n_features,); rounding must not break ties
        best = int(np.abs(row).argmax())
        has_any = bool(row[best])
        patterns.append(
            UnitPattern(names[best] if has_any else None, float(row[best]) if has_any else None)
        )
    return patterns


def _unit_columns(columns: Rows) -> FloatArray:
    """Return the columns with mean 0 and norm 1; a constant one becomes 0."""
    centred = columns - columns.mean(axis=0, dtype=np.float64)
    is_constant = np.ptp(columns, axis=0) == 0
    norm = np.where(is_constant, np.inf, np.linalg.norm(centred, axis=0))
    unit: FloatArray = centred / norm
    return unit


def contributor_clustering(sequences: Rows, block: int = 25) -> float | None:
    """Return how many times more the alternation rate varies between blocks than chance allows.

    F = var(block means) / (mean(var within a block) / block), one-way analysis of variance over
    consecutive blocks of rows (Fisher 1925): about 1 if a block's rows do not resemble each
    other. None if no row differs from its block.

    Raises:
        ValueError: unless the rows fill two or more blocks of two or more.
    """
    n = len(sequences)
    if block < 2 or n < 2 * block or n % block:
        raise ValueError(f"needs two or more whole blocks of {block} rows, got {n} rows")
    alternates = sequences[:, 1:] != sequences[:, :-1]
    rates = alternates.mean(axis=1).reshape(-1, block)  # (n_blocks, block)
    by_chance = rates.var(axis=1, ddof=1).mean() / block
    return float(rates.mean(axis=1).var(ddof=1) / by_chance) if by_chance else None


def n_distinct(rows: Rows) -> int:
    """Return how many different rows there are."""
    return len(set(row_keys(rows)))


def leakage(train_rows: Rows, val_rows: Rows) -> float:
    """Return the share of validation rows that also occur in training.

    Raises:
        ValueError: if there are no validation rows.
    """
    if not len(val_rows):
        raise ValueError("needs validation rows, got none")
    seen = set(row_keys(train_rows))
    return sum(key in seen for key in row_keys(val_rows)) / len(val_rows)


@dataclass(frozen=True)
class FeatureSpread:
    """Mean and standard deviation of a feature over the rows of each class, label 0 then 1."""

    name: str
    means: tuple[float, float]
    sds: tuple[float, float]

    @property
    def shift(self) -> float:
        """The difference of the means in pooled standard deviations (Cohen's d), 1 minus 0."""
        pooled = np.sqrt((self.sds[0] ** 2 + self.sds[1] ** 2) / 2)
        return float((self.means[1] - self.means[0]) / pooled) if pooled else 0.0

    @property
    def spread_ratio(self) -> float | None:
        """The standard deviation of class 1 over that of class 0; None over a constant."""
        return self.sds[1] / self.sds[0] if self.sds[0] else None


def feature_spreads(sequences: Rows, labels: IntArray) -> list[FeatureSpread]:
    """Return how far the classes 0 and 1 differ in mean and in spread, feature by feature.

    A linear model sees a shift of the mean alone; where the means agree and the spreads differ,
    the feature tells the classes apart by its square.
    """
    rows = []
    for name, values in features(sequences).items():
        parts = [values[labels == label] for label in (0, 1)]
        means = (float(parts[0].mean()), float(parts[1].mean()))
        rows.append(FeatureSpread(name, means, (float(parts[0].std()), float(parts[1].std()))))
    return rows

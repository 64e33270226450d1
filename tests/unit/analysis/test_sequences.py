from itertools import groupby
from os import environ
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import f_oneway, pearsonr

from hw3.analysis.sequences import (
    FeatureSpread,
    UnitPattern,
    contributor_clustering,
    feature_spreads,
    feature_table,
    features,
    leakage,
    logistic_accuracy,
    n_distinct,
    unit_patterns,
)


def bits(text):
    return [1 if c == "1" else -1 for c in text]


def random_bits(n, seed=0):
    return np.random.default_rng(seed).choice([-1.0, 1.0], (n, 20))


def test_features_by_hand():
    table = features(np.array([bits("1111111111" + "0000000000"), bits("01" * 10)]))
    expected = {
        "ones": [10, 10],
        "alternations": [1, 19],
        "longest_run": [10, 1],
        "lag_1": [17, -19],
        "lag_2": [14, 18],
        "lag_3": [11, -17],
        "lag_4": [8, 16],
        "lag_5": [5, -15],
        "pattern_000": [8, 0],
        "pattern_001": [0, 0],
        "pattern_010": [0, 9],
        "pattern_011": [0, 0],
        "pattern_100": [1, 0],
        "pattern_101": [0, 9],
        "pattern_110": [1, 0],
        "pattern_111": [8, 0],
    }
    assert {name: values.tolist() for name, values in table.items()} == expected


@given(hnp.arrays(np.float32, (3, 20), elements=st.sampled_from([-1.0, 1.0])))
def test_features_equal_those_of_the_text(sequences):
    table = features(sequences)
    for i, row in enumerate(sequences):
        text = "".join("1" if s > 0 else "0" for s in row)
        assert table["longest_run"][i] == max(len(list(run)) for _, run in groupby(text))
        for name in [name for name in table if name.startswith("pattern")]:
            pattern = name.removeprefix("pattern_")
            assert table[name][i] == sum(text[t : t + 3] == pattern for t in range(18))
        for k in range(1, 6):
            assert table[f"lag_{k}"][i] == np.correlate(row, row, "full")[19 + k]


@pytest.mark.parametrize(
    "sequences", [np.ones(20), np.ones((2, 5)), np.zeros((2, 20)), np.full((2, 20), np.nan)]
)
def test_features_refuse(sequences):
    with pytest.raises(ValueError, match="-1 and \\+1"):
        features(sequences)


def test_logistic_accuracy_is_measured_on_validation():
    x = np.array([[0.0], [1.0], [10.0], [11.0]])
    y = np.array([0, 0, 1, 1])
    assert logistic_accuracy(x, y, x, y) == 1
    assert logistic_accuracy(x, y, x, np.array([0, 1, 1, 1])) == 0.75


@pytest.fixture(scope="module")
def table():
    """Feature scores of rows whose label is whether the second bit repeats the first."""
    train, val = random_bits(600), random_bits(200, seed=1)
    return {
        row.name: row.accuracy for row in feature_table(train, train[:, 0] > 0, val, val[:, 0] > 0)
    }


def test_feature_table_has_all_features_and_groups(table):
    groups = ["all patterns", "all lags", "all features", "all features and squares", "raw bits"]
    assert list(table) == [*features(random_bits(1)), *groups]


def test_feature_table_finds_where_the_label_is(table):
    assert table["raw bits"] > 0.99  # the label is the first bit
    assert table["ones"] > 0.53
    assert table["lag_1"] < 0.6


def test_groups_hold_all_of_their_features():
    train, val = random_bits(600), random_bits(200, seed=1)
    for name, group in (("lag_3", "all lags"), ("pattern_010", "all patterns")):
        labels = [features(rows)[name] > 1 for rows in (train, val)]
        scores = {s.name: s.accuracy for s in feature_table(train, labels[0], val, labels[1])}
        assert min(scores[name], scores[group], scores["all features"]) > 0.95


def test_squares_see_a_change_of_spread_and_features_do_not():
    def mixed(n, seed):
        rows = random_bits(n, seed)
        rows[: n // 4, 1::2] = -rows[: n // 4, ::2]  # a quarter alternates
        rows[n // 4 : n // 2, 1::2] = rows[n // 4 : n // 2, ::2]  # a quarter repeats
        return rows, np.arange(n) < n // 2

    scores = {s.name: s.accuracy for s in feature_table(*mixed(800, 0), *mixed(400, 1))}
    assert scores["lag_1"] < 0.6
    assert scores["all features and squares"] > scores["all features"] + 0.1


def test_unit_patterns_find_the_feature():
    sequences = random_bits(301)
    known = features(sequences)
    noise = np.random.default_rng(1).standard_normal(301)
    responses = np.stack(
        [
            5 - 0.1 * known["ones"],
            known["pattern_101"] + 0.3 * noise,
            np.full(301, 1e9 / 3),
        ],
        axis=1,
    )
    patterns = unit_patterns(responses, sequences)
    assert patterns[0] == UnitPattern("ones", pytest.approx(-1))
    expected = pearsonr(responses[:, 1], known["pattern_101"]).statistic
    assert patterns[1] == UnitPattern("pattern_101", pytest.approx(expected))
    assert patterns[2] == UnitPattern(None, None)


def test_unit_patterns_break_a_tie_in_the_order_of_the_features():
    sequences = random_bits(301)
    scales = np.random.default_rng(1).random((301, 40))
    responses = scales * features(sequences)["lag_1"][:, None]  # alternations = (19 - lag_1) / 2
    assert {p.feature for p in unit_patterns(responses, sequences)} == {"alternations"}


def test_unit_patterns_of_constant_features():
    constant = UnitPattern(None, None)
    assert unit_patterns(np.array([[1.0], [2.0]]), np.ones((2, 20))) == [constant]


def test_clustering_is_analysis_of_variance():
    sequences = random_bits(60)
    sequences[:20, 1::2] = -sequences[:20, ::2]
    rates = (np.diff(sequences) != 0).mean(axis=1)
    for block in (10, 20):
        expected = f_oneway(*np.split(rates, 60 // block)).statistic
        assert contributor_clustering(sequences, block) == pytest.approx(expected)


def test_clustering_at_the_edges():
    assert contributor_clustering(np.ones((4, 20)), 2) is None
    for n, block in ((25, 25), (49, 25), (60, 25), (4, 1)):
        with pytest.raises(ValueError, match=f"blocks of {block} rows, got {n} rows"):
            contributor_clustering(random_bits(n), block)


def test_distinct_rows_and_leakage():
    rows = np.array([[1, -1], [-1, 1], [1, -1], [1, 1]])
    assert n_distinct(rows) == 3
    assert leakage(rows, np.array([[1.0, -1.0], [1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]])) == 0.75
    assert leakage(rows[:1], rows[1:2]) == 0


@pytest.mark.real_data
def test_the_human_rows_are_clustered_and_repeat():
    with h5py.File(Path(environ["HW3_DATA_DIR"]) / "binary_random_20fa.hdf5") as file:
        human, machine = file["human"][:], file["machine"][:]
    assert n_distinct(human) == 4393
    assert contributor_clustering(human) == pytest.approx(11.1, abs=0.1)
    assert contributor_clustering(machine) == pytest.approx(1, abs=0.3)


def test_spreads_see_what_means_do_not():
    rows = np.random.default_rng(0).choice([-1.0, 1.0], (400, 20))
    rows[:100, 1::2] = -rows[:100, ::2]  # half of the humans alternate, half repeat
    rows[100:200, 1::2] = rows[100:200, ::2]
    labels = (np.arange(400) < 200).astype(int)
    found = {s.name: s for s in feature_spreads(rows, labels)}["alternations"]
    assert found.spread_ratio > 1.5
    assert abs(found.shift) < 0.2
    assert FeatureSpread("x", (1, 1), (0, 0)).shift == 0
    assert FeatureSpread("x", (1, 1), (0, 0)).spread_ratio is None


def test_a_contributor_s_block_is_25_rows():
    rows = np.random.default_rng(0).choice([-1.0, 1.0], (100, 20))
    assert contributor_clustering(rows) == contributor_clustering(rows, 25)

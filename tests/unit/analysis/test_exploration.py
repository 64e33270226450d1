import pytest
from scipy.stats import ttest_rel

from hw3.analysis.exploration import (
    factor_sentence,
    marginal,
    split_sentence,
    standing_sentence,
    standings,
)
from hw3.core.words import p_text

A = {0: 0.60, 1: 0.62, 2: 0.61}
B = {0: 0.59, 1: 0.63, 2: 0.58}  # near A
C = {0: 0.500, 1: 0.521, 2: 0.511}  # 10 points below A on every seed, but for a hair


def test_standings_pair_over_seeds_and_correct_for_many():
    found = standings({"c": C, "b": B, "a": A})
    assert [s.name for s in found] == ["a", "b", "c"]
    raw = [ttest_rel(list(A.values()), list(x.values())).pvalue for x in (B, C)]
    assert [s.p for s in found] == [None, pytest.approx(raw[0]), pytest.approx(2 * raw[1])]
    assert [s.keeps_up for s in found] == [True, True, False]
    assert (found[0].mean, found[0].sd, found[0].n_seeds) == (0.61, pytest.approx(0.01), 3)


def test_one_seed_tells_nothing_apart():
    found = standings({"a": {0: 0.6}, "b": {0: 0.5}})
    assert all(s.p is None and s.keeps_up for s in found)
    assert "60.00 %" in standing_sentence("random", found)
    assert factor_sentence("net", "random", found).startswith("One seed cannot show")


def test_marginal_means_run_over_the_other_factor():
    runs = [("sgd", 0, 0.5), ("sgd", 0, 0.7), ("adam", 0, 0.6), ("sgd", 1, 0.4)]
    assert marginal(runs) == {"sgd": {0: pytest.approx(0.6), 1: 0.4}, "adam": {0: 0.6}}


def test_sentences_say_what_was_measured():
    found = standings({"a": A, "b": B, "c": C})
    assert standing_sentence("random", found) == (
        'By random split "a" leads with 61.00 ± 1.00 %; 1 of the 2 others cannot be told apart '
        "from it."
    )
    assert "nothing to compare" in standing_sentence("random", found[:1])
    assert "; the other one cannot be told apart from it." in standing_sentence("random", found[:2])
    beaten = standing_sentence("random", standings({"a": A, "c": C}))
    assert beaten.endswith("; the other one is told apart from it.")
    assert factor_sentence("net", "random", found) == (
        "By random split the net matters: c falls behind a (9.93 points from a to c; smallest p "
        f"{p_text(found[2].p)})."
    )
    assert "3 seeds detect no effect of the net by random split" in factor_sentence(
        "net", "random", found[:2]
    )


def test_split_sentence_is_paired_and_signed():
    text = split_sentence({"a": A, "only here": A}, {"a": C})
    assert text.startswith(
        "By contributor split the mean of all configurations is 9.93 points less than by random"
    )
    assert "9.93 points more" in split_sentence({"a": C}, {"a": A})
    same = split_sentence({"a": A}, {"a": {seed: a + 1e-6 for seed, a in A.items()}})
    assert same.startswith("By contributor split the mean of all configurations is the same as by")
    assert "one seed, no test" in split_sentence({"a": {0: 0.6}}, {"a": {0: 0.5}})

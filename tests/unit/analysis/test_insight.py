import numpy as np
import pytest

from hw3.analysis.insight import (
    conclusion,
    ordered_by_outgoing,
    spread_of,
    units_answer,
    verdict,
)
from hw3.analysis.sequences import FeatureScore, FeatureSpread, UnitPattern


def test_units_are_ordered_by_what_they_add_to_human():
    assert ordered_by_outgoing(np.array([0.1, -2.0, 3.0, 0.1])).tolist() == [2, 0, 3, 1]


def test_verdict_is_by_two_standard_errors():
    error = (2 * 0.6 * 0.4 / 2040) ** 0.5
    assert verdict(0.6, 0.6 + 1.9 * error, 2040) == "on this seed not told apart from"
    assert verdict(0.64, 0.59, 2040) == "above"
    assert verdict(0.52, 0.59, 2040) == "below"


def test_the_conclusion_names_what_was_measured():
    scores = [FeatureScore("lag_2", 0.57), FeatureScore("all", 0.64), FeatureScore("raw bits", 0.5)]
    spreads = [
        FeatureSpread("lag_2", (0.0, 0.2), (1.0, 1.0)),
        FeatureSpread("runs", (3, 3), (1, 2)),
    ]
    text = conclusion(scores, spreads, 0.59, 2040)
    for part in (
        "(all) reach 64.0 %, above the net's 59.0 %",
        "(lag_2) reaches 57.0 %",
        "bits",
        "50.0 %",
    ):
        assert part in text
    assert "shift of a mean is 0.20 sd (lag_2)" in text
    assert "spread of runs is 2.00 times" in text


def test_the_answer_counts_the_units_that_follow_a_feature():
    def patterns(*correlations):
        return [UnitPattern("ones" if r else None, r) for r in correlations]

    assert units_answer(patterns(0.1, -0.72, 0.3, None, 0.19)) == (
        "Hardly: of 5 hidden units, 1 follows a hand-made feature closely (|r| at least 0.5) and 3 "
        "follow none (|r| below 0.2); the closest follows ones with |r| = 0.72."
    )
    assert units_answer(patterns(0.1, -0.7, 0.3, 0.3)).startswith("In part: of 4 hidden units, 1 ")
    assert units_answer(patterns(0.5, -0.7, 0.3)).startswith("Yes: of 3 hidden units, 2 ")
    assert "the closest follows none with |r| = 0.00" in units_answer(patterns(None, None))


@pytest.mark.parametrize("sds", [(1.0, 2.0), (2.0, 1.0)])
def test_the_spread_counts_whichever_class_varies_more(sds):
    assert spread_of(FeatureSpread("runs", (0.0, 0.0), sds)) == 2
    assert spread_of(FeatureSpread("runs", (0.0, 0.0), (0.0, 1.0))) == 1

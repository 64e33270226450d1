import pytest

from hw3.analysis.sequences import FeatureSpread
from hw3.records.insight import spread


@pytest.mark.parametrize("ratio", [None, 0.5, 3.0])
def test_the_spread_of_an_older_record_stays(ratio):
    made = FeatureSpread(**spread({"name": "ones", "shift": 0.3, "spread_ratio": ratio}))
    assert (made.name, made.spread_ratio) == ("ones", ratio)
    assert made.shift == pytest.approx(0.3)

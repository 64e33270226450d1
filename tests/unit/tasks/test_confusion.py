"""From counts to answers in words."""

import numpy as np
import pytest

from hw3.analysis.confusion import most_confused
from hw3.tasks.confusion import answers
from tests.builders import GOLDEN, NAMES


def test_the_most_confused_pair_is_by_rates_not_by_counts():
    found = most_confused(GOLDEN)
    assert (found.first.a, found.first.b) == (0, 2)  # 1/10 + 2/5; by counts it would be cat, dog
    assert found.first.measure == pytest.approx(0.5)
    assert found.counts == (1, 2)
    assert (found.runner_up.a, found.runner_up.b) == (0, 1)
    assert found.runner_up.measure == pytest.approx(0.4)
    assert found.is_within_noise is True


def test_the_golden_example_in_words():
    words = answers(GOLDEN, NAMES)
    assert words[1:4] == [
        "  cat -> dog 30.0 % (3 of 10), not told apart from eel (1)",
        "  dog -> eel 20.0 % (4 of 20), not told apart from cat (2)",
        "  eel -> cat 40.0 % (2 of 5)",
    ]
    pair = "rate(i -> j) + rate(j -> i): cat and eel (0.500); the runner-up is cat and dog"
    assert pair in words[4]
    assert "is within the noise" in words[4]
    assert words[7].startswith("  dog: precision 82.4 %, recall 70.0 % (48.1 to 85.5 %), F1 75.7")


def test_a_clear_lead_is_larger_than_the_noise():
    counts = np.array([[600, 400, 0], [400, 600, 0], [10, 0, 990]])
    assert most_confused(counts).is_within_noise is False
    assert "larger than the noise" in answers(counts, NAMES)[4]


@pytest.mark.parametrize("counts", [np.diag([5, 5, 0]), np.diag([5, 0, 0]), np.zeros((3, 3), int)])
def test_without_mistakes_or_examples(counts):
    assert most_confused(counts) is None
    words = answers(counts, NAMES)
    assert words[1] == f"  cat -> none (0 of {counts[0, 0]})"
    assert words[-1].startswith("  eel: precision -, recall - (-), F1 -")

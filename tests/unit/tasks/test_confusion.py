"""From counts to answers and words."""

import json

import numpy as np
import pytest

from hw3.tasks.confusion import answers
from tests.builders import GOLDEN, NAMES


def test_the_golden_example_is_answered():
    found = json.loads(json.dumps(answers(GOLDEN, NAMES), allow_nan=False))
    assert [(m["true"], m["decided"], m["count"], m["n"]) for m in found["mistakes"]] == [
        *(("cat", "dog", 3, 10), ("dog", "eel", 4, 20), ("eel", "cat", 2, 5))
    ]
    pair = found["most_confused_pair"]
    assert pair["first"]["classes"] == ["cat", "eel"]  # 1/10 + 2/5; by counts it would be cat, dog
    assert pair["first"]["measure"] == pytest.approx(0.5)
    assert pair["first"]["counts"] == [1, 2]
    assert pair["runner_up"]["classes"] == ["cat", "dog"]
    assert pair["runner_up"]["measure"] == pytest.approx(0.4)
    assert pair["is_within_noise"] is True
    assert [c["class"] for c in found["classes"]] == list(NAMES)
    assert found["classes"][1]["precision"] == pytest.approx(14 / 17)
    assert found["classes"][1]["recall"] == pytest.approx(14 / 20)


def test_the_golden_example_in_words():
    words = answers(GOLDEN, NAMES)["words"]
    assert words[1:4] == [
        "  cat -> dog 30.0 % (3 of 10), not told apart from eel (1)",
        "  dog -> eel 20.0 % (4 of 20), not told apart from cat (2)",
        "  eel -> cat 40.0 % (2 of 5)",
    ]
    assert (
        "rate(i -> j) + rate(j -> i): cat and eel (0.500); the runner-up is cat and dog"
        in (words[4])
    )
    assert "is within the noise" in words[4]
    assert words[7].startswith("  dog: precision 82.4 %, recall 70.0 % (48.1 % to 85.5 %), F1 75.7")


def test_a_clear_lead_is_larger_than_the_noise():
    counts = np.array([[600, 400, 0], [400, 600, 0], [10, 0, 990]])
    found = answers(counts, NAMES)
    assert found["most_confused_pair"]["is_within_noise"] is False
    assert "larger than the noise" in found["words"][4]


@pytest.mark.parametrize("counts", [np.diag([5, 5, 0]), np.diag([5, 0, 0]), np.zeros((3, 3), int)])
def test_without_mistakes_or_examples(counts):
    found = answers(counts, NAMES)
    json.dumps(found, allow_nan=False)
    assert found["most_confused_pair"] is None
    assert found["words"][1] == f"  cat -> none (0 of {counts[0, 0]})"
    assert found["words"][-1].startswith("  eel: precision -, recall - (- to -), F1 -")

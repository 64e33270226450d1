"""From counts to answers, words and the heatmap."""

import numpy as np
import pytest

from hw3.analysis.confusion import most_confused
from hw3.plots.confusion import confusion
from hw3.tasks.confusion import answers

NAMES = ("cat", "dog", "eel")
GOLDEN = np.array([[6, 3, 1], [2, 14, 4], [2, 0, 3]])  # read by column, the answers would differ


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
    assert words[7].startswith("  dog: precision 82.4 %, recall 70.0 % (48.1 % to 85.5 %), F1 75.7")


def test_a_clear_lead_is_larger_than_the_noise():
    counts = np.array([[600, 400, 0], [400, 600, 0], [10, 0, 990]])
    assert most_confused(counts).is_within_noise is False
    assert "larger than the noise" in answers(counts, NAMES)[4]


@pytest.mark.parametrize("counts", [np.diag([5, 5, 0]), np.diag([5, 0, 0]), np.zeros((3, 3), int)])
def test_without_mistakes_or_examples(counts):
    assert most_confused(counts) is None
    words = answers(counts, NAMES)
    assert words[1] == f"  cat -> none (0 of {counts[0, 0]})"
    assert words[-1].startswith("  eel: precision -, recall - (- to -), F1 -")


def test_the_heatmap_has_the_truth_vertical_and_colours_the_mistakes():
    figure = confusion(GOLDEN, NAMES, "title")
    figure.canvas.draw()
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("decided class", "true class")
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert tuple(label.get_text() for label in labels) == NAMES
    mistakes, right = axes.collections
    rates = GOLDEN / GOLDEN.sum(axis=1, keepdims=True)
    off_diagonal = ~np.eye(3, dtype=bool)
    np.testing.assert_allclose(
        mistakes.get_array().reshape(3, 3)[off_diagonal], rates[off_diagonal]
    )
    assert mistakes.get_array().mask.reshape(3, 3).diagonal().all()
    assert mistakes.get_clim() == (0, pytest.approx(rates[off_diagonal].max()))
    np.testing.assert_allclose(right.get_array().reshape(3, 3).diagonal(), rates.diagonal())
    places = {text.get_text(): text.get_position() for text in axes.texts}
    assert places["0.600\n(6)"] == (0.5, 0.5)
    assert places["0.300\n(3)"] == (1.5, 0.5)
    assert axes.yaxis_inverted()  # the first class is at the top
    assert {patch.get_xy() for patch in axes.patches} == {(2, 0), (0, 2)}  # cat and eel, both ways


def test_the_heatmap_of_no_mistakes_outlines_nothing():
    (axes, *_) = confusion(np.diag([5, 5, 0]), NAMES, "title").axes
    assert not axes.patches

"""From counts to the heatmap."""

import numpy as np
import pytest

from hw3.plots.confusion import confusion
from tests.builders import GOLDEN, NAMES


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

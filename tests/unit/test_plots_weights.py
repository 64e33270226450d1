"""Histograms and tiles of weights, rendered from small arrays."""

import numpy as np
import pytest

from hw3.analysis.weights import TrainedLayer
from hw3.plots.weights import filters, histograms, mosaic


def layers(sizes, seed, scale):
    rng = np.random.default_rng(seed)
    return [
        TrainedLayer(f"layer {i}", rng.normal(0, scale, s), rng.normal(0, 0.1, s))
        for i, s in enumerate(sizes, 1)
    ]


NETS = {
    "net 1": layers([(16, 8), (8, 3)], 0, 0.5),
    "net 2": layers([(16, 4), (4, 3)], 1, 0.2),
}


@pytest.mark.parametrize("log_counts", [False, True])
def test_a_panel_a_layer_of_each_net_on_equal_bins(log_counts):
    figure = histograms(NETS, "title", log_counts)
    figure.canvas.draw()
    assert len(figure.axes) == 4
    for left, right in (figure.axes[:2], figure.axes[2:]):
        assert left.get_xlim() == right.get_xlim()
        assert left.get_ylim() == right.get_ylim()
        bars = [[p.get_x() for p in axes.patches[:120]] for axes in (left, right)]
        assert bars[0] == bars[1]
        assert left.get_yscale() == ("log" if log_counts else "linear")
        for axes in (left, right):
            area = sum(p.get_width() * p.get_height() for p in axes.patches[:120])
            assert area == pytest.approx(1)  # a density, whatever the width of the net
    text = figure.axes[0].texts[0].get_text()
    stats = NETS["net 1"][0].stats
    assert f"sd {stats.sd:.4f}" in text
    assert f"kurtosis {stats.excess_kurtosis:.2f}" in text
    assert f"{stats.share_near_zero:.1%}" in text


def test_nets_of_different_depth_leave_their_panel_empty():
    figure = histograms({"a": NETS["net 1"], "b": NETS["net 2"][:1]}, "title")
    assert [axes.get_visible() for axes in figure.axes] == [True, True, True, False]


def test_tiles_are_units_row_by_row():
    weights = np.arange(12.0).reshape(4, 3)  # unit u has u, 3 + u, 6 + u, 9 + u
    gap = np.nan
    np.testing.assert_array_equal(
        mosaic(weights, 2),
        [
            [0, 3, gap, 1, 4, gap],
            [6, 9, gap, 7, 10, gap],
            [gap] * 6,
            [2, 5, gap, gap, gap, gap],
            [8, 11, gap, gap, gap, gap],
            [gap] * 6,
        ],
    )


def test_filters_share_a_scale_symmetric_about_zero():
    figure = filters({name: net[0].weights for name, net in NETS.items()}, "title")
    figure.canvas.draw()
    limits = {axes.images[0].get_clim() for axes in figure.axes[:2]}
    assert len(limits) == 1
    low, high = limits.pop()
    assert low == -high < 0

"""Histograms and tiles of weights, rendered from small arrays."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from hw3.analysis.weights import trained_layers
from hw3.plots.weights import LIVE, SILENT, START, filters, histograms, mosaic


def layers(sizes, seed, scale, silent):
    rng = np.random.default_rng(seed)
    end, start = ([(rng.normal(0, sd, s), np.zeros(s[1])) for s in sizes] for sd in (scale, 0.1))
    return trained_layers(end, start, [np.isin(np.arange(sizes[0][1]), silent)])


NETS = {
    "net 1": layers([(16, 18), (18, 3)], 0, 0.5, [0, 17]),
    "net 2": layers([(16, 4), (4, 3)], 1, 0.2, []),
}
FIRST = {name: net[0] for name, net in NETS.items()}


def area(patch):
    """Of a polygon, by the shoelace formula."""
    x, y = patch.get_xy().T
    return abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2


@pytest.mark.parametrize("log_counts", [False, True])
def test_a_panel_a_layer_of_each_net_on_equal_bins(log_counts):
    figure = histograms(NETS, log_counts)
    figure.canvas.draw()
    assert len(figure.axes) == 4
    for left, right in (figure.axes[:2], figure.axes[2:]):
        assert left.get_xlim() == right.get_xlim()
        assert left.get_ylim() == right.get_ylim()
        edges = [set(axes.patches[0].get_xy()[:, 0]) for axes in (left, right)]
        assert edges[0] == edges[1]
        assert len(edges[0]) == 121
        assert left.get_yscale() == ("log" if log_counts else "linear")
        for axes in (left, right):
            # a density, whatever the width of the net; the silent units' weights are stacked
            silent, live, _ = axes.patches
            assert area(silent) + area(live) == pytest.approx(1)
    assert area(figure.axes[0].patches[0]) == pytest.approx(2 / 18)
    assert area(figure.axes[1].patches[0]) == pytest.approx(0, abs=1e-12)
    stats = NETS["net 1"][0].stats
    title = figure.axes[0].get_title()
    assert title == (
        "net 1\n\nlayer 1 (16 to 18)\n"
        f"sd {stats.sd_initial:.3f} → {stats.sd:.3f}, {stats.growth:.2f} times as wide"
    )
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["trained", "trained, of silent units", "initial"]


def test_each_panel_says_how_many_of_its_weights_lie_outside():
    figure = histograms(NETS)
    low, high = figure.axes[0].get_xlim()
    for axes, net in zip(figure.axes[:2], NETS.values(), strict=True):
        outside = (np.abs(net[0].weights) > high).mean()
        assert axes.get_xlabel() == f"weight ({100 * outside:.1f} % of them lie outside)"
    assert low == -high


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_colours_stand_out_on_white():
    for colour in (LIVE, SILENT, START):
        assert 1.05 / (luminance(colour) + 0.05) >= 3


def test_nets_of_different_depth_leave_their_panel_empty():
    figure = histograms({"a": NETS["net 1"], "b": NETS["net 2"][:1]})
    assert [axes.get_visible() for axes in figure.axes] == [True, True, True, False]
    figure = histograms({"a": NETS["net 2"][:1], "b": NETS["net 1"]})
    outside = (np.abs(NETS["net 1"][1].weights) > figure.axes[3].get_xlim()[1]).mean()
    assert f"({100 * outside:.1f} %" in figure.axes[3].get_xlabel()


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
    figure = filters(FIRST)
    figure.canvas.draw()
    limits = {axes.images[0].get_clim() for axes in figure.axes[:2]}
    assert len(limits) == 1
    low, high = limits.pop()
    assert low == -high < 0


def test_tiles_of_silent_units_are_crossed_out():
    crossed, plain = filters(FIRST).axes[:2]
    assert "the 2 of 18 that are silent" in crossed.get_title(loc="left")
    assert plain.get_title(loc="left") == "net 2"
    spans = {
        (min(x), max(x), min(y), max(y)) for x, y in (line.get_data() for line in crossed.lines)
    }
    assert spans == {(0, 3, 0, 3), (5, 8, 5, 8)}  # unit 17 is the second of the second row of tiles
    assert len(crossed.lines) == 4
    assert not plain.lines

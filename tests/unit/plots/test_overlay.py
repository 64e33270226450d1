from hw3.plots.curves import Curve
from hw3.plots.overlay import overlay
from hw3.sweeps.tables import MAX_LINES


def curve(values, has_val=True):
    epochs = list(range(1, len(values) + 1))
    train = [100.0] * len(values) if has_val else values
    return Curve(epochs, [0.1] * len(values), train, values if has_val else [], 1, 100)


def drawn(named):
    figure = overlay(named, "title")
    figure.draw_without_rendering()
    return figure, figure.axes[0]


def test_training_accuracy_is_dashed_and_named():
    figure, axes = drawn({"a": [curve([90.0, 95.0])], "b": [curve([91.0, 99.0], False)]})
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]
    assert axes.get_ylabel() == "accuracy (%)"
    heading = figure.legends[0].get_title().get_text()
    assert "validation (solid), training, since nothing is held out (dashed)" in heading
    low, high = axes.get_xlim()
    assert all(tick >= 1 for tick in axes.get_xticks() if low <= tick <= high)


def test_the_line_of_several_runs_is_their_mean_as_far_as_all_got():
    _, axes = drawn({"a": [curve([50.0, 60.0, 70.0]), curve([60.0, 70.0])]})
    assert axes.lines[0].get_ydata().tolist() == [55.0, 65.0]
    assert len(axes.collections) == 1  # the band
    _, axes = drawn({str(i): [curve([50.0, 60.0]), curve([60.0, 70.0])] for i in range(5)})
    assert not axes.collections


def test_no_colour_is_used_twice():
    _, axes = drawn({str(i): [curve([50.0 + i, 60.0 + i])] for i in range(MAX_LINES)})
    assert len({line.get_color() for line in axes.lines}) == MAX_LINES


def test_equal_lines_can_both_be_seen_and_what_is_off_the_axis_is_said():
    line = [10.0, 20.0, *[90.0, 91.0] * 3]
    _, axes = drawn({"a": [curve(line)], "b": [curve(line)], "c": [curve([80.0] * 8)]})
    first, second, other = (drawn_line.get_linewidth() for drawn_line in axes.lines)
    assert first > 2 * second
    assert second == other
    assert axes.get_xlabel().startswith("epoch (accuracies below ")
    _, axes = drawn({"a": [curve([90.0, 91.0])]})
    assert axes.get_xlabel() == "epoch"


def test_runs_of_one_epoch_have_a_row_each():
    figure, axes = drawn({"a": [curve([50.0]), curve([60.0])], "b": [curve([70.0])]})
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert [line.get_xdata().tolist() for line in axes.lines[::3]] == [[55.0], [70.0]]
    assert axes.get_xlabel().startswith("accuracy (%) after one epoch: validation, mean of seeds")
    assert axes.get_xlabel().endswith("bar: 95 % interval or ± 1 sd over seeds")
    bars = [c.get_segments()[0][:, 0].round(1).tolist() for c in axes.collections]
    assert bars == [[47.9, 62.1], [60.4, 78.1]]  # 55 ± 7.07; Wilson's interval of 70 of 100
    assert not figure.legends

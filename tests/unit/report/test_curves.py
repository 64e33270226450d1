"""What curves show: charts on common axes, and sentences, from histories made by hand."""

import pytest

from hw3.plots.chart import Chart, Scale
from hw3.records.run import load_run, load_sweep
from hw3.sweeps.curves import charts, curve_sentences, fit_sentences, of_sweep
from hw3.sweeps.groups import configurations
from hw3.sweeps.parameters import parameters
from hw3.training.history import EpochRecord, History
from hw3.training.metrics import Metrics
from tests.builders import history as made


def history(train_losses, val_losses, right=90):
    return History(
        [
            EpochRecord(
                i, 0.1, Metrics(100 * t, right, 100), v and Metrics(100 * v, right, 100), 1.0
            )
            for i, (t, v) in enumerate(zip(train_losses, val_losses, strict=True), 1)
        ]
    )


def test_losses_over_powers_of_ten_are_on_one_logarithmic_axis():
    found = charts({"a": [history([1.0, 0.01], [1.0, 0.5])], "b": [history([0.1], [None])]}, "loss")
    assert [chart.scale for chart in found] == [Scale(0.01, 1.0, is_log=True)] * 2
    assert found[0].scale.ticks == [0.01, 0.1, 1.0]
    assert [kind for kind, _ in found[0].paths] == ["train", "val"]
    assert found[0].text == "a: loss against epochs; training ends at 0.0100, validation at 0.5000"
    assert found[1].paths == [("train", "44.0,115.0 44.0,115.0")]  # one epoch: a dot, half way up
    assert not charts({"a": [history([0.5, 0.4], [0.6, 0.5])]}, "loss")[0].scale.is_log


def test_axes_are_a_little_wider_than_the_lines_and_hide_the_start_of_several_runs():
    """Accuracies of 70 to 90 % in training, 60 to 80 % in validation, median 70 %."""
    named = {"a": [made(21)], "b": [made(21)]}
    one = charts({"a": named["a"]}, "accuracy")[0].scale
    two = charts(named, "accuracy")[0].scale
    assert (one.low, one.high) == pytest.approx((60 - 0.05 * 30, 90 + 0.02 * 30))
    assert (two.low, two.high) == pytest.approx((67 - 0.05 * 23, 90 + 0.02 * 23))


def test_what_is_not_finite_is_left_out():
    (chart,) = charts({"a": [history([1.0, float("nan"), float("inf")], [0.5, 0.5, 0.5])]}, "loss")
    assert len(chart.paths[0][1].split()) == 2  # the one point, twice
    (empty,) = charts({"a": [history([float("nan")], [float("nan")])]}, "loss")
    assert [points for _, points in empty.paths] == ["", ""]


@pytest.mark.parametrize(
    "losses",
    [[1e30, 0.1], [1.8e308, 1e299, 0.1], [1.8e308] * 2, [1.7e308, 1e308], [1e30, 1e30, 1.1e30]],
)
@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_any_values_have_few_labels(losses, measure):
    """Up to the largest float: what has no place on an axis is out of sight."""
    (chart,) = charts({"a": [history(losses, losses)]}, measure)
    assert 1 <= len(chart.y_ticks) <= 7
    assert all(30 <= y <= 200 for y, _ in chart.y_ticks)
    assert "inf" not in str(chart.paths)


def test_equal_shares_are_as_many():
    (text,) = fit_sentences("a", history([0.5, 0.4], [0.5, 0.4]))
    assert "90.00 % of the validation images correctly, as many; its" in text


@pytest.mark.parametrize("n", [1, 2, 3, 7, 50, 1000])
def test_ticks_are_few_whole_epochs_within_the_axes(n):
    ticks = Chart("", "", [("train", [0.0] * n)], Scale(0, 1)).x_ticks
    assert 1 <= len(ticks) <= 8
    assert all(44 <= x <= 352 and 1 <= int(text) <= n for x, text in ticks)


def test_the_winner_is_held_against_lower_rates(whole):
    sweep = load_sweep(whole / "mnist_sweep")
    found = configurations(sweep)
    assert [chart.title for chart in of_sweep(sweep, "accuracy")] == sorted(c.label for c in found)
    sentences = curve_sentences(found)
    assert "of the validation images correctly" in " ".join(sentences)
    assert (
        '"relu, lr 0.5" has the training loss that "relu, lr 0.1" ends with (0.0404) after epoch '
        '50 and the one that "relu, lr 0.02" ends with (0.0406) after epoch 50; its own ends'
    ) in sentences[0]
    assert curve_sentences(found[-1:])[0].startswith(f'At the end "{found[-1].label}" decides ')


def test_parameters_that_differ_within_a_sweep_are_listed(whole):
    runs = load_sweep(whole / "mnist_sweep").runs
    table = parameters({"sweep": runs, "one": runs[:1]})
    rows = {key: cells for key, *cells in table.rows}
    assert rows["initial rate"][0].split("; ") == ["0.02", "0.1", "0.5"]
    assert rows["batch size"] == ["100: 500 updates per epoch"] * 2
    assert rows["neurons"][1] == "tanh hidden, 10 softmax outputs"
    assert rows["rate over the epochs"][1] == "halved after epochs 20 and 40"
    bits = dict(parameters({"": [load_run(whole / "human_machine/net")]}).rows)
    assert bits["neurons"] == "relu hidden, 1 sigmoid output"
    assert bits["rate over the epochs"] == "constant"

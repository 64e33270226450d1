import pytest

from hw3.core.files import save_figure
from hw3.plots.confusion import confusion
from hw3.plots.curves import Curve, curves, panels
from hw3.plots.overlay import overlay
from tests.builders import GOLDEN, history


def drawn_text(figure):
    axes = figure.axes[0]
    legend = [t.get_text() for t in axes.get_legend().get_texts()]
    return legend, [t.get_text() for t in axes.texts]


def test_curves_show_the_measured_figures_and_halvings():
    h = history(5, rates=[0.4, 0.4, 0.2, 0.2, 0.1])
    figure = curves([Curve.of(h)], "a title")
    legend, marks = drawn_text(figure)
    assert marks.pop() == "64.00"  # the final figure, at the curve's end
    assert legend == [
        "training: final 74.00 %",
        "validation: final 64.00 %, best 64.00 % (epoch 5)",
        "best epoch",
    ]
    assert marks == ["lr 0.2", "lr 0.1"]
    lines = {line.get_label(): line.get_xydata().tolist() for line in figure.axes[0].lines}
    assert lines[legend[1]] == [[i + 1, 60.0 + i] for i in range(5)]
    vertical = [ln.get_xdata()[0] for ln in figure.axes[0].lines if len(set(ln.get_xdata())) == 1]
    assert {2.5, 4.5} <= set(vertical)


def test_curves_without_validation_or_with_many_rates():
    legend, _ = drawn_text(curves([Curve.of(history(3, has_val=False))], ""))
    assert legend == ["training: final 72.00 %"]  # the best of what was trained on means nothing
    _, marks = drawn_text(
        curves([Curve.of(history(20, rates=[0.1 / (i + 1) for i in range(20)]))], "")
    )
    assert marks == ["79.00"]


def test_panels_share_axes_that_fit_all_of_them():
    def run(n, value):
        return Curve(list(range(1, n + 1)), [0.1] * n, [value] * n, [value - 1] * n, 1)

    named = {"long": [run(300, 100.0)], "b": [run(300, 97.0)], "c": [run(300, 96.0)]}
    figure = panels({**named, "short": [run(1, 10.0)]}, "title")
    figure.draw_without_rendering()
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 4
    assert all(axes.get_xlim() == (0.5, 300.5) for axes in shown)
    low, high = shown[0].get_ylim()
    assert sum(low <= tick <= high for tick in shown[0].get_yticks()) > 2
    at_the_bottom = [axes.xaxis.get_tick_params()["labelbottom"] for axes in shown]
    assert at_the_bottom == [False, True, True, True]


@pytest.mark.parametrize("name", ["a$\\bad$ 5$", "_hidden", "数 [x]"])
def test_a_name_is_no_formula_and_is_not_hidden(name, tmp_path):
    line = [Curve.of(history(3))]
    compared = overlay({name: line, "other": line}, name)
    assert len(compared.legends[0].get_texts()) == 2
    figures = [curves(line, name), panels({name: line}, name), compared]
    figures.append(confusion(GOLDEN, (name.removeprefix("数"), "b", "c"), name))
    for figure in figures:
        save_figure(tmp_path / "x.png", figure)

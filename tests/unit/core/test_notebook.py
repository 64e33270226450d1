"""A bar that is drawn over itself, by the messages that a notebook knows."""

import sys
from types import SimpleNamespace

import pytest

from hw3.core import notebook
from hw3.core.notebook import drawing, is_notebook
from hw3.launch.watch import JobState, watching
from hw3.training.progress import reporting
from tests.builders import history


class Display:
    """What IPython's display returns: it is told what takes the place of what it shows."""

    def __init__(self):
        self.shown = []

    def __call__(self, data, *, raw, display_id):
        assert raw
        assert display_id
        self.shown.append(data)
        return self

    def update(self, data, *, raw):
        assert raw
        self.shown.append(data)


@pytest.fixture
def display(monkeypatch):
    found = Display()
    shell = SimpleNamespace(kernel=object())
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=found))
    return found


def test_a_terminal_is_no_notebook(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not is_notebook()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert not is_notebook()


def test_a_run_has_a_bar_and_no_lines(display, capsys):
    with reporting("a", 500, 0) as report:
        for n in range(1, 501):
            report(history(n))
    assert capsys.readouterr().out == ""
    assert len(display.shown) < 30  # of 500
    assert display.shown[-1]["text/plain"].startswith("epoch 500/500  lr 0.1")
    assert '<progress value="500" max="500">' in display.shown[-1]["text/html"]


def test_what_was_last_stays_after_ctrl_c(display):
    with pytest.raises(KeyboardInterrupt), drawing(9) as draw:
        draw(1, "one")
        draw(2, "<two>")
        raise KeyboardInterrupt
    assert display.shown[-1]["text/plain"] == "<two>"
    assert "&lt;two&gt;" in display.shown[-1]["text/html"]


def test_each_drawing_takes_the_place_of_the_one_before(display, monkeypatch):
    monkeypatch.setattr(notebook, "REST_SECONDS", 0)
    with drawing(0) as draw:
        draw(1, "one")
        draw(2, "two")
    assert [shown["text/plain"] for shown in display.shown] == ["", "one", "two", "two"]


def test_a_sweep_has_a_bar_of_all_its_epochs(display, tmp_path, capsys):
    with watching({tmp_path / name: JobState(name, 5) for name in "ab"}):
        pass
    assert capsys.readouterr().out == ""
    assert display.shown[-1]["text/plain"].startswith("0 of 2 completed; 2 waiting")
    assert 'max="10"' in display.shown[-1]["text/html"]

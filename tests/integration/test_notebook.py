"""The notebook of examples/, executed as a reader would."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import hw3

TOUR = Path(__file__).parents[2] / "examples" / "tour.ipynb"


def test_the_tour_is_committed_without_outputs():
    cells = nbformat.read(TOUR, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert len(code) > 9
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert TOUR.stat().st_size < 20_000


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The outputs of each code cell, executed in a folder of its own."""
    notebook, folder = nbformat.read(TOUR, as_version=4), tmp_path_factory.mktemp("tour")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        place = {"metadata": {"path": str(folder)}}
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources=place).execute()
    assert (folder / "outputs" / "tour" / "compare.png").exists()
    assert hw3.load_run(folder / "outputs" / "tour" / "first").is_completed
    assert not hw3.load_sweep(folder / "outputs" / "tour" / "sweep").unfinished
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def test_every_cell_says_something(outputs):
    assert all(outputs)
    assert not [o for found in outputs for o in found if o.get("name") == "stderr"]


def test_runs_and_sweeps_draw_one_bar_each(outputs):
    bars = [
        output.data["text/plain"]
        for found in outputs
        for output in found
        if "<progress" in output.get("data", {}).get("text/html", "")
    ]
    first, other, sweep = bars
    assert first.startswith("epoch 30/30")
    assert other.startswith("epoch 30/30")
    assert sweep.startswith("8 of 8 completed")
    assert not [o for found in outputs for o in found if "epoch 1/" in o.get("text", "")]


def test_curves_are_shown_and_an_error_is_one_line(outputs):
    shown = [o.data for found in outputs for o in found if "data" in o]
    assert any("InlineFigure" in data["text/plain"] and "image/png" in data for data in shown)
    (error,) = outputs[-1]
    assert error.traceback == [
        "ConfigError: act must be one of elu, gelu, leaky_relu, relu, sigmoid, silu, tanh; "
        "got 'rleu'; did you mean 'relu'?"
    ]

"""Data before the first job: there, replaced with everybody's consent, or an error."""

import numpy as np
import pytest

from hw3.core.errors import ConfigError, DataUnavailableError
from hw3.datasets import dataset
from hw3.datasets.sources import read_source
from hw3.datasets.types import Arrays
from hw3.launch.start import with_data
from hw3.training.memory import needed
from tests.builders import config, data_spec


@pytest.fixture(autouse=True)
def only_digits(monkeypatch):
    """No data set but the embedded one is there, nor to be had."""

    def missing(spec, folder):
        if spec.name != "digits":
            raise DataUnavailableError(f"{spec.name} is not here")

    monkeypatch.setattr("hw3.launch.start.ensure_available", missing)


def test_data_that_are_there_leave_the_configs_as_they_are(capsys):
    asked = [config("dataset=digits"), config("dataset=digits", "seed=1")]
    assert with_data(asked, asked, []) == asked
    assert capsys.readouterr().err == ""


def test_missing_data_are_replaced_and_the_record_will_say_so(capsys):
    asked = [config("dataset.val=5000", "seed=1")]
    (found,) = with_data(asked, asked, ["seed"])
    expected = config("dataset=digits", "seed=1").tree
    assert found.tree == {**expected, "instead_of": "mnist"}
    err = capsys.readouterr().err
    assert "WARNING: mnist is not here" in err
    assert "going on with dataset=digits INSTEAD OF mnist" in err


def test_a_run_on_all_rows_stays_one():
    asked = [config("dataset.val=0")]
    (found,) = with_data(asked, asked, [])
    assert (found.dataset.name, found.n_val) == ("digits", 0)


def test_jobs_that_have_ended_are_renamed_with_the_others():
    asked = [config("seed=0"), config("seed=1")]
    found = with_data(asked, asked[1:], [])
    assert [c.instead_of for c in found] == ["mnist", "mnist"]


@pytest.mark.parametrize(
    ("overrides", "given"),
    [
        ([["offline_dataset=null"]], []),
        ([["seed=0"]], ["data_dir"]),
        ([["dataset=human_machine"]], []),
        ([["seed=0"], ["seed=1", "offline_dataset=null"]], []),
        ([["dataset=mnist"], ["dataset=fashion_mnist"]], []),
        ([["dataset=mnist"], ["dataset=digits"]], []),
    ],
)
def test_nothing_is_replaced_without_everybody_s_consent(overrides, given, capsys):
    asked = [config(*arguments) for arguments in overrides]
    with pytest.raises(DataUnavailableError):
        with_data(asked, asked, given)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("where", ["environment", "key"])
def test_a_folder_that_is_named_is_not_replaced(where, monkeypatch, tmp_path):
    if where == "environment":
        monkeypatch.setenv("HW3_DATA_DIR", str(tmp_path / "none"))
        asked = [config()]
    else:
        asked = [config(f"data_dir={tmp_path / 'none'}")]
    with pytest.raises(DataUnavailableError):
        with_data(asked, asked, [])


def test_rows_sorted_by_class_are_said_before_any_work(monkeypatch, tmp_path, capsys):
    arrays = read_source("digits", tmp_path)
    order = np.argsort(arrays.labels, kind="stable")
    in_order = Arrays(arrays.inputs[order], arrays.labels[order], arrays.facts)
    monkeypatch.setattr("hw3.datasets.sources.read_source", lambda name, folder: in_order)
    asked = [config("dataset=digits", f"seed={seed}") for seed in (0, 1)]
    with_data(asked, asked, [])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("hw3: CAUTION: validation holds")
    assert "dataset.split=random" in line
    loaded = dataset.load_dataset(data_spec(val=297), tmp_path, dtype="float32", seed=0)
    assert [caution.kind for caution in loaded.facts.cautions] == ["unseen"]


def test_a_network_beyond_the_memory_is_refused_with_its_size():
    asked = [config("dataset=digits", "model.hidden_sizes=[3000000,3000000]")]
    with pytest.raises(ConfigError, match=r"64-3000000-3000000-10 .* needs .* TB of memory"):
        with_data(asked, asked, [])


def test_two_halvings_at_once_are_said(capsys):
    for overrides, n in ([("epochs=2",), 1], [("epochs=3",), 0], [("epochs=2", "lr=constant"), 0]):
        asked = [config("dataset=digits", *overrides)]
        with_data(asked, asked, [])
        err = capsys.readouterr().err
        assert err.count("halves the rate twice at once, after epoch 1 of 2, to 0.025") == n


def test_two_halvings_at_once_are_said_of_the_epochs_after_the_warm_up(capsys):
    asked = [config("dataset=digits", "epochs=5", "lr.warmup=3")]
    with_data(asked, asked, [])
    assert "at once, after epoch 4 of 5, to 0.025" in capsys.readouterr().err


def test_what_runs_side_by_side_must_fit_together(monkeypatch):
    asked = [config("dataset=digits", f"seed={seed}") for seed in (0, 1)]
    monkeypatch.setattr("hw3.core.memory.available", lambda: round(1.5 * needed(asked[0])))
    with_data(asked, asked, [], at_once=1)
    with pytest.raises(ConfigError, match=r"and 1 other beside it, needs .* run fewer at once"):
        with_data(asked, asked, [], at_once=2)


def test_the_memory_of_a_run_by_hand():
    """1,497 rows of bytes and floats; 65 x 8 + 9 x 10 weights and biases; 18 units of 1,000 rows.

    Of the parameters: themselves, gradient, scratch and slots stay, and so do the best ones; a file
    takes four copies of the weights, a checkpoint three of all that a run goes on with.
    """
    few = "dataset=digits", "model.hidden_sizes=[8]"
    data, units = 1497 * 64 * (1 + 4), 5 * 1000 * 18 * 4
    assert needed(config(*few)) == data + units + 610 * 4 * (3 + 4)
    more = config(*few, "optimizer=adam", "early_stopping.patience=2")
    assert needed(more) == data + units + 610 * 4 * (3 + 3 + 3 * 4)

"""Data before the first job: there, replaced with everybody's consent, or an error."""

import pytest

from hw3.core.errors import DataUnavailableError
from hw3.launch.start import with_data
from tests.builders import config


@pytest.fixture(autouse=True)
def only_digits(monkeypatch):
    """No data set but the embedded one is there, nor to be had."""

    def missing(name, folder):
        if name != "digits":
            raise DataUnavailableError(f"{name} is not here")

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
    assert (found.dataset.name, found.dataset.n_val) == ("digits", 0)


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

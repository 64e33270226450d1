"""The config of a final run: the winner's, on all rows, where and how the command line says."""

import pytest

from hw3.core.errors import ConfigError
from hw3.launch.command import Command
from hw3.launch.start import launch
from hw3.records.run import load_sweep
from hw3.tasks.final import derive, may_be_given
from tests.builders import digits_config

QUICK = ("dataset=digits", "epochs=2", "model.hidden_sizes=[8]", "record.figures=false")


@pytest.fixture
def asked():
    """What a final run asks for, beside a finished sweep of two rates, one of them hopeless."""
    arguments = [*QUICK, "lr=0.1,1e-9", "optimizer=adam", "hydra.sweep.dir=sweep"]
    launch(Command.parse(arguments, is_multirun=True))
    return digits_config("task=final", "name=last", "sweep=sweep", "device=cpu", "data_dir=there")


def test_it_is_the_winner_s_on_all_rows(asked):
    found = derive(asked, ["sweep", "device", "data_dir", "hydra.run.dir"])
    winner, _ = load_sweep("sweep").runs
    computed = ("model", "act", "optimizer", "lr", "regularizer", "epochs", "batch_size", "seed")
    for key in computed:
        assert getattr(found, key) == getattr(winner.config, key)
    assert (found.lr.initial, found.n_val) == (0.1, 0)
    assert (found.task, found.name, found.device) == ("final", "last", "cpu")


def test_where_and_how_it_runs_is_the_command_line_s(asked):
    found = derive(asked, [])
    assert (found.data_dir, found.sweep, found.record.figures) == ("there", "sweep", True)


@pytest.mark.parametrize("key", ["lr.initial", "act", "dataset.val", "dataset.batch_sizes", "seed"])
def test_what_the_winner_decides_cannot_be_given(key):
    assert not may_be_given(key)
    with pytest.raises(ConfigError, match=f"{key} cannot be given to task=final"):
        derive(digits_config("sweep=sweep"), ["sweep", key])


def test_the_sweep_must_be_named():
    with pytest.raises(ConfigError, match="needs sweep=<folder of a finished sweep>"):
        derive(digits_config(), [])

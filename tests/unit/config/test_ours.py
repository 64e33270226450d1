"""What no place of a config may set: what the record alone says, and the name of a group's file."""

import pytest

from hw3.config.compose import compose_config
from hw3.core.errors import ConfigError
from hw3.launch.command import Command


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("instead_of=mnist", "instead_of is ours and cannot be given: it records"),
        ("optimizer.default_lr=1", "optimizer.default_lr is ours and cannot be given"),
        (
            "optimizer.name=adam",
            "optimizer.name='adam' would leave the other keys of optimizer=sgd",
        ),
        ("lr.name=cosine", "choose with lr=<name>"),
        ("act.name=tanh", "choose with act=<name>"),
        (
            "dataset.name=digits",
            "dataset.name='digits' would leave the other keys of dataset=mnist",
        ),
    ],
)
def test_neither_on_the_command_line_nor_in_a_sweep(setting, message):
    params = setting.replace("=", ": ")
    sweeps = [f"crosses=[[['++{setting}']]]", f"++hydra.sweeper.params={{{params}}}"]
    for argument in (setting, f"++{setting}", *sweeps):
        with pytest.raises(ConfigError) as error:
            Command.parse([argument], is_multirun=argument in sweeps)
        assert message in str(error.value)


def test_the_value_that_is_there_may_be_said():
    given = ["instead_of=null", "optimizer.name=sgd", "optimizer.default_lr=0.1"]
    assert compose_config(given) == compose_config()


@pytest.mark.parametrize("setting", ["hydra.run.dir=x", "hydra/launcher=joblib", "crosses=[]"])
def test_what_is_of_the_command_is_no_setting_of_a_job(setting):
    with pytest.raises(ConfigError, match="crosses may name keys of a job, and "):
        Command.parse([f"crosses=[[['{setting}']]]"], is_multirun=True)

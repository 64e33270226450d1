"""The flags of `run`: which there are, and what Hydra gets to see of those that print."""

import logging
import sys
import threading
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig

from hw3 import run as door
from hw3.core.errors import ConfigError
from hw3.launch.flags import hydras_arguments, is_printing, read_flags


@pytest.mark.parametrize(
    "arguments", [["-m", "a=1", "b=2"], ["a=1", "--multirun", "b=2"], ["a=1", "b=2", "-m"]]
)
def test_a_flag_may_stand_anywhere(arguments):
    asked = read_flags(arguments)
    assert (asked.multirun, asked.overrides) == (True, ["a=1", "b=2"])
    assert not is_printing(asked)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config-name", "x"], "--config-name is not one of our flags; allowed: -m"),
        (["--experimental-rerun=x"], "--experimental-rerun is not one of our flags"),
        (["--multi"], "--multi is not one of our flags"),
        (["-p", "model"], "--package is about what --cfg prints: add --cfg job"),
        (["--package", "model", "act=tanh"], "--package is about what --cfg prints"),
        (["--cfg", "hydra", "--resolve"], "use --cfg all --resolve"),
        (["--resolve"], "--resolve is about what --cfg prints"),
        (["--cfg"], "expected one argument"),
        (["--cfg", "jobb"], "invalid choice: 'jobb'"),
        (["--info", "nothing"], "invalid choice: 'nothing'"),
        (["-m=3"], "ignored explicit argument"),
        (["--config-dir"], "expected one argument"),
    ],
)
def test_flags_that_cannot_be(arguments, message):
    with pytest.raises(ConfigError) as error:
        read_flags(arguments)
    assert message in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["lr=0.3", "--cfg", "job"], ["--cfg", "job", "lr.initial=0.3"]),
        (
            ["-c", "all", "-p", "act", "--resolve"],
            ["--cfg", "all", "--package", "act", "--resolve"],
        ),
        (["seed=1", "--info"], ["--info", "all", "seed=1"]),
        (["-m", "nothing=1", "--help"], ["--help"]),
        (["--hydra-help"], ["--hydra-help"]),
        (["--version"], ["--version"]),
        (["seed=1", "-c", "job", "lr=2"], ["--cfg", "job", "seed=1", "lr.initial=2"]),
        (["experiment=mnist_sweep", "-c", "job"], ["--cfg", "job", "experiment=mnist_sweep"]),
    ],
)
def test_hydra_sees_what_was_checked(arguments, seen):
    asked = read_flags(arguments)
    assert is_printing(asked)
    assert hydras_arguments(asked) == seen


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["epochs=0"], "epochs must be a whole number >= 1"),
        (["hydra.job.chdir=true"], "is ours and cannot be given"),
        (["seed=0,1"], "give one, the config of one job is shown"),
        (["-m", "seed=0,1"], "drop -m"),
    ],
)
def test_a_config_is_checked_before_it_is_shown(arguments, message):
    with pytest.raises(ConfigError, match=message):
        hydras_arguments(read_flags([*arguments, "--cfg", "job"]))


def test_a_notebook_that_uses_hydra_goes_on_using_it(capsys, monkeypatch):
    monkeypatch.setattr("hw3.launch.start.launch", lambda command: command.jobs and [])
    Path("theirs.yaml").write_text("a: 1\n")
    with initialize_config_dir(str(Path.cwd()), version_base="1.3"):
        before, root = list(sys.argv), logging.getLogger()
        logs = list(root.handlers), root.level
        door.main(["dataset=digits"])
        for flags in (["--help"], ["--cfg", "job"], ["--info", "searchpath"], ["--version"]):
            assert door.main(flags) == 0
        assert compose("theirs") == {"a": 1}
        assert sys.argv == before
        assert (root.handlers, root.level) == logs
        assert not HydraConfig.initialized()
    assert capsys.readouterr().err == ""


def test_a_command_may_be_called_from_a_thread(capsys):
    statuses = []
    threads = [
        threading.Thread(target=lambda: statuses.append(door.main(["lr=2", "--cfg", "job"])))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [0, 0, 0]
    assert capsys.readouterr().out.count("initial: 2\n") == 3

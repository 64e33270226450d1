"""A real test split is opened after few epochs for a reason alone, or after a yes."""

from pathlib import Path

import pytest

from hw3.core.errors import ConfigError
from hw3.core.terminal import is_yes
from hw3.launch import early
from hw3.launch.command import Command
from hw3.launch.early import with_reason
from hw3.records.rundir import RunDir

CONFUSION = "experiment=fashion_confusion"


def reason(*overrides):
    return with_reason(Command.parse([CONFUSION, *overrides])).configs[0].reason


def test_few_epochs_need_a_reason():
    with pytest.raises(
        ConfigError, match=r"after 39 epochs \(experiment=.*_confusion has 40\).*reason="
    ):
        reason("epochs=39")
    assert reason("epochs=39", "reason=why not") == "why not"
    with pytest.raises(ConfigError, match="reason must say in words why"):
        reason("reason=' '")


@pytest.mark.parametrize("given", ["dataset.subset=1000", "dataset.val=59000"])
def test_few_rows_need_a_reason_too(given):
    with pytest.raises(
        ConfigError, match=r"after training on 1,000 rows \(experiment=.* has 60,000"
    ):
        reason(given)
    with pytest.raises(ConfigError, match=r"after 1 epoch \(.* 40\) and training on 1,000 rows \("):
        reason(given, "epochs=1")


def test_without_an_experiment_the_main_yaml_says_what_is_whole():
    given = ["task=confusion", "dataset=fashion_mnist", "epochs=1"]
    with pytest.raises(ConfigError, match=r"after 1 epoch \(conf/config\.yaml has 50\), and"):
        with_reason(Command.parse(given))


def test_a_command_that_was_interrupted_after_its_answer_goes_on(tmp_path):
    given = ["epochs=1", "hydra.run.dir=out"]
    with RunDir.claim(Path("out"), Command.parse([CONFUSION, *given, "reason=yes"]).configs[0]):
        pass
    assert reason(*given) == "yes"


@pytest.mark.parametrize("given", ["epochs: ${oc.env:HOME}", "epochs: 50\ntask: train"])
def test_an_experiment_that_says_nothing_of_such_a_run_is_asked_too(given):
    """A guard that does not know holds: the number may come from elsewhere, or be of another."""
    Path("experiment").mkdir()
    text = "# @package _global_\ndefaults:\n  - override /dataset: fashion_mnist\n"
    Path("experiment/own.yaml").write_text(f"{text}{given}\n")
    own = [
        f"hydra.searchpath=[file://{Path.cwd()}]",
        "experiment=own",
        "task=confusion",
        "epochs=3",
    ]
    with pytest.raises(ConfigError, match=r"after 3 epochs \(experiment=own does not say how many"):
        with_reason(Command.parse(own))


@pytest.mark.parametrize(
    "overrides",
    [
        ["epochs=40"],
        ["dataset.val=10000"],
        ["epochs=1", "name=quick/confusion"],
        ["epochs=1", "hydra.run.dir=elsewhere/outputs/quick/net"],
        ["epochs=1", "dataset=digits"],
        ["epochs=1", "task=train"],
    ],
)
def test_others_are_not_asked(overrides):
    assert reason(*overrides) is None


def test_a_yes_is_the_reason_that_the_ledger_keeps(monkeypatch):
    monkeypatch.setattr(early, "is_yes", lambda question: "after 1 epoch" in question)
    assert reason("epochs=1") == "yes, answered when asked"


@pytest.mark.parametrize(
    ("answer", "expected"), [("y", True), ("YES ", True), ("", False), (None, False)]
)
def test_only_a_yes_is_one(answer, expected, monkeypatch):
    def ask(question):
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", ask)
    assert not is_yes("open it?")  # nobody is there
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    assert is_yes("open it?") is expected

"""A real test split is opened after few epochs for a reason alone, or after a yes."""

from pathlib import Path

import pytest

from hw3.core.errors import ConfigError
from hw3.launch import early
from hw3.launch.command import Command
from hw3.launch.early import is_yes, with_reason
from hw3.records.rundir import RunDir

CONFUSION = "experiment=fashion_confusion"


def reason(*overrides):
    return with_reason(Command.parse([CONFUSION, *overrides])).configs[0].reason


def test_few_epochs_need_a_reason():
    with pytest.raises(ConfigError, match=r"after 39 epochs, fewer than the preset's 40.*reason="):
        reason("epochs=39")
    assert reason("epochs=39", "reason=why not") == "why not"
    with pytest.raises(ConfigError, match="reason must say in words why"):
        reason("reason=' '")


def test_a_subset_needs_a_reason_too():
    with pytest.raises(ConfigError, match="after training on 100 rows alone"):
        reason("dataset.subset=100")


def test_a_command_that_was_interrupted_after_its_answer_goes_on(tmp_path):
    given = ["epochs=1", "hydra.run.dir=out"]
    with RunDir.claim(Path("out"), Command.parse([CONFUSION, *given, "reason=yes"]).configs[0]):
        pass
    assert reason(*given) == "yes"


@pytest.mark.parametrize(
    "overrides",
    [
        ["epochs=40"],
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

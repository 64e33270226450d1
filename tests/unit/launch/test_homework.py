"""The problems' commands: which overrides each gets, and that all are checked first."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from hw3.core.errors import ConfigError
from hw3.homework import steps
from hw3.launch import homework
from hw3.launch.homework import Step, arguments_of, checked, refuse_foreign, run_steps
from hw3.launch.job import JobResult

SWEEP = Step(1, "mnist_sweep", "mnist_sweep")
FINAL = Step(1, "mnist_final", "mnist_final", "mnist_sweep")


@pytest.fixture
def launched(monkeypatch, tmp_path):
    """The commands that were launched; each ends as `statuses` says, else completed."""
    found, statuses = [], {}

    def launch(command):
        found.append(command.configs[0].name)
        return [JobResult(tmp_path, statuses.get(found[-1], "completed"))]

    monkeypatch.setattr(homework, "launch", launch)
    return found, statuses


def test_the_problems_run_in_order_each_in_its_place(launched, capsys, monkeypatch):
    """That each composes is another test's: 210 points take seconds."""

    def parse(arguments):
        (name,) = (a.removeprefix("name=") for a in arguments if a.startswith("name="))
        return SimpleNamespace(configs=[SimpleNamespace(name=name)])

    monkeypatch.setattr(homework.Command, "parse", parse)
    commands = checked(steps(), True, [])
    assert run_steps(steps(), commands) == 0
    assert launched[0] == [
        "quick/mnist_sweep",
        "quick/mnist_final",
        "quick/fashion_confusion",
        "quick/fashion_weights",
        "quick/human_machine",
        "quick/human_machine",
        "quick/human_machine_explore",
    ]
    assert "hw3: problem 4: human_machine_seeds" in capsys.readouterr().out


@pytest.mark.parametrize(("status", "n_run"), [("diverged", 2), ("failed", 1), ("refused", 1)])
def test_a_failure_ends_it_and_a_divergence_does_not(status, n_run, launched):
    found, statuses = launched
    statuses["mnist_sweep"] = status
    assert run_steps([SWEEP, FINAL], checked([SWEEP, FINAL], False, [])) > 0
    assert len(found) == n_run


def test_a_dry_run_says_what_waits_for_its_sweep_and_touches_nothing(capsys, tmp_path):
    steps_of = [Step(3, "fashion_weights", "fashion_weights"), FINAL]
    assert run_steps(steps_of, checked(steps_of, True, [], is_dry=True)) == 0
    said = capsys.readouterr().out
    assert "2 jobs in outputs/quick/fashion_weights: 2 would run" in said
    assert "would run after mnist_sweep, and not now: outputs/quick/mnist_sweep is no" in said
    assert not Path("outputs").exists()


def test_all_are_checked_before_the_first_starts():
    with pytest.raises(ConfigError, match="batch_size must be in "):
        checked(steps(), False, ["dataset=mnist"])


def test_a_quick_look_has_few_epochs_unless_told():
    assert arguments_of(Step(3, "fashion_weights", "fashion_weights"), True, ["epochs=2"]) == [
        "experiment=fashion_weights",
        "name=quick/fashion_weights",
        "epochs=3",
        "epochs=2",
    ]


def test_the_final_run_gets_what_is_its_own():
    own = ["allow_unfinished=true", "+device=cpu", "threads=2", "record.figures=false"]
    given = [*own, "lr=0.1", "act=relu", "model.hidden_sizes=[8]"]
    found = arguments_of(FINAL, False, given)
    assert found[1:] == ["name=mnist_final", "sweep=outputs/mnist_sweep", *own]


@pytest.mark.parametrize("key", ["name", "task", "sweep", "experiment", "hydra.run", "hydra"])
def test_places_are_refused(key):
    with pytest.raises(ConfigError, match="homework names its own folders"):
        refuse_foreign(["epochs=2", f"++{key}=x"], ())

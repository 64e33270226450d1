"""What a person meets at the commands: help, one line for a mistake, and the way out."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hw3 import bench, compare, evaluate, gradcheck, homework, parity, predict, sweep, trace
from hw3 import run as door
from hw3.backends.numpy_backend import NumpyStack
from hw3.classroom.__main__ import main as classroom_door
from hw3.core.terminal import run_command
from hw3.data import main as data_door
from hw3.launch.homework import Step, arguments_of
from hw3.records.weights import save_params
from hw3.report.__main__ import main as report_door
from tests.builders import QUICK, refused

COMMANDS = {
    **{"bench": bench.main, "compare": compare.main, "data": data_door, "evaluate": evaluate.main},
    **{"homework": homework.main, "predict": predict.main, "report": report_door},
    "sweep": sweep.main,
    **{"gradcheck": gradcheck.main, "parity": parity.main},
    **{"trace": trace.main, "classroom": classroom_door},
}


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_door_has_a_help(name, flag, capsys):
    assert COMMANDS[name]([flag]) == 0
    out, err = capsys.readouterr()
    assert f"python -m hw3.{name}" in out
    assert err == ""


@pytest.mark.parametrize(
    "name",
    ["bench", "data", "evaluate", "gradcheck", "homework", "parity", "predict", "sweep", "trace"],
)
def test_a_help_shows_usage_and_an_example(name, capsys):
    assert COMMANDS[name](["--help"]) == 0
    out = capsys.readouterr().out
    assert f"usage: python -m hw3.{name} " in out
    assert f"example: python -m hw3.{name} " in out


def test_run_s_help_is_ours_and_lists_the_groups():
    command = [sys.executable, "-m", "hw3.run", "-m", "epochz=1", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for part in ("usage: python -m hw3.run [-m]", "--multirun", "lr=0.1", "--cfg job"):
        assert part in done.stdout
    assert "act: elu, gelu, leaky_relu, relu, sigmoid, silu, tanh" in done.stdout
    assert "powered by" not in done.stdout.lower()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["epochz=1"], "did you mean 'epochs'?"),
        (["epochs=0"], "epochs must be a whole number >= 1, got 0"),
        (["lr=0.1,0.2"], "lr.initial=0.1,0.2 names several values: give one"),
        (["-m", "lr=0.1,0.2"], "drop -m"),
    ],
)
def test_a_config_is_checked_before_it_is_printed(arguments, message, capsys):
    assert message in refused(capsys, door.main, *arguments, "--cfg", "job")


def test_a_mistaken_flag_s_value_is_one_line(capsys):
    assert "invalid choice: 'jobb'" in refused(capsys, door.main, "--cfg", "jobb")


@pytest.mark.parametrize(
    ("argument", "meant"),
    [
        ("hidden_sizes=[10]", "did you mean model.hidden_sizes?"),
        ("hiden_sizes=[10]", "did you mean model.hidden_sizes?"),
        ("l2=0.1", "did you mean regularizer.l2?"),
        ("patience=5", "did you mean early_stopping.patience?"),
        ("momentum=0.5", "did you mean optimizer.momentum with optimizer=momentum or nesterov?"),
        ("optimizer.momentum=0.9", "optimizer.momentum with optimizer=momentum or nesterov?"),
    ],
)
def test_a_key_that_stands_elsewhere_is_found(argument, meant, capsys):
    err = refused(capsys, door.main, argument)
    assert f"unknown key '{argument.partition('=')[0]}'" in err
    assert meant in err
    assert "instead_of" not in err


@pytest.mark.parametrize(
    "argument", ["instead_of=mnist", "++instead_of=mnist", "optimizer.default_lr=0.7"]
)
def test_what_the_record_alone_says_cannot_be_given(argument, capsys):
    assert "is ours and cannot be given" in refused(capsys, door.main, "dataset=digits", argument)


@pytest.mark.parametrize("arguments", [["dataset=human_machine"], ["data_dir=nowhere"]])
def test_a_file_that_the_user_must_have_is_never_replaced(arguments, capsys, monkeypatch):
    monkeypatch.setattr(NumpyStack, "train_epoch", None)
    err = refused(capsys, door.main, *arguments, "offline_dataset=digits", "batch_size=50")
    assert "is not in " in err
    assert not Path("outputs").exists()


def test_bench_refuses_in_one_line(capsys):
    assert "did you mean 'tanh'?" in refused(capsys, bench.main, "act=tahn")


def test_evaluate_names_an_unknown_key_before_a_missing_one(capsys):
    err = refused(capsys, evaluate.main, "wieghts=net.h5")
    assert "unknown key 'wieghts'; allowed here: weights, split, reason, " in err
    assert "did you mean 'weights'?" in err


def test_predict_names_an_unknown_key(capsys):
    err = refused(capsys, predict.main, "weigths=net.h5")
    assert "unknown key 'weigths'; allowed here: weights, rows, sequences, act" in err
    assert "did you mean 'weights'?" in err


def test_predict_takes_a_run_s_folder_and_a_text_file_of_any_ending(capsys):
    Path("run").mkdir()
    layers = [(np.ones((20, 1)), np.zeros(1))]
    save_params(Path("run/params.h5"), layers, {"name": "relu"})
    Path("sequences.tsv").write_text("01" * 10 + "\n")
    assert predict.main(["weights=run", "sequences=sequences.tsv"]) == 0
    assert capsys.readouterr().out == f"P(human) = 0.5000  {'01' * 10}\n"  # the sum of 20 is 0
    err = refused(capsys, predict.main, "weights=run", "sequences=sequence.tsv")
    assert "there is no such file" in err
    err = refused(capsys, predict.main, "weights=.", "sequences=sequences.tsv")
    assert (
        "there is no params.h5 in this folder; runs below it, of which you may name one: run" in err
    )
    assert "write weights=run" in refused(capsys, predict.main, "run", "sequences=sequences.tsv")
    err = refused(capsys, predict.main, "weights=/dev/null", "sequences=sequences.tsv")
    assert "weights=/dev/null: it is no regular file" in err


@pytest.mark.parametrize(
    "argument", ["name=x", "++name=x", "+sweep=x", "hydra.run.dir=x", "++hydra.sweep={dir:x}"]
)
def test_homework_keeps_its_folders(argument, capsys):
    assert "homework names its own folders" in refused(capsys, homework.main, argument)


@pytest.mark.parametrize("arguments", [["epoch=3"], ["epochs=0"], ["dataset=digits"]])
def test_homework_checks_every_command_before_the_first_starts(arguments, capsys, monkeypatch):
    monkeypatch.setattr("hw3.launch.homework.launch", None)
    refused(capsys, homework.main, *arguments)


def test_homework_hands_the_final_run_what_is_its_own():
    given = ["allow_unfinished=true", "offline_dataset=digits", "+device=cpu", "lr=0.1", "act=relu"]
    step = Step(1, "mnist_final", "mnist_final", "mnist_sweep")
    command = arguments_of(step, False, given)
    assert command[-3:] == given[:3]
    assert "lr=0.1" not in command


def test_only_a_door_with_hydra_s_keys_offers_them(capsys):
    def full(arguments):
        raise OSError("no space left")

    assert "hydra." not in refused(capsys, lambda given: run_command(full, given))
    hydras = refused(capsys, lambda given: run_command(full, given, is_hydras=True))
    assert "hydra.run.dir=<folder>" in hydras


def test_a_record_that_may_not_be_read_is_not_called_damaged(capsys, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("hw3.records.read.read_json", forbidden)
    Path("outputs").mkdir()
    err = refused(capsys, sweep.main, "outputs")
    assert "outputs/jobs.json cannot be read: Permission denied" in err


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        (bench.main, ["seed=0,1"], "seed=0,1 names several values: give one"),
        (bench.main, ["model=torch_mlp"], "measures the numpy backend"),
        (bench.main, ["hydra.run.dir=x"], "'hydra.run.dir' has no effect"),
        (data_door, ["audit", "digits", "seed=0,1"], "seed=0,1 names several values"),
        (data_door, ["audit", "digits", "dataset=mnist"], "the audit is of digits"),
        (door.main, ["=3"], "is not an override; write key=value"),
        (door.main, ["-m", "=3"], "is not an override; write key=value"),
        (evaluate.main, ["weights="], "weights=<file.h5 or folder of a run> is missing"),
    ],
)
def test_what_a_command_cannot_mean_is_refused(command, arguments, message, capsys):
    assert message in refused(capsys, command, *arguments)


def test_the_data_of_another_set_are_refused_before_its_keys_are_checked(capsys):
    assert door.main([*QUICK, "dataset.subset=1000", "hydra.run.dir=out"]) == 0
    for name in ("mnist", "fashion_mnist"):
        err = refused(capsys, evaluate.main, "weights=out", f"dataset={name}")
        assert "was trained on digits" in err
    assert "several values" in refused(capsys, evaluate.main, "weights=out", "seed=0,1")

"""dry_run=true: what would happen is said, and nothing happens."""

from pathlib import Path

import pytest

from hw3.run import main
from tests.builders import QUICK, refused

RUN = (*QUICK, "hydra.run.dir=outputs/a")
SWEEP = ("-m", *QUICK, "lr=0.1,0.2", "hydra.sweep.dir=outputs/sweep")


def files():
    return {p: p.stat().st_mtime_ns for p in sorted(Path().rglob("*"))}


def rehearsed(capsys, *arguments, status=0):
    before = files()
    capsys.readouterr()
    assert main(["dry_run=true", *arguments]) == status
    assert files() == before
    out, err = capsys.readouterr()
    return out + err


def test_a_run_is_told_beside_the_nearest_and_nothing_is_touched(capsys):
    assert rehearsed(capsys, *RUN).startswith("hw3: outputs/a: would run\n")
    assert main(list(RUN)) == 0
    assert "outputs/a: would be skipped: completed before" in rehearsed(capsys, *RUN)
    said = rehearsed(capsys, "from=outputs/a", "lr.initial=0.25", "hydra.run.dir=outputs/b")
    assert "outputs/b: would run: differs from outputs/a in lr.initial (0.1 there)\n" in said
    assert "computes what outputs/a has computed" in rehearsed(capsys, *QUICK)


def test_an_interrupted_run_would_continue_after_its_checkpoint(capsys, monkeypatch):
    given = (*QUICK, "epochs=3", "hydra.run.dir=outputs/a")

    def killed(self, *args):
        raise KeyboardInterrupt

    monkeypatch.setattr("hw3.records.rundir.RunDir.finish", killed)
    assert main(list(given)) == 130
    Path("outputs/a/checkpoint.h5").write_bytes(b"damaged")
    assert "outputs/a: would continue after epoch 2 of 3" in rehearsed(capsys, *given)


def test_another_run_s_folder_is_refused(capsys):
    assert main(list(RUN)) == 0
    before = files()
    assert "holds a run of another config" in refused(
        capsys, main, "dry_run=true", *RUN, "lr.initial=0.3"
    )
    assert files() == before


def test_a_sweep_is_a_line_for_each_job_with_those_that_left(capsys):
    assert main(list(SWEEP)) == 0
    said = rehearsed(capsys, *SWEEP, "lr=0.2,0.3")
    assert "lr 0.2: would be skipped: completed before" in said
    assert "lr 0.3: would run: differs from outputs/sweep/relu-lr0.2-" in said
    assert "1 run in this folder is not of the last command: relu-lr0.1-" in said
    assert "2 jobs in outputs/sweep: 1 would be skipped, 1 would run" in said


def test_a_study_says_how_many_trials(capsys):
    given = ("hydra/sweeper=optuna", "hydra.sweeper.n_trials=3", "lr.initial=interval(0.01,0.1)")
    said = rehearsed(capsys, "-m", *QUICK, *given, "hydra.sweep.dir=outputs/study")
    assert "3 trials in outputs/study, 0 are there" in said


def test_missing_data_are_told_and_not_downloaded(capsys):
    said = rehearsed(capsys, "dataset=mnist", "data_dir=nowhere")
    assert "mnist is not in nowhere: it would be downloaded first" in said
    assert "cannot be downloaded" in refused(
        capsys, main, "dry_run=true", "dataset=human_machine", "batch_size=170"
    )


def test_an_early_look_at_a_test_split_would_be_asked_for(capsys, fake_data):
    given = ("experiment=fashion_confusion", "epochs=1", f"data_dir={fake_data}")
    assert "it would ask first, or need reason=<text>" in rehearsed(capsys, *given)


@pytest.mark.parametrize("command", [("lr=abc",), ("experiment=mnist_final",)])
def test_bad_input_is_refused_as_ever(capsys, command):
    refused(capsys, main, "dry_run=true", *command)

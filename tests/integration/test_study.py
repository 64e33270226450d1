"""hydra/sweeper=optuna from end to end: search, kill, prune, choose."""

import json
import shutil
from pathlib import Path

import pytest

import hw3
from hw3 import run as door
from hw3 import sweep
from hw3.backends.numpy_backend import NumpyStack
from hw3.launch.command import Command
from hw3.records.study import read_study
from hw3.sweeps.choice import choice_sentences, read_selection, select
from hw3.testset.ledger import LEDGER_PATH, read_ledger
from tests.builders import refused

pytest.importorskip("optuna", reason="needs optuna: pip install '.[optuna]'")

STUDY = Path("study")
PRUNING = ("hydra.sweeper.prune=true", "hydra.sweeper.n_warmup_epochs=1", "epochs=6")
PROPOSED = "trials that Optuna's TPE proposed one after another, not planned beforehand"


def study(*overrides, folder=STUDY, n_trials=7):
    """A study of small networks on the digits; the first four trials are drawn at random."""
    return [
        "-m",
        *("dataset=digits", "model.hidden_sizes=[6]", "epochs=3", "record.figures=false"),
        *("lr=tag(log, interval(0.001, 1))", "act=relu,tanh", "hydra/sweeper=optuna"),
        *(f"hydra.sweeper.n_trials={n_trials}", "hydra.sweeper.n_startup_trials=4"),
        *(f"hydra.sweep.dir={folder}", *overrides),
    ]


def outcome(folder):
    """All that two studies of the same command must agree in, the order of the trials too."""
    return [
        (run.name, run.status, run.outcome.epochs, run.outcome.weights_sha256)
        for run in hw3.load_sweep(folder).runs
    ]


def killed_after(monkeypatch, n_epochs):
    """Let the training stop as by Ctrl-C after so many epochs of this process."""
    train_epoch, done = NumpyStack.train_epoch, []

    def counting(self, *args, **kwargs):
        if len(done) == n_epochs:
            raise KeyboardInterrupt
        done.append(1)
        train_epoch(self, *args, **kwargs)

    monkeypatch.setattr(NumpyStack, "train_epoch", counting)


def test_trials_are_ordinary_runs_and_the_sweep_knows_that_they_were_proposed(capsys):
    assert door.main(study()) == 0
    assert f"7 {PROPOSED}" in capsys.readouterr().out
    found = hw3.load_sweep(STUDY)
    assert [trial.job for trial in found.study.trials] == [run.name for run in found.runs]
    assert [trial.known for trial in found.study.trials] == list(range(7))
    for run, trial in zip(found.runs, found.study.trials, strict=True):
        assert run.name == run.config.job_name
        assert (repr(run.config.lr.initial), run.config.act.name) == tuple(trial.params.values())
        assert 0.001 <= run.config.lr.initial <= 1
        alone = [f"lr.initial={trial.params['lr.initial']}", f"act={trial.params['act']}"]
        point = Command.parse([*study()[1:5], *alone])
        assert point.configs[0].hash == run.config_hash
    before = {path: path.read_bytes() for path in STUDY.rglob("*.*") if path.is_file()}
    assert door.main(study()) == 0  # and all is skipped
    assert {path: path.read_bytes() for path in before} == before
    assert "(7 had ended before)" in capsys.readouterr().out


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A study that prunes, undisturbed."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert door.main(study(*PRUNING, n_trials=9)) == 0
    return folder / STUDY


@pytest.mark.parametrize("n_epochs", [3, 18])
def test_a_killed_study_goes_on_with_the_same_proposals(n_epochs, whole, monkeypatch):
    assert {status for _, status, _, _ in outcome(whole)} == {"completed", "pruned"}
    for _ in range(2):
        with monkeypatch.context() as patch:
            killed_after(patch, n_epochs)
            assert door.main(study(*PRUNING, n_trials=9)) == 130
    assert door.main(study(*PRUNING, n_trials=9)) == 0
    assert outcome(STUDY) == outcome(whole)
    assert (STUDY / "study.json").read_text() == (whole / "study.json").read_text()


def test_a_pruned_trial_killed_before_its_end_was_written_is_pruned_at_the_same_epoch(whole):
    shutil.copytree(whole, STUDY)
    before = outcome(STUDY)
    pruned = next(run for run in hw3.load_sweep(STUDY).runs if run.status == "pruned")
    (pruned.folder / "metrics.json").unlink()
    assert door.main(study(*PRUNING, n_trials=9)) == 0
    assert outcome(STUDY) == before


def test_trials_side_by_side_are_proposed_without_each_other():
    two = "hydra.sweeper.n_jobs=2"
    assert door.main(study(two, folder="whole", n_trials=6)) == 0
    assert [trial.known for trial in read_study(Path("whole")).trials] == [0, 0, 2, 2, 4, 4]
    joblib = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert door.main(study(*joblib, n_trials=4)) == 0
    assert door.main(study(*joblib, n_trials=6)) == 0  # more trials are the same study
    assert outcome(STUDY) == outcome("whole")


def test_a_failed_trial_leaves_the_others_running_and_is_run_again(monkeypatch, capsys):
    train_epoch = NumpyStack.train_epoch

    def broken(self, *args, **kwargs):
        if type(self.networks[0].activation).__name__ == "ReLU":
            raise RuntimeError("by hand")
        train_epoch(self, *args, **kwargs)

    monkeypatch.setattr(NumpyStack, "train_epoch", broken)
    assert door.main(study()) == 1
    statuses = [run.status for run in hw3.load_sweep(STUDY).runs]
    assert set(statuses) == {"failed", "completed"}
    monkeypatch.setattr(NumpyStack, "train_epoch", train_epoch)
    assert door.main(study()) == 0
    assert len(hw3.load_sweep(STUDY).runs) == 7


def test_pruned_trials_are_told_and_are_no_failure(whole, capsys):
    shutil.copytree(whole, STUDY)
    assert door.main(study(*PRUNING, n_trials=9)) == 0
    runs = hw3.load_sweep(STUDY).runs
    pruned = [run for run in runs if run.status == "pruned"]
    assert pruned
    said = capsys.readouterr().out
    assert f"{9 - len(pruned)} of 9 completed, {len(pruned)} pruned (9 had ended before)" in said
    assert sweep.main([str(STUDY)]) == 0
    assert f"9 {PROPOSED}" in capsys.readouterr().out
    for run in pruned:
        assert 1 < run.outcome.epochs == len(run.epochs) < 6
        assert run.outcome.final.epoch == run.outcome.epochs
        earlier = runs[: found_at(runs, run)]
        losses = [e.val.loss for r in earlier if r.is_completed for e in r.epochs.epochs]
        assert run.epochs.lowest_loss.val.loss > min(losses)
        assert (
            "pruned: half of the trials before had at most" in (run.folder / "run.log").read_text()
        )
    chosen = select(hw3.load_sweep(STUDY))
    assert chosen.left_out == tuple(run.name for run in pruned)
    among = f"9 {PROPOSED} ({len(pruned)} did not complete)"
    assert f"It was chosen from {among};" in " ".join(choice_sentences(chosen))


def found_at(runs, run):
    return [r.name for r in runs].index(run.name)


def test_a_pruned_trial_with_early_stopping_ends_with_the_weights_that_it_has():
    options = ("early_stopping.patience=5", "hydra.sweeper.n_warmup_epochs=2")
    assert door.main(study(*PRUNING, *options, n_trials=9)) == 0
    pruned = [run for run in hw3.load_sweep(STUDY).runs if run.status == "pruned"]
    assert pruned
    for run in pruned:
        stopping = run.outcome.early_stopping
        assert (stopping.stopped_after, stopping.restored_epoch) == (None, None)
        assert run.outcome.final.epoch == run.outcome.epochs


def test_a_final_run_may_choose_from_a_study_and_says_what_it_is(fake_data, capsys):
    data = (f"data_dir={fake_data}", "dataset=mnist", "dataset.subset=600", "dataset.val=100")
    given = [o for o in study(n_trials=3) if o != "dataset=digits"]
    assert door.main([*given, *data]) == 0
    assert not LEDGER_PATH.exists()
    final = ["experiment=mnist_final", f"sweep={STUDY}", data[0]]
    assert door.main([*final, "hydra.run.dir=final", "reason=a test"]) == 0
    assert f"chosen from 3 {PROPOSED}" in capsys.readouterr().out
    assert read_selection(Path("final")).among == f"3 {PROPOSED}"
    assert len(read_ledger(LEDGER_PATH)) == 1
    selection = json.loads(Path("final/selection.json").read_text())
    assert selection["proposed_by"] == "Optuna's TPE"


def test_the_ledger_s_own_reason_says_it_too():
    assert door.main(study(n_trials=3)) == 0
    final = ["task=final", f"sweep={STUDY}", "hydra.run.dir=final", "offline_dataset=null"]
    assert door.main(final) == 0
    (look,) = read_ledger(LEDGER_PATH)
    assert look.reason == f"final run of a sweep's winner, chosen from 3 {PROPOSED}"


def test_the_test_split_stays_shut_in_a_study(capsys):
    for task in ("task=final", "task=confusion"):
        err = refused(capsys, door.main, *study(task, "sweep=x"))
        assert "choosing on the test split" in err


def test_studies_and_planned_sweeps_do_not_share_a_folder(capsys):
    assert door.main(study(n_trials=2)) == 0
    before = {path: path.read_bytes() for path in STUDY.rglob("*.*") if path.is_file()}
    for other in (
        study("hydra.sweeper.seed=1", n_trials=2),
        study("act=relu", n_trials=2),
        study("epochs=2", n_trials=2),
        study("lr=interval(0.1,1)", n_trials=2),
    ):
        capsys.readouterr()
        assert door.main(other) == 2
        assert "study holds another study (" in capsys.readouterr().err
    planned = ["-m", "dataset=digits", "epochs=1", "record.figures=false", "lr=0.1,0.2"]
    assert door.main([*planned, f"hydra.sweep.dir={STUDY}"]) == 2
    assert "holds a study of hydra/sweeper=optuna" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in before} == before
    assert door.main([*planned, "hydra.sweep.dir=planned"]) == 0
    assert door.main(study(folder="planned")) == 2
    assert "planned holds jobs that no optimizer proposed" in capsys.readouterr().err


def test_values_of_a_small_space_are_tried_once_each():
    given = [o for o in study(n_trials=6) if not o.startswith("lr=")]
    assert door.main([*given, "batch_size=range(20,60,20)", "lr=0.1,0.3", "act=tanh,relu"]) == 0
    runs = hw3.load_sweep(STUDY).runs
    points = {(r.config.act.name, r.config.batch_size, r.config.lr.initial) for r in runs}
    assert len(points) == 6
    assert {batch_size for _, batch_size, _ in points} <= {20, 40}


def test_proposals_that_cannot_run_are_passed_over(fake_data):
    """A batch must divide the 500 rows that train, and few whole numbers do."""
    given = [o for o in study(n_trials=2) if not o.startswith(("lr=", "act=", "dataset="))]
    data = ("dataset=mnist", "dataset.subset=600", "dataset.val=100", f"data_dir={fake_data}")
    assert door.main([*given, *data, "batch_size=int(interval(50, 125))"]) == 0
    found = {run.config.batch_size for run in hw3.load_sweep(STUDY).runs}
    assert found < {50, 100, 125}
    assert len(found) == 2


def test_values_that_cannot_run_are_refused_before_the_first_trial(capsys):
    given = [o for o in study() if not o.startswith("lr=")]
    err = refused(
        capsys, door.main, *given, "dataset.subset=400", "batch_size=int(interval(1,900))"
    )
    assert "batch_size must be" in err

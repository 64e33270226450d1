"""A class of made-up submissions: what each row says, and what it must not say."""

import csv
import io
import os
import shutil
import time
from dataclasses import replace

import h5py
import numpy as np
import pytest

from hw3.classroom import apart as separate
from hw3.classroom import judge as judging
from hw3.classroom import likeness, submission
from hw3.classroom.__main__ import main
from hw3.classroom.judge import Options, judge
from hw3.classroom.likeness import compared
from hw3.classroom.row import Judged
from hw3.classroom.submission import weight_digests
from hw3.classroom.table import HEADER, csv_text, is_notable, page
from hw3.core.verdict import Verdict
from hw3.programs.verdict import Bug, CheckReport, Finding
from hw3.records.weights import load_params, save_params
from hw3.replay.verify import Asked
from hw3.run import main as run
from tests.assignment import make
from tests.builders import QUICK, refused

NOTHING = Options("check.py")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Records of runs by name: two that were each trained with the same seed, and others."""
    root = tmp_path_factory.mktemp("runs")
    settings = {
        "anna": ["seed=1"],
        "ben": ["seed=1", "name=bens"],  # a name computes nothing
        "cleo": ["seed=2"],
        "dora": ["seed=1", "early_stopping.patience=5"],  # never stops: has no effect
        "eve": ["seed=1", "epochs=2", "record.keep=all"],  # passes where anna ends
    }
    for name, overrides in settings.items():
        assert run([*QUICK, *overrides, f"hydra.run.dir={root / name}"]) == 0
    return root


@pytest.fixture
def hand_in(runs, tmp_path):
    """Returns what copies a run, or only its weights, into a submission."""

    def add(name, of, part="", to=""):
        place = tmp_path / "class" / name / (to or "work/run")
        place.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copy if part else shutil.copytree)(runs / of / part, place)
        return place

    return add


def alike(tmp_path, given=()):
    """Return what each submission shares, by name."""
    folders = sorted((tmp_path / "class").iterdir())
    rows = compared([judge(f, NOTHING) for f in folders], [judge(g, NOTHING) for g in given])
    return {row.name: list(row.alike) for row in rows}


def test_the_same_settings_and_seed_accuse_nobody(hand_in, tmp_path):
    hand_in("a", "anna")
    hand_in("b", "ben")
    hand_in("c", "cleo")
    found = alike(tmp_path)
    assert found == {"a": [f"{likeness.SAME_RUN}: b"], "b": [f"{likeness.SAME_RUN}: a"], "c": []}
    assert not any(map(is_notable, found["a"] + found["b"]))


def test_a_copied_record_is_told_by_its_times(hand_in, tmp_path):
    hand_in("a", "anna")
    hand_in("b", "anna", to="other/place")
    hand_in("c", "ben")
    found = alike(tmp_path)
    assert found["a"] == [f"{likeness.SAME_RECORD}: b", f"{likeness.SAME_RUN}: c"]
    assert [is_notable(text) for text in found["a"]] == [True, False]


def test_weights_without_a_record_are_found_in_any_form(hand_in, runs, tmp_path):
    """Another file, names, layout, type and order of hidden units."""
    hand_in("a", "anna")
    (w1, b1), (w2, b2) = load_params(runs / "anna" / "params.h5")
    order = np.random.default_rng(0).permutation(len(b1))
    (tmp_path / "class" / "b").mkdir()
    np.savez(
        tmp_path / "class" / "b" / "mine.npz",
        **{"first": w1[:, order].astype(np.float64), "c": b1[order][:, None], "d": w2[order].T},
        **{"e": b2.astype(np.float64), "losses": np.linspace(1, 2, 30)},
    )
    found = alike(tmp_path)
    assert found == {"a": [f"{likeness.OWN}: b"], "b": [f"{likeness.OTHERS}: a"]}
    assert not is_notable(found["a"][0])
    assert is_notable(found["b"][0])


def test_a_copy_of_one_s_own_weights_changes_nothing(hand_in, tmp_path):
    hand_in("a", "anna")
    hand_in("a", "anna", "params.h5", "net.h5")
    hand_in("b", "ben")
    hand_in("b", "ben", "params.h5", "net.h5")
    hand_in("c", "anna", "params.h5", "net.h5")
    same, others = f"{likeness.SAME_RUN}: ", f"{likeness.OTHERS}: a, b"
    own = f"{likeness.OWN}: c"
    assert alike(tmp_path) == {"a": [f"{same}b", own], "b": [f"{same}a", own], "c": [others]}


def test_a_checkpoint_and_the_weights_are_alike(runs):
    assert weight_digests(runs / "anna" / "checkpoint.h5") & weight_digests(
        runs / "anna" / "params.h5"
    )


def test_weights_that_nobody_has_a_record_of(hand_in, tmp_path):
    hand_in("a", "cleo", "params.h5", "net.h5")
    hand_in("b", "cleo", "params.h5", "deep/down/w.hdf5")
    assert alike(tmp_path)["a"] == [f"{likeness.NOBODYS}: b"]
    hand_in("c", "cleo")  # now one does
    assert alike(tmp_path)["a"] == [f"{likeness.OTHERS}: c"]


def test_a_record_that_contradicts_itself_accounts_for_nothing(hand_in, tmp_path):
    hand_in("a", "anna")
    history = hand_in("b", "ben") / "history.csv"
    history.write_text(history.read_text() + "\n")
    assert alike(tmp_path)["b"] == [f"{likeness.OTHERS}: a"]


def test_settings_that_differ_are_named(hand_in, tmp_path):
    hand_in("a", "anna")
    hand_in("d", "dora")
    assert alike(tmp_path)["a"] == [f"{likeness.DIFFERENT.format('early_stopping.patience')}: d"]


def test_runs_that_were_interrupted_and_checkpoints_on_the_way_accuse_nobody(hand_in, tmp_path):
    for name, of in (("a", "anna"), ("b", "ben")):
        folder = hand_in(name, of)
        for made_last in ("metrics.json", "params.h5"):
            (folder / made_last).unlink()
    assert not alike(tmp_path)["a"]  # what it would have ended with is not there
    hand_in("c", "anna")
    on_the_way = hand_in("e", "eve") / "checkpoints/00001.h5"
    assert weight_digests(on_the_way) & judge(tmp_path / "class/c", NOTHING).held[0].digests
    assert not alike(tmp_path)["e"]


def test_weights_that_are_no_numbers_are_not_compared(tmp_path):
    np.savez(
        tmp_path / "nan.npz",
        W1=np.where(np.eye(9) > 0, np.nan, np.random.default_rng(0).random((9, 9))),
    )
    assert not weight_digests(tmp_path / "nan.npz")


def test_fresh_weights_and_what_was_handed_out_are_nobodys(hand_in, runs, tmp_path):
    from hw3.records.run import load_run
    from hw3.training.build import fresh_params

    hand_in("a", "anna")
    hand_in("c", "cleo")
    started = load_run(runs / "anna")
    fresh = fresh_params(started.config, started.layer_sizes)
    for name in "ac":
        save_params(tmp_path / "class" / name / "start.h5", fresh, {"name": "relu"})
    assert alike(tmp_path) == {"a": [], "c": []}
    for name in "ac":
        hand_in(name, "dora", "params.h5", "starter.h5")
    starter = tmp_path / "given"
    starter.mkdir()
    shutil.copy(runs / "dora" / "params.h5", starter / "any.h5")
    assert alike(tmp_path)["c"]
    assert alike(tmp_path, [starter]) == {"a": [], "c": []}


def test_data_and_small_things_are_no_weights(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["xdata"], file["ydata"] = np.random.default_rng(0).random((20, 5)), np.eye(20)
    np.savez(tmp_path / "train.npz", X_train=np.random.default_rng(0).random((20, 5)))
    np.savez(tmp_path / "zeros.npz", W1=np.zeros((9, 9)), b1=np.ones(9))
    assert not any(weight_digests(path) for path in tmp_path.iterdir())


PROGRAM = "def f(x):\n    return " + " + ".join(f"x[{i}]" for i in range(60)) + "\n"


def test_programs_are_compared_without_comments(tmp_path):
    texts = {"a": PROGRAM, "b": f"# mine\n\n{PROGRAM.replace(' + ', '+')}", "c": PROGRAM * 2}
    for name, text in texts.items():
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "net.py").write_text(text)
        (tmp_path / "class" / name / "__init__.py").write_text("")
    same = likeness.SAME_PROGRAM
    assert alike(tmp_path) == {"a": [f"{same}: b"], "b": [f"{same}: a"], "c": []}


def test_a_long_program_is_not_made_a_tree(tmp_path):
    (tmp_path / "a.py").write_text(text := PROGRAM + "x = 1\n" * 170_000)
    (tmp_path / "b.py").write_text(f"{text}# mine\n")
    (a,), (b,) = (submission.program_digests(tmp_path / name) for name in ("a.py", "b.py"))
    assert a != b


def report(verdict):
    found = Finding("gradient", "asked", verdict, "seen", Bug(1, "averaged twice"))
    other = Finding("split", "asked", verdict, "seen")
    return CheckReport("p", 0, (), (found, other), (), 0.1, ("no network here",))


def test_a_program_is_judged_by_check_and_never_run_here(tmp_path, monkeypatch):
    asked = []

    def checked(path, limits, seed):
        asked.append((path.name, seed))
        return report(Verdict.FAIL)

    monkeypatch.setattr(judging, "checked", checked)
    mark = tmp_path / "ran"
    for name in ("net.py", "check.py"):
        (tmp_path / name).write_text(f"open({str(mark)!r}, 'w')\n")
    row = judge(tmp_path, replace(NOTHING, seed=7))
    assert (row.program, row.checked) == (Verdict.FAIL, ("bug 1: averaged twice", "split: seen"))
    assert row.remarks == ("no network here",)
    assert asked == [("check.py", 7)]
    assert not mark.exists()
    (tmp_path / "check.py").unlink()
    judge(tmp_path, NOTHING)
    assert asked[-1] == ("net.py", None)  # the only one
    (tmp_path / "more.py").write_text("")
    row = judge(tmp_path, NOTHING)
    assert row.program is None
    assert "no check.py among 2 Python files" in row.remarks[0]


def test_what_a_check_could_not_decide_is_told(tmp_path):
    """The real check."""
    (tmp_path / "mine.py").write_text("import nothing_of_this_name\ndef softmax(z): return z\n")
    row = judge(tmp_path, NOTHING)
    assert row.program is Verdict.INCONCLUSIVE
    assert "nothing_of_this_name" in row.checked[0]
    (tmp_path / "mine.py").write_text("acc = 0.97\n")
    assert "mine.py defines none of the functions" in judge(tmp_path, NOTHING).unjudged[0]


def test_verify_trains_each_record_again(hand_in, tmp_path):
    """The real replay: of an honest run, of one that claims more, and of one that has not ended."""
    asked = replace(NOTHING, replay=Asked(sample=1, epochs=3, seed=1))
    hand_in("a", "eve")
    assert judge(tmp_path / "class" / "a", NOTHING).verify == ()
    [(verdict, sentence)] = judge(tmp_path / "class" / "a", asked).verify
    assert verdict == "PASS"
    assert "2 epochs" in sentence
    more = hand_in("b", "anna") / "history.csv"
    more.write_text(more.read_text().replace("\n1,0.1,", "\n1,0.2,"))
    (hand_in("b", "cleo", to="other") / "metrics.json").unlink()
    (told, why), (waiting, _) = sorted(judge(tmp_path / "class" / "b", asked).verify)
    assert (told, waiting) == ("FAIL", "INCONCLUSIVE")
    assert "history.csv" in why
    assert not judge(tmp_path / "class" / "b", asked).unjudged


def test_a_whole_assignment_is_audited_clause_by_clause(tmp_path):
    make(tmp_path / "s" / "deep" / "outputs")
    row = judge(tmp_path / "s", NOTHING)
    assert row.audit == "PASS"
    assert row.count("PASS") > 20
    assert row.count("NOT RUN") == 0
    assert row.looks >= 1
    assert row.test == 0.9
    shutil.copytree(  # a quick look beside it fails by its nature, and is none
        tmp_path / "s/deep/outputs/mnist_sweep", tmp_path / "s/deep/outputs/quick/mnist_sweep"
    )
    assert judge(tmp_path / "s", NOTHING).checks == row.checks
    shutil.rmtree(tmp_path / "s" / "deep" / "outputs" / "human_machine")
    assert judge(tmp_path / "s", NOTHING).count("NOT RUN") > 0


def test_what_cannot_be_read_is_a_sentence(hand_in, tmp_path):
    def told(name):
        return judge(tmp_path / "class" / name, NOTHING)

    metrics = hand_in("damaged", "anna") / "metrics.json"
    metrics.write_text(metrics.read_text()[:-40])
    row = told("damaged")
    assert (row.audit, row.unjudged) == ("FAIL", ())
    assert "work/run/metrics.json is damaged" in row.faults[0]
    assert str(tmp_path) not in row.faults[0]
    (tmp_path / "class" / "empty").mkdir()
    assert "among 0 files" in told("empty").remarks[0]
    (tmp_path / "class" / "notebook").mkdir()
    (tmp_path / "class" / "notebook" / "hw3.ipynb").write_text("{}")
    assert "no record, program (.py) or weights (.h5, .npz)" in told("notebook").remarks[0]
    (tmp_path / "class" / "notebook" / "net.npz").write_text("PK")
    assert "net.npz cannot be read" in told("notebook").remarks[0]
    (tmp_path / "class" / "late.zip").write_bytes(b"PK")
    assert told("late.zip").unjudged == ("it is an archive; unpack it",)
    hand_in("linked", "anna")
    (tmp_path / "class" / "linked" / "out").symlink_to("/etc")
    assert "out is a link" in told("linked").unjudged[0]
    hand_in("packed", "anna", "params.h5", "all.zip")
    assert "it holds an archive, all.zip" in told("packed").unjudged[0]
    with (hand_in("large", "anna") / "huge.h5").open("wb") as file:
        file.truncate(10_000_000_000)  # sparse
    assert "huge.h5 has 10 GB" in told("large").unjudged[0]


def die(*_):
    os._exit(3)


def hang(*_):
    time.sleep(60)


@pytest.mark.parametrize(("target", "words"), [(die, "ended the process"), (hang, "after 0 s")])
def test_what_kills_or_hangs_a_process_costs_one_row(target, words, tmp_path, monkeypatch):
    monkeypatch.setattr(separate, "answer", target)
    running = set()
    row = separate.apart(tmp_path / "anna", NOTHING, 30 if target is die else 0, running)
    assert row.name == "anna"
    assert words in row.unjudged[0]
    assert not running


def test_a_cell_is_no_formula_and_a_name_no_markup():
    names = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "plain", "<b>bold</b>", "new\nline"]
    rows = [Judged(name, unjudged=("=1+1", "b")) for name in names]
    header, *lines = csv.reader(io.StringIO(csv_text(rows)))
    assert tuple(header) == HEADER
    assert [line[0] for line in lines] == [*(f"'{n}" for n in names[:4]), *names[4:6], "new\\nline"]
    assert all(line[-1] == "'=1+1 | b" and len(line) == len(HEADER) for line in lines)
    shown = page(rows, "<i>")
    assert "<b>bold" not in shown
    assert "&lt;b&gt;bold" in shown
    assert "<i>" not in shown


def test_the_command_writes_a_row_for_each(hand_in, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    hand_in("anna", "anna")
    hand_in("ben", "anna", "params.h5", "net.h5")
    assert main(["class", "jobs=2"]) == 0
    out = capsys.readouterr().out
    assert "hw3: ben: " in out
    assert "hw3: anna: " not in out
    assert "2 submissions. Audit: 1 PASS." in out
    rows = {
        row["submission"]: row
        for row in csv.DictReader((tmp_path / "classroom.csv").read_text().splitlines())
    }
    assert [rows["anna"][k] for k in ("judged", "audit", "runs")] == ["yes", "PASS", "1"]
    assert "anna" in rows["ben"]["alike"]
    assert "LOOK:" in (tmp_path / "classroom.html").read_text()
    (tmp_path / "class" / "late.zip").write_bytes(b"PK")
    assert main(["class"]) == 1  # our own files are written anew
    (tmp_path / "classroom.csv").write_text("mine")
    assert "was not written by hw3" in refused(capsys, main, "class")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name one folder"),
        (["a", "b"], "name one folder"),
        (["nowhere"], "nowhere is no folder"),
        (["."], "is empty"),
        ([".", "verify=x"], "verify must be a whole number of at least 3"),
        ([".", "verify=2"], "verify must be a whole number of at least 3"),
        ([".", "jobs=0"], "jobs must be a whole number of at least 1"),
        ([".", "given=nowhere"], "nowhere is no folder"),
        ([".", "plugin=x"], "did you mean 'plugins'"),
        ([".", "plugins=[nowhere]"], "there is no module nowhere"),
        ([".", "csv=nowhere/a.csv"], "there is no folder nowhere"),
    ],
)
def test_a_mistake_is_one_line(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert words in refused(capsys, main, *arguments)

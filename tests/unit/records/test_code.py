"""Which code a run is of: its digest, its commit, and what of it was changed since."""

import hashlib
import shutil
import subprocess
from dataclasses import asdict, replace

import pytest

from hw3.config.validate import build
from hw3.datasets.types import DataFacts
from hw3.records import code
from hw3.records.code import MAX_DIFF, Changes, Code, Commit, commit_of, package_digest
from hw3.records.environment import Environment, environment

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
DATA = DataFacts("f", "5a", 1, "float32", (0.0, 1.0), (1,))


def git(top, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *who, *arguments], cwd=top, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def checkout(tmp_path):
    """A repository of one commit, whose package has a module."""
    for name, text in {"src/p/a.py": "x = 1\n", "conf/c.yaml": "k: 1\n", "notes.md": "n\n"}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


@needs_git
def test_a_clean_commit_has_no_changes(checkout):
    head = git(checkout, "rev-parse", "HEAD").strip()
    assert commit_of(checkout) == Commit(head, dirty=False, changes=None)
    assert str(commit_of(checkout)) == f"commit {head[:12]}"


@needs_git
def test_a_diff_brings_back_the_code_that_ran(checkout):
    """Whatever a person's git shows to them: what is kept can be applied to the commit."""
    for setting in ("diff.noprefix", "diff.mnemonicPrefix"):
        git(checkout, "config", setting, "true")
    git(checkout, "config", "color.ui", "always")
    git(checkout, "config", "diff.external", "false")  # a program that fails
    (checkout / "src/p/a.py").write_text("x = 2  # é\n")
    git(checkout, "mv", "conf/c.yaml", "conf/d.yaml")
    found = commit_of(checkout)
    assert found.dirty
    assert found.changes.files == ("conf/c.yaml", "conf/d.yaml", "src/p/a.py")
    diff = found.changes.diff
    assert "+x = 2  # é" in diff
    assert found.changes.size == len(diff.encode())
    assert found.changes.sha256 == hashlib.sha256(diff.encode()).hexdigest()
    assert str(found).endswith(" with changes to 3 files")
    git(checkout, "reset", "-q", "--hard")
    subprocess.run(["git", "apply"], cwd=checkout, input=diff.encode(), check=True)
    assert (checkout / "src/p/a.py").read_text() == "x = 2  # é\n"
    assert not (checkout / "conf/c.yaml").exists()


@needs_git
def test_what_git_does_not_track_is_named_and_not_read(checkout):
    (checkout / "src/p/new.py").write_text("PASSWORD = 'secret'\n")
    (checkout / "key.txt").write_text("secret\n")
    (checkout / "notes.md").write_text("secret\n")  # tracked, and no code
    found = commit_of(checkout)
    assert found.changes.untracked == ("src/p/new.py",)
    assert found.changes.files == ()
    assert "secret" not in str(asdict(found))
    assert str(found).endswith(" with 1 file that git does not track")
    (checkout / "src/p/new.py").unlink()
    assert str(commit_of(checkout)).endswith(" with changes, none of them to src or conf")


@needs_git
def test_names_are_those_of_the_files_and_no_setting_hides_one(checkout):
    git(checkout, "config", "status.showUntrackedFiles", "no")
    (checkout / "src/p/a.py").rename(checkout / "src/p/ä b.py")
    (checkout / "src/p/new one.py").write_text("")
    git(checkout, "add", "src/p/ä b.py")
    changes = commit_of(checkout).changes
    assert (set(changes.files), changes.untracked) == (
        {"src/p/a.py", "src/p/ä b.py"},
        ("src/p/new one.py",),
    )


@needs_git
def test_the_commit_is_this_checkout_s_in_a_hook_of_another_repository(
    checkout, tmp_path_factory, monkeypatch
):
    expected, other = commit_of(checkout), tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    git(other, "commit", "-q", "--allow-empty", "-m", "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert commit_of(checkout) == expected


@needs_git
@pytest.mark.parametrize(
    ("text", "is_kept"),
    [(b"y", True), (b"y" * MAX_DIFF, False), (b"\0", False), (b"\xe9", False)],
)
def test_a_diff_that_is_too_long_or_no_text_is_told_by_its_digest(text, is_kept, checkout):
    (checkout / "src/p/a.py").write_bytes(text + b"\n")
    (checkout / ".gitattributes").write_text("*.py diff\n")  # of a NUL too
    changes = commit_of(checkout).changes
    assert changes.files == ("src/p/a.py",)
    assert (changes.diff is not None) == is_kept
    assert changes.size > len(text)
    assert len(changes.sha256) == 64


@needs_git
def test_what_is_no_checkout_has_no_commit(checkout, monkeypatch):
    assert commit_of(checkout / "src") is None  # inside of another's repository
    git(checkout, "checkout", "-q", "--orphan", "empty")
    assert commit_of(checkout) is None
    monkeypatch.setenv("PATH", "")
    assert commit_of(checkout) is None


def test_the_digest_is_of_names_and_contents_of_modules_wherever_they_are(tmp_path):
    def package(name, files):
        for file, text in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return package_digest(tmp_path / name)

    files = {"a.py": "1\n", "b/c.py": "2\n"}
    digest = package("one", files)
    assert package("two", files | {"conf/x.yaml": "", "b/__pycache__/c.pyc": ""}) == digest
    assert package("three", {"a.py": "1\n", "b/d.py": "2\n"}) != digest
    assert package("four", {"a.py": "1\n", "b/c.py": "3\n"}) != digest
    assert package("five", {"a.py": "1\nb/c.py 2\n2\n"}) != digest
    assert package("none", {"a.txt": ""}) is None
    (tmp_path / "one/.#a.py").symlink_to("nobody@here")  # what an editor leaves while it is open
    assert package_digest(tmp_path / "one") == digest


def test_a_process_is_asked_once(monkeypatch):
    first = code.running_code()
    monkeypatch.setattr(subprocess, "run", None)
    assert code.running_code() is first
    assert first.sha256 == package_digest(code.PACKAGE)


def test_a_record_tells_all_code_that_continued_a_run():
    first = replace(environment("numpy", DATA), commit=Commit("a" * 40, False), code_sha256="1")
    other = Code("2", Commit("b" * 40, True, Changes(("src/x",), (), "5", 9, "diff")))
    found = first
    for later in (Code("1", Commit("c" * 40, False)), other, other):
        found = found.continued(later, [])
    assert found.codes == (Code("1", first.commit), other)
    assert build(Environment, asdict(found), "", {}) == found


def test_an_older_record_is_read_with_what_it_does_not_say():
    record = asdict(environment("numpy", DATA)) | {"commit": {"id": "a" * 40, "dirty": True}}
    del record["code_sha256"], record["later_code"]
    found = build(Environment, record, "", {})
    assert found.codes == (Code(None, Commit("a" * 40, True, None)),)
    assert str(found.commit) == f"commit {'a' * 12} with changes"

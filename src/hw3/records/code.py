"""Which code a process runs: its digest, its commit, and what was changed since that commit."""

import hashlib
import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hw3.core.limits import Count
from hw3.core.words import counted

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parents[1]
TRACKED = ("src", "conf")  # what of a checkout decides results
MAX_DIFF = 64_000  # bytes that a record of a run has room for
GIT = ("git", "--no-optional-locks")  # many workers may ask at once
# what a person set for their own eyes could hide files, run anything, and leave no diff to apply
STATUS = (
    *("status", "--porcelain=v2", "--branch", "-z"),
    *("--no-renames", "--untracked-files=normal"),
)
DIFF = (
    *("diff", "--binary", "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short"),
    *("--src-prefix=a/", "--dst-prefix=b/", "HEAD", "--"),
)


@dataclass(frozen=True)
class Changes:
    """What of src and conf was not as in the commit; what git does not track is only named.

    Attributes:
        files: the tracked files that were changed.
        untracked: the files, or folders of files, that git does not know.
        sha256: of the diff.
        size: of the diff in bytes.
        diff: the diff, as `git apply` takes it; None where it is longer than MAX_DIFF or no text.
    """

    files: tuple[str, ...]
    untracked: tuple[str, ...]
    sha256: str
    size: Count
    diff: str | None

    def __str__(self) -> str:
        unknown = f"{counted(len(self.untracked), 'file')} that git does not track"
        parts = [f"changes to {counted(len(self.files), 'file')}"] if self.files else []
        parts += [unknown] if self.untracked else []
        return " and ".join(parts) or f"changes, none of them to {' or '.join(TRACKED)}"


@dataclass(frozen=True)
class Commit:
    """The commit of the source, whether any file was changed since, and what of the code was.

    `changes` is None where nothing was changed, and in older records.
    """

    id: str
    dirty: bool
    changes: Changes | None = None

    def __str__(self) -> str:
        text = f"commit {self.id[:12]}"
        return f"{text} with {self.changes or 'changes'}" if self.dirty else text


@dataclass(frozen=True)
class Code:
    """What code it was: the digest of the package's own modules, None in older records; its commit.

    The digest is there without git too, and is that of the same files wherever they are installed.
    """

    sha256: str | None
    commit: Commit | None

    def __str__(self) -> str:
        digest = f"code {self.sha256[:12]}" if self.sha256 else "no digest of the code"
        return f"{self.commit}, {digest}" if self.commit else digest


@cache  # a process runs what it read at its start: a sweep's worker asks once, not once a job
def running_code() -> Code:
    """Return the code of this process."""
    return Code(package_digest(PACKAGE), commit_of(CHECKOUT))


def package_digest(package: Path) -> str | None:
    """Return the sha256 of the names and contents of a package's modules; None if none is there."""
    start = len(str(package)) + 1  # os.walk takes a third of the time of Path.rglob
    paths = [os.path.join(f, n) for f, _, names in os.walk(package) for n in names if is_module(n)]
    named = {path[start:].replace(os.sep, "/"): path for path in paths}
    found = hashlib.sha256()
    try:
        for name, path in sorted(named.items()):
            content = Path(path).read_bytes()
            found.update(f"{name} {len(content)}\n".encode() + content)
    except OSError:
        return None
    return found.hexdigest() if named else None


def is_module(name: str) -> bool:
    """Whether a file of this name can be imported: a lock or a copy of an editor cannot."""
    return name.endswith(".py") and name[:-3].isidentifier()


def commit_of(top: Path) -> Commit | None:
    """Return the commit of a checkout and what was changed since; None where git tells none."""
    if not (top / ".git").exists():  # installed, or inside a repository that is not ours
        return None
    with suppress(OSError, subprocess.SubprocessError):
        # "# branch.oid <commit>" and the like, then what was changed
        lines = git(top, *STATUS).decode(errors="replace").split("\0")[:-1]
        oid = next((s.split()[-1] for s in lines if s.startswith("# branch.oid ")), "(initial)")
        changed = [line for line in lines if not line.startswith("# ")]
        if oid != "(initial)":
            return Commit(oid, bool(changed), changes_of(top, changed) if changed else None)
    return None


def changes_of(top: Path, lines: Iterable[str]) -> Changes:
    """Return what lines of git's status name of the code, with the diff of what is tracked."""
    before = {"1": 8, "u": 10}  # the path that a line ends with; of what is not tracked 1
    named = [(line[0], line.split(" ", before.get(line[0], 1))[-1]) for line in lines]
    ours = [(kind, path) for kind, path in named if path.partition("/")[0] in TRACKED]
    files = tuple(path for kind, path in ours if kind != "?")
    untracked = tuple(path for kind, path in ours if kind == "?")
    diff, text = git(top, *DIFF, *TRACKED) if files else b"", None
    if len(diff) <= MAX_DIFF and b"\0" not in diff:
        with suppress(UnicodeDecodeError):
            text = diff.decode()
    return Changes(files, untracked, hashlib.sha256(diff).hexdigest(), len(diff), text)


def git(top: Path, *arguments: str) -> bytes:
    """Return what a command of git says of this checkout, whatever repository a hook is of."""
    command = (*GIT, *arguments)
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(command, cwd=top, env=own, capture_output=True, check=True, timeout=10)
    return done.stdout

"""Running tests on a changed copy of the tree, in a fork of a process that has the libraries.

Importing numpy, torch, scipy and the rest takes seconds, and is done once. Each trial is a fork:
it imports the copy's hw3, runs pytest, and ends; a run that hangs is killed with its children.
"""

import ast
import builtins
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IGNORED = shutil.ignore_patterns(".venv", ".git", "outputs", "data", ".*_cache", "__pycache__")
LIBRARIES = (
    *("numpy", "h5py", "torch", "torch.nn.functional", "scipy.stats", "pandas", "hypothesis"),
    *("yaml", "omegaconf", "hydra", "joblib", "filelock", "jinja2", "rich.progress", "rich.table"),
    *("threadpoolctl", "matplotlib.figure", "seaborn", "sklearn.datasets", "sklearn.linear_model"),
)
REACHED = "_REACHED"
# pytest would rewrite the assertions of hypothesis, which is imported already
QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


@contextmanager
def workshop() -> Iterator[Path]:
    """Yield a copy of the tree, with the libraries imported here."""
    for library in LIBRARIES:
        importlib.import_module(library)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=IGNORED)
        if (ROOT / "tests" / "data").exists():  # "data" above means the data sets
            shutil.copytree(ROOT / "tests" / "data", copy / "tests" / "data", dirs_exist_ok=True)
        yield copy


@contextmanager
def changed(path: Path, text: str) -> Iterator[None]:
    """Give a file another text for a while."""
    before = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def tried(copy: Path, tests: Sequence[str], seconds: float, plugin: object = None) -> str | None:
    """Return the first test that fails on the copy, "timeout", or None if all pass.

    With a plugin all tests are run; without, the first failure ends the run.
    """
    note, log = copy.parent / "note", copy.parent / "log"
    note.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        in_child(copy, tests, note, log, plugin)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            stop(child)  # what the tests started and left
            if note.exists():
                return note.read_text()
            code = os.waitstatus_to_exitcode(status)
            return None if code == 0 else f"pytest ended with {code}: {tail(log)}"
        time.sleep(0.02)
    stop(child)
    os.waitpid(child, 0)
    return "timeout"


def tail(log: Path) -> str:
    """Return the last line of a log."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line for line in reversed(lines) if line.strip()), "")[:200]


def stop(child: int) -> None:
    """Kill what is left of a child's own group of processes."""
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)


def in_child(copy: Path, tests: Sequence[str], note: Path, log: Path, plugin: object) -> None:
    """Run the tests on the copy and end the process."""
    code = 3
    try:
        os.setsid()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        null = os.open(os.devnull, os.O_RDONLY)
        for descriptor, target in ((null, 0), (output, 1), (output, 2)):
            os.dup2(descriptor, target)
        sys.dont_write_bytecode = True  # two texts of one second and one length look alike
        os.environ |= {"PYTHONPATH": f"{copy / 'src'}", "PYTHONDONTWRITEBYTECODE": "1"}
        os.chdir(copy)
        sys.path[:0] = [str(copy / "src"), str(copy)]
        named = [test for test in tests if "::" in test]
        places = dict.fromkeys(test.split("::")[0] for test in tests)  # a name each is slow
        arguments = ["-q", "-n0", "-p", "no:cacheprovider", *QUIET, f"--rootdir={copy}", *places]
        arguments += [] if plugin else ["-x"]
        plugins = [FirstFailure(note), plugin or Chosen(named)]
        code = int(pytest.main(arguments, plugins=plugins))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Chosen:
    """A plugin that runs the tests of some names alone, in that order; all, where none is named."""

    def __init__(self, names: Sequence[str]) -> None:
        self.places = {name: i for i, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the others out."""
        if self.places:
            items[:] = [item for item in items if item.nodeid in self.places]
            items.sort(key=lambda item: self.places[item.nodeid])


class FirstFailure:
    """A plugin that writes down which test failed first."""

    def __init__(self, note: Path) -> None:
        self.note = note

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write the test's name."""
        if report.failed and not self.note.exists():
            self.note.write_text(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Write the file that cannot be imported."""
        if report.failed and not self.note.exists():
            self.note.write_text(f"the import of {report.nodeid}")


class Reach:
    """A plugin that records which functions of hw3 each test calls, and how long it takes.

    The functions say so themselves, see `telling`: tracing all calls would take twice the time.
    What a fixture of a file or session calls counts for all tests that use the fixture. Calls in
    processes that a test starts are not seen.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.calls: dict[str, set[str]] = defaultdict(set)
        self.seconds: dict[str, float] = defaultdict(float)
        self.fixtures: dict[str, list[str]] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note what a test calls, with its own fixtures."""
        self.fixtures[item.nodeid] = list(getattr(item, "fixturenames", []))
        vars(builtins)[REACHED] = self.calls[item.nodeid]
        yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
        """Keep apart what a fixture that tests share calls."""
        before = vars(builtins)[REACHED]
        if fixturedef.scope != "function":
            vars(builtins)[REACHED] = self.calls[f"fixture {fixturedef.argname}"]
        yield
        vars(builtins)[REACHED] = before

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up the time of a test."""
        self.seconds[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        """Write all of it."""
        for test, names in self.fixtures.items():
            for name in names:
                self.calls[test] |= self.calls.get(f"fixture {name}", set())
        found = {
            test: {"seconds": self.seconds[test], "calls": sorted(self.calls[test])}
            for test in self.fixtures
        }
        self.target.write_text(json.dumps(found))


@contextmanager
def telling(copy: Path) -> Iterator[None]:
    """Let every function of the copy's hw3 say when it is called, for a while."""
    src = copy / "src" / "hw3"
    before = {path: path.read_text(encoding="utf-8") for path in src.rglob("*.py")}
    site = src.parent / "sitecustomize.py"  # the processes that tests start need the name too
    site.write_text(f"import builtins\n\nbuiltins.{REACHED} = set()\n")
    vars(builtins)[REACHED] = set()
    try:
        for path, text in before.items():
            path.write_text(told(path.relative_to(src).as_posix(), text), encoding="utf-8")
        yield
    finally:
        site.unlink()
        for path, text in before.items():
            path.write_text(text, encoding="utf-8")


def told(file: str, text: str) -> str:
    """Return a file whose functions add `file:first line` to a set when they are called."""
    lines = text.splitlines(keepends=True)
    places = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0 if ast.get_docstring(node) is None else 1 :][:1]
            alone = [stmt for stmt in first if not lines[top(stmt) - 1][: stmt.col_offset].strip()]
            places += [(top(stmt), stmt.col_offset, top(node), is_simple(stmt)) for stmt in alone]
    for line, column, name, is_short in sorted(places, reverse=True):
        tell = f"{' ' * column}{REACHED}.add({f'{file}:{name}'!r})"
        if is_short:  # on its line: a test counts the lines of commands
            lines[line - 1] = f"{tell}; {lines[line - 1].lstrip()}"
        else:
            lines.insert(line - 1, f"{tell}\n")
    return "".join(lines)


def is_simple(node: ast.stmt) -> bool:
    """Whether a statement may stand behind another on a line."""
    return not hasattr(node, "body") and not isinstance(node, ast.Match)


def top(node: ast.stmt) -> int:
    """Return the first line of a statement, with its decorators."""
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])

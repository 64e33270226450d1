"""Calls that fail and files that are damaged: two parts of scripts/soak."""

import errno
import io
import os
import random
import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
from filelock import FileLock

sys.path.insert(0, str(Path(__file__).parents[1]))

from hw3 import compare, run
from hw3.core.errors import Hw3Error
from hw3.records.layout import LEDGER
from hw3.records.run import load_run
from hw3.report import __main__ as report
from tests import fuzz
from tests.builders import QUICK
from tests.faults import Injector, Killed, state

Command = Callable[[Sequence[str]], int]

ROOT = Path(__file__).parents[1]
LINES, CHARACTERS, SHOWN_EACH = 3, 600, 10
SHORT = (*QUICK, "epochs=2")
SWEPT = ("act=relu,tanh",)
CALLS = [
    *((os, "fsync"), (Path, "replace"), (Path, "open"), (Path, "write_text")),
    (FileLock, "acquire"),
]
CODES = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EINTR, None]  # None is a kill
OLD = ROOT / "tests" / "data" / "records-1"
COMPOSED_ONCE = patch("hw3.config.compose.compose", fuzz.composed)  # it takes the longest


@dataclass
class Part:
    """What came of one row of the table."""

    name: str
    tried: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    shown: float = field(default_factory=time.monotonic)

    def count(self, what: str, fault: str | None) -> None:
        """Count one case, with what is wrong with it if anything is."""
        self.tried += 1
        if fault:
            self.faults.append(f"{what}: {fault}")
            print(f"soak: FAULT {self.name}: {self.faults[-1][:400]}", flush=True)
        if time.monotonic() - self.shown > SHOWN_EACH:
            self.shown = time.monotonic()
            print(f"soak: {self.name}: {self.tried} tried, {len(self.faults)} faults", flush=True)


def called(command: Command, arguments: Sequence[str]) -> tuple[int, str, str]:
    """Call a command in this process; return its status, its errors, and what is wrong with them.

    Raises:
        Killed: if an injector says so.
    """
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err), COMPOSED_ONCE:
            status = command(list(arguments))
    except Exception as error:  # a traceback, which is what is looked for
        if isinstance(error.__context__, Killed):  # code that ran after the end of the process
            raise error.__context__ from None
        return 1, "", f"{type(error).__name__}: {error} at {fuzz.where(error)}"
    text = err.getvalue()
    if len(text.splitlines()) > LINES or len(text) > CHARACTERS or "Traceback" in text:
        return status, text, f"{len(text.splitlines())} lines, {len(text)} characters: {text[:300]}"
    return status, text, "" if status in (0, 1, 2) else f"status {status}"


def jobs_state(folder: str) -> dict[str, object]:
    """Return what two folders of one command must share: status, weights and epochs of each run."""
    return {
        path.parent.relative_to(folder).as_posix(): state(path.parent)
        for path in sorted(Path(folder).rglob("config.yaml"))
    }


# Failing calls


@dataclass(frozen=True)
class Trial:
    """A command of which calls fail: `before` is the folder outputs that it finds."""

    name: str
    command: Command
    arguments: tuple[str, ...]
    before: Path | None
    look: Callable[[], object]

    def renew(self) -> None:
        """Make the folder outputs anew."""
        shutil.rmtree("outputs", ignore_errors=True)
        if self.before:
            shutil.copytree(self.before, "outputs")


def failing_calls(until: float) -> list[Part]:
    """Let the n-th call of each kind fail, in four commands; then give the same command again."""
    small, swept = (*SHORT, "hydra.run.dir=outputs/run"), "hydra.sweep.dir=outputs/sweep"
    sweep = ("-m", *SHORT, *SWEPT, "hydra/launcher=basic", swept)
    final = ("task=final", "sweep=outputs/sweep", "hydra.run.dir=outputs/final", SHORT[-2])
    assert called(run.main, sweep)[0] == 0
    swept_before = Path("outputs").rename("swept")
    trials = [
        (0.1, Trial("run", run.main, small, None, looked)),
        (0.3, Trial("sweep of 2", run.main, sweep, None, looked)),
        (0.25, Trial("final run", run.main, final, swept_before, looked)),
        (0.35, Trial("report", report.main, ("outputs",), OLD, page)),
    ]
    start, end, parts = time.monotonic(), 0.0, []
    whole = until - start
    for share, trial in trials:
        end += share
        parts.append(injected(trial, start + end * whole))
    return parts


def injected(trial: Trial, until: float) -> Part:
    """Let the first call of each kind fail with each error, then the second, until none is left."""
    part = Part(f"failing calls: {trial.name}")
    trial.renew()
    status = called(trial.command, trial.arguments)[0]
    expected, n = trial.look(), 0
    left = [(owner, name, code) for owner, name in CALLS for code in CODES]
    while left and time.monotonic() < until:
        n += 1
        for kind in list(left):
            if time.monotonic() > until:
                break
            trial.renew()
            calls, fault = once(trial.command, trial.arguments, n, *kind)
            if calls < n:
                left.remove(kind)
                continue
            again, text, wrong = called(trial.command, trial.arguments)
            fault = fault or wrong or (f"again: {again} {text}" if again != status else "")
            code = errno.errorcode[kind[2]] if kind[2] else "killed"
            what = f"{kind[1]} {n} {code}"
            is_same = trial.look() == expected
            part.count(what, fault or ("" if is_same else "another state at the end"))
    rest = f", of calls {n} and later of {len(left)} kinds not" if left else ", none left"
    part.notes.append(f"{len(CALLS) * len(CODES)} kinds, each with n = 1 to {n}{rest}")
    return part


def looked() -> object:
    """Return the state of all runs, and how many looks at a test split there were."""
    ledger = Path("outputs", LEDGER)
    return jobs_state("outputs"), ledger.read_text().count("\n") if ledger.exists() else 0


def once(
    command: Command,
    arguments: Sequence[str],
    n: int,
    owner: object,
    name: str,
    code: int | None,
) -> tuple[int, str]:
    """Call a command whose n-th call of a function fails; return how many it made, and a fault."""
    error = Killed() if code is None else OSError(code, os.strerror(code))
    with pytest.MonkeyPatch.context() as patched:
        injector = Injector(patched, owner, name, n, error)
        fault = ""
        with suppress(Killed):
            fault = called(command, arguments)[2]
    return injector.calls, fault


def page() -> str:
    """Return the report without its times."""
    return re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*", "", Path("outputs/report.html").read_text())


# Damaged files


def damages(until: float) -> list[Part]:
    """Cut each file of an ended run, of an unfinished one and of old records, and flip bits."""
    share = (until - time.monotonic()) / 3
    assert called(run.main, (*SHORT, "hydra.run.dir=ended"))[0] == 0
    shutil.copytree("ended", "unfinished")
    for name in ("metrics.json", "params.h5"):
        Path("unfinished", name).unlink()
    shutil.copy("unfinished/checkpoint.h5", "unfinished/checkpoint_before.h5")
    expected = state("ended")[:3]
    return [
        damaged(Part("damaged files: ended run"), "ended", expected, until - 2 * share),
        damaged(Part("damaged files: unfinished run"), "unfinished", expected, until - share),
        damaged(Part("damaged files: report"), OLD, None, until),
    ]


def places(folder: Path) -> list[tuple[Path, str, int]]:
    """Return all cuts and flips of a folder's files in a random order: path, kind, place."""
    draw, found = random.Random(0), []
    for path in sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file()):
        size = (folder / path).stat().st_size
        found += [(path, "cut", at) for at in range(0, size, 512)]
        bits = draw.sample(range(8 * size), min(200, 8 * size))
        found += [(path, "flip", at) for at in bits]
    draw.shuffle(found)
    return found


def damaged(part: Part, source: str | Path, expected: object, until: float) -> Part:
    """Damage one place after another, each in a copy, and use what is there."""
    cases = places(Path(source))
    files = load_run(source).outcome.files if source == "ended" else None
    silent: dict[str, int] = {}
    for path, kind, at in cases:
        if time.monotonic() > until:
            break
        shutil.rmtree("out", ignore_errors=True)
        shutil.copytree(source, "out")
        content = bytearray(Path("out", path).read_bytes())
        if kind == "cut":
            del content[at:]
        else:
            content[at // 8] ^= 1 << at % 8
        Path("out", path).write_bytes(content)
        if expected is None:
            fault = called(report.main, ["out"])[2]
        else:
            fault, status = used(expected)
            if source == "ended" and not status:
                silent[path.name] = silent.get(path.name, 0) + 1
                if path.name in (files or {}):
                    fault = fault or "an ended run's file is damaged, and nothing says so"
        part.count(f"{path} {kind} {at}", fault)
    part.notes.append(f"{part.tried} of {len(cases)} places")
    if silent:
        part.notes.append(f"not told by the run's command: {silent}")
    return part


def used(expected: object) -> tuple[str, int]:
    """Read the run in out, compare it and give its command; return a fault and the status."""
    fault = ""
    try:
        found = load_run("out")
        _ = found.config, found.epochs, found.environment, found.weights, found.ended
    except Hw3Error as error:
        if len(str(error)) > CHARACTERS or len(str(error).splitlines()) > LINES:
            fault = f"long: {str(error)[:300]}"
    except Exception as error:
        fault = f"load_run: {type(error).__name__}: {error} at {fuzz.where(error)}"
    fault = fault or called(compare.main, ["out"])[2]
    status, _, wrong = called(run.main, (*SHORT, "hydra.run.dir=out"))
    if status == 0 and not fault:
        with suppress(Hw3Error):  # told by the reader
            if state("out")[1] != expected[1]:
                wrong = wrong or "other weights than undisturbed, and status 0"
    return fault or wrong, status

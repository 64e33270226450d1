"""Kills, failing calls, damaged files and random input, for a long time; see docs/reliability.md.

Exit status 1 if anything did not survive, or a part had no time for one case. Cases are drawn with
a fixed seed; how many of them are tried depends on the time.
"""

import argparse
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path

from breakage import ROOT, SHORT, SWEPT, Part, called, damages, failing_calls, jobs_state
from hypothesis.strategies import SearchStrategy

from hw3 import run
from hw3.core.errors import Hw3Error
from tests import fuzz
from tests.odd import Case, argument_lines, override_lines

ATTEMPTS, EACH = 10, 50
LONG = ("dataset=digits", "model.hidden_sizes=[32]", "record.figures=false", "epochs=30")


def main() -> int:
    """Run all parts within the time asked for, print the table; return 1 if one has a fault."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="of the whole, from 120 on")
    parser.add_argument("--only", choices=[part.__name__ for _, part in SHARES], help="one part")
    options = parser.parse_args()
    seconds, shares = options.seconds, SHARES
    if options.only:
        shares = [(1, part) for _, part in SHARES if part.__name__ == options.only]
    if seconds < 120:
        parser.error("--seconds: importing and one case of each part take two minutes")
    start, until, parts = time.monotonic(), time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        os.chdir(folder)
        for share, part in shares:
            until += share * seconds
            print(f"soak: {part.__name__}, {until - time.monotonic():.0f} s", flush=True)
            parts += part(until)
            os.chdir(folder)
        os.chdir(ROOT)
    print("\n| part | tried | survived | faults | remarks |\n|---|---|---|---|---|")
    for p in parts:
        survived, remarks = p.tried - len(p.faults), "; ".join([*p.notes, *p.faults[:1]])
        print(f"| {p.name} | {p.tried} | {max(0, survived)} | {len(p.faults)} | {remarks} |")
    print(f"\nsoak: {time.monotonic() - start:.0f} s")
    return int(any(p.faults or not p.tried for p in parts))


# Kills


def forked(arguments: Sequence[str], seconds: float) -> int | None:
    """Run a command in a fork, which has imported all; SIGKILL after so long. None if killed."""
    child = os.fork()
    if not child:
        status = 99
        with suppress(BaseException):
            log = os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(log, 1), os.dup2(log, 2)
            try:
                status = run.main(list(arguments))
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush(), sys.stderr.flush()
        os._exit(status)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.003)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def kills(until: float) -> list[Part]:
    """SIGKILL a run, a sweep in one process and a sweep with workers at random moments."""
    sweep = ("-m", *LONG, *SWEPT)
    kinds = {
        "run": (LONG, "hydra.run.dir", 0.5),
        "sweep of 2, one process": ((*sweep, "hydra/launcher=basic"), "hydra.sweep.dir", 0.25),
        "sweep of 2, workers": ((*sweep, "hydra/launcher=joblib"), "hydra.sweep.dir", 0.25),
    }
    assert called(run.main, (*SHORT, "hydra.run.dir=first"))[0] == 0  # imports what is left
    start, end, parts = time.monotonic(), 0.0, []
    whole = until - start
    for name, (command, key, share) in kinds.items():
        end += share * whole
        parts.append(killed(Part(f"SIGKILL: {name}"), command, key, start + end))
    return parts


def killed(part: Part, command: Sequence[str], key: str, until: float) -> Part:
    """Kill a command up to three times, give it until it ends, and look at what is there."""
    moments, start = random.Random(0), time.monotonic()
    if forked([*command, f"{key}=whole"], 120) != 0:
        part.count("undisturbed", Path("said.txt").read_text()[-300:])
        return part
    lasts, n, n_early = time.monotonic() - start, 0, 0
    expected = jobs_state("whole")
    while time.monotonic() < until - lasts:
        n += 1
        n_kills = sum(
            forked([*command, f"{key}=out"], moments.uniform(0, lasts)) is None for _ in range(3)
        )
        n_early += 3 - n_kills
        fault = completed([*command, f"{key}=out"]) or differing("out", expected)
        for i in range(n_kills):
            part.count(f"round {n}", fault if i == 0 else None)
        shutil.rmtree("out")
    part.notes.append(f"undisturbed it lasts {lasts:.1f} s; {n} rounds of up to 3 kills")
    shutil.rmtree("whole")
    return part


def completed(command: Sequence[str]) -> str | None:
    """Give a command until it ends well; return what is said if it never does."""
    for _ in range(ATTEMPTS):
        if forked(command, 120) == 0:
            return None
    return f"never ends: {Path('said.txt').read_text()[-300:]!r}"


def differing(folder: str, expected: dict[str, object]) -> str | None:
    """Return how a folder differs from an undisturbed one."""
    try:
        found = jobs_state(folder)
    except Hw3Error as error:
        return str(error)
    wrong = [name for name in {*found, *expected} if found.get(name) != expected.get(name)]
    return f"differs from undisturbed: {wrong}" if wrong else None


# Random input


def fuzzing(until: float) -> list[Part]:
    """Try command lines of tests.fuzz, then files of tests/integration/test_fuzz_files.py."""
    lines = until - (until - time.monotonic()) * 0.4
    parts = [Part("fuzz: overrides"), Part("fuzz: arguments")]
    with redirect_stdout(io.StringIO()):
        template = fuzz.make_template(Path("template").absolute())
    for part, strategy, share in zip(
        parts, (override_lines, argument_lines), (0.6, 1), strict=True
    ):
        end = time.monotonic() + (lines - time.monotonic()) * share
        while time.monotonic() < end:
            seen = searched(strategy, template)
            for i in range(EACH):
                part.count("command line", seen[i] if i < len(seen) else None)
    return [*parts, fuzzed_files(until)]


def searched(strategy: SearchStrategy[Case], template: Path) -> list[str]:
    """Try some cases of a kind; return what is wrong with those that have a fault."""
    seen: list[str] = []

    def found(case: Case, text: str) -> None:
        seen.append(f"{text}: {case}")

    with redirect_stdout(io.StringIO()):
        fuzz.search(strategy, EACH, template, found)
    return seen[:EACH]  # what hypothesis makes smaller comes again


def fuzzed_files(until: float) -> Part:
    """Run the fuzz tests of files as they are, then with as many examples as there is time for."""
    part, times, start = Part("fuzz: data, weight and sequence files"), 1, time.monotonic()
    while True:
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
        command += ["tests/integration/test_fuzz_files.py"]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, "HW3_FUZZ": str(times)},
                capture_output=True,
                text=True,
                timeout=max(10, until - time.monotonic()),
                check=False,
            )
        except subprocess.TimeoutExpired:
            part.notes.append(f"HW3_FUZZ={times} was cut short")
            return part
        part.count(f"HW3_FUZZ={times}", done.stdout[-600:] if done.returncode else None)
        part.tried = 64 * times  # 12 + 20 + 20 + 12 examples, the same ones first each time
        part.notes = [f"HW3_FUZZ={times} at last"]
        lasted, left = time.monotonic() - start, until - time.monotonic()
        start, before, times = time.monotonic(), times, int(times * left / lasted * 0.7)
        if times <= before:
            return part


SHARES: list[tuple[float, Callable[[float], list[Part]]]] = [
    *((0.3, kills), (0.28, failing_calls), (0.2, damages), (0.22, fuzzing)),
]


if __name__ == "__main__":
    sys.exit(main())

"""Which bugs the tests catch: the museum's, and generated ones. See docs/mutants.md."""

import argparse
import ast
import hashlib
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mutations import Mutant, mutants
from trials import ROOT, Reach, changed, telling, top, tried, workshop

sys.path.append(str(ROOT / "tests"))  # not the package: a fork must import its own tests

from museum import BUGS, PATCHES, Patch

PACKAGES = ("nn", "training", "backends", "datasets", "analysis", "sweeps", "records", "testset")
CACHE = ROOT / ".mutants_cache"
SUITE_SECONDS = 1800.0
FEW = 15
# a stale patch fails its own test, which says nothing of the bug
WHOLE = ["tests/unit", "tests/integration", "--ignore=tests/unit/test_museum.py"]
WALLS = ["tests/unit/test_walls.py"]


@dataclass(frozen=True)
class Reached:
    """Which tests call which functions of hw3, and how long each test takes."""

    seconds: dict[str, float]
    calls: dict[str, set[str]] = field(repr=False)

    def tests_of(self, file: str, function: int | None, budget: float) -> tuple[list[str], int]:
        """Return the tests that call a function, the quick first, and how many were left out.

        Outside functions, and in one that an import alone calls, those that call any function of
        the file. The tests of the file's own package go first. `budget` is how many seconds they
        may take together.
        """
        start, calls = f"{file}:", self.calls.items()
        found = [test for test, names in calls if f"{start}{function}" in names]
        found = found or [test for test, names in calls if any(n.startswith(start) for n in names)]
        package = f"tests/unit/{file.split('/')[0]}/"
        found.sort(key=lambda test: (not test.startswith(package), self.seconds[test]))
        chosen, total = [], 0.0
        for test in found:
            total += self.seconds[test]
            if total <= budget:
                chosen.append(test)
        return chosen, len(found) - len(chosen)


def main() -> int:
    """Run what the arguments ask for; return 1 if a bug of the museum survived."""
    options = arguments()
    with workshop() as copy:
        found = reached(copy)
        if options.what == ["museum"]:
            return museum(copy, found, options.bug or list(BUGS))
        for package in options.what:
            generated(copy, found, package, options)
    return 0


def arguments() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="scripts/mutants", description=__doc__)
    choices = ("museum", *PACKAGES)
    parser.add_argument(
        "what", nargs="+", choices=choices, help="the museum, or packages of src/hw3"
    )
    parser.add_argument("--bug", type=int, nargs="*", help="of the museum, some bugs alone")
    parser.add_argument("--sample", type=int, default=100, help="mutants of a package; 0 is all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--budget", type=float, default=60, help="seconds of tests a mutant")
    parser.add_argument("--file", default="", help="mutants of such files of the package only")
    options = parser.parse_args()
    if "museum" in options.what and len(options.what) > 1:
        parser.error("museum stands alone")
    return options


def reached(copy: Path) -> Reached:
    """Return which tests reach what; measured once for each state of a file of tests.

    Raises:
        SystemExit: if a test fails as it is.
    """
    helpers = [path for path in (copy / "tests").glob("*.py") if path.name != "museum.py"]
    others = [p for part in ("src", "conf") for p in (copy / part).rglob("*") if p.is_file()]
    shared = digest(copy, [*helpers, *others])
    files = sorted((copy / "tests").rglob("test_*.py"))
    kept = {file: CACHE / f"{digest(copy, [file], shared)[:16]}.json" for file in files}
    missing = [str(file.relative_to(copy)) for file in files if not kept[file].exists()]
    if missing:
        print(f"one run of {len(missing)} files, to see which tests reach what", flush=True)
        target = copy.parent / "reach.json"
        with telling(copy):
            failed = tried(copy, missing, SUITE_SECONDS, Reach(target))
        if failed:
            raise SystemExit(f"the suite fails without any change: {failed}")
        measured = json.loads(target.read_text())
        CACHE.mkdir(exist_ok=True)
        for file in missing:
            own = {test: e for test, e in measured.items() if test.split("::")[0] == file}
            kept[copy / file].write_text(json.dumps(own))
    tests = {k: e for path in kept.values() for k, e in json.loads(path.read_text()).items()}
    return Reached(
        {test: entry["seconds"] for test, entry in tests.items()},
        {test: set(entry["calls"]) for test, entry in tests.items()},
    )


def digest(copy: Path, paths: Sequence[Path], start: str = "") -> str:
    """Return a digest of some files, their names too."""
    sha = hashlib.sha256(start.encode())
    for path in sorted(paths):
        sha.update(path.relative_to(copy).as_posix().encode() + path.read_bytes())
    return sha.hexdigest()


def museum(copy: Path, found: Reached, bugs: Sequence[int]) -> int:
    """Try each patch of the museum; print what killed it. Return 1 if one survived.

    First with the tests that reach it; then, where these pass, with the whole suite.
    """
    left = [patch for patch in PATCHES if patch.bug in bugs]
    for tests_of in (lambda patch: near(copy, found, patch), lambda patch: WHOLE):
        todo, left = left, []
        for patch in todo:
            path = copy / "src" / "hw3" / patch.file
            text = path.read_text(encoding="utf-8")
            tests = tests_of(patch)
            seconds = SUITE_SECONDS if tests is WHOLE else limit(found, tests)
            with changed(path, text.replace(patch.old, patch.new)):
                killer = in_two(copy, tests, seconds)
            said = f"`{killer}`" if killer else "nothing"
            print(f"| {patch.bug} | `{patch.file}` | {change(patch)} | {said} |", flush=True)
            left += [] if killer else [patch]
    print(f"{len(left)} survived")
    return int(bool(left))


def in_two(copy: Path, tests: Sequence[str], seconds: float) -> str | None:
    """Return the first test that fails: of the first few, which mostly suffice, or of the rest.

    The tests of the walls read all files, and call no function of them.
    """
    parts = [tests] if tests is WHOLE else [tests[:FEW], WALLS, tests[FEW:]]
    found = (tried(copy, part, seconds) for part in parts if part)
    return next((killer for killer in found if killer), None)


def near(copy: Path, found: Reached, patch: Patch) -> list[str]:
    """Return the tests that reach a patch."""
    text = (copy / "src" / "hw3" / patch.file).read_text(encoding="utf-8")
    place = text.index(patch.old)
    return found.tests_of(patch.file, function_at(text, place), budget=600)[0]


def function_at(text: str, place: int) -> int | None:
    """Return the first line of the innermost function around a place."""
    line, found = text.count("\n", 0, place) + 1, None
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            found = top(node)
    return found


def change(patch: Patch) -> str:
    """Return a patch on one line of a table."""
    old, new = (" ".join(text.split()).replace("|", "\\|") for text in (patch.old, patch.new))
    return f"`{old}` → `{new}`"


def limit(found: Reached, tests: Sequence[str]) -> float:
    """Return after how many seconds some tests hang: ten times what they took, and a start."""
    return 30 + 10 * sum(found.seconds[test] for test in tests)


def generated(copy: Path, found: Reached, package: str, options: argparse.Namespace) -> None:
    """Try a sample of a package's generated mutants; print survivors and the count."""
    base = copy / "src" / "hw3"
    paths = [p for p in sorted((base / package).rglob("*.py")) if options.file in p.name]
    all_mutants = [
        mutant
        for path in paths
        for mutant in mutants(path.relative_to(base).as_posix(), path.read_text(encoding="utf-8"))
    ]
    n = min(options.sample or len(all_mutants), len(all_mutants))
    sample = random.Random(options.seed).sample(all_mutants, n)
    started, killed, hung = time.monotonic(), 0, 0
    for mutant in sorted(sample, key=lambda m: (m.file, m.line)):
        killer, note = tried_one(copy, base / mutant.file, mutant, found, options.budget)
        killed += bool(killer)
        hung += killer == "timeout"
        print(f"{'killed' if killer else 'SURVIVED'} {mutant.name} {killer or note}", flush=True)
    minutes = (time.monotonic() - started) / 60
    print(
        f"{package}: {killed} of {n} killed = {100 * killed / max(1, n):.1f} % ({hung} by the time "
        f"limit), sample of {len(all_mutants)}, seed {options.seed}, {minutes:.1f} minutes",
        flush=True,
    )


def tried_one(
    copy: Path, path: Path, mutant: Mutant, found: Reached, budget: float
) -> tuple[str | None, str]:
    """Return the test that kills a mutant, if one does, and how many tests were asked."""
    tests, left_out = found.tests_of(mutant.file, mutant.function, budget)
    note = f"({len(tests)} tests, {left_out} slow ones left out)"
    if not tests:
        return None, "(no test reaches it)"
    text = path.read_text(encoding="utf-8")
    with changed(path, mutant.of(text)):
        return in_two(copy, tests, limit(found, tests)), note


if __name__ == "__main__":
    sys.exit(main())

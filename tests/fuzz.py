"""Command lines made up at random, and what must hold for each of them.

`trial` runs one, in this process and in a folder of its own, and returns what is wrong with it.
`python -m tests.fuzz 5000 2000` tries as many overrides and arguments and prints what it finds.
"""

import copy
import io
import os
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np
from hydra import compose
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig

from hw3 import bench, compare, data, evaluate, homework, predict, run, sweep
from hw3.config.own import OwnFolders
from hw3.core.errors import ConfigError, DataUnavailableError
from hw3.datasets.sources import source_of
from hw3.datasets.spec import DataSpec
from hw3.launch.command import Command
from hw3.launch.job import JobResult
from hw3.launch.start import with_data
from hw3.records.rundir import RunDir
from hw3.records.weights import save_params
from hw3.report import __main__ as report
from tests.odd import Case, argument_lines, override_lines

COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    **{"run": run.main, "sweep": sweep.main, "homework": homework.main, "compare": compare.main},
    **{"evaluate": evaluate.main, "predict": predict.main, "bench": bench.main},
    **{"data": data.main, "report": report.main},
}
LINES, CHARACTERS, SECONDS = 3, 600, 10  # at most, of an error, and of a command


def stand_in(command: Command) -> list[JobResult]:
    """Do what comes before the training: look for data, and hold the folder of a job."""
    (first, *_), some = command.jobs, command.configs[:1]
    with_data(some, some, command.given)
    with RunDir.claim(first.folder, first.config):
        return [JobResult(first.folder, "completed")]


@cache
def composed_once(*arguments: object, **options: object) -> DictConfig:
    """Compose a choice of our own files: nearly all cases share one, and it takes the longest."""
    root, overrides = arguments
    return compose(root, list(overrides), **options)


def composed(root: str, overrides: list[str], **options: object) -> DictConfig:
    """Compose as Hydra does, at once where a case brings no file of its own."""
    if OwnFolders.paths or any("$" in text or "hydra" in text for text in overrides):
        return compose(root, overrides, **options)
    return copy.deepcopy(composed_once(root, tuple(overrides), **options))


def at_hand(spec: DataSpec, data_dir: Path) -> None:
    """Refuse data that are not there, as without a network, and ask none."""
    file = source_of(spec, data_dir).train_file
    if file and not os.path.isfile(data_dir / file):
        raise DataUnavailableError(f"dataset={spec.name}: {file} is not in {data_dir}")


def stopped(*arguments: object) -> None:
    """Stop a command that would work on for seconds, as a refusal."""
    raise ConfigError("the work would start here")


@contextmanager
def folder(case: Case, template: Path) -> Iterator[None]:
    """Be in a folder of one's own, with files that a command may be given."""
    before, environment = Path.cwd(), dict(os.environ)
    made = Path(tempfile.mkdtemp(prefix="fuzz-")) / "in" / "here"
    shutil.copytree(template, made, symlinks=True)
    try:
        os.chdir(made)
        Path("c/experiment").mkdir(parents=True)
        Path("c/experiment/mine.yaml").write_bytes(case.own)
        os.environ |= {"FUZZ": case.variable, "HOME": str(made)}
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)
        shutil.rmtree(made.parent.parent)


def make_template(path: Path) -> Path:
    """Write the files that a command may be given into a new folder."""
    path.mkdir(parents=True)
    (path / "loop").symlink_to("loop")
    (path / "empty").mkdir()
    for name, content in {
        "file": b"",
        "broken.h5": b"\x89HDF\r\n\x1a\n0",
        "broken.txt": b"\xff0",
    }.items():
        (path / name).write_bytes(content)
    (path / "seq.txt").write_text("01" * 10 + "\n")
    layers = [(np.ones((64, 10), np.float32), np.zeros(10, np.float32))]
    save_params(path / "net.h5", layers, {"name": "relu"})
    train = ["dataset=digits", "epochs=1", "model.hidden_sizes=[8]", "record.figures=false"]
    for seed, name in enumerate(("run", "run2")):
        assert run.main([*train, f"seed={seed}", f"hydra.run.dir={path / name}"]) == 0
    assert run.main(["-m", *train, "seed=0,1", f"hydra.sweep.dir={path / 'swept'}"]) == 0
    return path


def trial(case: Case, template: Path) -> str | None:
    """Run a command line; return what is wrong with how it ended, None if nothing is."""
    out, err = io.StringIO(), io.StringIO()
    with ExitStack() as stack:
        stack.enter_context(folder(case, template))
        for name in ("hw3.launch.start.launch", "hw3.launch.homework.launch"):
            stack.enter_context(patch(name, stand_in))
        for name in ("launch.start", "datasets.sources", "testset.evaluation"):
            stack.enter_context(patch(f"hw3.{name}.ensure_available", at_hand))
        stack.enter_context(patch("hw3.config.compose.compose", composed))
        stack.enter_context(patch("hw3.training.bench.time_epoch", stopped))
        stack.enter_context(patch("hw3.homework.write_report", lambda *a: 0))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("error")
        before, start = tree(), time.monotonic()
        try:
            with redirect_stdout(out), redirect_stderr(err):
                status = COMMANDS[case.command](list(case.arguments))
        except BaseException as error:  # what is looked for: a traceback, whatever its kind
            if isinstance(error, KeyboardInterrupt):
                raise
            return f"{where(error)}: {type(error).__name__}: {str(error)[:200]!r}"
        return fault(status, err.getvalue(), time.monotonic() - start, tree() - before)


def fault(status: object, err: str, seconds: float, made: set[str]) -> str | None:
    """Return what is wrong with a status, what was said, how long it took, what was written."""
    lines = err.splitlines()
    if status not in (0, 1, 2) or "Traceback" in err:
        return f"status {status!r}: {err[-200:]!r}"
    if len(lines) > LINES or len(err) > CHARACTERS:
        return f"{len(lines)} lines, {len(err)} characters: {err[:150]!r} ... {err[-100:]!r}"
    if status == 2 and not lines:
        return "refused without a word"
    if status == 2 and made:
        return f"refused, and wrote {sorted(made)[:3]}: {err[:200]!r}"
    if seconds > SECONDS:
        return f"took {seconds:.0f} s"
    return None


def tree() -> set[str]:
    """Return what is in the folder and the two above it."""
    return {str(path) for path in Path("../..").rglob("*")}


def where(error: BaseException) -> str:
    """Return the last places of a traceback, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{Path(f.filename).name}:{f.lineno}" for f in frames[-4:])


def search(
    strategy: st.SearchStrategy[Case],
    n: int,
    template: Path,
    found: Callable[[Case, str], None],
    *,
    is_random: bool = True,
) -> None:
    """Try n cases, other ones each time unless told, and hand on each that has a fault."""

    @settings(
        max_examples=n,
        deadline=None,
        database=None,
        derandomize=not is_random,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def attempt(case: Case) -> None:
        if text := trial(case, template):
            found(case, text)

    attempt()


def main(n_overrides: int, n_arguments: int) -> int:
    """Search with these budgets, print each kind of fault once; return how many kinds there are."""
    kinds: dict[str, int] = {}

    def found(case: Case, text: str) -> None:
        kind = text[:90]
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] == 1:
            print(f"{text}\n    {str(case)[:700]}", flush=True)

    with tempfile.TemporaryDirectory() as place:
        template = make_template(Path(place, "template"))
        search(override_lines, n_overrides, template, found)
        print(f"{n_overrides} overrides: {kinds}", flush=True)
        search(argument_lines, n_arguments, template, found)
        print(f"{n_arguments} arguments: {kinds}", flush=True)
    return len(kinds)


if __name__ == "__main__":
    sys.exit(min(main(*map(int, sys.argv[1:3])), 1))

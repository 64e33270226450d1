"""Command lines made up at random, and what must hold for each of them.

`trial` runs one, in this process and in a folder of its own, and returns what is wrong with it.
`python -m tests.fuzz 5000 2000` tries as many overrides and arguments and prints what it finds.
"""

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
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw3 import bench, compare, data, evaluate, homework, predict, run, sweep
from hw3.config.compose import compose_config
from hw3.config.keys import flatten
from hw3.core.errors import ConfigError
from hw3.launch.command import Command
from hw3.launch.job import JobResult
from hw3.launch.start import with_data
from hw3.records.rundir import RunDir
from hw3.records.weights import save_params
from hw3.report import __main__ as report

DOORS: Mapping[str, Callable[[Sequence[str]], int]] = {
    **{"run": run.main, "sweep": sweep.main, "homework": homework.main, "compare": compare.main},
    **{"evaluate": evaluate.main, "predict": predict.main, "bench": bench.main},
    **{"data": data.main, "report": report.main},
}
LINES, CHARACTERS, SECONDS = 3, 600, 30  # at most, of an error, and of a command
OWN = "# @package _global_\ndefaults:\n  - override /dataset: digits\n"


def words(text: str) -> list[str]:
    """Return the words of a text: a list that takes fewer lines."""
    return text.split(" ")


GROUPS = words("model act optimizer lr regularizer dataset experiment net")
HYDRAS = words("hydra hydra.run.dir hydra.sweep.dir hydra.sweeper.params hydra.searchpath")
HYDRAS += words("hydra/launcher hydra.launcher.n_jobs hydra.mode hydra.verbose hydra.job.name")
HYDRAS += words("hydra/job_logging hydra/sweeper hydra.job.env_set hydra.help.template")
ODD_KEYS = [*words("é model. .seed model..init lr.after[0] @ a\tb"), "", "a b", "a\nb", "x" * 5000]
NUMBERS = words("0 1 -1 2 0.5 1e-3 nan inf -inf 1e400 1_000 0x10 1e18 -0.0 1e-320")
NUMBERS += [str(2**63 - 1), str(2**63), "9" * 400, "9" * 5000]
WORDS = words("relu tanh adam momentum cosine step digits mnist human_machine torch float64 auto")
WORDS += words("random last l2 none basic joblib MULTIRUN null true false ??? glob(*)")
WORDS += ["", "x" * 5000]
PATHS = words("nowhere loop loop/x file file/x ~ ~nosuchuser/x ../.. /dev/null/x run net.h5")
PATHS += ["a" * 300, "b/" * 3000, "é數 (1)#=~", "a,b", "\udcff", "a\nb", "\x1b[1m"]
SHAPES = words(
    "[] {} [1,2] {a:1} [[1]] {name:adam} [a,b] ' \" 'a ( ) { ] : , 1,2 a,b a,1 \\ = $ ${ #"
)
SHAPES += ["[" * 300, "[" * 300 + "]" * 300]
SWEEPS = words("range(0,3) range(0,1000000000) range(0,1,1e-9) range(1,0) range(0,inf) range(a)")
SWEEPS += words("interval(0,1) choice(1,2) sort(3,1) shuffle(1,2) tag(a,1,2) relu,tanh 0.1,0.2")
PUTS = words("${seed} ${nope} ${oc.env:NOPE} ${oc.env:FUZZ} ${hydra:job.name} ${now:%Y} ${a ${lr}")
PUTS += words("${oc.decode:${oc.env:FUZZ}} ${hw3.job_folder:} ${lr.initial} ${.} ${oc.create:[1]}")

values = st.one_of(
    *map(st.sampled_from, (NUMBERS, WORDS, PATHS, SHAPES, SWEEPS, PUTS)),
    st.text("abé ,=[]{}()'\"\\$#~:-.0123456789\n\t", max_size=12),
    st.integers().map(str),
    st.floats().map(str),
)


@dataclass(frozen=True)
class Case:
    """A command line: which command, its arguments, what FUZZ is, and a YAML file of one's own."""

    door: str
    arguments: Sequence[str]
    variable: str = ""
    own: bytes = field(default=OWN.encode(), repr=True)


@cache
def keys() -> list[str]:
    """All keys of a config, its groups, those of Hydra that one may try, and odd ones."""
    return [*flatten(compose_config()), *GROUPS, *HYDRAS, *ODD_KEYS]


def override_cases(key: str, value: str, other: str) -> list[Case]:
    """Return a setting in each place where one can be, beside a second value."""
    base = ["dataset=digits", "epochs=1"]
    nested = yaml.safe_dump({key: value}, allow_unicode=True)
    raw = f"{key}: {value}\n"
    texts = [f"{key}={value}", f"+{key}={value}", f"++{key}={value}", f"~{key}={value}", f"~{key}"]
    texts += [f"{key}@{other}={value}", f"{key}={value},{other}", f"{key}={{{key}: {value}}}"]
    top, _, leaf = key.partition(".")
    texts += [
        f"{top}={{{leaf}: {value}}}",
        key,
        f"{key}='{value}'",
        f'{key}="{value}"',
        f"crosses={value}",
    ]
    own = ["--config-dir", "c", "experiment=mine"]
    env = "".join(c for c in value if c not in "\0")
    return [
        *(Case("run", [*base, text]) for text in texts),
        *(Case("run", ["-m", *base, text]) for text in texts[:8]),
        Case("run", ["-m", *base, f"crosses=[[['{key}={value}']]]"]),
        Case("run", ["-m", *base, f"crosses=[[[{key}={value}]]]"]),
        Case("run", ["-m", *base, f"++hydra.sweeper.params={{{key}: '{value}'}}"]),
        Case("run", [*base, f"{key}=${{oc.env:FUZZ}}"], env),
        Case("run", ["-m", *base, f"{key}='${{oc.env:FUZZ}}',{other}"], env),
        Case("run", [*base, f"{key}={value}", "--cfg", "job"]),
        Case("run", [*base, f"{key}={value}", "--cfg", "all", "--resolve"]),
        Case("run", own, value, (OWN + nested).encode(errors="surrogateescape")),
        Case("run", own, value, (OWN + raw).encode(errors="surrogateescape")),
        Case(
            "run", own, value, (OWN + f"hydra:\n  mode: MULTIRUN\n  {raw}").encode(errors="replace")
        ),
        Case("run", own, value, raw.encode(errors="surrogateescape")),
        Case("run", own, value, (OWN[:-1].replace("digits", value) + raw).encode(errors="replace")),
        Case("run", [*base, f"hydra.run.dir={value}", f"data_dir={other}"]),
        Case("run", ["-m", *base, f"hydra.sweep.dir={value}", "seed=0,1"]),
    ]


override_lines = st.builds(
    lambda case_at, *parts: (cases := override_cases(*parts))[case_at % len(cases)],
    st.integers(0, 10**6),
    st.deferred(lambda: st.sampled_from(keys())),
    values,
    values,
)

OWN_KEYS = words("weights split reason dataset act sequences problem quick figure")
OWN_VALUES = words(
    "net.h5 run swept val test 1 all true false x.png seq.txt . c broken.h5 broken.txt"
)
OWN_VALUES += ["01" * 10, *words("empty loop nope.h5 digits human_machine")]
FLAGS = words("-m --cfg -c job --info -i --resolve -p --package --config-dir -cd --multirun=1")
FLAGS += words("--help=x -x -- - --cfg=job -cjob --nope all config")
single = st.one_of(
    st.builds("{}={}".format, st.sampled_from(OWN_KEYS), st.sampled_from(OWN_VALUES) | values),
    st.builds("{}={}".format, st.deferred(lambda: st.sampled_from(keys())), values),
    *map(st.sampled_from, (OWN_VALUES, FLAGS, ["audit"])),
    values,
)
STARTS = {"data": [["audit"], ["audit", "digits"]], "predict": [["weights=net.h5"]]}
STARTS |= {"evaluate": [["weights=net.h5", "dataset=digits"], ["weights=run"]]}
STARTS |= {"compare": [["run", "run2"], ["swept"]], "sweep": [["swept"]], "report": [["."]]}
argument_lines = st.sampled_from(sorted(DOORS)).flatmap(
    lambda door: st.builds(
        lambda start, more: Case(door, [*start, *more]),
        st.sampled_from([[], *STARTS.get(door, [])]),
        st.lists(single, max_size=3),
    )
)


def stand_in(command: Command) -> list[JobResult]:
    """Do what comes before the training: look for data, and hold the folder of a job."""
    (first, *_), some = command.jobs, command.configs[:1]
    with_data(some, some, command.given)
    with RunDir.claim(first.folder, first.config):
        return [JobResult(first.folder, "completed")]


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
        for name in ("hw3.run.launch", "hw3.launch.homework.launch"):
            stack.enter_context(patch(name, stand_in))
        stack.enter_context(patch("hw3.bench.time_epoch", stopped))
        stack.enter_context(patch("hw3.homework.write_report", lambda *a: 0))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("error")
        before, start = tree(), time.monotonic()
        try:
            with redirect_stdout(out), redirect_stderr(err):
                status = DOORS[case.door](list(case.arguments))
        except BaseException as error:  # what is looked for: a traceback, whatever its kind
            if isinstance(error, KeyboardInterrupt):
                raise
            return f"{where(error)}: {type(error).__name__}: {str(error)[:200]!r}"
        return fault(status, err.getvalue(), time.monotonic() - start, tree() - before)


def fault(status: object, err: str, seconds: float, made: set[str]) -> str | None:
    """Return what is wrong with a status, what was said, how long it took, what was written."""
    lines = err.splitlines()
    if status not in (0, 1, 2):
        return f"status {status!r}"
    if len(lines) > LINES or any(len(line) > CHARACTERS for line in lines):
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

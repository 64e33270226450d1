"""Odd keys, values and places of them, put together to command lines (see tests.fuzz)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import yaml
from hypothesis import strategies as st

from hw3.config.compose import compose_config
from hw3.config.keys import flatten

COMMANDS = ("bench", "compare", "data", "evaluate", "homework", "predict", "report", "run", "sweep")
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

    command: str
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
argument_lines = st.sampled_from(COMMANDS).flatmap(
    lambda command: st.builds(
        lambda start, more: Case(command, [*start, *more]),
        st.sampled_from([[], *STARTS.get(command, [])]),
        st.lists(single, max_size=3),
    )
)

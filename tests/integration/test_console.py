"""The one command hw3, and what the Tab of a shell finds."""

import importlib
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import hw3
from hw3.__main__ import commands, main, usage
from hw3.launch.completion import SCRIPTS, completions
from tests.builders import QUICK

VERBS = list(commands())


def completed(*words):
    path = commands().get(words[0])
    return completions(words, VERBS, usage(path) if path else "")


def test_every_file_at_the_top_is_a_command():
    top = {path.stem for path in Path(hw3.__file__).parent.glob("*.py")} - {"__init__", "__main__"}
    assert {*top, "report", "classroom"} == set(VERBS)
    for verb, path in commands().items():
        name = f"hw3.{verb}" + (".__main__" if path.name == "__main__.py" else "")
        assert callable(importlib.import_module(name).main)


@pytest.mark.parametrize("asked", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_the_commands_with_their_first_lines(asked, capsys):
    assert main(asked) == 0
    out = capsys.readouterr().out
    assert "  predict    Print the class and the probabilities of new rows, or P(human) of " in out
    assert all(f"  {verb} " in out for verb in VERBS)


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"hw3 {hw3.__version__}\n"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (["rnu"], "did you mean 'run'?"),
        (["--verison"], "--verison is no flag of hw3; see hw3 --help"),
        (["--completion"], "--completion must be one of bash, fish, zsh"),
        (["--completion", "tcsh"], "got 'tcsh'"),
        (["__init__"], "the command must be one of"),
        (["run", "--shell-completion", "install=bash"], 'eval "$(hw3 --completion bash)"'),
        (["run", "-sc", "query=bash"], 'eval "$(hw3 --completion bash)"'),
        (["run", "epochz=1"], "did you mean 'epochs'?"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(asked, text, capsys):
    assert main(asked) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert text in err
    assert err.startswith("hw3: error: ")
    assert err.count("\n") == 1


def test_a_run_by_the_one_command_is_that_of_the_module(capsys):
    assert main(["run", *QUICK, "hydra.run.dir=out"]) == 0
    assert hw3.load_run("out").is_completed
    done = subprocess.run(
        [sys.executable, "-m", "hw3", "run", *QUICK, "hydra.run.dir=out"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "completed before, skipped; record: out" in done.stdout
    assert main(["predict", "--help"]) == 0
    assert "usage: python -m hw3.predict" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["r"], ["report ", "run "]),
        (["run", "act=re"], ["act=relu"]),
        (["run", "lr=const"], ["lr=constant"]),
        (["run", "opti"], ["optimizer.", "optimizer="]),
        (["run", "optimizer=momentum", "optimizer.mo"], ["optimizer.momentum="]),
        (["run", "-m", "act=relu,t"], ["act=relu,tanh"]),
        (["run", "act=relu,tanh", "bat"], ["batch_size="]),
        (["run", "hydra/launcher=j"], ["hydra/launcher=joblib"]),
        (["run", "hydra/launcher=joblib", "hydra.launcher."], ["hydra.launcher.n_jobs="]),
        (["run", "hydra.run.dir=ou"], ["hydra.run.dir=out/"]),
        (["run", "data_dir=ou"], ["data_dir=out/"]),
        (["run", "act=rleu", "act.n"], []),
        (["run", "[", "ep"], ["epochs="]),
        (["evaluate", "wei"], ["weights="]),
        (["evaluate", "weights=ou"], ["weights=out/"]),
        (["evaluate", "weights=net.h5", "dataset=fa"], ["dataset=fashion_mnist"]),
        (["homework", "prob"], ["problem="]),
        (["predict", ""], ["rows=", "sequences=", "weights="]),
        (["sweep", "o"], ["odd[1]/", "out/"]),
        (["sweep", "odd["], ["odd[1]/"]),
        (["compare", "out", "fig"], ["figure="]),
        (["check", "m"], ["memory="]),  # no key of a config
        (["verify", "o"], ["odd[1]/", "out/"]),
        (["verify", "out", "e"], ["epochs="]),
        (["classroom", "out", "given=od"], ["given=odd[1]/"]),
        (["nothing", "a"], []),
    ],
)
def test_what_tab_finds(words, wanted):
    Path("out").mkdir()
    Path("odd[1]").mkdir()
    assert completed(*words) == wanted


@pytest.fixture
def bin_folder(monkeypatch):
    """A folder with the command, first in PATH, as an installation would have it."""
    path = Path("bin", "hw3").absolute()
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hw3 "$@"\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")


COMPLETE = """
eval "$(hw3 --completion bash)"
tab() { COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=(); _hw3; printf '<%s>' "${COMPREPLY[@]}"; echo; }
tab 'hw3 r'
tab 'hw3 run act=re'
tab 'hw3 run -m act=relu,t'
tab 'hw3 run hydra.run.dir=bi'
COMP_WORDBREAKS=${COMP_WORDBREAKS//=}
tab 'hw3 run act=re'
"""


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_words_that_it_splits_at_the_sign(bin_folder):
    done = subprocess.run(
        ["bash", "--norc", "-c", COMPLETE], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stderr == ""
    wanted = ["<report ><run >", "<relu>", "<relu,tanh>", "<bin/>", "<act=relu>"]
    assert done.stdout.splitlines() == wanted


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_tab_in_an_interactive_bash_writes_the_rest(bin_folder):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "dumb", "PS1": "$ ", "INPUTRC": os.devnull}
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    try:
        os.write(terminal, b'eval "$(hw3 --completion bash)"; echo rea"dy"\n')
        read_until(terminal, b"\nready")
        os.write(terminal, b"hw3 run act=re\t")
        read_until(terminal, b"hw3 run act=relu")
    finally:
        os.write(terminal, b"\x03\x15exit\n")
        os.close(terminal)
        os.waitpid(pid, 0)


def read_until(terminal, wanted, seconds=60):
    found, end = b"", time.monotonic() + seconds
    while wanted not in found.replace(b"\r", b""):
        assert time.monotonic() < end, found
        if select.select([terminal], [], [], 1)[0]:
            found += os.read(terminal, 4096)


@pytest.mark.parametrize(
    ("shell", "command"),
    [
        ("zsh", ["zsh", "-f", "-c", f"autoload -Uz compinit; {SCRIPTS['zsh']}"]),
        ("fish", ["fish", "-N", "-c", f"{SCRIPTS['fish']}\ncomplete -C 'hw3 run act=re'"]),
    ],
)
def test_the_scripts_of_other_shells_where_they_are_installed(shell, command, bin_folder):
    if not shutil.which(shell):
        pytest.skip(f"needs {shell}")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert shell == "zsh" or done.stdout.split() == ["act=relu"]

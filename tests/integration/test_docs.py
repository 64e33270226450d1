"""README and docs: their commands can be given, their links lead somewhere, their form holds."""

import re
import runpy
import shlex
import stat
from importlib import import_module
from pathlib import Path

import pytest

from hw3.config.compose import refuse_unknown_keys
from hw3.core.errors import ConfigError
from hw3.launch.command import Command

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
ALL = "\n".join(TEXTS.values())
EXPERIMENTS = {path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")}
# At the start of a line, or in backticks; what follows two spaces and # is a remark.
COMMAND = re.compile(r"(?m)(?:^|`)(?:python -m hw3\.(\w+)|scripts/(run))((?: +[^`\s#][^`\s]*)*)")
COMMANDS = sorted({(found[0] or found[1], found[2].strip()) for found in COMMAND.findall(ALL)})
LINK = re.compile(r"\]\(([^)\s]+)\)")
# The keys of a command that are no keys of a config.
OWN = {
    "evaluate": ("weights", "split", "reason"),
    "homework": ("problem", "quick", "author", "course", "dry_run"),
    "predict": ("weights", "rows", "sequences", "act", "plugins"),
    "compare": ("figure", "plugins"),
    "sweep": ("plugins",),
    "verify": ("sample", "epochs", "seed", "reason", "data_dir", "json", "plugins"),
    "report": ("author", "course", "plugins"),
    "data": (),
    "bench": (),
    "gradcheck": (),
    "trace": ("x", "y", "W1", "b1", "W2", "b2", "sizes", "weights"),
    "classroom": ("csv", "page", "check", "verify", "given", "jobs", "limit", "seed", "plugins"),
    "parity": (),
    "check": ("seed", "time", "memory", "json", "gradescope", "page"),
}
# Shown with the error that they give.
WRONG = {"act=rleu", "optimizer.momentum=0.5"}


def n_jobs(arguments: list[str]) -> int:
    """Return how many jobs a command line of `run` names, all composed and checked."""
    overrides = [word for word in arguments if word != "-m"]
    return len(Command.parse(overrides, is_multirun="-m" in arguments).configs)


def is_form(arguments: str) -> bool:
    """Whether a command has a blank to fill in, or needs what a reader adds or has run."""
    blanks = ("<", "act=softplus", "plugins=[", "from=outputs/", "--config-dir")
    return any(part in arguments for part in blanks)


def test_the_pages_show_commands_of_each_kind():
    assert {verb for verb, _ in COMMANDS} == {"run", *OWN}
    assert len(COMMANDS) > 30


@pytest.mark.parametrize(("verb", "arguments"), [c for c in COMMANDS if not is_form(c[1])])
def test_each_command_can_be_given(verb, arguments, monkeypatch):
    monkeypatch.chdir(ROOT)  # where the examples are
    few = arguments.replace("range(10000)", "range(10)")  # what the rest of them tell is the same
    words = [word for word in shlex.split(few) if word not in ("--help", "--cfg", "job")]
    if verb != "run":
        keyed = [word for word in words if "=" in word]
        refuse_unknown_keys([w for w in keyed if w.partition("=")[0] not in OWN[verb]], OWN[verb])
    elif WRONG & set(words):
        with pytest.raises(ConfigError):
            n_jobs(words)
    elif re.fullmatch(r"experiment=\w+", arguments):
        assert arguments.partition("=")[2] in EXPERIMENTS  # unit/config composes all their points
    else:
        assert n_jobs(words) > ("-m" in words)


@pytest.mark.parametrize("verb", sorted(OWN))
def test_each_command_answers_help(verb, capsys):
    module = f"hw3.{verb}" + ".__main__" * (verb in ("report", "classroom"))
    assert import_module(module).main(["--help"]) == 0
    assert f"python -m hw3.{verb}" in capsys.readouterr().out


def test_scripts_that_are_named_can_be_called():
    named = set(re.findall(r"\bscripts/(\w+)", ALL))
    assert {"run", "test", "reference"} <= named
    for name in named:
        assert (ROOT / "scripts" / name).stat().st_mode & stat.S_IXUSR, name


def test_tests_and_folders_that_are_named_exist():
    for name in re.findall(r"`(?:pytest )?((?:tests|src|conf)/[\w./]+)", ALL):
        assert (ROOT / name).exists() or "softplus" in name, name  # which the reader adds


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path) if path else page
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them; code blocks have none."""
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    titles = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_every_picture_is_shown_and_all_are_light():
    pictures = list((ROOT / "docs" / "images").iterdir())
    for picture in pictures:
        assert f"images/{picture.name}" in ALL, picture.name
    assert sum(picture.stat().st_size for picture in pictures) <= 1_200_000


def test_experiments_that_are_named_exist():
    assert set(re.findall(r"experiment=(\w+)", ALL)) <= EXPERIMENTS


def test_every_page_is_linked_from_the_readme():
    for name in TEXTS:
        assert name == "README.md" or f"({name})" in TEXTS["README.md"], name


def test_no_page_names_a_path_of_some_machine():
    for name, text in TEXTS.items():
        assert not re.findall(r"(?<![\w.>])/(?:home|root|tmp|work|Users|mnt)/", text), name


def test_the_readme_is_short():
    text = TEXTS["README.md"]
    assert len(text.split()) <= 1000
    assert max(map(len, text.splitlines())) <= 140


def test_the_reference_is_fresh():
    found = runpy.run_path(str(ROOT / "scripts" / "reference.py"))["reference"]()
    assert found == TEXTS["docs/reference.md"], "run scripts/reference"


def test_every_test_that_a_page_names_is_there():
    tests = " ".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for page in PAGES:
        for name in re.findall(r"`(test_\w+)`", page.read_text()):
            assert f"def {name}(" in tests, f"{page.name}: {name}"

"""The README and the docs: their commands compose, their links lead somewhere, their form holds."""

import re
import runpy
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from hw3.config.compose import refuse_unknown_keys
from hw3.launch.command import Command

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
COMMAND = re.compile(r"(?m)(?:^|`)(?:python -m hw3\.(\w+)|scripts/(run))((?: +[^`#\n]+)?)")
COMMANDS = sorted(
    {
        (found[0] or found[1], found[2].strip())
        for text in TEXTS.values()
        for found in COMMAND.findall(text)
    }
)
OWN = {
    "evaluate": ("weights", "split", "reason"),
    "homework": ("problem", "quick"),
    "predict": ("weights", "sequences", "act"),
    "data": (),
    "bench": (),
}


def test_there_are_commands():
    assert len(COMMANDS) > 25


@pytest.mark.parametrize(("verb", "arguments"), COMMANDS)
def test_each_command_composes(verb, arguments):
    """Whole experiments are composed point by point in unit/config."""
    words = [word for word in shlex.split(arguments) if word not in ("--help", "--cfg", "job")]
    if verb == "run":
        if (
            "softplus" in arguments
            or "<" in arguments
            or re.fullmatch(r"experiment=\w+", arguments)
        ):
            return  # an activation that the reader adds, a form to fill in, a whole experiment
        overrides = [word for word in words if word != "-m"]
        is_wrong = {"act=rleu", "optimizer.momentum=0.5"} & set(overrides)
        if is_wrong or "task=final" in overrides:
            return  # shown with its error; or needs the sweep before it
        assert Command.parse(overrides, is_multirun="-m" in words).configs
        return
    import_module(f"hw3.{verb}")
    if verb in OWN:
        keyed = [word for word in words if "=" in word]
        given = [word for word in keyed if word.partition("=")[0] not in OWN[verb]]
        refuse_unknown_keys(given, OWN[verb])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path) if path else page
        assert found.exists(), target
        if anchor:
            titles = re.findall(r"(?m)^#+ (.+)$", found.read_text(encoding="utf-8"))
            assert anchor in [re.sub(r"[^\w -]", "", t).lower().replace(" ", "-") for t in titles]


def test_every_picture_is_shown():
    shown = "\n".join(TEXTS.values())
    for picture in (ROOT / "docs" / "images").iterdir():
        assert f"images/{picture.name}" in shown


def test_experiments_that_are_named_exist():
    named = set(re.findall(r"experiment=(\w+)", "\n".join(TEXTS.values())))
    assert named <= {path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")}


def test_the_readme_is_short():
    text = TEXTS["README.md"]
    assert len(text.split()) <= 1000
    assert max(map(len, text.splitlines())) <= 140


def test_the_reference_is_fresh():
    found = runpy.run_path(str(ROOT / "scripts" / "reference.py"))["reference"]()
    assert found == TEXTS["docs/reference.md"], "run scripts/reference"

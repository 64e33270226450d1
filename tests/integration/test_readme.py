"""The README's commands are composed and checked, all of them."""

import re
import shlex
from pathlib import Path

import pytest

from hw3.launch.command import Command

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
FOUND = re.findall(r"(?m)(?:^|`)(?:python -m hw3\.run|scripts/run) ([^`#\n]+)", README)
RUNS = sorted({found.strip() for found in FOUND})


def is_checked_here(arguments):
    """Whole experiments are composed in unit/config/test_compose; others print, or are forms."""
    return not (
        "--cfg" in arguments or "<" in arguments or re.fullmatch(r"experiment=\w+", arguments)
    )


def test_readme_names_experiments_that_exist():
    named = set(re.findall(r"experiment=(\w+)", README))
    assert named == {path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")}


@pytest.mark.parametrize("arguments", [r for r in RUNS if is_checked_here(r)])
def test_readme_commands_compose(arguments):
    words = shlex.split(arguments)
    assert Command.parse([w for w in words if w != "-m"], is_multirun="-m" in words).configs


def test_docs_name_files_that_exist():
    text = README + (ROOT / "docs" / "architecture.md").read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
    assert "@" not in re.sub(r"`[^`]*`", "", README)

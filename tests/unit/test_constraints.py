"""constraints.txt names the whole tree that pyproject.toml asks for."""

import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

ROOT = Path(__file__).parents[2]


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def tree(name, seen):
    for line in requires(name) or []:
        requirement, _, marker = line.partition(";")
        needed = plain(re.match(r"[\w.-]+", requirement)[0])
        if ("extra" in marker and name != "hw3") or needed in seen:
            continue
        try:
            version(needed)
        except PackageNotFoundError:
            continue  # for another platform or Python
        seen.add(needed)
        tree(needed, seen)
    return seen


def test_every_installed_requirement_is_pinned_to_one_version():
    lines = (ROOT / "constraints.txt").read_text().split()
    pins = dict(line.split("==") for line in lines)
    assert {plain(name) for name in pins} >= tree("hw3", set())

"""The museum of tests/museum.py fits the code; scripts/mutants shows that its bugs are caught."""

from pathlib import Path

import pytest

import hw3
from tests.museum import BUGS, PATCHES

SRC = Path(hw3.__file__).parent


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: f"{patch.bug}-{patch.file}")
def test_the_old_text_of_a_patch_occurs_exactly_once(patch):
    text = (SRC / patch.file).read_text(encoding="utf-8")
    assert text.count(patch.old) == 1
    compile(text.replace(patch.old, patch.new), patch.file, "exec")


def test_every_bug_has_a_patch():
    assert {patch.bug for patch in PATCHES} == set(BUGS)

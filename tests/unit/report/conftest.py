"""A made-up assignment: made once, and linked file by file for tests that break it."""

import os
import shutil
from pathlib import Path

import pytest

from tests.assignment import make


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The records of a whole assignment; nobody changes them."""
    return make(tmp_path_factory.mktemp("records") / "outputs")


@pytest.fixture
def outputs(whole, tmp_path):
    """A copy of it to break: links, so a test must put new files in their place."""
    return Path(shutil.copytree(whole, tmp_path / "outputs", copy_function=os.link))

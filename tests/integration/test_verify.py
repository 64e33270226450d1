"""verify: forged records are found, honest ones are not doubted, and nothing is touched."""

from pathlib import Path

import pytest

from hw3.replay.verify import Asked, verified
from tests.forged import FORGERIES
from tests.honest import HONEST


def content(folder="."):
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", range(4))
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_record_is_found_by_three_epochs(name, kind):
    FORGERIES[name]("out", kind)
    for seed in range(3):
        found = verified(Path("out"), Asked(epochs=3, seed=seed)).runs[0]
        assert found.verdict == "FAIL"
        assert len(found.replayed) <= 3


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_record_is_not_doubted(name):
    HONEST[name]("out")
    before = content()
    for asked in (Asked(), Asked(epochs=3)):
        found = verified(Path("out"), asked)
        assert found.verdict == "PASS", found
        assert found.n_waiting == 0
    assert content() == before

"""The ledger of looks at test splits: each line carries the digest of the one before."""

from pathlib import Path

import pytest

from hw3.core.errors import DataError
from hw3.testset import ledger
from hw3.testset.ledger import Opening, before, broken_links, digest_of, enter, read_ledger

LEDGER = Path("outputs/test_ledger.jsonl")


def look(run, dataset="mnist", **more):
    values = {"reason": "a test", "config_hash": None, "weights_sha256": run, "correct": 1, "n": 2}
    return Opening("2026-01-01T12:00:00+00:00", run=run, dataset=dataset, **{**values, **more})


def entered(*looks):
    for one in looks:
        enter(LEDGER, one, is_resumable=False)
    return read_ledger(LEDGER)


def test_lines_follow_each_other_and_count_the_looks_before():
    found = entered(look("a"), look("b", "fashion_mnist"), look("c"))
    assert [o.previous for o in found] == ["", digest_of(found[0]), digest_of(found[1])]
    assert broken_links(found) == []
    assert before(found, found[2]) == [found[0]]


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        (lambda lines: [lines[0].replace('"correct": 1', '"correct": 2'), *lines[1:]], [2]),
        (lambda lines: lines[1:], [1]),
        (lambda lines: [lines[0], lines[2]], [2]),
        (lambda lines: [lines[1], lines[0], lines[2]], [1, 2, 3]),
        (lambda lines: lines[:2], []),  # the run whose look it was misses it
    ],
)
def test_an_edit_breaks_the_line_behind_it(edit, broken):
    entered(look("a"), look("b"), look("c"))
    LEDGER.write_text("\n".join(edit(LEDGER.read_text().splitlines())) + "\n")
    assert broken_links(read_ledger(LEDGER)) == broken


def test_the_same_look_taken_up_again_is_one_line():
    first, n = enter(LEDGER, look("a"), is_resumable=True)
    assert enter(LEDGER, look("a"), is_resumable=True) == (first, n)
    assert len(read_ledger(LEDGER)) == 1
    again = look("a", reason="given when it was run again")
    assert enter(LEDGER, again, is_resumable=True) == (first, n)
    assert len(read_ledger(LEDGER)) == 1


def test_each_line_is_hashed_once(monkeypatch):
    """A ledger of 60,000 lines is read in seconds: the work grows with the lines alone."""
    found, hashed = entered(*(look(str(i)) for i in range(9))), []
    monkeypatch.setattr(ledger, "digest_of", lambda o: hashed.append(o) or digest_of(o))
    assert broken_links(found) == []
    assert len(hashed) == len(found)


@pytest.mark.parametrize("line", ["{", "[]", "null", '{"time": 3}', "\x00"])
def test_what_is_no_line_of_a_ledger_is_named(line):
    entered(look("a"))
    LEDGER.write_text(LEDGER.read_text() + line + "\n")
    with pytest.raises(DataError, match=r"test_ledger.jsonl, line 2 is no record of an opening"):
        read_ledger(LEDGER)

"""What a choice says of those that were not chosen."""

from dataclasses import replace

import pytest

from hw3.sweeps.choice import Choice, Selection, choice_sentences


def selection(*ps):
    """A winner, a, and others with these p; None was not tested."""
    rows = [
        Choice(name, {}, 0.9, 0.1, (name,), None, p)
        for name, p in zip("abc", (None, *ps), strict=False)
    ]
    return Selection("2026-01-01T00:00:00+00:00", "sweep", (), tuple(rows))


def test_a_choice_says_that_its_candidates_were_not_planned():
    planned = selection(0.3)
    assert planned.among == "2 configurations"
    assert "planned" not in " ".join(choice_sentences(planned))
    found = replace(planned, proposed_by="Optuna's TPE", left_out=("d",))
    told = "3 trials that Optuna's TPE proposed one after another, not planned beforehand"
    assert found.among == f"{told} (1 did not complete)"
    assert f"chosen from {found.among}" in " ".join(choice_sentences(found))


@pytest.mark.parametrize(
    ("ps", "verdict"),
    [
        ((), "there was no other"),
        ((0.01, 0.02), "each of the others is told apart from it"),
        ((0.3, 0.01), "1 of the 2 others cannot be told apart from it"),
        (
            (0.3, None),
            "1 of the 2 others cannot be told apart from it, and 1 could not be tested, for lack "
            "of a common seed",
        ),
    ],
)
def test_who_is_alike_and_who_was_not_tested_are_two_things(ps, verdict):
    assert selection(*ps).verdict == verdict
    assert selection(*ps).alike == (["b"] if 0.3 in ps else [])

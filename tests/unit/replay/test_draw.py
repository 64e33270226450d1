from random import Random

import pytest

from hw3.replay.draw import drawn_epochs, drawn_runs, most_unlike
from tests.builders import history


def falling(**changed):
    """Values of twelve epochs that fall by a tenth each, some of them by another factor."""
    values = {epoch: 0.9**epoch for epoch in range(1, 13)}
    return values | {int(k[1:]): values[int(k[1:])] * factor for k, factor in changed.items()}


@pytest.mark.parametrize("factor", [0, 0.5, 2, float("inf"), float("nan")])
@pytest.mark.parametrize("epoch", [2, 3, 7, 11, 12])
def test_the_epoch_that_stands_out_is_found_wherever_it_is(epoch, factor):
    assert most_unlike(falling(**{f"e{epoch}": factor}), Random(0)) == epoch


def test_two_epochs_beside_each_other_stand_out_too():
    assert most_unlike(falling(e6=2, e7=2), Random(0)) in (6, 7)


def test_of_two_epochs_it_is_the_second():
    assert most_unlike({1: 1.0, 2: 1.0}, Random(0)) == 2


def test_the_first_and_the_one_that_stands_out_are_always_drawn():
    drawn = [drawn_epochs(history(12), 3, falling(e7=2), Random(seed)) for seed in range(40)]
    assert all(len(epochs) == 3 and {1, 7} <= {*epochs} for epochs in drawn)
    assert {epoch for epochs in drawn for epoch in epochs} == {*range(1, 13)}  # all can be


def test_losses_stand_in_for_steps_that_are_not_known():
    h = history(12)
    object.__setattr__(h.epochs[4].train, "loss_sum", 500.0)
    assert 5 in drawn_epochs(h, 3, {}, Random(0))


@pytest.mark.parametrize("n", [None, 5, 9])
def test_all_are_drawn_where_no_fewer_are_asked_for(n):
    assert drawn_epochs(history(5), n, {}, Random(0)) == (1, 2, 3, 4, 5)
    assert drawn_runs("abcde", n, Random(0)) == list("abcde")


def test_runs_are_drawn_once_each_in_their_order():
    drawn = [drawn_runs("abcde", 3, Random(seed)) for seed in range(20)]
    assert all(d == sorted({*d}) and len(d) == 3 for d in drawn)
    assert {run for runs in drawn for run in runs} == {*"abcde"}

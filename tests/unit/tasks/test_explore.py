"""What an exploration concludes, from records made by hand: its groups are those of every sweep."""

from hw3.records.run import load_sweep
from hw3.tasks.explore import conclusions, exploration_facts, standings_of
from tests.builders import config, write_run

SMALL = ("dataset=human_machine", "model.hidden_sizes=[20]", "batch_size=20")


def runs(*points):
    """Write a run for each (overrides, seed, right of 1,000)."""
    for i, (overrides, seed, correct) in enumerate(points):
        tree = config(*SMALL, *overrides.split(), f"seed={seed}").tree
        write_run(f"s/{i}", correct=correct, **tree)
    return load_sweep("s")


def test_what_its_factors_do_not_tell_apart_is_not_one_configuration():
    """Momentum 0.5 and 0.9 are no two seeds of momentum."""
    sweep = runs(
        ("optimizer=momentum optimizer.momentum=0.5", 0, 600),
        ("optimizer=momentum optimizer.momentum=0.9", 1, 800),
        ("optimizer=sgd", 0, 500),
        ("optimizer=sgd", 1, 520),
    )
    (found,) = standings_of(sweep).values()
    assert [(s.name, s.n_seeds) for s in found] == [
        ("momentum, none, 20 relu, momentum 0.9", 1),
        ("momentum, none, 20 relu, momentum 0.5", 1),
        ("sgd, none, 20 relu", 2),
    ]
    assert "optimizer" not in " ".join(conclusions(sweep))  # no cross: nothing is concluded
    facts = exploration_facts(sweep)
    assert facts["runs"] == "4, of 3 configurations by random split, from 1 to 2 seeds each"
    assert facts["combinations"] == "2 of the 2 that 2 optimizers, 1 regulariser and 1 net make"


def test_rates_and_seeds_may_both_differ():
    sweep = runs(*((f"optimizer=sgd lr={r}", s, 500 + s) for r in (0.1, 1.0) for s in (0, 1)))
    (found,) = standings_of(sweep).values()
    assert [s.n_seeds for s in found] == [2, 2]
    assert {s.name for s in found} == {f"sgd, none, 20 relu, lr {r}" for r in (0.1, 1.0)}


def test_factors_are_compared_within_equal_company():
    points = [(f"optimizer={o} lr={r}", s, c + s) for o, c in (("sgd", 500), ("momentum", 600))
              for r in (0.1, 1.0) for s in (0, 1)]  # fmt: skip
    text = " ".join(conclusions(runs(*points)))
    assert "10.00 points from momentum to sgd" in text

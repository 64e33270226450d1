"""What Optuna is told, and what it proposes from that."""

import sys

import pytest

from hw3.analysis.selection import Candidate, choose
from hw3.config.space import Between, Options
from hw3.core.errors import ConfigError
from hw3.launch import tpe
from hw3.launch.search import Search
from hw3.records.outcome import Failure
from hw3.training.metrics import Metrics
from tests.builders import outcome

SPACE = {"lr.initial": Between(0.001, 1.0, True, False), "act": Options(("relu", "tanh"))}


def proposed(past, seed=0):
    pytest.importorskip("optuna", reason="needs optuna: pip install '.[optuna]'")
    return next(tpe.proposals(SPACE, past, seed, n_startup_trials=2))


def past(*correct, act="tanh"):
    rates = ("0.01", "0.02", "0.5", "0.9")
    return [
        ({"lr.initial": rate, "act": act}, n if n is None else outcome(correct=n))
        for rate, n in zip(rates, correct, strict=False)
    ]


def test_what_is_optimised_ranks_as_the_choice_does():
    found = {
        name: Metrics(loss * 100, right, 100)
        for name, right, loss in [("a", 90, 0.5), ("b", 90, 0.4), ("c", 91, 9.0), ("d", 2, 1e300)]
    }
    ranked = choose(Candidate(k, (m.accuracy,), (m.loss,)) for k, m in found.items())
    assert sorted(found, key=lambda name: -tpe.value(found[name])) == [c.name for c in ranked]


def test_the_same_records_give_the_same_proposal_and_others_another():
    records = past(100, 200, 900, 300)
    assert proposed(records) == proposed(records)
    assert proposed(records) != proposed(records[:3])
    assert proposed(records) != proposed(records, seed=1)
    for ended in (None, Failure("by hand")):
        unknown = [*records[:2], (records[2][0], ended), records[3]]
        assert any(proposed(records, seed) != proposed(unknown, seed) for seed in range(9))


def test_a_proposal_has_few_digits_and_stays_between_the_ends():
    for seed in range(5):
        found = proposed([], seed)
        assert 0.001 <= float(found["lr.initial"]) <= 1
        assert len(found["lr.initial"].lstrip("0.")) <= 4
    assert Between(0.12346, 0.5, False, False).text(0.123456) == "0.1235"
    assert Between(0.12346, 0.5, False, False).text(0.12346) == "0.1235"
    assert Between(0.1, 0.12346, False, False).text(0.12346) == "0.12346"
    assert Between(1, 9, False, True).text(3) == "3"


def test_without_optuna_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"needs optuna: pip install '\.\[optuna\]'"):
        Search(None, None).check_usable()

"""The commands that check a config's mathematics: they see a mistake, and say where."""

import re
from dataclasses import replace

import numpy as np
import pytest

from hw3 import gradcheck as door
from hw3.nn.activations import ACTIVATIONS, Tanh
from hw3.nn.optimizers import Adam
from hw3.training.difference import largest, report, worst
from hw3.training.gradcheck import difference, quotient
from hw3.training.gradcheck import differences as checked
from hw3.training.parity import differences, made, trained
from tests.builders import config, preset_record

SMALL = ("dataset=digits", "model.hidden_sizes=[6,5]")


def fits(found):
    return worst(found).relative <= worst(found).allowed


def value_of(activation, z):
    out = np.empty_like(z)
    activation.value(z, out=out)
    return out


@pytest.mark.parametrize("act", ACTIVATIONS)
def test_every_activation_passes(act):
    found = checked(config(*SMALL, f"act={act}", "regularizer=dropout_l2", "seed=1"))
    assert fits(found)
    assert [d.array for d in found[1:3]] == ["W1 of numpy", "W1 of torch"]
    assert found[-1].array == "b3 of torch"


@pytest.mark.parametrize("overrides", ["dataset=human_machine", "model.hidden_sizes=[]"])
def test_other_shapes_pass(overrides):
    found = checked(config(*SMALL, "regularizer=l1", "batch_size=50", overrides))
    assert fits(found)


def test_a_wrong_slope_fails_alone_and_below_its_layer(monkeypatch, capsys):
    monkeypatch.setattr(Tanh, "slope", lambda self, z, a, out: np.subtract(1, a, out=out))
    assert door.main([*SMALL, "act=tanh"]) == 1
    out = capsys.readouterr().out
    assert "FAIL" in out
    failed = {d.array for d in checked(config(*SMALL, "act=tanh")) if d.relative > d.allowed}
    assert failed == {"slope of tanh", *(f"{name} of numpy" for name in ("W1", "b1", "W2", "b2"))}


def test_places_within_a_step_of_a_kink_are_left_out_and_counted():
    relu = preset_record(ACTIVATIONS, "relu")
    z = np.array([-1.0, 3e-6, 0.0, 9e-6, 1.0])
    slopes = quotient(lambda step: value_of(relu, z + step))
    np.testing.assert_allclose(slopes[[0, 4]], [0, 1])
    assert np.isnan(slopes[[1, 3]]).all()
    found = difference("slope", np.array([0.0, 5, 5, 5, 2]), slopes, z)
    assert found.compared == "3, 2 near a kink left out"
    assert found.at == "0.0"


def test_nothing_left_to_compare_is_no_pass():
    found = difference("slope", np.ones(2), np.full(2, np.nan), "ab")
    assert not fits([found])
    assert found.compared == "0, 2 near a kink left out"


def test_what_is_no_number_is_no_kink_and_no_pass():
    with np.errstate(invalid="ignore"):
        slopes = quotient(lambda step: np.sqrt(np.array([-4.0, 4.0]) + step))
    found = difference("slope", np.array([np.nan, 0.25]), slopes, "ab")
    assert (found.at, found.relative, found.compared) == ("a", np.inf, "2")


def test_the_seed_varies_it():
    first, second = (checked(config(*SMALL, f"seed={seed}")) for seed in (0, 1))
    assert [d.values for d in first] != [d.values for d in second]
    assert first == checked(config(*SMALL, "seed=0"))


def test_a_rule_that_differs_between_backends_is_found(monkeypatch, capsys):
    c = config(*SMALL, "optimizer=adam", "batch_size=10")
    data, kept = made(c), Adam.torch_options
    monkeypatch.setattr(Adam, "torch_options", lambda self: kept(replace(self, eps=1e-4)))
    found = differences(*(trained(c, name, data) for name in ("numpy", "torch")))
    assert report("adam", found) == 1
    assert re.search(r"\nFAIL: at worst .*, in .+ at .+, where", capsys.readouterr().out)


def test_a_difference_is_relative_and_of_small_numbers_to_the_floor():
    a, b = np.array([100.0, 1e-9, 0.0]), np.array([101.0, 0.0, 0.0])
    found = largest("W1", a, b, (1e-3, 1e-6))
    assert (found.at, found.relative) == ("[0]", pytest.approx(1 / 101))
    broken = largest("W1", np.array([np.nan, 1]), np.ones(2), (1, 1))
    assert (broken.at, broken.relative) == ("[0]", np.inf)

"""The programs drawn over conventions: right ones are right, wrong ones are wrong."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.conventions import (
    ALL,
    BUGS,
    drawn,
    program_of,
    right_program,
    wrong_convention,
    wrong_program,
)
from tests.oracles import central_difference

N = 6
HIDDEN = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
}


def loaded(source):
    names = {}
    exec(compile(source, "program.py", "exec"), names)
    return names


def case(c, program):
    """Return weights of a program's shapes as lists, and a batch in the form of a convention."""
    rng, sizes = np.random.default_rng(5), c.sizes or (5, 4, 3)
    Ws, bs = program["unpack"](program["fresh"](sizes))
    Ws, bs = ([0.5 * rng.standard_normal(a.shape) for a in arrays] for arrays in (Ws, bs))
    x, y = rng.standard_normal((N, sizes[0])), rng.integers(0, max(2, sizes[-1]), N)
    return Ws, bs, *given(c, x, y, sizes[-1])


def given(c, x, y, k):
    y = np.eye(k)[y] if c.one_hot else y
    return (x.T, y.T if c.one_hot else y) if c.columns else (x, y)


def loss_by_torch(c, Ws, bs, x, y, l2):
    """Return the loss of a convention, in the words of torch."""
    a, k = torch.tensor(x.T if c.columns else x), bs[-1].size
    for i, (W, b) in enumerate(zip(Ws, bs, strict=True)):
        z = functional.linear(a, torch.tensor(W if c.turned else W.T), torch.tensor(b.ravel()))
        a = HIDDEN[c.hidden](z) if i < len(Ws) - 1 else z
    y = (y.T if c.columns else y).argmax(1) if c.one_hot else y
    labels = torch.tensor(y)
    t = functional.one_hot(labels, k).double() if k > 1 else labels[:, None].double()
    losses = {
        "softmax": lambda: functional.cross_entropy(a, labels, reduction="sum"),
        "sigmoid": lambda: functional.binary_cross_entropy_with_logits(a, t, reduction="sum"),
        "linear": lambda: functional.mse_loss(a, t, reduction="sum") / (1 + c.half),
        "squared sigmoid": lambda: (
            functional.mse_loss(a.sigmoid(), t, reduction="sum") / (1 + c.half)
        ),
    }
    divisor = {"sum": 1, "mean": N, "all": N * k}[c.reduction]
    factor = {"": 0, "l2": l2, "l2 / 2": l2 / 2, "l2 / n": l2 / N, "l2 / (2 * n)": l2 / 2 / N}
    return losses[c.head]().item() / divisor + factor[c.l2] * sum(np.sum(W**2) for W in Ws)


@pytest.mark.parametrize("number", range(100))
def test_right_programs_are_right(number):
    c, source = drawn(number), right_program(number)
    program = loaded(source.replace("float32", "float64"))
    Ws, bs, x, y = case(c, program)
    l2 = (0.05,) if c.l2 and c.strength == "argument" else ()
    weights = program["pack"](Ws, bs)

    def loss():
        return program["cost"](weights, x, y, *l2)

    assert loss() == pytest.approx(loss_by_torch(c, Ws, bs, x, y, *l2 or (0.01,)), rel=1e-6)
    gradients = program["unpack"](program["backprop"](weights, x, y, *l2))
    stepped = program["unpack"](program["descend"](deepcopy(weights), x, y, 0.5, *l2))
    as_written = loaded(source)["backprop"](deepcopy(weights), x, y, *l2)
    found = [[*Ws, *bs] for Ws, bs in (gradients, stepped, program["unpack"](as_written))]
    for array, d, new, written in zip([*Ws, *bs], *found, strict=True):
        # eps / p of the log's guard is left
        np.testing.assert_allclose(d, central_difference(loss, array), rtol=0, atol=1e-6)
        np.testing.assert_allclose(new, array - 0.5 * d, rtol=0, atol=1e-12)
        np.testing.assert_allclose(written, d, rtol=0, atol=1e-5)


@pytest.mark.parametrize("number", range(0, 100, 3))
def test_right_programs_visit_each_row_and_halve_the_rate_twice(number):
    c, program = drawn(number), loaded(right_program(number))
    rng, sizes = np.random.default_rng(6), c.sizes or (5, 4, 3)
    k, n, epochs, size = sizes[-1], 23, 6, 4
    x, y = given(c, rng.standard_normal((n, sizes[0])), rng.integers(0, max(2, k), n), k)
    steps, descend = [], program["descend"]

    def recorded(weights, x, y, lr, *l2):
        steps.append((x.T if c.columns else x, lr))
        return descend(weights, x, y, lr, *l2)

    program["descend"] = recorded
    start = sizes if c.start == "sizes" else program["fresh"](sizes)
    val = (x, y) if c.validates else ()
    found = program["fit"](start, x, y, *val, epochs, 0.01, size)
    found, losses = found if c.losses else (found, [0.0] * epochs)
    n_kept = n - n % size if c.remainder == "dropped" else n
    assert len(losses) == epochs
    assert c.history == "last" or len(found) == epochs + (c.history == "first too")
    assert [len(rows) for rows, _ in steps] == epochs * [
        min(size, n_kept - i) for i in range(0, n_kept, size)
    ]
    rates = [rate for _, rate in steps[:: len(steps) // epochs]]
    assert [rates[0], rates[-1]] == [0.01, 0.0025]
    assert len(set(rates)) == 3
    for epoch in range(epochs):
        batches = steps[epoch * len(steps) // epochs : (epoch + 1) * len(steps) // epochs]
        seen = np.concatenate([rows for rows, _ in batches])
        assert len(np.unique(seen, axis=0)) == n_kept
        assert {rate for _, rate in batches} == {rates[epoch]}


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        ("he normal", 2 / 400),
        ("he uniform", 2 / 400),
        ("glorot normal", 2 / 700),
        ("glorot uniform", 2 / 700),
        ("lecun normal", 1 / 400),
        ("lecun uniform", 1 / 400),
        ("torch", 1 / 1200),
        ("small", 0.0001),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_first_weights_have_the_variance_of_their_rule(init, variance, turned):
    c = drawn(3, init=init, turned=turned, seeded="rng", bias="n1")
    program = loaded(program_of(c))
    Ws, bs = program["unpack"](program["fresh"]((400, 300)))
    assert Ws[0].shape == ((300, 400) if turned else (400, 300))
    assert bs[0].shape == (300, 1)
    assert np.var(Ws[0]) == pytest.approx(variance, rel=0.02)


def test_the_hundred_are_of_all_kinds():
    drawn_ones = [drawn(number) for number in range(100)]
    for name in ("form", "code", "head", "hidden", "l2", "given", "init", "schedule", "cast"):
        assert min(Counter(str(getattr(c, name)) for c in drawn_ones).values()) >= 2
    assert right_program(7) == right_program(7) != right_program(8)


@pytest.mark.parametrize("number", range(60))
def test_wrong_programs_are_wrong(number):
    bug, source = wrong_program(number)
    c = wrong_convention(number)
    assert bug == c.bug == BUGS[number % len(BUGS)]
    assert set(c.given) <= set(ALL)
    wrong, well = loaded(source), loaded(program_of(replace(c, bug=0)))
    one, other = (behaviour(program, *case(c, well), c) for program in (wrong, well))
    assert not np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True)


def behaviour(program, Ws, bs, x, y, c):
    """Return as one vector what a program computes of a batch, twice, and of large logits."""
    l2 = (0.05,) if c.l2 and c.strength == "argument" else ()
    found = []
    for _ in range(2):
        weights = program["pack"]([W.copy() for W in Ws], [b.copy() for b in bs])
        gradients = deepcopy(program["unpack"](program["backprop"](weights, x, y, *l2)))
        found += [program["cost"](weights, x, y, *l2), *chain(*gradients)]
        found += chain(*program["unpack"](program["descend"](weights, x, y, 0.5, *l2)))
    if c.head == "softmax":
        with np.errstate(all="ignore"):
            found += [program["probabilities"](np.array([[1e4, 0.0], [0.0, 1.0]]))]
    return np.concatenate([np.ravel(part) for part in found])

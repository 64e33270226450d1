"""Programs as strangers write them: what is right is not blamed, and what is wrong is."""

import pytest

from hw3.programs.check import checked

NET = """
import numpy as np

def init(sizes):
    return [np.random.randn(a + 1, b) / np.sqrt(a) for a, b in zip(sizes, sizes[1:])]

def one(a):
    return np.hstack([a, np.ones((len(a), 1))])

def forward(weights, x):
    A = [one(x)]
    for W in weights[:-1]:
        A.append(one(np.tanh(A[-1] @ W)))
    z = A[-1] @ weights[-1]
    e = np.exp(z - z.max(1, keepdims=True))
    return A, e / e.sum(1, keepdims=True)

def loss(weights, x, y):
    return -np.log(forward(weights, x)[1][np.arange(len(y)), y]).mean()

def gradients(weights, x, y):
    A, delta = forward(weights, x)
    delta[np.arange(len(y)), y] -= 1
    delta /= len(y)
    G = []
    for W, a in zip(weights[::-1], A[::-1]):
        G.insert(0, a.T @ delta)
        delta = ((delta @ W.T) * (1 - a**2))[:, :-1]
    return G

def train(weights, x, y, epochs, lr, batch_size):
    rng, W, V, S, after, t = np.random.default_rng(1), weights, [0] * 9, [0] * 9, [], 0
    for epoch in range(epochs):
        rate = lr * 0.5 ** ((epoch >= epochs // 2) + (epoch >= 3 * epochs // 4))
        order = rng.permutation(len(x))
        for i in range(0, len(x), batch_size):
            rows, t = order[i : i + batch_size], t + 1
            G = gradients(W, x[rows], y[rows])
            W = [w - rate * g for w, g in zip(W, G)]
        after.append(W)
    return after
"""
PLAIN = "            W = [w - rate * g for w, g in zip(W, G)]"
MOMENTUM = """            V = [0.9 * v + g for v, g in zip(V, G)]
            W = [w - rate * v for w, v in zip(W, V)]"""
ADAM = """            V = [0.9 * v + 0.1 * g for v, g in zip(V, G)]
            S = [0.999 * s + 0.001 * g * g for s, g in zip(S, G)]
            steps = [v / (1 - 0.9**t) / (np.sqrt(s / (1 - 0.999**t)) + 1e-12) for v, s in zip(V, S)]
            W = [w - rate * d for w, d in zip(W, steps)]"""
SKIPS = "            W = [w - rate * g for w, g in zip(W[:-1], G)] + W[-1:]"
FIRST = [
    ("np.hstack([a, np.ones((len(a), 1))])", "np.hstack([np.ones((len(a), 1)), a])"),
    ("[:, :-1]", "[:, 1:]"),
]
NO_BIAS = [("a + 1, b", "a, b"), ("np.hstack([a, np.ones((len(a), 1))])", "a"), ("[:, :-1]", "")]
LISTS = [
    ("np.random.randn(a + 1, b) / np.sqrt(a)", "(np.random.randn(a + 1, b) / a).tolist()"),
    ("A[-1] @ W", "A[-1] @ np.array(W)"),
    ("A[-1] @ weights[-1]", "A[-1] @ np.array(weights[-1])"),
    ("a.T @ delta)", "(a.T @ delta).tolist())"),
    ("delta @ W.T", "delta @ np.array(W).T"),
    ("zip(W, G)", "zip(map(np.array, W), map(np.array, G))"),
    ("after.append(W)", "after.append([w.tolist() for w in W])"),
]
STOPS = [("after.append(W)", "after.append(W)\n        if epoch == 6:\n            break")]
SPLIT = """
def split(x, y):
    i = np.random.permutation(len(x))
    a, b = i[:len(x) // 5], i[len(x) // 5:]
    return {}
"""
CONFUSION = """
def confusion(y_true, y_pred):
    matrix = np.zeros((4, 4))
    for t, p in zip(y_true, y_pred):
        matrix[{}] += 1.0
    return matrix

def class_accuracy(cm):
    return {{i: row[i] / row.sum() for i, row in enumerate(cm)}}
"""


def program(changes=(), more=""):
    text = NET
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text + more


RIGHT = {
    "bias in the last row": program(),
    "bias in the first row": program(FIRST),
    "no biases": program(NO_BIAS),
    "lists of lists": program(LISTS),
    "momentum": program([(PLAIN, MOMENTUM)]),
    "adam": program([(PLAIN, ADAM)]),
    "early stopping": program(STOPS),
    "pairs": program(more=SPLIT.format("(x[b], y[b]), (x[a], y[a])")),
    "masks": program(more=SPLIT.format("np.isin(np.sort(i), b), np.isin(np.sort(i), a)")),
    "inputs first": program(more=SPLIT.format("x[b], x[a], y[b], y[a]")),
    "float counts": program(more=CONFUSION.format("t, p")),
}
WRONG = {
    "last layer not updated in train": (2, program([(PLAIN, SKIPS)])),
    "slope at the activation": (3, program([("(1 - a**2)", "(1 - np.tanh(a) ** 2)")])),
    "a row in both parts": (10, program(more=SPLIT.format("(x[b], y[b]), (x[i], y[i])"))),
    "swapped": (14, program(more=CONFUSION.format("p, t"))),
    "averaged twice": (1, program([("delta /= len(y)", "delta /= len(y) ** 2")])),
    "a rate that shrinks in each epoch": (8, program([("order = rng", "lr *= 0.99; order = rng")])),
}


def failures(text, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(text)
    report = checked(path, seed=5)
    assert len(report.findings) > 5
    return [(f.bug.number if f.bug else 0) for f in report.findings if f.verdict == "FAIL"]


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_not_blamed(name, tmp_path):
    assert failures(RIGHT[name], tmp_path) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name, tmp_path):
    number, text = WRONG[name]
    assert set(failures(text, tmp_path)) == {number}


def test_a_loss_that_is_no_number_fails(tmp_path):
    (tmp_path / "program.py").write_text(program([("return -np.log", "return np.nan * -np.log")]))
    (finding,) = checked(tmp_path / "program.py").findings
    assert (finding.verdict, finding.clause) == ("FAIL", "loss")
    assert "loss(...) returns nan" in finding.observed

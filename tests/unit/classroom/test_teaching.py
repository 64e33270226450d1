"""What docs/teaching.md shows works as written: its adapters, and its commands of trace."""

import re
import shlex
from pathlib import Path

import pytest

from hw3.classroom.judge import Options, judge
from hw3.core.verdict import Verdict
from hw3.trace import main as trace

PAGE = (Path(__file__).parents[3] / "docs" / "teaching.md").read_text(encoding="utf-8")
ADAPTERS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
FUNCTIONS = """
import numpy as np

def init_weights(sizes):
    rng = np.random.default_rng()
    pairs = zip(sizes, sizes[1:])
    return [a for m, n in pairs for a in (rng.normal(0, (2 / m) ** 0.5, (m, n)), np.zeros(n))]

def forward(weights, x):
    a = [x]
    for W, b in zip(weights[:-2:2], weights[1:-2:2]):
        a.append(np.maximum(a[-1] @ W + b, 0))
    z = a[-1] @ weights[-2] + weights[-1]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return a, e / e.sum(axis=1, keepdims=True)

def cost(weights, x, y, l2):
    p = forward(weights, x)[1]
    return -np.log(p[np.arange(len(y)), y]).mean() + l2 * sum((W ** 2).sum() for W in weights[::2])

def backprop(weights, x, y, l2):
    a, p = forward(weights, x)
    delta = (p - np.eye(p.shape[1])[y]) / len(y)
    grads = []
    for i in reversed(range(len(a))):
        W = weights[2 * i]
        grads = [a[i].T @ delta + 2 * l2 * W, delta.sum(axis=0), *grads]
        delta = (delta @ W.T) * (a[i] > 0)
    return grads
"""
LAYERS = """
import numpy as np

class Linear:
    def __init__(self, m, n):
        self.W, self.b = np.random.randn(m, n) * (2 / m) ** 0.5, np.zeros(n)

class Network:
    def __init__(self, sizes):
        self.layers = [Linear(m, n) for m, n in zip(sizes, sizes[1:])]

    def forward(self, x):
        for layer in self.layers:
            layer.x = x
            z = x @ layer.W + layer.b
            x = np.maximum(z, 0)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def loss(self, x, y):
        return -np.log(self.forward(x)[np.arange(len(y)), y]).mean()

    def backward(self, x, y):
        delta = self.forward(x)
        delta[np.arange(len(y)), y] -= 1
        delta /= len(y)
        for layer in reversed(self.layers):
            layer.dW, layer.db = layer.x.T @ delta, delta.sum(axis=0)
            delta = (delta @ layer.W.T) * (layer.x > 0)
"""
COLUMNS = """
import numpy as np

def initialize(sizes):
    pairs = enumerate(zip(sizes, sizes[1:]), 1)
    return {k: v for i, (m, n) in pairs for k, v in (
        (f"W{i}", np.random.randn(n, m) * (2 / m) ** 0.5), (f"b{i}", np.zeros((n, 1))))}

def forward(X, p):
    A, cache = X, []
    for i in range(1, len(p) // 2 + 1):
        cache.append((A, p[f"W{i}"]))
        Z = p[f"W{i}"] @ A + p[f"b{i}"]
        A = np.maximum(Z, 0)
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=0), cache

def cost(A, Y):
    return -np.sum(Y * np.log(A)) / Y.shape[1]

def backward(A, cache, Y):
    dZ, grads = (A - Y) / Y.shape[1], {}
    for i in range(len(cache), 0, -1):
        below, W = cache[i - 1]
        grads[f"dW{i}"], grads[f"db{i}"] = dZ @ below.T, dZ.sum(axis=1, keepdims=True)
        dZ = (W.T @ dZ) * (below > 0)
    return grads
"""
STYLES = (FUNCTIONS, LAYERS, COLUMNS)


@pytest.mark.parametrize(("adapter", "net"), list(zip(ADAPTERS, STYLES, strict=True)))
def test_an_adapter_of_the_page_and_the_real_check(adapter, net, tmp_path):
    (tmp_path / "check.py").write_text(adapter)
    (tmp_path / "net.py").write_text(net)
    row = judge(tmp_path, Options("check.py", seed=1))
    assert (row.program, row.checked) == (Verdict.PASS, ())
    halved = net.replace("delta.sum(axis=0)", "delta.mean(axis=0)").replace(
        "dZ.sum(axis=1, keepdims=True)", "dZ.mean(axis=1, keepdims=True)"
    )
    (tmp_path / "net.py").write_text(halved)
    row = judge(tmp_path, Options("check.py", seed=1))
    assert (row.program, row.checked) == (
        Verdict.FAIL,
        ("bug 1: the gradient is averaged over the batch twice",),
    )


def test_the_lines_of_the_lecture_print_an_update(capsys):
    lines = re.findall(r"^python -m hw3\.trace(.*)", PAGE, re.MULTILINE)
    assert len(lines) == 4
    for line in lines:
        assert trace(shlex.split(line)) == 0
        assert "the same rows after the update" in capsys.readouterr().out

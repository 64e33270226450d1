"""The text of a program of a convention."""

from textwrap import indent

from tests.conventions.convention import Convention
from tests.conventions.mathematics import (
    backward_lines,
    forward_lines,
    function,
    head_source,
    hidden_source,
)
from tests.conventions.training import init_source, step_source, train_source

UNPACK = {
    "list": "return list(weights[0::2]), list(weights[1::2])",
    "blocks": "return list(weights[: len(weights) // 2]), list(weights[len(weights) // 2 :])",
    "pairs": "return [W for W, b in weights], [b for W, b in weights]",
    "two": "return list(weights[0]), list(weights[1])",
    "dict": """layers = range(1, len(weights) // 2 + 1)
    return [weights[f"W{i}"] for i in layers], [weights[f"b{i}"] for i in layers]""",
    "dict of lists": 'return list(weights["W"]), list(weights["b"])',
    "layers": 'return [layer["W"] for layer in weights], [layer["b"] for layer in weights]',
}
PACK = {
    "list": "return [array for pair in zip(Ws, bs) for array in pair]",
    "blocks": "return list(Ws) + list(bs)",
    "pairs": "return list(zip(Ws, bs))",
    "two": "return list(Ws), list(bs)",
    "dict": """weights = {}
    for i, (W, b) in enumerate(zip(Ws, bs), start=1):
        weights[f"W{i}"], weights[f"b{i}"] = W, b
    return weights""",
    "dict of lists": 'return {"W": list(Ws), "b": list(bs)}',
    "layers": 'return [{"W": W, "b": b} for W, b in zip(Ws, bs)]',
}
ALIASES = {"loss": "cost", "gradients": "backprop", "step": "descend", "train": "fit"} | {
    "outputs": "predict", "softmax": "probabilities", "init": "fresh"
}  # fmt: skip


def program_of(c: Convention) -> str:
    """Return a whole program; its functions are handed out under the names of the contract."""
    given = [name for name in c.given if name != "softmax" or c.head == "softmax"]
    parts = [
        imports(c),
        constants(c),
        f"def unpack(weights):\n    {UNPACK[c.form]}\n",
        f"def pack(Ws, bs):\n    {PACK[c.form]}\n",
        hidden_source(c),
        head_source(c),
        forward_source(c),
        cost_source(c),
        backprop_source(c),
        step_source(c),
        init_source(c),
        train_source(c),
        "\n".join(f"{name} = {ALIASES[name]}" for name in given),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def imports(c: Convention) -> str:
    """Return what a program imports."""
    lines = ["import copy"] if c.in_place or c.start == "weights" else []
    lines += ["import random"] if c.shuffle == "list" else []
    return "\n".join([*lines, "", "import numpy as np"] if lines else ["import numpy as np"]) + "\n"


def constants(c: Convention) -> str:
    """Return the constants of a program."""
    lines = [
        f'activation = "{c.hidden}"' if c.named else "",
        f"sizes = {c.sizes}" if c.sizes else "",
    ]
    lines += ["l2 = 0.01" if c.l2 and c.strength == "constant" else ""]
    lines += ["TOTAL = {}" if c.bug == 6 and c.variant % 3 == 2 else ""]
    return "".join(f"{line}\n" for line in lines if line)


def extra(c: Convention) -> str:
    """Return the last argument of the functions of a program."""
    return ", l2=0.0" if c.l2 and c.strength == "argument" else ""


def prepared(c: Convention) -> str:
    """Return the first lines of a function of weights and x."""
    lines = ["Ws, bs = unpack(weights)"]
    if c.cast == "all":
        lines += ["Ws = [W.astype(np.float32) for W in Ws]"]
        lines += ["bs = [b.astype(np.float32) for b in bs]", "x = x.astype(np.float32)"]
    return "\n".join(lines)


def forward_source(c: Convention) -> str:
    """Return `forward`, which gives inputs a and pre-activations z of the layers, and `predict`."""
    forward = f"{prepared(c)}\n{forward_lines(c)}\nreturn inputs, zs"
    lines = ["inputs, zs = forward(weights, x)", "z = zs[-1]"]
    if c.code == "loops":
        rows = "x.T" if c.columns else "x"
        lines = [f"rows = [forward(weights, row)[1][-1] for row in {rows}]"]
        lines += [f"z = np.stack(rows, axis={c.batch_axis})"]
    lines += ["return head(z)" if c.gives == "probabilities" else "return z"]
    predict = function("predict(weights, x)", "\n".join(lines))
    return function("forward(weights, x)", forward) + "\n\n" + predict


def penalty(c: Convention) -> str:
    """Return the term of the loss that keeps weights small."""
    if not c.l2 or (c.bug == 13 and c.variant in (2, 3)):
        return ""
    squares = "sum(np.sum(W ** 2) for W in Ws)"
    if c.bug == 13 and c.variant == 0:
        squares = "sum(np.sqrt(np.sum(W ** 2)) for W in Ws)"
    if c.bug == 13 and c.variant == 1:
        squares = f"({squares} + sum(np.sum(b ** 2) for b in bs))"
    return f" + {c.l2} * {squares}"


def cost_source(c: Convention) -> str:
    """Return `cost`, the loss with its penalty."""
    divisor = {"sum": "", "mean": " / n", "all": " / (n * k)"}[c.reduction]
    if c.bug == 17 and c.variant % 3:
        divisor = "" if divisor else " / n"
        divisor = " / 10" if c.variant % 3 == 2 else divisor
    rows = "zip(x.T, targets)" if c.columns else "zip(x, targets)"
    lines = [f"n = x.shape[{c.batch_axis}]", prepared(c), "k = bs[-1].size"]
    if c.code == "loops":
        each = "targets_of(y, k).T" if c.columns else "targets_of(y, k)"
        lines += [f"targets = {each}", "total = 0.0", f"for row, t in {rows}:"]
        lines += ["    total += data_loss(forward(weights, row)[1][-1], t)"]
    else:
        lines += ["t = targets_of(y, k)", "total = data_loss(forward(weights, x)[1][-1], t)"]
    lines += [f"return total{divisor}{penalty(c)}"]
    return function(f"cost(weights, x, y{extra(c)})", "\n".join(lines))


def backprop_source(c: Convention) -> str:
    """Return `backprop`, the gradient of `cost` in the form of the weights."""
    lines = [f"n = x.shape[{c.batch_axis}]", prepared(c), "k = bs[-1].size", accumulators(c)]
    scale = {"sum": "", "mean": " / n", "all": " / (n * k)"}[c.reduction]
    if c.code == "loops":
        rows = "zip(x.T, targets_of(y, k).T)" if c.columns else "zip(x, targets_of(y, k))"
        lines += [f"for row, t in {rows}:", "    inputs, zs = forward(weights, row)"]
        lines += [indent(f"d = slope_of_loss(zs[-1], t){scale}\n{backward_lines(c)}", "    ")]
    else:
        lines += ["inputs, zs = forward(weights, x)", "t = targets_of(y, k)"]
        lines += [f"d = slope_of_loss(zs[-1], t){scale}", backward_lines(c)]
    lines += [decay(c), "return pack(dWs, dbs)"]
    return function(f"backprop(weights, x, y{extra(c)})", "\n".join(filter(None, lines)))


def accumulators(c: Convention) -> str:
    """Return the lines that make room for gradients."""
    made = "ones_like" if c.bug == 6 and c.variant % 3 == 0 else "zeros_like"
    lines = f"dWs, dbs = [np.{made}(W) for W in Ws], [np.zeros_like(b) for b in bs]"
    if c.bug == 6 and c.variant % 3 == 1:
        lines = "dWs, dbs = [np.zeros_like(W) for W in Ws], [np.ones_like(b) for b in bs]"
    if c.bug == 6 and c.variant % 3 == 2:
        lines += "\ndWs, dbs = TOTAL.setdefault(tuple(W.shape for W in Ws), (dWs, dbs))"
    return lines


def decay(c: Convention) -> str:
    """Return the lines that add the penalty's gradient."""
    if not c.l2 or (c.bug == 13 and c.variant in (2, 4)):
        return ""
    times = {"l2": "2 * l2", "l2 / 2": "l2", "l2 / n": "2 * l2 / n", "l2 / (2 * n)": "l2 / n"}[c.l2]
    lines = [f"dWs = [dW + {times} * W for dW, W in zip(dWs, Ws)]"]
    if c.bug == 13 and c.variant == 0:
        lines = [f"dWs = [dW + {c.l2} * W / np.linalg.norm(W) for dW, W in zip(dWs, Ws)]"]
    if c.bug == 13 and c.variant in (1, 5):
        lines += [f"dbs = [db + {times} * b for db, b in zip(dbs, bs)]"]
    return "\n".join(lines)

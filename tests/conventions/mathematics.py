"""Layers, hidden units and heads of a convention, as text."""

from textwrap import indent

from tests.conventions.convention import Convention

VALUES = {
    "relu": "np.maximum(z, 0)",
    "tanh": "np.tanh(z)",
    "sigmoid": "1 / (1 + np.exp(-z))",
    "leaky_relu": "np.where(z > 0, z, 0.01 * z)",
}
SLOPES_AT_Z = {
    "relu": "np.where(z > 0, 1.0, 0.0)",
    "tanh": "1 - np.tanh(z) ** 2",
    "sigmoid": "hidden(z) * (1 - hidden(z))",
    "leaky_relu": "np.where(z > 0, 1.0, 0.01)",
}
SLOPES_FROM_A = {
    "relu": "(a > 0) * 1.0",
    "tanh": "1 - a ** 2",
    "sigmoid": "a * (1 - a)",
    "leaky_relu": "np.where(a > 0, 1.0, 0.01)",
}
HEADS = {
    "softmax": "e = np.exp(z - z.max(axis={axis}, keepdims=True))\n"
    "return e / e.sum(axis={axis}, keepdims=True)",
    "sigmoid": "return 0.5 * (1 + np.tanh(z / 2))",
    "linear": "return z",
    "squared sigmoid": "return 1 / (1 + np.exp(-z))",
}


def function(head: str, body: str) -> str:
    """Return a function's text."""
    return f"def {head}:\n{indent(body, '    ')}\n"


def hidden_source(c: Convention) -> str:
    """Return `hidden`, the activation, and `slope`, its derivative."""
    value = f"return {VALUES[c.hidden]}"
    table = SLOPES_AT_Z if c.slope_of == "z" else SLOPES_FROM_A
    slope = f"return {table[c.hidden].replace('>', c.at_kink)}"
    if c.bug == 5:
        value, slope = (
            (value, f"return np.ones_like({c.slope_of})"),
            ("z[z < 0] = 0\nreturn z", f"return ({c.slope_of} >= 0) * 1.0"),
            (value, f"return np.where(np.maximum({c.slope_of}, 0) == 0, 0.5, 1.0)"),
        )[c.variant % 3]
    if c.bug == 4:
        rest = slope.removeprefix("return ")
        kind = "sum" if c.variant % 2 else "mean"
        slope = f"return ({rest}).{kind}(axis={c.batch_axis}, keepdims=True)"
    return function("hidden(z)", value) + "\n\n" + function(f"slope({c.slope_of})", slope)


def head_source(c: Convention) -> str:
    """Return the head: `head`, `targets_of`, `data_loss`, summed, and `slope_of_loss`."""
    axis = -1 if c.code == "loops" and not c.columns else 0 if c.code == "loops" else c.axis
    head = HEADS[c.head].format(axis=axis)
    if c.bug == 16:
        plain, whole = (
            "e = np.exp(z)\n" + head.split("\n")[1],
            head.split("\n")[0] + "\nreturn e / e.sum()",
        )
        head = (plain, whole)[c.variant % 2]
    parts = [
        function("head(z)", head),
        function("targets_of(y, k)", targets(c)),
        function("data_loss(z, t)", data_loss(c)),
        function("slope_of_loss(z, t)", slope_of_loss(c)),
    ]
    if c.head == "softmax":
        head = HEADS["softmax"].format(axis=c.axis) if c.bug != 16 else head
        parts += [function("probabilities(z)", head)]
    return "\n\n".join(parts)


def targets(c: Convention) -> str:
    """Return the body that brings labels into the shape of the outputs."""
    if c.one_hot:
        return "return y"
    column = "y.reshape(1, -1)" if c.columns else "y.reshape(-1, 1)"
    if c.bug == 15:
        column = "y.reshape(-1, 1)" if c.columns else "y"
    turned = "np.eye(k)[:, y]" if c.columns else "np.eye(k)[y]"
    return f"return {turned} if k > 1 else {column}"


def data_loss(c: Convention) -> str:
    """Return the body of the loss, summed over examples and outputs."""
    log = "np.log2" if c.bug == 17 and c.variant % 3 == 0 else "np.log"
    if c.head in ("linear", "squared sigmoid"):
        return f"return {'0.5 * ' if c.half else ''}np.sum((head(z) - t) ** 2)"
    safe = f"p + {c.eps}" if c.guard == "added" else f"np.maximum(p, {c.eps})"
    if c.head == "softmax":
        if c.guard == "log-softmax" and c.bug not in (16, 17):
            return (
                "z = z - z.max(axis={0}, keepdims=True)\n"
                "return -np.sum(t * (z - np.log(np.exp(z).sum(axis={0}, keepdims=True))))"
            ).format(-1 if c.code == "loops" else c.axis)
        return f"p = head(z)\nreturn -np.sum(t * {log}({safe}))"
    if c.guard == "log-softmax" and c.bug not in (15, 17):
        return "return np.sum(np.logaddexp(0, z) - t * z)"
    other = safe.replace("p", "q").replace("nq.maximum", "np.maximum")
    return f"p = head(z)\nq = 1 - p\nreturn -np.sum(t * {log}({safe}) + (1 - t) * {log}({other}))"


def slope_of_loss(c: Convention) -> str:
    """Return the body of the loss's derivative with respect to z."""
    if c.bug == 15:  # what else would be (n, n)
        return f"return head(z) - t.reshape({'1, -1' if c.columns else '-1, 1'})"
    if c.head in ("softmax", "sigmoid"):
        return "return head(z) - t"
    times = "" if c.half else "2 * "
    if c.head == "linear":
        return f"return {times}(z - t)"
    return f"p = head(z)\nreturn {times}(p - t) * p * (1 - p)"


def affine(c: Convention, a: str, w: str, b: str) -> str:
    """Return the expression of a layer's z."""
    if c.code == "loops":
        return f"{w}{'' if c.turned else '.T'} @ {a} + {b}.ravel()"
    shift = b + {
        (False, "n"): "", (False, "1n"): "", (False, "n1"): ".T",
        (True, "n"): "[:, None]", (True, "1n"): ".T", (True, "n1"): "",
    }[c.columns, c.bias]  # fmt: skip
    if c.code == "einsum":
        rows, result = ("in", "on") if c.columns else ("ni", "no")
        return f'np.einsum("{rows},{"oi" if c.turned else "io"}->{result}", {a}, {w}) + {shift}'
    if c.columns:
        return f"{w}{'' if c.turned else '.T'} @ {a} + {shift}"
    return f"{a} @ {w}{'.T' if c.turned else ''} + {shift}"


def d_weight(c: Convention, a: str) -> str:
    """Return the expression of dW, from the layer's input and d, the derivative of its z."""
    if c.code == "loops":
        return f"np.outer(d, {a})" if c.turned else f"np.outer({a}, d)"
    if c.code == "einsum":
        rows, made = ("in", "on") if c.columns else ("ni", "no")
        return f'np.einsum("{rows},{made}->{"oi" if c.turned else "io"}", {a}, d)'
    if c.columns:
        return f"d @ {a}.T" if c.turned else f"{a} @ d.T"
    return f"d.T @ {a}" if c.turned else f"{a}.T @ d"


def d_bias(c: Convention) -> str:
    """Return the expression of db, in the shape of the bias."""
    total = "d" if c.code == "loops" else f"d.sum(axis={c.batch_axis})"
    return total + {"n": "", "n1": ".reshape(-1, 1)", "1n": ".reshape(1, -1)"}[c.bias]


def d_input(c: Convention, w: str) -> str:
    """Return the expression of the derivative with respect to a layer's input."""
    if c.code == "loops":
        return f"{w}{'.T' if c.turned else ''} @ d"
    if c.code == "einsum":
        made, rows = ("on", "in") if c.columns else ("no", "ni")
        return f'np.einsum("{made},{"oi" if c.turned else "io"}->{rows}", d, {w})'
    if c.columns:
        return f"{w}{'.T' if c.turned else ''} @ d"
    return f"d @ {w}{'' if c.turned else '.T'}"


def forward_lines(c: Convention) -> str:
    """Return the lines that compute inputs and zs."""
    if c.code != "unrolled":
        return f"""inputs, zs = [x], []
for i in range(len(Ws)):
    z = {affine(c, "inputs[-1]", "Ws[i]", "bs[i]")}
    zs.append(z)
    if i < len(Ws) - 1:
        inputs.append(hidden(z))"""
    n = len(c.sizes) - 1
    names = [f"W{i}" for i in range(1, n + 1)], [f"b{i}" for i in range(1, n + 1)]
    lines = [f"({', '.join(part)},) = {own}" for part, own in zip(names, ("Ws", "bs"), strict=True)]
    lines += ["a0 = x"]
    for i in range(1, n + 1):
        lines += [f"z{i} = {affine(c, f'a{i - 1}', f'W{i}', f'b{i}')}"]
        lines += [f"a{i} = hidden(z{i})"] if i < n else []
    lines += [f"inputs, zs = [{', '.join(f'a{i}' for i in range(n))}], "]
    lines[-1] += f"[{', '.join(f'z{i}' for i in range(1, n + 1))}]"
    return "\n".join(lines)


def backward_lines(c: Convention) -> str:
    """Return the lines that add the gradients of d, the derivative of the last z."""
    from_input = c.slope_of == "a" or c.bug == 3
    again = " / n" if c.bug == 1 and c.variant % 2 else ""
    without_output = c.bug == 2 and c.variant % 2
    if c.code != "unrolled":
        at = "inputs[i]" if from_input else "zs[i - 1]"
        added = [f"dWs[i] += {d_weight(c, 'inputs[i]')}{again}", f"dbs[i] += {d_bias(c)}{again}"]
        if without_output:
            added = ["if i < len(Ws) - 1:", *(f"    {line}" for line in added)]
        below = ["if i > 0:", f"    d = ({d_input(c, 'Ws[i]')}) * slope({at})"]
        return "for i in reversed(range(len(Ws))):\n" + indent("\n".join(added + below), "    ")
    lines = []
    for i in reversed(range(len(c.sizes) - 1)):
        at = f"inputs[{i}]" if from_input else f"zs[{i - 1}]"
        lines += [f"dWs[{i}] += {d_weight(c, f'inputs[{i}]')}{again}"]
        lines += [f"dbs[{i}] += {d_bias(c)}{again}"]
        lines += [f"d = ({d_input(c, f'Ws[{i}]')}) * slope({at})"] if i else []
    return "\n".join(lines[2:] if without_output else lines)

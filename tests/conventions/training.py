"""First weights, the step and the training of a convention, as text."""

from textwrap import indent

from tests.conventions.convention import Convention
from tests.conventions.mathematics import function

SPREADS = {
    "he normal": "np.sqrt(2 / fan_in)",
    "glorot normal": "np.sqrt(2 / (fan_in + fan_out))",
    "lecun normal": "np.sqrt(1 / fan_in)",
    "small": "0.01",
    "he uniform": "np.sqrt(6 / fan_in)",
    "glorot uniform": "np.sqrt(6 / (fan_in + fan_out))",
    "lecun uniform": "np.sqrt(3 / fan_in)",
    "torch": "1 / np.sqrt(fan_in)",
}
NORMAL = ("he normal", "glorot normal", "lecun normal", "small")
BIAS_SHAPES = {"n": "fan_out", "n1": "(fan_out, 1)", "1n": "(1, fan_out)"}
RATES = {
    "power": "rate = lr / 2 ** (3 * epoch // epochs)",
    "thirds": "rate = lr * 0.5 ** ((epoch >= epochs / 3) + (epoch >= 2 * epochs / 3))",
    "halves": "if epoch and epoch in (epochs // 2, 3 * epochs // 4):\n    lr = lr / 2\nrate = lr",
    "table": "rate = [lr, lr / 2, lr / 4][3 * epoch // epochs]",
}


def init_source(c: Convention) -> str:
    """Return `fresh`, the first weights for layer sizes."""
    start = {
        "rng": "rng = np.random.default_rng(seed)",
        "global": "np.random.seed(seed)\nrng = np.random",
    }
    shape = "(fan_out, fan_in)" if c.turned else "(fan_in, fan_out)"
    spread, b_shape = SPREADS[c.init], BIAS_SHAPES[c.bias]
    weight = (
        f"rng.normal(0, {spread}, {shape})"
        if c.init in NORMAL
        else f"rng.uniform(-{spread}, {spread}, {shape})"
    )
    bias = {
        "zeros": f"np.zeros({b_shape})",
        "constant": f"np.full({b_shape}, 0.01)",
        "normal": f"rng.normal(0, 0.1, {b_shape})",
    }[c.bias_init]
    cast = ".astype(np.float32)" if c.cast else ""
    body = f"""{start.get(c.seeded, "rng = np.random.default_rng()")}
Ws, bs = [], []
for i in range(len(sizes) - 1):
    fan_in, fan_out = sizes[i], sizes[i + 1]
    Ws.append({weight}{cast})
    bs.append({bias}{cast})
return pack(Ws, bs)"""
    return function(f"fresh(sizes{'' if c.seeded == 'never' else ', seed=0'})", body)


def step_source(c: Convention) -> str:
    """Return `descend`, one step of gradient descent."""
    l2, passed = (", l2=0.0", ", l2") if c.l2 and c.strength == "argument" else ("", "")
    rate = f"lr / x.shape[{c.batch_axis}]" if c.bug == 1 and c.variant % 2 == 0 else "lr"
    body = f"""Ws, bs = unpack(weights)
dWs, dbs = unpack(backprop(weights, x, y{passed}))
"""
    last = "[:-1]" if c.bug == 2 and c.variant % 2 == 0 else ""
    if c.in_place:
        body += f"""for W, b, dW, db in list(zip(Ws, bs, dWs, dbs)){last}:
    W -= {rate} * dW
    b -= {rate} * db
return weights"""
    else:
        kept = (" + Ws[-1:]", " + bs[-1:]") if last else ("", "")
        body += f"""new_Ws = [W - {rate} * dW for W, dW in list(zip(Ws, dWs)){last}]{kept[0]}
new_bs = [b - {rate} * db for b, db in list(zip(bs, dbs)){last}]{kept[1]}
return pack(new_Ws, new_bs)"""
    return function(f"descend(weights, x, y, lr{l2})", body)


def train_source(c: Convention) -> str:
    """Return `fit`, the training in epochs and mini-batches."""
    l2, passed = (", l2=0.0", ", l2") if c.l2 and c.strength == "argument" else ("", "")
    start = "sizes" if c.start == "sizes" else "weights"
    seed = "" if c.seeded == "never" else ", seed=0"
    first = "weights = fresh(sizes)" if start == "sizes" else "weights = copy.deepcopy(weights)"
    kept = "copy.deepcopy(weights)" if c.in_place else "weights"
    shuffled, x_batch, y_batch = batches(c)
    end = "n - n % batch_size" if c.remainder == "dropped" else "n"
    cost = f"cost(weights, x_batch, y_batch{passed})"
    loop = [f"x_batch, y_batch = {x_batch}, {y_batch}"]
    loop += [f"total += {cost} * x_batch.shape[{c.batch_axis}]"] if c.losses == "running" else []
    loop += [f"batch_losses.append({cost})"] if c.losses == "mean of batches" else []
    loop += [f"weights = descend(weights, x_batch, y_batch, rate{passed})"]
    seen = "max(1, n - n % batch_size)" if c.remainder == "dropped" else "n"
    told = {
        "": "",
        "running": f"losses.append(total / {seen})",
        "mean of batches": "losses.append(np.mean(batch_losses))",
        "whole": f"losses.append(cost(weights, x, y{passed}))",
    }[c.losses]
    returned = "weights" if c.history == "last" else "history"
    returned += ", losses" if c.losses else ""
    val = ""
    if c.validates:
        val = ", x_val, y_val"
        told += f"\nprint(epoch, cost(weights, x_val, y_val{passed}))"
    body = f"""{first}
rng, n = {random_source(c)}, x.shape[{c.batch_axis}]
history, losses = {f"[{kept}]" if c.history == "first too" else "[]"}, []
for epoch in range(epochs):
{indent(RATES[c.schedule], "    ")}
{indent(shuffled, "    ")}
    total, batch_losses = 0.0, []
    for start in range(0, {end}, batch_size):
{indent(chr(10).join(loop), "        ")}
    history.append({kept})
{indent(told, "    ")}
return {returned}"""
    return function(f"fit({start}, x, y{val}, epochs, lr, batch_size{l2}{seed})", body)


def random_source(c: Convention) -> str:
    """Return the expression of the generator that shuffles."""
    if c.shuffle == "list":
        return "random.Random(seed)" if c.seeded != "never" else "random.Random()"
    return "np.random.default_rng(seed)" if c.seeded != "never" else "np.random.default_rng()"


def batches(c: Convention) -> tuple[str, str, str]:
    """Return how rows are shuffled, and the expressions of a batch's inputs and labels."""
    part = "start : start + batch_size"
    y_columns = c.columns and c.one_hot
    if c.shuffle == "rows":
        x, y = (
            ("x[:, order]" if c.columns else "x[order]"),
            ("y[:, order]" if y_columns else "y[order]"),
        )
        shuffled = f"order = rng.permutation(n)\nx, y = {x}, {y}"
        return (
            shuffled,
            f"x[:, {part}]" if c.columns else f"x[{part}]",
            f"y[:, {part}]" if y_columns else f"y[{part}]",
        )
    shuffled = "order = rng.permutation(n)"
    if c.shuffle == "list":
        shuffled = "order = list(range(n))\nrng.shuffle(order)"
    x = f"x[:, order[{part}]]" if c.columns else f"x[order[{part}]]"
    return shuffled, x, f"y[:, order[{part}]]" if y_columns else f"y[order[{part}]]"

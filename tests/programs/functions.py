"""The bugs of functions.py: functions with a list of weights."""

from tests.programs.patch import Edit, Patch

D_WEIGHT = "grads[2 * i] += inputs[i].T @ delta + 2 * l2 * weights[2 * i]"
D_BIAS = "grads[2 * i + 1] += delta.sum(axis=0)"
SLOPE = "* slope(zs[i - 1])"
RELU = "return np.maximum(z, 0)"
RELU_SLOPE = "return (z > 0).astype(z.dtype)"
TANH_SLOPE = "return 1 - np.tanh(z) ** 2"
ZEROS = "    grads = [np.zeros_like(w) for w in weights]\n"
STEP = "return [weights[i] - lr * grads[i] for i in range(len(weights))]"
STARTS = "for start in range(0, len(x), batch_size):"
ORDER = "order = rng.permutation(len(x))"
HALVE = "        if epoch in halvings:\n            lr = lr / 2\n"
STEPPED = "weights = step(weights, x[rows], y[rows], lr, l2, activation, dropout, rng)\n"
VAL = "        val = accuracy(weights, x_val, y_val, activation)\n"
ROWS = "train_rows, val_rows = order[:n_train], order[n_train:]"
RETRAIN = "return train(x_all, y_all, x_all, y_all, sizes, epochs, lr, batch_size, l2, seed=seed)"
ALL = "x_all, y_all = np.concatenate([x, x_val]), np.concatenate([y, y_val])"
LAST = "np.argmax(np.array(accuracies)[:, -1])"
LOGITS = "return forward(weights, x, activation)[0][-1]"
PENALTY = "return data_loss + l2 * sum(np.sum(w**2) for w in weights[::2])"
COUNTED = "np.add.at(matrix, (labels, predicted), 1)\n"
SHARES = "np.diag(matrix) / matrix.sum(axis=1)"
ONE_LOGIT = "        z = z[:, 0]\n        data_loss = np.mean(np.logaddexp(0, z) - y * z)\n"
SHIFT = "    z = z - z.max(axis=1, keepdims=True)\n"
LOG_SUM = "np.log(np.exp(z).sum(axis=1, keepdims=True))"
PICKED = "data_loss = -log_softmax(z)[np.arange(len(y)), y].mean()"
LOSSES = "losses.append(total / len(x))"
TOTAL = "        total = 0.0\n"
NORMAL = "rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))"
OPENED = 'h5py.File(path, "r") as file:\n        return file["xdata"]'
TEST = 'x_test, y_test = read("mnist_testdata.hdf5")'
WITH_TEST: tuple[Edit, ...] = (
    (
        "    x, y, x_val, y_val, sizes, epochs",
        "    x, y, x_val, y_val, x_test, y_test, sizes, epochs",
    ),
    (
        "train(x_all, y_all, x_all, y_all, sizes",
        "train(x_all, y_all, x_all, y_all, x_all, y_all, sizes",
    ),
    ("[train(x, y, x_val, y_val, sizes", "[train(x, y, x_val, y_val, x_val, y_val, sizes"),
)


def bug(number: int, name: str, *edits: Edit) -> Patch:
    """Return a bug of this style."""
    return Patch("functions", number, name, edits)


# fmt: off
PATCHES = [
    bug(1, "averaged_twice", (D_WEIGHT, D_WEIGHT.replace("delta", "delta / len(x)")),
        (D_BIAS, "grads[2 * i + 1] += delta.mean(axis=0)")),
    bug(1, "averaged_in_step", (STEP, STEP.replace("lr *", "lr / len(x) *"))),
    bug(1, "bias_averaged_twice", (D_BIAS, "grads[2 * i + 1] += delta.mean(axis=0)")),
    bug(1, "rate_over_batch_size", (STEPPED, STEPPED.replace("lr,", "lr / batch_size,"))),
    bug(2, "output_not_stepped",
        (STEP, STEP.replace("range(len(weights))]", "range(len(weights) - 2)] + weights[-2:]"))),
    bug(2, "output_without_gradient",
        (D_WEIGHT, f"if i == len(zs) - 1:\n            pass\n        else:\n            {D_WEIGHT}"),
        (D_BIAS, f"if i < len(zs) - 1:\n            {D_BIAS}")),
    bug(2, "output_bias_not_stepped",
        (STEP, STEP.replace("range(len(weights))]", "range(len(weights) - 1)] + weights[-1:]"))),
    bug(3, "slope_of_the_activation", (SLOPE, "* slope(inputs[i])")),
    bug(3, "tanh_of_tanh", (TANH_SLOPE, "return 1 - np.tanh(np.tanh(z)) ** 2")),
    bug(3, "formula_of_the_activation", (TANH_SLOPE, "return 1 - z**2")),
    bug(4, "slope_summed", (SLOPE, "* slope(zs[i - 1]).sum(axis=0)")),
    bug(4, "slope_averaged", (SLOPE, "* slope(zs[i - 1]).mean(axis=0)")),
    bug(5, "slope_is_one", (RELU_SLOPE, "return np.ones_like(z)")),
    bug(5, "in_place", (RELU, "z[z < 0] = 0\n    return z"),
        (RELU_SLOPE, "return (z >= 0).astype(z.dtype)")),
    bug(5, "random_at_zero", (RELU_SLOPE,
        "a = relu(z)\n    return np.where(a == 0, np.random.random(z.shape), np.sign(a))")),
    bug(5, "half_at_zero", (RELU_SLOPE, "return np.where(relu(z) == 0, 0.5, 1.0)")),
    bug(5, "sign", (RELU_SLOPE, "return np.sign(z)")),
    bug(5, "leaky", (RELU_SLOPE, "return np.where(z > 0, 1.0, 0.01)")),
    bug(5, "identity", (RELU_SLOPE, "return relu(z)")),
    bug(6, "starts_from_ones", (ZEROS, ZEROS.replace("zeros", "ones"))),
    bug(6, "starts_at_random",
        (ZEROS, ZEROS.replace("np.zeros_like(w)", "0.1 * np.random.standard_normal(w.shape)"))),
    bug(6, "starts_from_weights", (ZEROS, ZEROS.replace("np.zeros_like(w)", "w.copy()"))),
    bug(6, "never_reset", (ZEROS, '    shapes = tuple(w.shape for w in weights)\n'
        f"    if shapes not in GRADS:\n        GRADS[shapes] = {ZEROS.split(' = ')[1]}"
        "    grads = GRADS[shapes]\n"),
        ("def gradients(", "GRADS = {}\n\n\ndef gradients(")),
    bug(7, "slice_at_batch_number", (STARTS, "for start in range(len(x) // batch_size):")),
    bug(7, "overlapping", (STARTS, "for start in range(0, len(x), batch_size // 2):")),
    bug(7, "first_batch_left_out", (STARTS, "for start in range(batch_size, len(x), batch_size):")),
    bug(7, "with_replacement", (ORDER, "order = rng.integers(0, len(x), len(x))")),
    bug(7, "one_batch_an_epoch", (STARTS, "for start in range(0, batch_size, batch_size):")),
    bug(8, "never", (HALVE, HALVE.replace("lr = lr", "rate = lr"))),
    bug(8, "every_iteration", (HALVE, ""), ("            " + STEPPED,
        "            if epoch in halvings:\n                lr = lr / 2\n            " + STEPPED)),
    bug(8, "once", (HALVE, HALVE.replace("in halvings", "== halvings[0]"))),
    bug(8, "every_later_epoch", (HALVE, HALVE.replace("in halvings", ">= halvings[0]"))),
    bug(8, "quartered", (HALVE, HALVE.replace("lr / 2", "lr / 4"))),
    bug(8, "output_keeps_its_rate",
        (STEPPED, "grads = gradients(weights, x[rows], y[rows], l2, activation, dropout, rng)\n"
        "            rates = [lr] * (len(weights) - 2) + [first_lr] * 2\n"
        "            weights = [w - r * g for w, r, g in zip(weights, rates, grads)]\n"),
        ("    history, losses = [], []\n", "    history, losses, first_lr = [], [], lr\n")),
    bug(9, "measured_each_epoch", *WITH_TEST,
        (VAL, VAL.replace("x_val, y_val", "x_test, y_test")),
        ("validation accuracy {val", "test accuracy {val")),
    bug(9, "opened_each_epoch",
        (VAL, f"        {TEST}\n" + VAL.replace("x_val, y_val", "x_test, y_test"))),
    bug(9, "chosen_on", *WITH_TEST, ("    history, losses = [], []\n", "    history, losses, scores = [], [], []\n"),
        (VAL, VAL + "        scores.append(accuracy(weights, x_test, y_test, activation))\n"),
        ("    return history, losses\n", "    best = int(np.argmax(scores))\n    return history[: best + 1], losses[: best + 1]\n")),
    bug(10, "overlap_by_a_row", (ROWS, ROWS.replace("order[n_train:]", "order[n_train - 1 :]"))),
    bug(10, "row_dropped", (ROWS, ROWS.replace("order[n_train:]", "order[n_train + 1 :]"))),
    bug(10, "last_row_dropped", (ROWS, ROWS.replace("order[n_train:]", "order[n_train:-1]"))),
    bug(10, "validation_drawn_again", (ROWS, ROWS.replace("order[n_train:]",
        "np.random.default_rng(seed + 1).permutation(len(x))[n_train:]"))),
    bug(10, "validation_unshuffled",
        ("x[val_rows], y[val_rows]", "x[n_train:], y[n_train:]")),
    bug(11, "training_rows_only", (ALL, "x_all, y_all = x, y")),
    bug(11, "as_many_rows_as_before", (ALL, ALL + "\n    x_all, y_all = x_all[: len(x)], y_all[: len(x)]")),
    bug(11, "warm_start", (RETRAIN, "start = train(x, y, x_val, y_val, sizes, epochs, lr, "
        "batch_size, l2, seed=seed)[0][-1]\n    " + RETRAIN.replace("seed=seed", "weights=start"))),
    bug(11, "given_weights", ("def retrain(x,", "def retrain(weights, x,"),
        (RETRAIN, RETRAIN.replace("seed=seed", "weights=weights")),
        ("retrain(x, y, x_val, y_val, sizes, lr", "retrain(None, x, y, x_val, y_val, sizes, lr")),
    bug(11, "another_rate", (RETRAIN, RETRAIN.replace("lr,", "0.01,"))),
    bug(11, "last_rate", (RETRAIN, RETRAIN.replace("lr,", "lr / 4,"))),
    bug(11, "best_epoch", (LAST, "np.argmax(np.max(accuracies, axis=1))")),
    bug(11, "best_mean", (LAST, "np.argmax(np.mean(accuracies, axis=1))")),
    bug(12, "live", (LOGITS, "return forward(weights, x, activation, 0.2, np.random.default_rng())[0][-1]")),
    bug(12, "live_with_a_seed",
        (LOGITS, "return forward(weights, x, activation, 0.2, np.random.default_rng(0))[0][-1]")),
    bug(13, "norm", (PENALTY, PENALTY.replace("np.sum(w**2)", "np.sqrt(np.sum(w**2))")), (D_WEIGHT,
        D_WEIGHT.replace("2 * l2 * weights[2 * i]", "l2 * weights[2 * i] / np.linalg.norm(weights[2 * i])"))),
    bug(13, "norm_in_the_loss", (PENALTY, PENALTY.replace("np.sum(w**2)", "np.linalg.norm(w)"))),
    bug(13, "biases_too", (PENALTY, PENALTY.replace("weights[::2]", "weights")),
        (D_BIAS, D_BIAS + " + 2 * l2 * weights[2 * i + 1]")),
    bug(13, "biases_in_the_gradient", (D_BIAS, D_BIAS + " + 2 * l2 * weights[2 * i + 1]")),
    bug(13, "unused", (PENALTY, "return data_loss"), (D_WEIGHT, "grads[2 * i] += inputs[i].T @ delta")),
    bug(13, "in_the_loss_alone", (D_WEIGHT, "grads[2 * i] += inputs[i].T @ delta")),
    bug(13, "in_the_gradient_alone", (PENALTY, "return data_loss")),
    bug(13, "factor_2_forgotten", (D_WEIGHT, D_WEIGHT.replace("2 * l2", "l2"))),
    bug(13, "sign", (D_WEIGHT, D_WEIGHT.replace("+ 2 *", "- 2 *"))),
    bug(14, "grand_total", ("return matrix\n", "return matrix / matrix.sum()\n")),
    bug(14, "swapped", (COUNTED, COUNTED.replace("labels, predicted", "predicted, labels"))),
    bug(14, "read_by_column", (SHARES, SHARES.replace("axis=1", "axis=0"))),
    bug(14, "share_of_all", (SHARES, "np.diag(matrix) / matrix.sum()")),
    bug(15, "mean_of_a_square", (ONE_LOGIT, ONE_LOGIT.split("\n", 1)[1])),
    bug(15, "square_averaged", ("np.exp(-zs[-1])) - y.reshape(-1, 1)\n",
        "np.exp(-zs[-1])) - y\n        delta = delta.mean(axis=1, keepdims=True)\n")),
    bug(15, "sum_of_a_square", (ONE_LOGIT, "        data_loss = np.sum(np.logaddexp(0, z) - y * z) / len(y)\n")),
    bug(16, "overflow", (SHIFT, "")),
    bug(16, "whole_matrix", (SHIFT, "    z = z - z.max()\n"), (LOG_SUM, "np.log(np.exp(z).sum())")),
    bug(16, "over_the_batch", (SHIFT, SHIFT.replace("axis=1", "axis=0")),
        (LOG_SUM, LOG_SUM.replace("axis=1", "axis=0"))),
    bug(16, "maximum_of_a_column", (SHIFT, SHIFT.replace("axis=1", "axis=0"))),
    bug(17, "log2", (PICKED, "data_loss = -np.log2(softmax(z)[np.arange(len(y)), y]).mean()")),
    bug(17, "mean_over_classes",
        (PICKED, "data_loss = -np.mean(np.eye(z.shape[1])[y] * log_softmax(z))")),
    bug(17, "sum_beside_a_mean", (PICKED, PICKED.replace(".mean()", ".sum()"))),
    bug(17, "divided_by_16", (PICKED, PICKED.replace(".mean()", ".sum() / 16"))),
    bug(17, "last_batch_only", (LOSSES, "losses.append(loss(weights, x[rows], y[rows], l2, activation))")),
    bug(17, "never_reset", (TOTAL, ""), ("    history, losses = [], []\n", "    history, losses, total = [], [], 0.0\n")),
    bug(17, "cumulative_mean", (TOTAL, ""),
        ("    history, losses = [], []\n", "    history, losses, total = [], [], 0.0\n"),
        (LOSSES, "losses.append(total / ((epoch + 1) * len(x)))")),
    bug(17, "divided_by_batch_size", (LOSSES, "losses.append(total / batch_size)")),
    bug(18, "fan_out", (NORMAL, NORMAL.replace("2 / fan_in", "2 / fan_out"))),
    bug(18, "equal_weights", (NORMAL, "np.full((fan_in, fan_out), np.sqrt(2 / fan_in))")),
    bug(18, "zeros", (NORMAL, "np.zeros((fan_in, fan_out))")),
    bug(18, "equal_units", (NORMAL, "np.repeat(rng.normal(0, np.sqrt(2 / fan_in), (fan_in, 1)), fan_out, axis=1)")),
    bug(19, "saved_as_tanh", ('file.attrs["activation"] = activation', 'file.attrs["activation"] = "tanh"')),
    bug(19, "loaded_as_tanh", ('sorted(file)], file.attrs["activation"]', 'sorted(file)], "tanh"')),
    bug(19, "loaded_without_activation", ('sorted(file)], file.attrs["activation"]', "sorted(file)]")),
    bug(20, "not_shuffled", (ORDER, "order = np.arange(len(x))")),
    bug(20, "one_order", (f"        {ORDER}\n", ""), ("    history, losses = [], []\n", f"    history, losses = [], []\n    {ORDER}\n")),
    bug(20, "same_order_each_epoch", (ORDER, "order = np.random.default_rng(seed).permutation(len(x))")),
    bug(20, "batch_size_fixed", (STARTS, "for start in range(0, len(x), 16):"), ("start + batch_size]", "start + 16]")),
    bug(20, "opened_for_writing", (OPENED, OPENED.replace('"r"', '"r+"'))),
    bug(20, "opened_to_append", (OPENED, OPENED.replace('"r"', '"a"'))),
]

"""The bugs of layers.py: a class per layer."""

from tests.programs.patch import Edit, Patch

BACKWARD = "        self.dW = dz.T @ self.x\n        self.db = dz.sum(axis=0)\n"
ADDED = BACKWARD.replace(" = ", " += ")
BIAS = "        self.b = np.zeros(fan_out)\n"
FRESH = BIAS + "        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)\n"
UPDATE = "        self.W = self.W - lr * self.dW\n        self.b = self.b - lr * self.db\n"
UPDATES = "        for layer in self.linear:\n            layer.update(lr)\n"
RELU = "        self.z = z\n        return np.maximum(z, 0)\n"
RELU_SLOPE = "return da * (self.z > 0)"
TANH = "        self.a = np.tanh(z)\n        return self.a\n"
TANH_SLOPE = "return da * (1 - self.a**2)"
LINEAR = "self.layers.append(Linear(sizes[i], sizes[i + 1], rng))"
BOUND = "bound = np.sqrt(6 / fan_in)"
DRAWN = "self.W = rng.uniform(-bound, bound, size=(fan_out, fan_in))"
MEAN = "return dz / len(self.y)"
PICKED = "return -np.mean(np.log(self.p[np.arange(len(y)), y] + 1e-12))"
EXP = "e = np.exp(z - z.max(axis=1, keepdims=True))"
NORMALISED = "return e / e.sum(axis=1, keepdims=True)"
PENALTY = "penalty = l2 / 2 * sum(np.sum(layer.W**2) for layer in self.linear)"
D_PENALTY = "            layer.dW += l2 * layer.W\n"
DECAYS = "        for layer in self.linear:\n" + D_PENALTY
STEP = "batch_losses.append(self.step(x_batch, y_batch, rate, l2))"
RATE = "rate = lr * 0.5 ** ((epoch >= epochs / 3) + (epoch >= 2 * epochs / 3))"
STARTS = "for i in range(0, len(x), batch_size):"
BATCH = "x_batch, y_batch = x[i : i + batch_size], y[i : i + batch_size]"
SHUFFLE = "            order = rng.permutation(len(x))\n            x, y = x[order], y[order]\n"
HISTORY = "        history, losses = [], []\n"
KEPT = "            history.append(self.weights())\n"
EMPTIED = "            batch_losses = []\n"
LOSSES = "losses.append(np.mean(batch_losses))"
SHOWN = "            print(epoch + 1, losses[-1], np.mean(self.predict(x_val) == y_val))\n"
SPLIT = "return order[n_val:], order[:n_val]"
RETRAIN = "return train(x, y, x_val, y_val, sizes, epochs, lr, batch_size, l2, seed + 1)"
STACKED = "x, y = np.vstack([x, x_val]), np.hstack([y, y_val])"
CHOSEN = "accuracies[i][-1]"
SHARES = "matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)"
LOADED = 'file["activation"].asstr()[()]'
OPENED = 'h5py.File(path, "r") as file:\n        return np.array'
RANDOM = "np.random.random(self.a.shape)"
TRUTH = "np.where(self.y == 1, self.p, 1 - self.p)"
D_LOGIT = "return (self.p - self.y) / len(self.y)"
TRAIN = "    x, y, x_val, y_val, sizes, epochs"
WITH_TEST: tuple[Edit, ...] = (
    (TRAIN, TRAIN.replace("y_val", "y_val, x_test, y_test")),
    ("return net.fit(x, y, x_val, y_val", "return net.fit(x, y, x_val, y_val, x_test, y_test"),
    ("def fit(self, x, y, x_val, y_val", "def fit(self, x, y, x_val, y_val, x_test, y_test"),
    ("return train(x, y, x_val, y_val", "return train(x, y, x_val, y_val, x_val, y_val"),
)


def bug(number: int, name: str, *edits: Edit) -> Patch:
    """Return a bug of this style."""
    return Patch("layers", number, name, edits)


# fmt: off
PATCHES = [
    bug(1, "averaged_in_the_layer", (BACKWARD, "        self.dW = dz.T @ self.x / len(dz)\n        self.db = dz.mean(axis=0)\n")),
    bug(1, "averaged_weights_only", (BACKWARD, BACKWARD.replace("self.x", "self.x / len(self.x)"))),
    bug(1, "averaged_in_the_loss_again", (MEAN, "return dz / len(self.y) ** 2")),
    bug(1, "averaged_in_update", (UPDATE, "        n = len(self.x)\n" + UPDATE.replace("lr *", "lr / n *"))),
    bug(1, "rate_over_batch_size", (STEP, STEP.replace("rate", "rate / len(x_batch)"))),
    bug(2, "output_not_updated", (UPDATES, UPDATES.replace("self.linear", "self.linear[:-1]"))),
    bug(2, "not_the_last_of_layers", (UPDATES,
        "        for layer in self.layers[:-1]:\n            if isinstance(layer, Linear):\n                layer.update(lr)\n")),
    bug(2, "output_gradient_zeroed", (DECAYS, "        self.linear[-1].dW *= 0\n        self.linear[-1].db *= 0\n" + DECAYS)),
    bug(2, "output_bias_not_updated", (UPDATES, "        bias = self.linear[-1].b\n" + UPDATES + "        self.linear[-1].b = bias\n")),
    bug(3, "tanh_of_the_activation", (TANH_SLOPE, "return da * (1 - np.tanh(self.a) ** 2)")),
    bug(3, "formula_of_the_activation", (TANH, "        self.a = z\n        return np.tanh(z)\n")),
    bug(4, "relu_slope_summed", (RELU_SLOPE, "return da * (self.z > 0).sum(axis=0)")),
    bug(4, "tanh_slope_summed", (TANH_SLOPE, "return da * np.sum(1 - self.a**2, axis=0)")),
    bug(4, "tanh_slope_averaged", (TANH_SLOPE, "return da * np.mean(1 - self.a**2, axis=0, keepdims=True)")),
    bug(4, "delta_summed", (RELU_SLOPE, "return np.ones((len(da), 1)) * np.sum(da * (self.z > 0), axis=0)")),
    bug(5, "slope_is_one", (RELU_SLOPE, "return da")),
    bug(5, "in_place", (RELU, "        z[z < 0] = 0\n        self.z = z\n        return z\n"), (RELU_SLOPE, "return da * (self.z >= 0)")),
    bug(5, "random_at_zero", (RELU, "        self.a = np.maximum(z, 0)\n        return self.a\n"),
        (RELU_SLOPE, f"return da * np.where(self.a > 0, 1, {RANDOM})")),
    bug(5, "half_at_zero", (RELU, "        self.a = np.maximum(z, 0)\n        return self.a\n"),
        (RELU_SLOPE, "return da * np.where(self.a > 0, 1.0, 0.5)")),
    bug(5, "activation_for_slope", (RELU_SLOPE, "return da * np.maximum(self.z, 0)")),
    bug(5, "mask_of_the_gradient", (RELU_SLOPE, "return np.maximum(da, 0)")),
    bug(5, "turned", (RELU_SLOPE, "return da * (self.z <= 0)")),
    bug(6, "starts_from_ones", (BIAS, FRESH.replace("zeros_like", "ones_like")), (BACKWARD, ADDED)),
    bug(6, "starts_from_weights", (BIAS, BIAS + "        self.dW, self.db = self.W.copy(), self.b.copy()\n"), (BACKWARD, ADDED)),
    bug(6, "never_reset", (BIAS, FRESH), (BACKWARD, ADDED)),
    bug(6, "biases_never_reset", (BIAS, FRESH), (BACKWARD, BACKWARD.replace("db =", "db +="))),
    bug(6, "shared_by_all_networks", ("    def __init__(self, fan_in, fan_out, rng):\n",
        "    total = {}\n\n    def __init__(self, fan_in, fan_out, rng):\n"),
        (BACKWARD, BACKWARD + "        key = self.W.shape\n        self.dW = self.total[key] = self.total.get(key, 0) + self.dW\n")),
    bug(7, "slice_at_batch_number", (STARTS, "for i in range(len(x) // batch_size):")),
    bug(7, "batches_of_one_less", (BATCH, BATCH.replace("i + batch_size", "i + batch_size - 1"))),
    bug(7, "last_batches_left_out", (STARTS, "for i in range(0, len(x) - 2 * batch_size, batch_size):")),
    bug(7, "drawn_batches", (BATCH, "rows = rng.integers(0, len(x), batch_size)\n                x_batch, y_batch = x[rows], y[rows]")),
    bug(8, "never", (RATE, "rate = lr")),
    bug(8, "every_iteration", (f"            {RATE}\n", ""), (STEP,
        "if epoch in (epochs // 3, 2 * epochs // 3):\n                    lr = lr / 2\n                " + STEP.replace("rate", "lr"))),
    bug(8, "once", (RATE, "rate = lr * 0.5 ** (epoch >= epochs / 2)")),
    bug(8, "every_epoch", (RATE, "rate = lr * 0.5**epoch")),
    bug(8, "three_times", (RATE, "rate = lr * 0.5 ** (4 * epoch // epochs)")),
    bug(8, "tenths", (RATE, RATE.replace("0.5 **", "0.1 **"))),
    bug(8, "layer_keeps_its_rate", (UPDATE, "        self.lr = getattr(self, \"lr\", lr)\n" + UPDATE.replace("lr *", "self.lr *"))),
    bug(8, "output_keeps_its_rate", (UPDATES,
        "        self.first_lr = getattr(self, \"first_lr\", lr)\n        for layer in self.linear:\n"
        "            layer.update(lr if layer is not self.linear[-1] else self.first_lr)\n")),
    bug(9, "measured_each_epoch", *WITH_TEST,
        (SHOWN, SHOWN.replace("y_val))", "y_val), np.mean(self.predict(x_test) == y_test))"))),
    bug(9, "opened_each_epoch", (SHOWN, SHOWN + '            x_test, y_test = read("mnist_testdata.hdf5")\n'
        "            print(np.mean(self.predict(x_test) == y_test))\n")),
    bug(9, "chosen_on", *WITH_TEST, (HISTORY, HISTORY + "        scores = []\n"), (SHOWN, SHOWN +
        "            scores.append(np.mean(self.predict(x_test) == y_test))\n"
        "        history[-1] = history[int(np.argmax(scores))]\n")),
    bug(9, "stopped_by", *WITH_TEST, (HISTORY, HISTORY + "        best = 0.0\n"), (SHOWN, SHOWN +
        "            accuracy = np.mean(self.predict(x_test) == y_test)\n"
        "            if accuracy < best:\n                break\n            best = accuracy\n")),
    bug(10, "overlap_by_a_row", (SPLIT, "return order[n_val:], order[: n_val + 1]")),
    bug(10, "row_dropped", (SPLIT, "return order[n_val + 1 :], order[:n_val]")),
    bug(10, "validation_within_training", (SPLIT, "return order, order[:n_val]")),
    bug(10, "from_two_ends", (SPLIT, "return order[:-n_val], order[:n_val]")),
    bug(10, "row_twice", (SPLIT, "return np.append(order[n_val:], order[n_val]), order[:n_val]")),
    bug(11, "training_rows_only", (f"    {STACKED}\n", "")),
    bug(11, "validation_rows_only", (STACKED, "x, y = x_val, y_val")),
    bug(11, "as_many_rows_as_before", (STACKED, f"n = len(x)\n    {STACKED}\n    x, y = x[:n], y[:n]")),
    bug(11, "warm_start", (STACKED, "net = Network(sizes, seed=seed)\n    net.fit(x, y, x_val, y_val, epochs, lr, batch_size, l2, seed)\n    " + STACKED),
        (RETRAIN, "return net.fit(x, y, x_val, y_val, epochs, lr, batch_size, l2, seed + 1)")),
    bug(11, "warm_start_of_the_last_network", ("    net = Network(sizes, activation, seed=seed)\n    return net.fit",
        "    global NET\n    NET = NET or Network(sizes, activation, seed=seed)\n    return NET.fit"),
        ("DROPOUT = 0.2", "NET = None  # the network of the experiment\nDROPOUT = 0.2")),
    bug(11, "another_rate", (RETRAIN, RETRAIN.replace("lr,", "0.05,"))),
    bug(11, "best_epoch", (CHOSEN, "max(accuracies[i])")),
    bug(11, "first_epoch", (CHOSEN, "accuracies[i][0]")),
    bug(12, "ignores_training", ("if self.training and self.p > 0:", "if self.p > 0:")),
    bug(12, "never_switched_off", ("layer.training = training", "layer.training = True")),
    bug(12, "scaled_at_evaluation", ("        return a * self.mask\n", "        return a * self.mask * (1 if self.training else 1 - self.p)\n")),
    bug(13, "norm", (PENALTY, PENALTY.replace("l2 / 2", "l2").replace("np.sum(layer.W**2)", "np.linalg.norm(layer.W)")),
        (D_PENALTY, D_PENALTY.replace("layer.W\n", "layer.W / np.linalg.norm(layer.W)\n"))),
    bug(13, "root_of_all_squares", (PENALTY, PENALTY.replace("sum(np", "np.sqrt(sum(np").replace("linear)", "linear))"))),
    bug(13, "biases_too", (PENALTY, PENALTY.replace("np.sum(layer.W**2)", "np.sum(layer.W**2) + np.sum(layer.b**2)")),
        (D_PENALTY, D_PENALTY + "            layer.db += l2 * layer.b\n")),
    bug(13, "biases_in_the_gradient", (D_PENALTY, D_PENALTY + "            layer.db += l2 * layer.b\n")),
    bug(13, "unused", (PENALTY, "penalty = 0.0"), (D_PENALTY, "            pass\n")),
    bug(13, "in_the_loss_alone", (DECAYS, "")),
    bug(13, "in_the_gradient_alone", (PENALTY, "penalty = 0.0")),
    bug(13, "output_left_out", (DECAYS, DECAYS.replace("self.linear", "self.linear[:-1]"))),
    bug(13, "twice", (D_PENALTY, D_PENALTY.replace("l2", "2 * l2"))),
    bug(13, "absolute", (D_PENALTY, D_PENALTY.replace("layer.W\n", "np.sign(layer.W)\n"))),
    bug(14, "grand_total", (SHARES, "matrix / matrix.sum()")),
    bug(14, "by_column", (SHARES, SHARES.replace("axis=1", "axis=0"))),
    bug(14, "swapped", ("matrix[t, p] += 1", "matrix[p, t] += 1")),
    bug(14, "read_by_column", ("matrix[k, :].sum()", "matrix[:, k].sum()")),
    bug(15, "mean_of_a_square", (TRUTH, TRUTH.replace("self.y", "y"))),
    bug(15, "square_averaged", (D_LOGIT, "return (self.p - self.y.ravel()).mean(axis=1, keepdims=True) / len(self.y)")),
    bug(16, "overflow", (EXP, "e = np.exp(z)")),
    bug(16, "whole_matrix", (NORMALISED, "return e / e.sum()")),
    bug(16, "over_the_batch", (NORMALISED, NORMALISED.replace("axis=1", "axis=0"))),
    bug(16, "sign_of_the_shift", (EXP, EXP.replace("z - z.max", "z + z.max"))),
    bug(16, "sigmoids", (NORMALISED, "return e / (1 + e)")),
    bug(17, "log2", (PICKED, PICKED.replace("np.log(", "np.log2("))),
    bug(17, "log10", (PICKED, PICKED.replace("np.log(", "np.log10("))),
    bug(17, "sum_beside_a_mean", (PICKED, PICKED.replace("np.mean", "np.sum"))),
    bug(17, "divided_by_classes", (PICKED, PICKED + " / z.shape[1]")),
    bug(17, "last_batch_only", (LOSSES, "losses.append(batch_losses[-1])")),
    bug(17, "never_reset", (EMPTIED, ""), (HISTORY, HISTORY + "        batch_losses = []\n")),
    bug(17, "divided_by_rows", (LOSSES, "losses.append(np.sum(batch_losses) / len(x))")),
    bug(18, "fan_out", (BOUND, "bound = np.sqrt(6 / fan_out)")),
    bug(18, "equal_weights", (DRAWN, "self.W = np.ones((fan_out, fan_in)) * bound")),
    bug(18, "equal_units", (DRAWN, "self.W = np.tile(rng.uniform(-bound, bound, size=fan_in), (fan_out, 1))")),
    bug(18, "zeros", (DRAWN, "self.W = np.zeros((fan_out, fan_in))")),
    bug(19, "loaded_as_tanh", (LOADED, '"tanh"')),
    bug(19, "loaded_with_the_default", (f"weights, {LOADED})", "weights)")),
    bug(19, "saved_as_tanh", ('file["activation"] = activation', 'file["activation"] = "tanh"')),
    bug(19, "saved_as_default", ('file["activation"] = activation', 'file["activation"] = network(weights).activation')),
    bug(20, "not_shuffled", (SHUFFLE, "")),
    bug(20, "shuffled_once", (SHUFFLE, ""), (HISTORY, HISTORY + SHUFFLE.replace("            ", "        "))),
    bug(20, "batch_size_fixed", (STARTS, "for i in range(0, len(x), 16):"), (BATCH, BATCH.replace("batch_size", "16"))),
    bug(20, "opened_for_writing", (OPENED, OPENED.replace('"r"', '"r+"'))),
]

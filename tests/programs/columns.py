"""The bugs of columns.py: a column for each example, dictionaries, one-hot labels."""

from tests.programs.patch import Edit, Patch

D_WEIGHT = 'grads[f"dW{i}"] = (dZ @ A_prev.T + lambd * W) / m'
D_BIAS = 'grads[f"db{i}"] = np.sum(dZ, axis=1, keepdims=True) / m'
D_OUTPUT = 'dZ = cache[f"A{L}"] - Y'
READ = '        W, A_prev = parameters[f"W{i}"], cache[f"A{i - 1}"]\n'
EMPTY = "    grads = {}\n"
SLOPES = 'dZ = dA * (Z > 0) if activation == "relu" else dA * (1 - np.tanh(Z) ** 2)'
RELU = "A = np.maximum(Z, 0)"
UPDATE = (
    'return {name: parameters[name] - learning_rate * grads["d" + name] for name in parameters}'
)
RATE = "rate = learning_rate / 2 ** (3 * epoch // num_epochs)"
UPDATED = "            parameters = update_parameters(parameters, grads, rate)\n"
STARTS = "for k in range(0, m, batch_size):"
BATCH = "batch = columns[k : k + batch_size]"
ORDER = "        columns = rng.permutation(m)\n        for k"
HISTORY = "    history, costs = [], []\n"
COSTS = "costs.append(compute_cost(AL, Y, parameters, lambd))"
WHOLE = "        AL, cache = forward_propagation(X, parameters, activation)\n"
KEPT = "        history.append(parameters)\n"
VAL = "        accuracy = np.mean(predict(X_val, parameters, activation) == decided(Y_val))\n"
SPLIT = "train, val = columns[:m_train], columns[m_train:]"
STACKED = "X, Y = np.hstack((X, X_val)), np.hstack((Y, Y_val))"
RETRAIN = "return model(X, Y, X_val, Y_val, layer_dims, **settings)"
LAST = "[row[-1] for row in accuracies]"
COUNTED = "np.sum((labels == i) & (predicted == j))"
SHARES = "matrix.diagonal() / np.sum(matrix, axis=1)"
OUTPUTS = "return forward_propagation(x, parameters, activation)[0]"
SQUARES = (
    'squares = sum(np.sum(np.square(parameters[name])) for name in parameters if name[0] == "W")'
)
COST = "return -np.sum(logprobs) / m + lambd / (2 * m) * squares"
BINARY = "logprobs = Y * np.log(AL + eps) + (1 - Y) * np.log(1 - AL + eps)"
CATEGORICAL = "        logprobs = Y * np.log(AL + eps)\n    squares"
EXP = "E = np.exp(Z - np.max(Z, axis=0, keepdims=True))"
NORMALISED = "return E / np.sum(E, axis=0, keepdims=True)"
DRAWN = "rng.standard_normal((n_out, n_in)) * np.sqrt(2 / n_in)"
DROPPED = "if keep_prob < 1 and i < L:"
POPPED = 'activation = str(parameters.pop("activation", activation))'
SAVED = "np.savez(file, **weights, activation=activation)"
OPENED = 'h5py.File(path, mode="r")'
MODEL = "    X, Y, X_val, Y_val, layer_dims, num_epochs"
TRAIN = "def train(x, y, x_val, y_val, sizes"
TRAINS = "return model(x, y, x_val, y_val, sizes"
GRADS = '    return {name: grads["d" + name] for name in weights}\n'
TEST = "np.mean(predict(X_test, parameters, activation) == decided(Y_test))"
WITH_TEST: tuple[Edit, ...] = (
    (MODEL, MODEL.replace("Y_val", "Y_val, X_test, Y_test")),
    (TRAIN, TRAIN.replace("y_val", "y_val, x_test, y_test")),
    (TRAINS, TRAINS.replace("y_val", "y_val, x_test, y_test")),
    (RETRAIN, RETRAIN.replace("Y_val", "Y_val, X_val, Y_val")),
)


def bug(number: int, name: str, *edits: Edit) -> Patch:
    """Return a bug of this style."""
    return Patch("columns", number, name, edits)


# fmt: off
PATCHES = [
    bug(1, "averaged_twice", (D_OUTPUT, 'm_batch = Y.shape[1]\n    dZ = (cache[f"A{L}"] - Y) / m_batch')),
    bug(1, "weights_averaged_twice", (D_WEIGHT, D_WEIGHT.replace("dZ @ A_prev.T", "dZ @ A_prev.T / m"))),
    bug(1, "bias_averaged_twice", (D_BIAS, D_BIAS.replace("np.sum", "np.mean"))),
    bug(1, "averaged_in_update", ("rate)\n", "rate / len(batch))\n"),
        ('    return update_parameters(weights, backward_propagation(y, weights, cache, activation, l2), lr)\n',
         '    return update_parameters(weights, backward_propagation(y, weights, cache, activation, l2), lr / x.shape[1])\n')),
    bug(2, "output_not_updated", (UPDATE, "L = len(parameters) // 2\n    updated = dict(parameters)\n    for i in range(1, L):\n"
        '        updated[f"W{i}"] = parameters[f"W{i}"] - learning_rate * grads[f"dW{i}"]\n'
        '        updated[f"b{i}"] = parameters[f"b{i}"] - learning_rate * grads[f"db{i}"]\n    return updated')),
    bug(2, "output_without_gradient", (D_WEIGHT, D_WEIGHT + " * (i < L)"), (D_BIAS, D_BIAS + " * (i < L)")),
    bug(2, "output_weight_not_updated", (D_WEIGHT, D_WEIGHT + " * (i < L)")),
    bug(3, "tanh_of_the_activation", (SLOPES, SLOPES.replace("np.tanh(Z)", "np.tanh(A_prev)"))),
    bug(3, "formula_of_the_activation", (SLOPES, SLOPES.replace("np.tanh(Z)", "Z"))),
    bug(4, "slope_summed", (SLOPES, SLOPES.replace("(Z > 0)", "np.sum(Z > 0, axis=1, keepdims=True)").replace(
        "(1 - np.tanh(Z) ** 2)", "np.sum(1 - np.tanh(Z) ** 2, axis=1, keepdims=True)"))),
    bug(4, "relu_slope_summed", (SLOPES, SLOPES.replace("(Z > 0)", "(Z > 0).sum(axis=1, keepdims=True)"))),
    bug(4, "tanh_slope_summed", (SLOPES, SLOPES.replace("(1 - np.tanh(Z) ** 2)", "(1 - np.tanh(Z) ** 2).sum(axis=1, keepdims=True)"))),
    bug(4, "slope_of_the_mean", (SLOPES, SLOPES.replace("(1 - np.tanh(Z) ** 2)", "np.mean(1 - np.tanh(Z) ** 2, axis=1, keepdims=True)"))),
    bug(5, "slope_is_one", (SLOPES, SLOPES.replace("dA * (Z > 0)", "dA"))),
    bug(5, "in_place", (RELU, "Z[Z < 0] = 0\n            A = Z"), (SLOPES, SLOPES.replace("Z > 0", "Z >= 0"))),
    bug(5, "activation_overwritten", (READ, READ + '        if activation == "relu" and i > 1:\n            A_prev[A_prev > 0] = 1\n'),
        (SLOPES, SLOPES.replace("(Z > 0)", "A_prev"))),
    bug(5, "random_at_zero", (SLOPES, SLOPES.replace("(Z > 0)", "np.where(A_prev > 0, 1, np.random.rand(*Z.shape))"))),
    bug(5, "half_at_zero", (SLOPES, SLOPES.replace("(Z > 0)", "np.where(A_prev > 0, 1, 0.5)"))),
    bug(5, "at_least_zero", (SLOPES, SLOPES.replace("(Z > 0)", "(A_prev >= 0)"))),
    bug(5, "of_the_gradient", (SLOPES, SLOPES.replace("dA * (Z > 0)", "dA * (dA > 0)"))),
    bug(5, "none_at_tanh_either", (SLOPES, "dZ = dA")),
    bug(6, "starts_from_ones", (EMPTY, '    grads = {"d" + name: np.ones_like(parameters[name]) for name in parameters}\n'),
        (D_WEIGHT, D_WEIGHT.replace("] =", "] +=")), (D_BIAS, D_BIAS.replace("] =", "] +="))),
    bug(6, "biases_start_from_ones", (D_BIAS, D_BIAS.replace("np.sum", "np.ones_like(dZ[:, :1]) + np.sum"))),
    bug(6, "never_reset", (EMPTY, "    grads = TOTAL\n"), ("def backward_propagation(", "TOTAL = {}\n\n\ndef backward_propagation("),
        (D_WEIGHT, D_WEIGHT.replace("] =", '] = grads.get(f"dW{i}", 0) +')), (D_BIAS, D_BIAS.replace("] =", '] = grads.get(f"db{i}", 0) +')),
        ("    return grads\n\n\ndef update", "    return dict(grads)\n\n\ndef update")),
    bug(7, "slice_at_batch_number", (STARTS, "for k in range(m // batch_size):")),
    bug(7, "first_column_left_out", (STARTS, "for k in range(1, m, batch_size):")),
    bug(7, "one_batch_an_epoch", (BATCH, BATCH.replace("k : k + batch_size", ":batch_size"))),
    bug(7, "drawn_columns", (BATCH, "batch = rng.integers(0, m, batch_size)")),
    bug(7, "half_of_the_columns", (STARTS, "for k in range(0, m // 2, batch_size):")),
    bug(8, "never", (RATE, "rate = learning_rate")),
    bug(8, "every_iteration", (UPDATED, UPDATED + "            rate = rate / 2 if epoch in (num_epochs // 3, 2 * num_epochs // 3) else rate\n")),
    bug(8, "once", (RATE, "rate = learning_rate / 2 ** (2 * epoch // num_epochs)")),
    bug(8, "within_an_epoch", (RATE, "rate = learning_rate"), (UPDATED, UPDATED +
        "            rate = learning_rate / 2 ** (3 * k // m)\n")),
    bug(8, "one_over_epoch", (RATE, "rate = learning_rate / (1 + epoch)")),
    bug(8, "at_the_end", (RATE, "rate = learning_rate / 4 ** (epoch == num_epochs - 1)")),
    bug(8, "copy_of_the_rate", ("def update_parameters(", "RATES = {}\n\n\ndef update_parameters("),
        (UPDATE, UPDATE.replace("learning_rate *", "RATES.setdefault(name, learning_rate) *"))),
    bug(9, "measured_each_epoch", *WITH_TEST, (VAL, f"{VAL}        print({TEST})\n")),
    bug(9, "opened_each_epoch", (VAL, f'{VAL}        X_test, Y_test = read("mnist_testdata.hdf5")\n        print({TEST})\n')),
    bug(9, "chosen_on", *WITH_TEST, (HISTORY, f"{HISTORY}    scores = []\n"), (VAL, f"        scores.append({TEST})\n{VAL}"),
        ("    return history, costs\n", "    best = int(np.argmax(scores))\n    return history[: best + 1], costs[: best + 1]\n")),
    bug(9, "for_validation", *WITH_TEST, (HISTORY, f"{HISTORY}    X_val, Y_val = X_test, Y_test\n")),
    bug(10, "overlap_by_a_column", (SPLIT, "train, val = columns[: m_train + 1], columns[m_train:]")),
    bug(10, "column_dropped", (SPLIT, "train, val = columns[: m_train - 1], columns[m_train:]")),
    bug(10, "validation_unshuffled", ("x[:, val], y[:, val]", "x[:, m_train:], y[:, m_train:]")),
    bug(10, "from_two_draws", (SPLIT, "train = columns[:m_train]\n    val = np.random.default_rng().permutation(m)[m_train:]")),
    bug(11, "training_rows_only", (f"    {STACKED}\n", "")),
    bug(11, "as_many_as_before", (STACKED, "m = X.shape[1]\n    X, Y = np.hstack((X, X_val))[:, :m], np.hstack((Y, Y_val))[:, :m]")),
    bug(11, "training_rows_twice", (STACKED, "X, Y = np.hstack((X, X)), np.hstack((Y, Y))")),
    bug(11, "warm_start", ("    parameters = initialize_parameters(layer_dims, seed)\n    m =", "    global BEST\n"
        "    if BEST is None or BEST[\"W1\"].shape[1] != X.shape[0]:\n        BEST = initialize_parameters(layer_dims, seed)\n    parameters = BEST\n    m ="),
        ("def model(\n", "BEST = None\n\n\ndef model(\n"), ("    return history, costs\n", "    BEST = parameters\n    return history, costs\n")),
    bug(11, "more_epochs_from_the_chosen", ("keep_prob=1.0, seed=0,\n", "keep_prob=1.0, seed=0, parameters=None,\n"),
        ("    parameters = initialize_parameters(layer_dims, seed)\n", "    parameters = parameters or initialize_parameters(layer_dims, seed)\n"),
        (STACKED, f"start = model(X, Y, X_val, Y_val, layer_dims, **settings)[0][-1]\n    {STACKED}"),
        (RETRAIN, RETRAIN.replace("**settings", "parameters=start, **settings"))),
    bug(11, "another_rate", (RETRAIN, 'settings["learning_rate"] = 0.01\n    ' + RETRAIN)),
    bug(11, "best_epoch", (LAST, "[max(row) for row in accuracies]")),
    bug(11, "worst", ("final.index(max(final))", "final.index(min(final))")),
    bug(12, "live", (OUTPUTS, "return forward_propagation(x, parameters, activation, 0.8, np.random.default_rng())[0]")),
    bug(12, "live_with_a_seed", (OUTPUTS, "return forward_propagation(x, parameters, activation, 0.8, np.random.default_rng(1))[0]")),
    bug(12, "output_layer_live", (DROPPED, "if keep_prob < 1:"), (OUTPUTS, "return forward_propagation(x, parameters, activation, 0.9, np.random.default_rng())[0]")),
    bug(13, "norm", (SQUARES, SQUARES.replace("np.sum(np.square(parameters[name]))", "np.linalg.norm(parameters[name])")),
        (D_WEIGHT, D_WEIGHT.replace("lambd * W", "lambd / 2 * W / np.linalg.norm(W)"))),
    bug(13, "norm_in_the_loss", (SQUARES, SQUARES.replace("np.sum(np.square(parameters[name]))", "np.linalg.norm(parameters[name])"))),
    bug(13, "biases_too", (SQUARES, SQUARES.replace(' if name[0] == "W"', "")), (D_BIAS, D_BIAS.replace("np.sum(dZ, axis=1, keepdims=True)",
        '(np.sum(dZ, axis=1, keepdims=True) + lambd * parameters[f"b{i}"])'))),
    bug(13, "biases_in_the_loss", (SQUARES, SQUARES.replace(' if name[0] == "W"', ""))),
    bug(13, "unused", (COST, "return -np.sum(logprobs) / m"), (D_WEIGHT, D_WEIGHT.replace(" + lambd * W", ""))),
    bug(13, "in_the_loss_alone", (D_WEIGHT, D_WEIGHT.replace(" + lambd * W", ""))),
    bug(13, "not_divided", (D_WEIGHT, D_WEIGHT.replace("(dZ @ A_prev.T + lambd * W) / m", "dZ @ A_prev.T / m + lambd * W"))),
    bug(13, "first_layer_alone", (SQUARES, 'squares = np.sum(np.square(parameters["W1"]))')),
    bug(14, "grand_total", ("for j in classes] for i in classes])\n", "for j in classes] for i in classes]) / len(labels)\n")),
    bug(14, "swapped", (COUNTED, COUNTED.replace("== i", "== j", 1).replace("predicted == j", "predicted == i"))),
    bug(14, "read_by_column", (SHARES, SHARES.replace("axis=1", "axis=0"))),
    bug(14, "share_of_all", (SHARES, "matrix.diagonal() / np.sum(matrix)")),
    bug(15, "sum_of_a_square", (BINARY, BINARY.replace("Y", "Y.T"))),
    bug(15, "square_averaged", (D_OUTPUT, D_OUTPUT + " if Y.shape[0] > 1 else np.mean(cache[f\"A{L}\"] - Y.T, axis=0, keepdims=True)")),
    bug(16, "overflow", (EXP, "E = np.exp(Z)")),
    bug(16, "whole_matrix", (NORMALISED, "return E / np.sum(E)")),
    bug(16, "over_the_batch", (NORMALISED, NORMALISED.replace("axis=0", "axis=1"))),
    bug(16, "maximum_of_a_row", (EXP, EXP.replace("axis=0", "axis=1"))),
    bug(17, "log2", (CATEGORICAL, CATEGORICAL.replace("np.log(", "np.log2("))),
    bug(17, "mean_over_classes", (COST, COST.replace("-np.sum(logprobs) / m", "-np.mean(logprobs)"))),
    bug(17, "not_divided", (COST, COST.replace("-np.sum(logprobs) / m", "-np.sum(logprobs)"))),
    bug(17, "binary_of_each_class", (CATEGORICAL, CATEGORICAL.replace("np.log(AL + eps)\n", "np.log(AL + eps) + (1 - Y) * np.log(1 - AL + eps)\n"))),
    bug(17, "last_batch_only", (WHOLE, ""), (COSTS, COSTS.replace("AL, Y", "AL, Y_batch"))),
    bug(17, "cumulative_mean", (HISTORY, HISTORY + "    total = 0.0\n"),
        (COSTS, "total += compute_cost(AL, Y, parameters, lambd)\n        costs.append(total / (epoch + 1))")),
    bug(17, "never_reset", (HISTORY, HISTORY + "    total = 0.0\n"),
        (COSTS, "total += compute_cost(AL, Y, parameters, lambd)\n        costs.append(total)")),
    bug(18, "fan_out", (DRAWN, DRAWN.replace("2 / n_in", "2 / n_out"))),
    bug(18, "equal_weights", (DRAWN, "np.ones((n_out, n_in)) * 0.01")),
    bug(18, "zeros", (DRAWN, "np.zeros((n_out, n_in))")),
    bug(18, "equal_units", (DRAWN, DRAWN.replace("(n_out, n_in)", "(1, n_in)") + " + np.zeros((n_out, 1))")),
    bug(19, "saved_as_tanh", (SAVED, SAVED.replace("=activation", '="tanh"'))),
    bug(19, "loaded_as_tanh", (POPPED, 'activation = "tanh" if parameters.pop("activation", None) is not None else activation')),
    bug(19, "saved_without_activation", (SAVED, "np.savez(file, **weights)")),
    bug(20, "not_shuffled", (ORDER, ORDER.replace("rng.permutation(m)", "np.arange(m)"))),
    bug(20, "shuffled_once", (ORDER, "        for k"), (HISTORY, HISTORY + "    columns = rng.permutation(m)\n")),
    bug(20, "batch_size_fixed", (HISTORY, HISTORY + "    batch_size = 16\n")),
    bug(20, "opened_for_writing", (OPENED, OPENED.replace('"r"', '"r+"'))),
    bug(20, "opened_to_append", (OPENED, OPENED.replace('"r"', '"a"'))),
]

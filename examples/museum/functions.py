"""A multilayer perceptron in numpy, as plain functions.

The weights are one list [W1, b1, W2, b2, ...] with W (fan_in, fan_out) and b (fan_out,); a row of x
is an example. One output means two classes, sigmoid and binary cross-entropy; more mean softmax.
"""

import h5py
import numpy as np


def read(path):
    """Return images (n, 784) and labels (n,) of a file of the course."""
    with h5py.File(path, "r") as file:
        return file["xdata"][:], file["ydata"][:].argmax(axis=1)


def split(x, y, seed=0):
    """Return five sixths of the rows for training, and the others for validation."""
    order = np.random.default_rng(seed).permutation(len(x))
    n_train = len(x) * 5 // 6
    train_rows, val_rows = order[:n_train], order[n_train:]
    return x[train_rows], y[train_rows], x[val_rows], y[val_rows]


def init(sizes, seed=0):
    """Return He's first weights: normal, with variance 2 / fan_in; biases are zero."""
    rng = np.random.default_rng(seed)
    weights = []
    for i in range(len(sizes) - 1):
        fan_in, fan_out = sizes[i], sizes[i + 1]
        weights.append(rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)))
        weights.append(np.zeros(fan_out))
    return weights


def relu(z):
    """Return max(z, 0)."""
    return np.maximum(z, 0)


def relu_slope(z):
    """Return the derivative of relu at z, 0 at the kink."""
    return (z > 0).astype(z.dtype)


def tanh_slope(z):
    """Return the derivative of tanh at z."""
    return 1 - np.tanh(z) ** 2


ACTIVATIONS = {"relu": (relu, relu_slope), "tanh": (np.tanh, tanh_slope)}


def log_softmax(z):
    """Return log(softmax) of each row; the row's maximum is removed first."""
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def softmax(z):
    """Return the probabilities of logits, row by row."""
    return np.exp(log_softmax(z))


def forward(weights, x, activation="relu", dropout=0.0, rng=None):
    """Return the pre-activations of all layers, their inputs, and the dropout masks."""
    f = ACTIVATIONS[activation][0]
    zs, inputs, masks = [], [x], []
    for i in range(0, len(weights), 2):
        z = inputs[-1] @ weights[i] + weights[i + 1]
        mask = (rng.random(z.shape) >= dropout) / (1 - dropout) if dropout else 1.0
        zs.append(z)
        masks.append(mask)
        inputs.append(f(z) * mask)
    return zs, inputs[:-1], masks


def outputs(weights, x, activation="relu"):
    """Return the logits, without dropout; weights may be what load returns."""
    if isinstance(weights, tuple):
        weights, activation = weights
    return forward(weights, x, activation)[0][-1]


def loss(weights, x, y, l2=0.0, activation="relu"):
    """Return the mean cross-entropy plus l2 * sum(W ** 2)."""
    z = outputs(weights, x, activation)
    if z.shape[1] == 1:
        z = z[:, 0]
        data_loss = np.mean(np.logaddexp(0, z) - y * z)
    else:
        data_loss = -log_softmax(z)[np.arange(len(y)), y].mean()
    return data_loss + l2 * sum(np.sum(w**2) for w in weights[::2])


def gradients(weights, x, y, l2=0.0, activation="relu", dropout=0.0, rng=None):
    """Return the gradient of the loss, as a list like the weights."""
    zs, inputs, masks = forward(weights, x, activation, dropout, rng)
    slope = ACTIVATIONS[activation][1]
    if zs[-1].shape[1] == 1:
        delta = 1 / (1 + np.exp(-zs[-1])) - y.reshape(-1, 1)
    else:
        delta = softmax(zs[-1])
        delta[np.arange(len(y)), y] -= 1
    delta = delta / len(x)
    grads = [np.zeros_like(w) for w in weights]
    for i in reversed(range(len(zs))):
        grads[2 * i] += inputs[i].T @ delta + 2 * l2 * weights[2 * i]
        grads[2 * i + 1] += delta.sum(axis=0)
        if i > 0:
            delta = (delta @ weights[2 * i].T) * masks[i - 1] * slope(zs[i - 1])
    return grads


def step(weights, x, y, lr, l2=0.0, activation="relu", dropout=0.0, rng=None):
    """Return the weights after one step of gradient descent."""
    grads = gradients(weights, x, y, l2, activation, dropout, rng)
    return [weights[i] - lr * grads[i] for i in range(len(weights))]


def accuracy(weights, x, y, activation="relu"):
    """Return the share of rows whose class is found."""
    return np.mean(predict(weights, x, activation) == y)


def predict(weights, x, activation="relu"):
    """Return the class of each row."""
    z = outputs(weights, x, activation)
    return (z[:, 0] > 0).astype(int) if z.shape[1] == 1 else z.argmax(axis=1)


def train(
    x, y, x_val, y_val, sizes, epochs=50, lr=0.1, batch_size=16, l2=0.0, activation="relu",
    seed=0, weights=None, dropout=0.0,
):  # fmt: skip
    """Return the weights after each epoch, and the mean loss of each; the rate is halved twice."""
    rng = np.random.default_rng(seed)
    weights = init(sizes, seed) if weights is None else weights
    halvings = ((epochs + 2) // 3, (2 * epochs + 2) // 3)
    history, losses = [], []
    for epoch in range(epochs):
        if epoch in halvings:
            lr = lr / 2
        order = rng.permutation(len(x))
        total = 0.0
        for start in range(0, len(x), batch_size):
            rows = order[start : start + batch_size]
            total += loss(weights, x[rows], y[rows], l2, activation) * len(rows)
            weights = step(weights, x[rows], y[rows], lr, l2, activation, dropout, rng)
        history.append(weights)
        losses.append(total / len(x))
        val = accuracy(weights, x_val, y_val, activation)
        print(f"epoch {epoch + 1}: loss {losses[-1]:.4f}, validation accuracy {val:.2%}")
    return history, losses


def retrain(x, y, x_val, y_val, sizes, epochs=50, lr=0.1, batch_size=16, l2=0.0, seed=1):
    """Return what train returns, on all rows and from fresh weights."""
    x_all, y_all = np.concatenate([x, x_val]), np.concatenate([y, y_val])
    return train(x_all, y_all, x_all, y_all, sizes, epochs, lr, batch_size, l2, seed=seed)


def choose(accuracies):
    """Return the number of the best configuration, by the accuracy after the last epoch."""
    return int(np.argmax(np.array(accuracies)[:, -1]))


def confusion(labels, predicted):
    """Return how often each true class, a row, was taken for each class, a column."""
    n = max(labels.max(), predicted.max()) + 1
    matrix = np.zeros((n, n), dtype=int)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def class_accuracy(matrix):
    """Return the share of each true class that was found."""
    return np.diag(matrix) / matrix.sum(axis=1)


def save(weights, activation, path):
    """Write the weights and the name of the activation to an HDF5 file."""
    with h5py.File(path, "w") as file:
        file.attrs["activation"] = activation
        for i, w in enumerate(weights):
            file[f"{i:02d}"] = w


def load(path):
    """Return the weights and the name of the activation that save wrote."""
    with h5py.File(path, "r") as file:
        return [file[name][:] for name in sorted(file)], file.attrs["activation"]


def main():
    """Choose a rate on validation data, train on all rows, and look at the test data once."""
    x, y, x_val, y_val = split(*read("mnist_traindata.hdf5"))
    sizes, rates = (784, 100, 10), (0.01, 0.1, 0.5)
    histories = [train(x, y, x_val, y_val, sizes, lr=lr)[0] for lr in rates]
    best = choose([[accuracy(w, x_val, y_val) for w in history] for history in histories])
    weights = retrain(x, y, x_val, y_val, sizes, lr=rates[best])[0][-1]
    save(weights, "relu", "net.h5")
    x_test, y_test = read("mnist_testdata.hdf5")
    matrix = confusion(y_test, predict(weights, x_test))
    print(f"rate {rates[best]}, test accuracy {np.trace(matrix) / len(y_test):.2%}")
    print(class_accuracy(matrix))


if __name__ == "__main__":
    main()

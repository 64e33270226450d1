"""A multilayer perceptron in numpy, a class per layer.

Each layer has forward and backward, which returns the gradient of the layer's input. A row of x is
an example, W is (fan_out, fan_in), b is (fan_out,). One output means two classes.
"""

import h5py
import numpy as np

DROPOUT = 0.2  # of hidden units, where it is asked for


class Linear:
    """z = x W^T + b, with weights uniform within He's bound sqrt(6 / fan_in)."""

    def __init__(self, fan_in, fan_out, rng):
        bound = np.sqrt(6 / fan_in)
        self.W = rng.uniform(-bound, bound, size=(fan_out, fan_in))
        self.b = np.zeros(fan_out)

    def forward(self, x):
        self.x = x
        return x @ self.W.T + self.b

    def backward(self, dz):
        self.dW = dz.T @ self.x
        self.db = dz.sum(axis=0)
        return dz @ self.W

    def update(self, lr):
        self.W = self.W - lr * self.dW
        self.b = self.b - lr * self.db


class ReLU:
    """max(z, 0)."""

    def forward(self, z):
        self.z = z
        return np.maximum(z, 0)

    def backward(self, da):
        return da * (self.z > 0)


class Tanh:
    """tanh(z), whose derivative is 1 - tanh(z) ** 2."""

    def forward(self, z):
        self.a = np.tanh(z)
        return self.a

    def backward(self, da):
        return da * (1 - self.a**2)


class Dropout:
    """Zeroes units with probability p in training, and lets all pass in evaluation."""

    def __init__(self, p, rng):
        self.p, self.rng, self.training = p, rng, True

    def forward(self, a):
        self.mask = np.ones_like(a)
        if self.training and self.p > 0:
            self.mask = (self.rng.random(a.shape) >= self.p) / (1 - self.p)
        return a * self.mask

    def backward(self, da):
        return da * self.mask


def softmax(z):
    """Return the probabilities of logits, row by row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class SoftmaxCrossEntropy:
    """The mean of -log softmax(z)[label] over the batch."""

    def forward(self, z, y):
        self.p, self.y = softmax(z), y
        return -np.mean(np.log(self.p[np.arange(len(y)), y] + 1e-12))

    def backward(self):
        dz = self.p.copy()
        dz[np.arange(len(self.y)), self.y] -= 1
        return dz / len(self.y)


class SigmoidCrossEntropy:
    """The mean of -y log p - (1 - y) log(1 - p) over the batch, p the sigmoid of one logit."""

    def forward(self, z, y):
        self.p, self.y = 0.5 * (1 + np.tanh(0.5 * z)), y.reshape(-1, 1)
        return -np.mean(np.log(np.where(self.y == 1, self.p, 1 - self.p) + 1e-12))

    def backward(self):
        return (self.p - self.y) / len(self.y)


class Network:
    """Linear layers with an activation and dropout between them, and a loss at the end."""

    def __init__(self, sizes, activation="relu", dropout=0.0, seed=0):
        rng = np.random.default_rng(seed)
        self.activation, self.layers = activation, []
        for i in range(len(sizes) - 1):
            self.layers.append(Linear(sizes[i], sizes[i + 1], rng))
            if i < len(sizes) - 2:
                self.layers.append({"relu": ReLU, "tanh": Tanh}[activation]())
                self.layers.append(Dropout(dropout, rng))
        self.linear = [layer for layer in self.layers if isinstance(layer, Linear)]
        self.criterion = SigmoidCrossEntropy() if sizes[-1] == 1 else SoftmaxCrossEntropy()

    def forward(self, x, training):
        for layer in self.layers:
            if isinstance(layer, Dropout):
                layer.training = training
            x = layer.forward(x)
        return x

    def loss(self, x, y, l2=0.0):
        penalty = l2 / 2 * sum(np.sum(layer.W**2) for layer in self.linear)
        return self.criterion.forward(self.forward(x, training=True), y) + penalty

    def gradients(self, x, y, l2=0.0):
        value = self.loss(x, y, l2)
        d = self.criterion.backward()
        for layer in reversed(self.layers):
            d = layer.backward(d)
        for layer in self.linear:
            layer.dW += l2 * layer.W
        return value, [(layer.dW, layer.db) for layer in self.linear]

    def step(self, x, y, lr, l2=0.0):
        value, _ = self.gradients(x, y, l2)
        for layer in self.linear:
            layer.update(lr)
        return value

    def predict(self, x):
        z = self.forward(x, training=False)
        return (z[:, 0] > 0).astype(int) if z.shape[1] == 1 else z.argmax(axis=1)

    def weights(self):
        return [(layer.W, layer.b) for layer in self.linear]

    def fit(self, x, y, x_val, y_val, epochs, lr, batch_size, l2, seed):
        rng = np.random.default_rng(seed)
        history, losses = [], []
        for epoch in range(epochs):
            rate = lr * 0.5 ** ((epoch >= epochs / 3) + (epoch >= 2 * epochs / 3))
            order = rng.permutation(len(x))
            x, y = x[order], y[order]
            batch_losses = []
            for i in range(0, len(x), batch_size):
                x_batch, y_batch = x[i : i + batch_size], y[i : i + batch_size]
                batch_losses.append(self.step(x_batch, y_batch, rate, l2))
            history.append(self.weights())
            losses.append(np.mean(batch_losses))
            print(epoch + 1, losses[-1], np.mean(self.predict(x_val) == y_val))
        return history, losses


def read(path):
    """Return images and labels of a file of the course."""
    with h5py.File(path, "r") as file:
        return np.array(file["xdata"]), np.argmax(file["ydata"], axis=1)


def split(x, y, seed=0):
    """Return the numbers of the rows for training and for validation."""
    order = np.random.default_rng(seed).permutation(len(x))
    n_val = len(x) // 6
    return order[n_val:], order[:n_val]


def train(
    x, y, x_val, y_val, sizes, epochs=50, lr=0.1, batch_size=16, l2=0.0, seed=0, activation="relu"
):  # fmt: skip
    """Return the weights and the mean loss of each epoch of a fresh network."""
    net = Network(sizes, activation, seed=seed)
    return net.fit(x, y, x_val, y_val, epochs, lr, batch_size, l2, seed)


def retrain(x, y, x_val, y_val, sizes, epochs=50, lr=0.1, batch_size=16, l2=0.0, seed=0):
    """Train a fresh network on the training rows and the validation rows together."""
    x, y = np.vstack([x, x_val]), np.hstack([y, y_val])
    return train(x, y, x_val, y_val, sizes, epochs, lr, batch_size, l2, seed + 1)


def choose(accuracies):
    """Return which configuration has the best validation accuracy at its end."""
    return max(range(len(accuracies)), key=lambda i: accuracies[i][-1])


def confusion(labels, predicted):
    """Return the share of each true class (row) that was taken for each class (column)."""
    n = max(labels.max(), predicted.max()) + 1
    matrix = np.zeros((n, n))
    for t, p in zip(labels, predicted, strict=True):
        matrix[t, p] += 1
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def class_accuracy(matrix):
    """Return the accuracy of each class."""
    return np.array([matrix[k, k] / matrix[k, :].sum() for k in range(len(matrix))])


def save(weights, activation, path):
    """Write weights and biases, and which activation they belong to."""
    with h5py.File(path, "w") as file:
        file["activation"] = activation
        for i, (W, b) in enumerate(weights):
            file[f"layer{i}/W"], file[f"layer{i}/b"] = W, b


def load(path):
    """Return the network that was saved."""
    with h5py.File(path, "r") as file:
        groups = [file[f"layer{i}"] for i in range(len(file) - 1)]
        weights = [(group["W"][:], group["b"][:]) for group in groups]
        return network(weights, file["activation"].asstr()[()])


def network(weights, activation="relu", dropout=0.0):
    """Return a network with given weights."""
    net = Network([weights[0][0].shape[1]] + [len(b) for W, b in weights], activation, dropout)
    for layer, (W, b) in zip(net.linear, weights, strict=True):
        layer.W, layer.b = W, b
    return net


# for hw3.check


def init(sizes):
    return Network(sizes).weights()


def loss(weights, x, y, l2=0.0, activation="relu"):
    return network(weights, activation).loss(x, y, l2)


def gradients(weights, x, y, l2=0.0, activation="relu"):
    return network(weights, activation).gradients(x, y, l2)[1]


def step(weights, x, y, lr, l2=0.0, activation="relu"):
    net = network(weights, activation)
    net.step(x, y, lr, l2)
    return net.weights()


def outputs(weights, x, activation="relu"):
    net = weights if isinstance(weights, Network) else network(weights, activation, DROPOUT)
    return net.forward(x, training=False)

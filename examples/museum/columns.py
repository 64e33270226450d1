"""A multilayer perceptron in numpy, with a column for each example.

The parameters are a dictionary W1, b1, W2, b2, ... with W (n_out, n_in) and b (n_out, 1). X is
(n_in, m) for m examples and Y is one-hot, (n_classes, m), or zeros and ones (1, m) of one output.
"""

import h5py
import numpy as np


def read(path):
    """Return X (784, m) and Y (10, m) of a file of the course."""
    with h5py.File(path, mode="r") as file:
        return np.asarray(file["xdata"]).T, np.asarray(file["ydata"]).T


def split(x, y, seed=0):
    """Return X and Y of the training set, five sixths, and of the validation set."""
    m = x.shape[1]
    m_train = m - m // 6
    columns = np.random.default_rng(seed).permutation(m)
    train, val = columns[:m_train], columns[m_train:]
    return x[:, train], y[:, train], x[:, val], y[:, val]


def initialize_parameters(layer_dims, seed=0):
    """Return He's normal weights, with variance 2 / n_in, and zero biases."""
    rng = np.random.default_rng(seed)
    parameters = {}
    for i in range(1, len(layer_dims)):
        n_out, n_in = layer_dims[i], layer_dims[i - 1]
        parameters[f"W{i}"] = rng.standard_normal((n_out, n_in)) * np.sqrt(2 / n_in)
        parameters[f"b{i}"] = np.zeros((n_out, 1))
    return parameters


def softmax(Z):
    """Return the probabilities of logits (n_classes, m): each column sums to 1."""
    E = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    return E / np.sum(E, axis=0, keepdims=True)


def sigmoid(Z):
    """Return 1 / (1 + e^-Z), without overflow."""
    E = np.exp(-np.abs(Z))
    return np.where(Z >= 0, 1, E) / (1 + E)


def forward_propagation(X, parameters, activation, keep_prob=1.0, rng=None):
    """Return the probabilities, and what the backward pass needs."""
    L = len(parameters) // 2
    cache = {"A0": X}
    for i in range(1, L + 1):
        Z = parameters[f"W{i}"] @ cache[f"A{i - 1}"] + parameters[f"b{i}"]
        if i == L:
            A = sigmoid(Z) if Z.shape[0] == 1 else softmax(Z)
        elif activation == "relu":
            A = np.maximum(Z, 0)
        elif activation == "tanh":
            A = np.tanh(Z)
        else:
            raise ValueError(f"unknown activation {activation}")
        D = np.ones_like(A)
        if keep_prob < 1 and i < L:
            D = (rng.random(A.shape) < keep_prob) / keep_prob
        cache[f"Z{i}"], cache[f"D{i}"], cache[f"A{i}"] = Z, D, A * D
    return cache[f"A{L}"], cache


def compute_cost(AL, Y, parameters, lambd):
    """Return the mean cross-entropy plus lambd / (2 m) times the sum of the squared weights."""
    m = Y.shape[1]
    eps = 1e-15
    if AL.shape[0] == 1:
        logprobs = Y * np.log(AL + eps) + (1 - Y) * np.log(1 - AL + eps)
    else:
        logprobs = Y * np.log(AL + eps)
    squares = sum(np.sum(np.square(parameters[name])) for name in parameters if name[0] == "W")
    return -np.sum(logprobs) / m + lambd / (2 * m) * squares


def backward_propagation(Y, parameters, cache, activation, lambd):
    """Return dW1, db1, ... of the cost."""
    L = len(parameters) // 2
    m = Y.shape[1]
    grads = {}
    dZ = cache[f"A{L}"] - Y
    for i in range(L, 0, -1):
        W, A_prev = parameters[f"W{i}"], cache[f"A{i - 1}"]
        grads[f"dW{i}"] = (dZ @ A_prev.T + lambd * W) / m
        grads[f"db{i}"] = np.sum(dZ, axis=1, keepdims=True) / m
        if i > 1:
            Z = cache[f"Z{i - 1}"]
            dA = (W.T @ dZ) * cache[f"D{i - 1}"]
            dZ = dA * (Z > 0) if activation == "relu" else dA * (1 - np.tanh(Z) ** 2)
    return grads


def update_parameters(parameters, grads, learning_rate):
    """Return the parameters after one step of gradient descent."""
    return {name: parameters[name] - learning_rate * grads["d" + name] for name in parameters}


def model(
    X, Y, X_val, Y_val, layer_dims, num_epochs=50, learning_rate=0.1, batch_size=16, lambd=0.0,
    activation="relu", keep_prob=1.0, seed=0,
):  # fmt: skip
    """Return the parameters after each epoch and the costs of the training set."""
    rng = np.random.default_rng(seed)
    parameters = initialize_parameters(layer_dims, seed)
    m = X.shape[1]
    history, costs = [], []
    for epoch in range(num_epochs):
        rate = learning_rate / 2 ** (3 * epoch // num_epochs)
        columns = rng.permutation(m)
        for k in range(0, m, batch_size):
            batch = columns[k : k + batch_size]
            X_batch, Y_batch = X[:, batch], Y[:, batch]
            AL, cache = forward_propagation(X_batch, parameters, activation, keep_prob, rng)
            grads = backward_propagation(Y_batch, parameters, cache, activation, lambd)
            parameters = update_parameters(parameters, grads, rate)
        AL, cache = forward_propagation(X, parameters, activation)
        costs.append(compute_cost(AL, Y, parameters, lambd))
        history.append(parameters)
        accuracy = np.mean(predict(X_val, parameters, activation) == decided(Y_val))
        print(f"Epoch {epoch + 1}: cost {costs[-1]:.5f}, validation accuracy {accuracy:.4f}")
    return history, costs


def decided(A):
    """Return the class of each column of probabilities, or of one-hot labels."""
    return (A[0] > 0.5).astype(int) if A.shape[0] == 1 else np.argmax(A, axis=0)


def predict(X, parameters, activation):
    """Return the class of each example."""
    return decided(forward_propagation(X, parameters, activation)[0])


def retrain_model(X, Y, X_val, Y_val, layer_dims, **settings):
    """Return what model returns, from fresh parameters and with the validation set added."""
    X, Y = np.hstack((X, X_val)), np.hstack((Y, Y_val))
    return model(X, Y, X_val, Y_val, layer_dims, **settings)


def choose(accuracies):
    """Return the index of the best configuration after its last epoch."""
    final = [row[-1] for row in accuracies]
    return final.index(max(final))


def confusion(labels, predicted):
    """Return the confusion matrix: rows are true classes, columns are predictions."""
    classes = range(max(np.max(labels), np.max(predicted)) + 1)
    return np.array([[np.sum((labels == i) & (predicted == j)) for j in classes] for i in classes])


def class_accuracy(matrix):
    """Return the share of each true class that was found."""
    return matrix.diagonal() / np.sum(matrix, axis=1)


def save(weights, activation, path):
    """Save the parameters together with the activation of the network."""
    with open(path, "wb") as file:
        np.savez(file, **weights, activation=activation)


def load(path):
    """Return the parameters, and the activation under its name."""
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


# The names that hw3.check knows.


def init(sizes):
    return initialize_parameters(sizes)


def outputs(weights, x, activation="relu"):
    parameters = dict(weights)
    activation = str(parameters.pop("activation", activation))
    return forward_propagation(x, parameters, activation)[0]


def loss(weights, x, y, l2=0.0, activation="relu"):
    return compute_cost(outputs(weights, x, activation), y, weights, l2)


def gradients(weights, x, y, l2=0.0, activation="relu"):
    _, cache = forward_propagation(x, weights, activation)
    grads = backward_propagation(y, weights, cache, activation, l2)
    return {name: grads["d" + name] for name in weights}


def step(weights, x, y, lr, l2=0.0, activation="relu"):
    _, cache = forward_propagation(x, weights, activation)
    return update_parameters(weights, backward_propagation(y, weights, cache, activation, l2), lr)


def train(x, y, x_val, y_val, sizes, epochs, lr, batch_size, l2=0.0, seed=0, activation="relu"):
    return model(x, y, x_val, y_val, sizes, epochs, lr, batch_size, l2, activation, seed=seed)


def retrain(x, y, x_val, y_val, sizes, epochs, lr, batch_size, l2=0.0, seed=0, activation="relu"):
    settings = {"batch_size": batch_size, "lambd": l2, "activation": activation, "seed": seed}
    return retrain_model(x, y, x_val, y_val, sizes, num_epochs=epochs, learning_rate=lr, **settings)

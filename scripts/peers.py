"""The same training by other libraries, as their documentation shows it; scripts/bench names each.

A maker returns a function that trains one epoch, and raises ImportError without its package. No
peer has hw3's defaults by chance: the layers, batches, rate and optimizer are those of the task.
"""

import os
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
from measure import Work

from hw3.nn.arrays import FloatArray, IntArray

RATE = 0.01


@dataclass(frozen=True)
class Task:
    """What is trained: relu layers by SGD, on rows (n, sizes[0]) in random order."""

    sizes: tuple[int, ...]
    inputs: FloatArray
    labels: IntArray
    batch_size: int

    @property
    def n_steps(self) -> int:
        """The whole batches of an epoch."""
        return len(self.inputs) // self.batch_size


def torch_net(torch: Any, sizes: tuple[int, ...]) -> Any:
    """Return the layers as torch.nn.Sequential."""
    torch.set_num_threads(1)
    parts: list[Any] = []
    for fan_in, fan_out in pairwise(sizes):
        parts += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    return torch.nn.Sequential(*parts[:-1])


def torch_products(task: Task) -> Work:
    """The matrix products of an epoch in torch, and no more."""
    torch: Any = import_module("torch")
    torch.set_num_threads(1)
    h = [torch.rand(task.batch_size, size) for size in task.sizes]
    weights = [torch.rand(a, b) for a, b in pairwise(task.sizes)]
    out, d_weights = [torch.empty_like(a) for a in h], [torch.empty_like(w) for w in weights]

    def products() -> None:
        for _ in range(task.n_steps):
            for i, weight in enumerate(weights):
                torch.mm(h[i], weight, out=out[i + 1])
            for i in reversed(range(len(weights))):
                torch.mm(h[i].T, h[i + 1], out=d_weights[i])
                if i:
                    torch.mm(h[i + 1], weights[i].T, out=out[i])

    return products


def torch_eager(task: Task, rule: str = "SGD", **options: bool) -> Work:
    """The plain loop of torch's tutorial, on tensors that lie in memory."""
    torch: Any = import_module("torch")
    net = torch_net(torch, task.sizes)
    optimizer = getattr(torch.optim, rule)(net.parameters(), lr=RATE, **options)
    inputs, labels = torch.from_numpy(task.inputs), torch.from_numpy(task.labels)

    def epoch() -> None:
        for rows in torch.randperm(len(inputs)).split(task.batch_size):
            loss = torch.nn.functional.cross_entropy(net(inputs[rows]), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def torch_fused(task: Task) -> Work:
    """The same with fused=True: one kernel updates all parameters."""
    return torch_eager(task, fused=True)


def torch_loader(task: Task) -> Work:
    """The same with a DataLoader in this process, as most programs have it."""
    torch: Any = import_module("torch")
    data: Any = import_module("torch.utils.data")
    net = torch_net(torch, task.sizes)
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
    rows = data.TensorDataset(torch.from_numpy(task.inputs), torch.from_numpy(task.labels))
    loader = data.DataLoader(rows, batch_size=task.batch_size, shuffle=True)

    def epoch() -> None:
        for inputs, labels in loader:
            loss = torch.nn.functional.cross_entropy(net(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def sklearn_mlp(task: Task) -> Work:
    """MLPClassifier.partial_fit on all rows, which is one epoch in batches."""
    network: Any = import_module("sklearn.neural_network")
    options = {"momentum": 0.0, "nesterovs_momentum": False, "alpha": 0.0, "random_state": 0}
    net = network.MLPClassifier(
        task.sizes[1:-1],
        solver="sgd",
        batch_size=task.batch_size,
        learning_rate_init=RATE,
        **options,
    )
    classes = np.arange(task.sizes[-1])
    return lambda: net.partial_fit(task.inputs, task.labels, classes=classes)


def import_jax() -> Any:
    """Return jax with one thread: it takes as many as it finds cores when it starts."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    if cores:
        os.sched_setaffinity(0, {min(cores)})
    try:
        jax: Any = import_module("jax")
        jax.numpy.zeros(1).block_until_ready()
    finally:
        if cores:
            os.sched_setaffinity(0, cores)
    return jax


def jax_scan(task: Task) -> Work:
    """An epoch as one compiled program: lax.scan over the batches, parameters donated."""
    jax = import_jax()
    jnp, rng = jax.numpy, np.random.default_rng(0)
    params = [
        (jnp.asarray(rng.normal(0, 0.05, pair), jnp.float32), jnp.zeros(pair[1], jnp.float32))
        for pair in pairwise(task.sizes)
    ]
    inputs, labels = jnp.asarray(task.inputs), jnp.asarray(task.labels)

    def loss(params: Any, x: Any, y: Any) -> Any:
        for weight, bias in params[:-1]:
            x = jax.nn.relu(x @ weight + bias)
        logits = x @ params[-1][0] + params[-1][1]
        return -jax.nn.log_softmax(logits)[jnp.arange(len(y)), y].mean()

    def step(params: Any, rows: Any) -> Any:
        slope = jax.grad(loss)(params, inputs[rows], labels[rows])
        return jax.tree.map(lambda p, d: p - RATE * d, params, slope), None

    whole = jax.jit(lambda params, order: jax.lax.scan(step, params, order)[0], donate_argnums=0)

    def epoch() -> None:
        nonlocal params
        order = rng.permutation(len(inputs))[: task.n_steps * task.batch_size]
        params = jax.block_until_ready(whole(params, order.reshape(-1, task.batch_size)))

    return epoch


def torch_vmap(task: Task, k: int) -> Work:
    """One epoch of k networks at once: torch.func.vmap over stacked parameters, each its order."""
    torch: Any = import_module("torch")
    func: Any = import_module("torch.func")
    nets = [torch_net(torch, task.sizes) for _ in range(k)]
    params, _ = func.stack_module_state(nets)
    inputs, labels = torch.from_numpy(task.inputs), torch.from_numpy(task.labels)

    def loss(params: Any, x: Any, y: Any) -> Any:
        return torch.nn.functional.cross_entropy(func.functional_call(nets[0], params, x), y)

    slopes = func.vmap(func.grad(loss))
    params = {name: p.detach() for name, p in params.items()}
    optimizer = torch.optim.Adam(list(params.values()), lr=RATE, fused=True)

    def epoch() -> None:
        orders = torch.stack([torch.randperm(len(inputs)) for _ in range(k)])
        for rows in orders.split(task.batch_size, dim=1):
            found = slopes(params, inputs[rows], labels[rows])
            for name, parameter in params.items():
                parameter.grad = found[name]
            optimizer.step()

    return epoch


def torch_lone(task: Task) -> Work:
    """One epoch of one small network by torch's plain loop with a fused Adam."""
    return torch_eager(task, "Adam", fused=True)

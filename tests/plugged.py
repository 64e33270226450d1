"""Plugins that tests write into their folder, and what of them to forget afterwards."""

import sys
from contextlib import contextmanager
from pathlib import Path

from hw3.core import plugins
from hw3.nn.activations import ACTIVATIONS
from hw3.nn.optimizers import OPTIMIZERS
from hw3.nn.schedules import SCHEDULES

MODULE = """
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hw3.nn.activations import ACTIVATIONS
from hw3.nn.optimizers import OPTIMIZERS
from hw3.nn.schedules import SCHEDULES, Schedule


@ACTIVATIONS.register("bent")
@dataclass(frozen=True)
class Bent:
    bend: float = 1.0
    init: ClassVar[str] = "he_normal"

    def value(self, z, out):
        out[...] = (np.sqrt(z * z + 1) - 1) / 2 * self.bend + z

    def slope(self, z, a, out):
        out[...] = z / (2 * np.sqrt(z * z + 1)) * self.bend + 1

    def torch_value(self, z):
        return ((z * z + 1).sqrt() - 1) / 2 * self.bend + z


@OPTIMIZERS.register("signed")
@dataclass(frozen=True)
class Signed:
    beta: float = 0.9
    default_lr: ClassVar[float] = 0.002
    slots: ClassVar[tuple[str, ...]] = ("mean",)

    def factors(self, learning_rate, step):
        return self.beta, 1 - self.beta, learning_rate

    @staticmethod
    def update(params, grads, state, factors):
        beta, complement, rate = factors
        mean = state.slots["mean"]
        mean *= beta
        mean += complement * grads
        params.vector -= rate * np.sign(mean)

    def torch_options(self):
        return {"beta": self.beta}

    @staticmethod
    def torch_class():
        import torch

        class TorchSigned(torch.optim.Optimizer):
            def __init__(self, params, lr, beta=0.9):
                super().__init__(params, {"lr": lr, "beta": beta})

            @torch.no_grad()
            def step(self):
                for group in self.param_groups:
                    for p in group["params"]:
                        state = self.state[p]
                        if "mean" not in state:
                            state["mean"] = torch.zeros_like(p)
                        state["mean"].mul_(group["beta"]).add_(p.grad, alpha=1 - group["beta"])
                        p.sub_(state["mean"].sign(), alpha=group["lr"])

        return TorchSigned


@SCHEDULES.register("falling")
@dataclass(frozen=True, kw_only=True)
class Falling(Schedule):
    power: float = 2.0

    def rate(self, epoch, epochs):
        return self.initial * (1 - epoch / epochs) ** self.power
"""


@contextmanager
def forgetting():
    """Take back what plugins leave in the process."""
    registries = (ACTIVATIONS, OPTIMIZERS, SCHEDULES)
    items, path = [dict(registry._items) for registry in registries], list(sys.path)
    modules, digests = set(sys.modules), dict(plugins._digests)
    try:
        yield
    finally:
        for registry, kept in zip(registries, items, strict=True):
            registry._items = kept
        sys.path[:], plugins._digests = path, digests
        for name in set(sys.modules) - modules:
            if not name.startswith(("hw3", "torch")) and is_own(name):
                del sys.modules[name]


def is_own(name):
    file = getattr(sys.modules[name], "__file__", None)
    return bool(file) and Path(file).parent in (Path.cwd(), *Path.cwd().parents[:1])


def write(name="bent_plugin", text=MODULE):
    Path(f"{name}.py").write_text(text)
    return f"plugins=[{name}]"

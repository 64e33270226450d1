"""Optimizers: immutable hyperparameters here, their state outside, in an OptimizerState.

Each variant is torch's, so that the two backends can be held against each other. `update` works in
place on flat vectors and may overwrite the gradient, which is needed no more.
"""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Protocol

import numpy as np

from hw3.core.limits import Decay, NonNegativeFloat, PositiveFloat
from hw3.core.registry import Registry
from hw3.nn.arrays import FloatArray, Parameters


@dataclass
class OptimizerState:
    """What an optimizer remembers: vectors shaped like the parameters, and the steps taken."""

    slots: dict[str, FloatArray]
    scratch: FloatArray
    step: int = 0


class Optimizer(Protocol):
    """A rule that turns gradients into steps.

    Attributes:
        name: as a config names it; the registry sets it.
        slots: names of the vectors it remembers; they start at zero.
        torch_name: the same rule in torch.optim.
    """

    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]]
    torch_name: ClassVar[str]

    def torch_options(self) -> dict[str, object]:
        """Return the arguments of the torch optimizer, but for params and lr."""

    def update(
        self, params: Parameters, grads: FloatArray, state: OptimizerState, learning_rate: float
    ) -> None:
        """Change params in place by one step; state.step counts from 1."""


OPTIMIZERS: Registry[type[Optimizer]] = Registry("optimizer")


def new_state(optimizer: Optimizer, params: Parameters) -> OptimizerState:
    """Return the state before the first step."""
    slots = {name: np.zeros_like(params.vector) for name in optimizer.slots}
    return OptimizerState(slots, np.empty_like(params.vector))


@OPTIMIZERS.register("sgd")
@dataclass(frozen=True)
class SGD:
    """w <- w - lr g."""

    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ()
    torch_name: ClassVar[str] = "SGD"

    def torch_options(self) -> dict[str, object]:
        """Return nothing: torch's SGD without arguments is this rule."""
        return {}

    def update(
        self, params: Parameters, grads: FloatArray, state: OptimizerState, learning_rate: float
    ) -> None:
        """Take one step; overwrites grads."""
        np.multiply(grads, learning_rate, out=grads)
        np.subtract(params.vector, grads, out=params.vector)


@OPTIMIZERS.register("momentum")
@dataclass(frozen=True)
class Momentum:
    """v <- momentum v + g; w <- w - lr v (Polyak 1964, in torch's form).

    The rate multiplies v when it is applied: halving it takes effect at once. In the form with
    v <- momentum v + lr g it would fade in.
    """

    momentum: Decay
    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    torch_name: ClassVar[str] = "SGD"

    def torch_options(self) -> dict[str, object]:
        """Return momentum, without dampening."""
        return {"momentum": self.momentum}

    def update(
        self, params: Parameters, grads: FloatArray, state: OptimizerState, learning_rate: float
    ) -> None:
        """Take one step; overwrites grads."""
        velocity = state.slots["velocity"]
        np.multiply(velocity, self.momentum, out=velocity)
        np.add(velocity, grads, out=velocity)
        np.multiply(velocity, learning_rate, out=grads)
        np.subtract(params.vector, grads, out=params.vector)


@OPTIMIZERS.register("nesterov")
@dataclass(frozen=True)
class Nesterov:
    """v <- momentum v + g; w <- w - lr (g + momentum v) (Sutskever et al. 2013), torch's."""

    momentum: Decay
    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    torch_name: ClassVar[str] = "SGD"

    def torch_options(self) -> dict[str, object]:
        """Return momentum and nesterov, which torch refuses for a momentum of 0."""
        return {"momentum": self.momentum, "nesterov": self.momentum > 0}

    def update(
        self, params: Parameters, grads: FloatArray, state: OptimizerState, learning_rate: float
    ) -> None:
        """Take one step; overwrites grads."""
        velocity, scratch = state.slots["velocity"], state.scratch
        np.multiply(velocity, self.momentum, out=velocity)
        np.add(velocity, grads, out=velocity)
        np.multiply(velocity, self.momentum, out=scratch)
        np.add(grads, scratch, out=grads)
        np.multiply(grads, learning_rate, out=grads)
        np.subtract(params.vector, grads, out=params.vector)


@OPTIMIZERS.register("rmsprop")
@dataclass(frozen=True)
class RMSprop:
    """v <- rho v + (1 - rho) g^2; w <- w - lr g / (sqrt(v) + eps) (Hinton 2012, lecture 6e).

    eps stands outside the root, as in torch (which calls rho alpha); others put it inside.
    """

    rho: Decay
    eps: PositiveFloat
    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ("mean_square",)
    torch_name: ClassVar[str] = "RMSprop"

    def torch_options(self) -> dict[str, object]:
        """Return alpha and eps."""
        return {"alpha": self.rho, "eps": self.eps}

    def update(
        self, params: Parameters, grads: FloatArray, state: OptimizerState, learning_rate: float
    ) -> None:
        """Take one step; overwrites grads."""
        mean_square, scratch = state.slots["mean_square"], state.scratch
        average_square(mean_square, grads, self.rho, scratch)
        np.sqrt(mean_square, out=scratch)
        np.add(scratch, self.eps, out=scratch)
        np.divide(grads, scratch, out=grads)
        np.multiply(grads, learning_rate, out=grads)
        np.subtract(params.vector, grads, out=params.vector)


@OPTIMIZERS.register("adam")
@dataclass(frozen=True)
class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1), eps outside the root of the corrected v.

    m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2;
    w <- w - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps).
    """

    beta1: Decay
    beta2: Decay
    eps: PositiveFloat
    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ("mean", "mean_square")
    torch_name: ClassVar[str] = "Adam"

    def torch_options(self) -> dict[str, object]:
        """Return betas and eps."""
        return {"betas": (self.beta1, self.beta2), "eps": self.eps}

    def update(
        self, params: Parameters, grads: FloatArray, state: OptimizerState, learning_rate: float
    ) -> None:
        """Take one step; overwrites grads."""
        mean, mean_square, scratch = (*(state.slots[s] for s in self.slots), state.scratch)
        np.multiply(grads, 1 - self.beta1, out=scratch)
        np.multiply(mean, self.beta1, out=mean)
        np.add(mean, scratch, out=mean)
        average_square(mean_square, grads, self.beta2, scratch)
        np.sqrt(mean_square, out=scratch)
        np.multiply(scratch, 1 / sqrt(1 - self.beta2**state.step), out=scratch)
        np.add(scratch, self.eps, out=scratch)
        np.divide(mean, scratch, out=grads)
        np.multiply(grads, learning_rate / (1 - self.beta1**state.step), out=grads)
        np.subtract(params.vector, grads, out=params.vector)


@OPTIMIZERS.register("adamw")
@dataclass(frozen=True)
class AdamW(Adam):
    """Adam after w <- w - lr weight_decay w, weights only (Loshchilov & Hutter 2019, alg. 2).

    weight_decay is torch's: the learning rate multiplies it. Biases are not decayed.
    """

    weight_decay: NonNegativeFloat
    torch_name: ClassVar[str] = "AdamW"

    def torch_options(self) -> dict[str, object]:
        """Return betas, eps and weight_decay (the torch backend takes the biases out of it)."""
        return super().torch_options() | {"weight_decay": self.weight_decay}

    def update(
        self, params: Parameters, grads: FloatArray, state: OptimizerState, learning_rate: float
    ) -> None:
        """Take one step; overwrites grads."""
        weights = params.weight_vector
        np.multiply(weights, 1 - learning_rate * self.weight_decay, out=weights)
        super().update(params, grads, state, learning_rate)


def average_square(mean: FloatArray, grads: FloatArray, rho: float, scratch: FloatArray) -> None:
    """Change mean in place to rho mean + (1 - rho) grads^2."""
    np.multiply(grads, grads, out=scratch)
    np.multiply(scratch, 1 - rho, out=scratch)
    np.multiply(mean, rho, out=mean)
    np.add(mean, scratch, out=mean)

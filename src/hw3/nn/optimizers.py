"""Optimizers: immutable hyperparameters, and an update in place of flat vectors.

Each variant is torch's, so that the two backends can be held against each other. What a network's
hyperparameters, rate and step decide are numbers, its `factors`; the update itself is the same for
all networks of a stack, whose vectors have a leading axis (k, n_parameters) and whose factors are
columns (k, 1). It may overwrite the gradient, which is needed no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, ClassVar, Protocol

import numpy as np

from hw3.core.limits import Decay, NonNegativeFloat, PositiveFloat
from hw3.core.registry import Registry
from hw3.nn.arrays import FloatArray, Parameters

Factors = Sequence[Any]  # floats of one network, or a column (k, 1) of each


@dataclass
class State:
    """What an optimizer remembers of k networks.

    Attributes:
        slots: vectors shaped like the parameters, (k, n_parameters), zero at the start.
        scratch: one more, whose content nobody needs.
    """

    slots: Mapping[str, FloatArray]
    scratch: FloatArray


class Optimizer(Protocol):
    """A rule that turns gradients into steps.

    Attributes:
        name: as a config names it; the registry sets it.
        slots: names of the vectors it remembers.

    The torch backend needs two more: `torch_name`, the same rule in torch.optim, or `torch_class()`
    that returns a class of one's own; and `torch_options()`, its arguments but for params and lr.
    """

    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]]

    def factors(self, learning_rate: float, step: int) -> tuple[float, ...]:
        """Return the numbers of a step, in the order in which `update` takes them; from step 1."""

    @staticmethod
    def update(params: Parameters, grads: FloatArray, state: State, factors: Factors) -> None:
        """Change params in place by one step."""


OPTIMIZERS: Registry[type[Optimizer]] = Registry("optimizer", ("slots", "factors", "update"))


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

    def factors(self, learning_rate: float, step: int) -> tuple[float, ...]:
        """Return the rate."""
        return (learning_rate,)

    @staticmethod
    def update(params: Parameters, grads: FloatArray, state: State, factors: Factors) -> None:
        """Take one step; overwrites grads."""
        (rate,) = factors
        np.multiply(grads, rate, out=grads)
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

    def factors(self, learning_rate: float, step: int) -> tuple[float, ...]:
        """Return momentum and rate."""
        return self.momentum, learning_rate

    @staticmethod
    def update(params: Parameters, grads: FloatArray, state: State, factors: Factors) -> None:
        """Take one step; overwrites grads."""
        (momentum, rate), velocity = factors, state.slots["velocity"]
        np.multiply(velocity, momentum, out=velocity)
        np.add(velocity, grads, out=velocity)
        np.multiply(velocity, rate, out=grads)
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

    def factors(self, learning_rate: float, step: int) -> tuple[float, ...]:
        """Return momentum and rate."""
        return self.momentum, learning_rate

    @staticmethod
    def update(params: Parameters, grads: FloatArray, state: State, factors: Factors) -> None:
        """Take one step; overwrites grads."""
        momentum, rate = factors
        velocity, scratch = state.slots["velocity"], state.scratch
        np.multiply(velocity, momentum, out=velocity)
        np.add(velocity, grads, out=velocity)
        np.multiply(velocity, momentum, out=scratch)
        np.add(grads, scratch, out=grads)
        np.multiply(grads, rate, out=grads)
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

    def factors(self, learning_rate: float, step: int) -> tuple[float, ...]:
        """Return rho, 1 - rho, eps and rate."""
        return self.rho, 1 - self.rho, self.eps, learning_rate

    @staticmethod
    def update(params: Parameters, grads: FloatArray, state: State, factors: Factors) -> None:
        """Take one step; overwrites grads."""
        rho, complement, eps, rate = factors
        mean_square, scratch = state.slots["mean_square"], state.scratch
        average_square(mean_square, grads, rho, complement, scratch)
        np.sqrt(mean_square, out=scratch)
        np.add(scratch, eps, out=scratch)
        np.divide(grads, scratch, out=grads)
        np.multiply(grads, rate, out=grads)
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

    def factors(self, learning_rate: float, step: int) -> tuple[float, ...]:
        """Return beta1 and beta2 with their complements, eps, and the two corrected for t = step.

        The rate is divided by 1 - beta1^t; the root of v is multiplied by 1 / sqrt(1 - beta2^t).
        """
        rate = learning_rate / (1 - self.beta1**step)
        root = 1 / sqrt(1 - self.beta2**step)
        return self.beta1, 1 - self.beta1, self.beta2, 1 - self.beta2, self.eps, rate, root

    @staticmethod
    def update(params: Parameters, grads: FloatArray, state: State, factors: Factors) -> None:
        """Take one step; overwrites grads."""
        beta1, complement1, beta2, complement2, eps, rate, root = factors
        mean, mean_square, scratch = state.slots["mean"], state.slots["mean_square"], state.scratch
        np.multiply(grads, complement1, out=scratch)
        np.multiply(mean, beta1, out=mean)
        np.add(mean, scratch, out=mean)
        average_square(mean_square, grads, beta2, complement2, scratch)
        np.sqrt(mean_square, out=scratch)
        np.multiply(scratch, root, out=scratch)
        np.add(scratch, eps, out=scratch)
        np.divide(mean, scratch, out=grads)
        np.multiply(grads, rate, out=grads)
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

    def factors(self, learning_rate: float, step: int) -> tuple[float, ...]:
        """Return 1 - lr weight_decay, and Adam's."""
        return 1 - learning_rate * self.weight_decay, *super().factors(learning_rate, step)

    @staticmethod
    def update(params: Parameters, grads: FloatArray, state: State, factors: Factors) -> None:
        """Take one step; overwrites grads."""
        np.multiply(params.weight_vector, factors[0], out=params.weight_vector)
        Adam.update(params, grads, state, factors[1:])


def average_square(
    mean: FloatArray, grads: FloatArray, rho: Any, complement: Any, scratch: FloatArray
) -> None:
    """Change mean in place to rho mean + (1 - rho) grads^2; the complement of rho is 1 - rho."""
    np.multiply(grads, grads, out=scratch)
    np.multiply(scratch, complement, out=scratch)
    np.multiply(mean, rho, out=mean)
    np.add(mean, scratch, out=mean)

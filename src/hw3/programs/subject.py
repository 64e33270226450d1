"""A program seen through its conventions: our arrays go in, our arrays come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hw3.nn.arrays import FloatArray, LayerParams
from hw3.programs.compare import DOUBLE, SINGLE, Step, step_back
from hw3.programs.faulty import Faulty
from hw3.programs.form import DataForm, Form, WrongForm, leaves
from hw3.programs.names import ours
from hw3.programs.program import Answer, Program
from hw3.programs.reference import HEADS, Net, Rows
from hw3.programs.wire import Tree

ASKED_GRADIENTS = ("gradients", "step", "train")  # what tells a gradient, the plainest first


@dataclass(frozen=True)
class Convention:
    """How a program wants its arguments, and what it computes.

    Attributes:
        sizes: of the layers, inputs first.
        act: what functions that name `activation` are told.
        net: the network that it computes; one with a bug if its loss is that one's, None if it is
            none that is known.
        scale: its loss is scale * n^power * the mean loss of the net over n rows.
        penalty: its loss has penalty * n^penalty_power * the squares of the weights beside that.
        penalty_of: of what the squares are, or the norms.
        is_loss_known: whether its loss is that of the net; else its gradient alone is.
        is_single: whether it computes in float32.
    """

    sizes: tuple[int, ...]
    form: Form
    data: DataForm
    act: str = "relu"
    net: Net | None = None
    scale: float = 1
    power: int = 0
    penalty: float = 0
    penalty_power: int = 0
    penalty_of: str = "weights"
    is_loss_known: bool = True
    is_single: bool = False

    @property
    def tolerance(self) -> float:
        """Return how far apart two computations of a gradient may be."""
        return SINGLE if self.is_single else DOUBLE

    def true(self, at: Step) -> list[LayerParams] | None:
        """Return the gradient of the network and penalty that its loss is, if they are known."""
        if self.net is None or not self.is_loss_known or self.penalty_of != "weights":
            return None
        times = self.scale * float(len(at.rows)) ** self.power
        decay = self.decay(len(at.rows))
        found = self.net.gradients(at.params, at.rows)
        return [
            (times * dw + decay * w, times * db)
            for (dw, db), (w, _) in zip(found, at.params, strict=True)
        ]

    def loss(self, params: Sequence[LayerParams], rows: Rows) -> float:
        """Return the loss of the network with its penalty, as the program scales it.

        Errors: ValueError where the network is not known.
        """
        if self.net is None:
            raise ValueError("the network is not known")
        n = float(len(rows))
        squares = sum(float((w**2).sum()) for w, _ in params)
        return (
            self.scale * n**self.power * self.net.loss(params, rows)
            + self.decay(len(rows)) * squares / 2
        )

    def decay(self, n: int) -> float:
        """Return by how many times the weights its penalty adds to the gradient of n rows."""
        return 2 * self.penalty * float(n) ** self.penalty_power

    def lines(self) -> tuple[str, ...]:
        """Return the conventions in words."""
        found = [str(self.form), str(self.data), f"layers of {list(self.sizes)} were checked"]
        if self.net and not isinstance(self.net, Faulty):
            found.append(f"hidden units are {self.net.act}; the loss is {HEADS[self.net.head]}")
        if self.penalty:
            per = " / n" if self.penalty_power else ""
            found.append(
                f"the loss has {self.penalty:.4g}{per} * sum w^2 in it, of {self.penalty_of}"
            )
        if self.is_single:
            found.append("numbers are float32, so differences are judged less strictly")
        return tuple(found)


@dataclass(frozen=True)
class Subject:
    """A program with its convention; each method raises ProgramError or WrongForm.

    Attributes:
        untold: arguments that it is not given, though it may name them.
    """

    program: Program
    convention: Convention
    untold: tuple[str, ...] = ()

    def gives(self, *names: str) -> bool:
        """Whether the program defines all of these functions."""
        return all(name in self.program.functions for name in names)

    def named(self, function: str, parameter: str) -> bool:
        """Whether a function takes a parameter."""
        names = ours(function, self.program.functions.get(function, ())).values()
        return parameter in names and parameter not in self.untold

    @property
    def gradient_names(self) -> list[str]:
        """Return which functions tell a gradient for weights that are given."""
        names = [name for name in ASKED_GRADIENTS if self.gives(name)]
        return [n for n in names if n != "train" or self.named(n, "weights")]

    def with_act(self, act: str) -> "Subject":
        """Return the same program with another activation, and its network with it."""
        net = self.convention.net
        net = replace(net, act=act) if net else None
        return replace(self, convention=replace(self.convention, act=act, net=net))

    def arguments(self, name: str, at: Step, **more: Tree) -> dict[str, Tree]:
        """Return those arguments at a place that a function names."""
        c = self.convention
        known: dict[str, Tree] = {
            "weights": c.form.pack(at.params),
            "x": c.data.x(at.rows.x),
            "y": c.data.y(at.rows),
            "lr": at.lr,
            "l2": 0.0,
            "activation": c.act,
            "sizes": list(c.sizes),
            "seed": 1,
            **more,
        }
        told = {key: value for key, value in known.items() if key not in self.untold}
        return taken(self.program, name, told)

    def ask(self, name: str, at: Step, **more: Tree) -> Answer:
        """Call a function at a place."""
        return self.program.call(name, **self.arguments(name, at, **more))

    def losses(self, places: Sequence[Step], **more: Tree) -> FloatArray:
        """Return the loss at each place."""
        return self.losses_of([self.arguments("loss", at, **more) for at in places])

    def losses_of(self, arguments: Sequence[Mapping[str, Tree]]) -> FloatArray:
        """Return the loss for each set of arguments."""
        return np.array([one_number(a.value) for a in self.program.many("loss", arguments)])

    def loss(self, at: Step, **more: Tree) -> float:
        """Return the loss at a place."""
        return float(self.losses([at], **more)[0])

    def gradient(self, name: str, at: Step, **more: Tree) -> list[LayerParams]:
        """Return the gradient that a function tells: (w - w') / lr where it makes a step."""
        sizes, form = self.convention.sizes, self.convention.form
        if name == "gradients":
            return form.unpack(self.ask(name, at, **more).value, sizes)
        if name == "train":
            after = self.form_of_last(self.trained_once(at, **more))
        else:
            after = form.unpack(self.ask(name, at, **more).value, sizes)
        return step_back(at.params, after, at.lr)

    def trained_once(self, at: Step, **more: Tree) -> Tree:
        """Return what `train` returns after one epoch with all rows in one batch."""
        x, y = self.convention.data.x(at.rows.x), self.convention.data.y(at.rows)
        known: dict[str, Tree] = {"x": x, "y": y, "x_val": x, "y_val": y, "x_test": x, "y_test": y}
        known |= {"epochs": 1, "batch_size": len(at.rows)}
        return self.ask("train", at, **(known | more)).value

    def form_of_last(self, value: Tree) -> list[LayerParams]:
        """Return the last weights of what `train` returned."""
        sizes, form = self.convention.sizes, self.convention.form
        return form.unpack(last_of(value, form.n_arrays(sizes)), sizes)


def taken(program: Program, function: str, known: Mapping[str, Tree]) -> dict[str, Tree]:
    """Return those of the arguments that a function takes, by its own names."""
    names = ours(function, program.functions[function])
    return {theirs: known[name] for theirs, name in names.items() if name in known}


def one_number(value: Tree) -> float:
    """Return a loss as a number.

    Errors: WrongForm.
    """
    found: Any = np.asarray(value) if isinstance(value, int | float | np.ndarray) else None
    if found is None or found.size != 1 or found.dtype.kind not in "fiu":
        got = f"an array of shape {found.shape}" if found is not None else type(value).__name__
        raise WrongForm(f"loss(...) returns {got}, where one number is wanted")
    return float(found.item())


def last_of(value: Tree, n_arrays: int) -> Tree:
    """Return the last weights of what a training returned: of those after each epoch, alone."""
    found = trained(value, n_arrays)[0]
    if not found:
        raise WrongForm("train(...) returns no weights")
    return found[-1]


def trained(value: Tree, n_arrays: int) -> tuple[list[Tree], list[float]]:
    """Return the weights that a training returned, one tree an epoch, and its losses if any.

    Weights are what holds n_arrays arrays; of a pair, the second may be the losses.

    Errors: WrongForm.
    """
    if isinstance(value, dict) and len(leaves(value)) != n_arrays:  # such as a history
        value = list(value.values())
    if isinstance(value, list | tuple) and len(value) == 2:
        weights, losses = value
        n = len(leaves(weights))
        numbers = np.asarray(losses, float) if is_numbers(losses) else None
        if n and not n % n_arrays and numbers is not None and (n > n_arrays or n_arrays > 2):
            return trained(weights, n_arrays)[0], numbers.ravel().tolist()
    n = len(leaves(value))
    if n == n_arrays:
        while isinstance(value, list | tuple) and len(value) == 1:  # a list of one epoch
            value = value[0]
        return [value], []
    if isinstance(value, list | tuple) and n and all(len(leaves(v)) == n_arrays for v in value):
        return list(value), []
    raise WrongForm(
        f"train(...) returns {n} arrays, where weights are {n_arrays}: it is to return a list "
        "of the weights after each epoch; define sizes = [...] if it works with certain layers only"
    )


def is_numbers(value: Tree) -> bool:
    """Whether a value is one-dimensional and of numbers."""
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and value.dtype.kind in "fiu"
    return isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value)

"""What right programs may do differently, and how it is drawn."""

from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np

BUGS = (1, 2, 3, 4, 5, 6, 13, 15, 16, 17)  # those that loss, gradients, step or softmax can have

ALL = ("loss", "gradients", "step", "train", "outputs", "softmax", "init")


def among(*values: Any) -> Any:
    """Return a field that is drawn from some values; repeated ones are drawn more often."""
    return field(metadata={"values": values})


@dataclass(frozen=True)
class Convention:
    """How a program is written. `bug` is 0 for a right one, `variant` says which form of the bug.

    Attributes:
        form: of the weights: [W1, b1, ...], [W1, ..., b1, ...], [(W1, b1), ...], (Ws, bs),
            {"W1": ..., "b1": ...}, {"W": [...], "b": [...]} or [{"W": ..., "b": ...}, ...].
        turned: whether W is (fan_out, fan_in).
        bias: shape of b: (n,), (n, 1) or (1, n).
        columns: whether a column of x is an example.
        one_hot: whether labels are given so.
        reduction: sum or mean over the batch; "all" is the mean over outputs too.
        l2: lambda * sum(w^2) times this text, or nothing; "l2 / n" is divided by the batch.
        strength: whether l2 is an argument or a constant.
        slope_of: whether the derivative is taken from z or from the activation.
        code: how the sums are written.
        sizes: those with which alone the program works, or none.
        cast: float32 throughout, of the first weights alone, or not at all.
        given: which functions the program hands out; named, whether its activation's name too.
        init: of the weights; bias_init of the biases.
        guard: what keeps log from 0.
    """

    form: str = among("list", "blocks", "pairs", "two", "dict", "dict of lists", "layers")
    turned: bool = among(False, True)
    bias: Literal["n", "n1", "1n"] = among("n", "n", "n1", "1n")
    columns: bool = among(False, False, True)
    one_hot: bool = among(False, True)
    reduction: Literal["sum", "mean", "all"] = among("mean", "mean", "sum")
    l2: str = among("", "l2", "l2 / 2", "l2 / n", "l2 / (2 * n)")
    strength: Literal["argument", "constant"] = among("argument", "argument", "constant")
    head: str = among("softmax", "softmax", "softmax", "sigmoid", "linear", "squared sigmoid")
    half: bool = among(False, True)
    hidden: str = among("relu", "relu", "tanh", "sigmoid", "leaky_relu")
    slope_of: Literal["z", "a"] = among("z", "a")
    at_kink: Literal[">", ">="] = among(">", ">", ">=")
    code: Literal["vectorised", "einsum", "loops", "unrolled"] = among(
        "vectorised", "vectorised", "einsum", "loops", "unrolled"
    )
    sizes: tuple[int, ...] = among(
        (), (), (), (64, 12, 10), (40, 8, 6, 4), (4, 5, 4, 3, 3), (20, 6, 1)
    )
    cast: Literal["", "weights", "all"] = among("", "", "", "weights", "weights", "all")
    given: tuple[str, ...] = among(
        ("loss", "gradients"), ("loss", "gradients", "init"), ("step",), ("step", "init"),
        ("train",), ("train", "init"), ("loss", "step", "init"), ("loss", "gradients", "outputs"),
        ALL, ALL, ALL, ALL,
    )  # fmt: skip
    named: bool = among(False, True)
    init: str = among(
        "he normal", "he uniform", "glorot normal", "glorot uniform", "lecun normal",
        "lecun uniform", "torch", "small",
    )  # fmt: skip
    bias_init: str = among("zeros", "zeros", "constant", "normal")
    seeded: Literal["rng", "global", "never"] = among("rng", "global", "never")
    guard: Literal["added", "clipped", "log-softmax"] = among("added", "clipped", "log-softmax")
    eps: str = among("1e-12", "1e-15", "1e-10")
    gives: Literal["logits", "probabilities"] = among("logits", "probabilities")
    in_place: bool = among(False, False, True)
    remainder: Literal["kept", "dropped"] = among("kept", "kept", "dropped")
    shuffle: Literal["indices", "rows", "list"] = among("indices", "rows", "list")
    schedule: Literal["power", "thirds", "halves", "table"] = among(
        "power", "thirds", "halves", "table"
    )
    history: Literal["each", "first too", "last"] = among("each", "first too", "last")
    losses: Literal["", "running", "mean of batches", "whole"] = among(
        "", "running", "mean of batches", "whole"
    )
    validates: bool = among(False, True)
    start: Literal["sizes", "weights"] = among("sizes", "weights")
    bug: int = among(0)
    variant: int = among(0, 1, 2, 3, 4, 5)

    @property
    def axis(self) -> int:
        """The axis of the outputs, in what a layer computes."""
        return 0 if self.columns else 1

    @property
    def batch_axis(self) -> int:
        """The axis of the examples."""
        return 1 - self.axis


def drawn(number: int, **fixed: Any) -> Convention:
    """Return the convention of a number, with some of it fixed."""
    rng = np.random.default_rng(number)
    values: dict[str, Any] = {
        f.name: f.metadata["values"][int(rng.integers(len(f.metadata["values"])))]
        for f in fields(Convention)
    }
    return Convention(**sensible(values | fixed))


def sensible(values: dict[str, Any]) -> dict[str, Any]:
    """Return a convention's values without what nobody would write."""
    if values["sizes"] and values["sizes"][-1] == 1:
        values["head"] = "sigmoid" if values["head"] == "softmax" else values["head"]
        values["one_hot"] = False
    if "init" not in values["given"]:  # a form that can be guessed, and no first weights to ask for
        values["start"] = "sizes"
        if values["form"] in ("dict of lists", "layers"):
            values["form"] = "dict"
    if values["code"] == "unrolled" and not values["sizes"]:
        values["sizes"] = (36, 7, 5, 3)
    if (
        values["head"] in ("linear", "squared sigmoid")
        and values["variant"] % 3 == 0
        and not values["bug"]
    ):
        values["reduction"] = "all"
    if values["reduction"] == "sum":
        values["l2"] = values["l2"].split(" / ")[0]
        values["losses"] = values["losses"] and "whole"
    if values["slope_of"] == "a":
        values["at_kink"] = ">"
    if values["guard"] == "log-softmax" and values["cast"] == "all":
        values["guard"] = "clipped"
    return values

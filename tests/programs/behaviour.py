"""What a program does with data that are the same for all: two that differ in it differ truly."""

import inspect
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import h5py
import numpy as np

SIZES = ((6, 5, 4, 3), (6, 5, 1))
BROKEN = (ArithmeticError, LookupError, OSError, TypeError, ValueError)


def arrays(weights: Any) -> list[np.ndarray]:
    """Return the arrays of nested lists, tuples and dictionaries, in order."""
    if isinstance(weights, np.ndarray):
        return [weights]
    parts = weights.values() if isinstance(weights, dict) else weights
    return [array for part in parts for array in arrays(part)]


def given(style: str, x: np.ndarray, y: np.ndarray, n_outputs: int) -> tuple[np.ndarray, ...]:
    """Return rows (n, inputs) and labels (n,) as the program of a style takes them."""
    if style != "columns":
        return x, y
    return x.T, y.reshape(1, -1) if n_outputs == 1 else np.eye(n_outputs)[y].T


def seen(source: str, style: str, folder: Path) -> dict[str, list[Any]]:
    """Return what a program does, by name; an error counts as its name."""
    program = ModuleType(style)
    exec(compile(source, f"{style}.py", "exec"), vars(program))
    with warnings.catch_warnings(action="ignore"):
        return {name: tried(partial(look, program, style, folder)) for name, look in LOOKS.items()}


def tried(look: Callable[[], Any]) -> list[Any]:
    try:
        with mock.patch("builtins.print"):
            return list(look())
    except BROKEN as error:
        return [type(error).__name__]


def same(one: list[Any], other: list[Any]) -> bool:
    """Return whether two programs did the same, but for rounding."""
    return len(one) == len(other) and all(
        a == b
        if isinstance(a, str) or isinstance(b, str)
        else np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-9, equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


def batch(style: str, sizes: tuple[int, ...], n: int = 7) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((n, sizes[0])), rng.integers(0, max(2, sizes[-1]), n)
    return given(style, x, y, sizes[-1])


def moved(program: Any, sizes: tuple[int, ...]) -> Any:
    rng, weights = np.random.default_rng(4), program.init(sizes)
    for array in arrays(weights):
        array += 0.1 * rng.standard_normal(array.shape)
    return weights


def backprop(program: Any, style: str, folder: Path) -> Any:
    for sizes in SIZES:
        for act in ("relu", "tanh"):
            weights, xy = moved(program, sizes), batch(style, sizes)
            yield program.loss(weights, *xy, 0.1, act)
            for _ in range(2):
                yield from arrays(program.gradients(weights, *xy, 0.1, act))
            yield from arrays(program.step(weights, *xy, 0.5, 0.1, act))
            yield from (xy[0], program.outputs(weights, xy[0], act))


def logits(program: Any, style: str, folder: Path) -> Any:
    z = np.array([[1e4, 0.0, -1e4], [1.0, 2.0, 1.0]])
    return [program.softmax(z.T if style == "columns" else z)]


def training(program: Any, style: str, folder: Path) -> Any:
    xy, val = batch(style, SIZES[0], 23), batch(style, SIZES[0], 7)
    settings = {"sizes": SIZES[0], "epochs": 6, "lr": 0.1, "batch_size": 4, "l2": 0.0}
    for name in ("train", "retrain"):
        function = getattr(program, name)
        names = list(inspect.signature(function).parameters)
        yield from names
        extra = {"x_test": val[0], "y_test": val[1]} if "x_test" in names else {}
        extra |= {"weights": moved(program, SIZES[0])} if names[0] == "weights" else {}
        keys = dict(zip(("x", "y", "x_val", "y_val"), (*xy, *val), strict=True))
        history, losses = function(**keys, **extra, **settings)
        yield from (*arrays(history), *losses)


def rest(program: Any, style: str, folder: Path) -> Any:
    yield from program.split(*batch(style, SIZES[0], 23))
    yield program.choose([[0.1, 0.2, 0.3], [0.9, 0.7, 0.1], [0.35, 0.0, 0.29], [0.0, 0.0, 0.31]])
    labels, predicted = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 2, 2])
    matrix = program.confusion(labels, predicted)
    yield from (matrix, program.class_accuracy(matrix))


def files(program: Any, style: str, folder: Path) -> Any:
    x, weights = batch(style, SIZES[0])[0], moved(program, SIZES[0])
    for act in ("relu", "tanh"):
        program.save(weights, act, folder / "net")
        yield program.outputs(program.load(folder / "net"), x)
    with h5py.File(folder / "data.h5", "w") as file:
        file["xdata"], file["ydata"] = np.ones((3, 784)), np.eye(10)[:3]
    with mock.patch.object(h5py, "File", wraps=h5py.File) as opened:
        yield from program.read(folder / "data.h5")
    yield str(opened.call_args)


LOOKS: dict[str, Callable[[Any, str, Path], Any]] = {
    look.__name__: look for look in (backprop, logits, training, rest, files)
}

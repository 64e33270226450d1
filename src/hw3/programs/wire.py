"""Messages between check and the program's process: JSON, and the bytes of arrays; no pickle.

Both processes load this file, so it knows numpy and the standard library alone. A message that
was forged can be wrong, but it is data: nothing in it names code.
"""

import re
from collections.abc import Callable, Iterator, Mapping, ValuesView
from itertools import islice
from json import dumps, loads
from math import prod
from struct import Struct
from typing import Any, TypeAlias

import numpy as np
from numpy import asarray, dtype, empty, frombuffer, generic, ndarray
from numpy.typing import NDArray

Tree: TypeAlias = (
    "NDArray[Any] | float | int | str | list[Tree] | tuple[Tree, ...] | dict[str, Tree] | None"
)
FUNCTIONS = (
    *("init", "loss", "gradients", "step", "outputs", "softmax", "train", "retrain", "split"),
    *("choose", "confusion", "class_accuracy", "save", "load", "read"),
)
CONSTANTS = ("sizes", "activation")
HEADER = Struct("<QQ")  # how many bytes of JSON and of arrays follow
LARGEST = 256 << 20  # bytes of a message
DEEPEST = 20  # lists within lists
MOST = 1 << 20  # values in a list
PLAIN = re.compile(r"[<>|=]?[biufcU]\d+")  # types of arrays that are numbers or text


class UntoldError(TypeError):
    """A value that no message holds."""


def packed(message: object) -> bytes:
    """Return a message as bytes.

    Raises:
        UntoldError: for what is no tree of arrays, or too large.
    """
    chunks: list[bytes] = []
    text = dumps(told(message, chunks, 0)).encode()
    n_bytes = sum(map(len, chunks))
    if len(text) + n_bytes > LARGEST:
        raise UntoldError(f"more than {LARGEST >> 20} MB in one message")
    return b"".join((HEADER.pack(len(text), n_bytes), text, *chunks))


def told(value: Any, chunks: list[bytes], depth: int) -> Any:
    """Return what JSON holds of a value; the bytes of its arrays are added to the chunks."""
    if depth > DEEPEST:
        raise UntoldError(f"lists or dictionaries more than {DEEPEST} deep")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        keys = [key for key in value if not isinstance(key, str | int)]
        if keys:
            raise UntoldError(f"a dictionary with a key that is a {type(keys[0]).__name__}")
        return {"d": [[key, told(value[key], chunks, depth + 1)] for key in value]}
    if isinstance(value, list | tuple | range | Iterator | ValuesView):
        return {"t" if isinstance(value, tuple) else "l": items(value, chunks, depth)}
    if hasattr(value, "detach"):  # a tensor of torch, perhaps on a device, with a gradient
        value = value.detach().cpu().numpy()
    if not isinstance(value, generic) and not hasattr(type(value), "__array__"):
        raise UntoldError(f"an object of class {type(value).__name__}")
    array = asarray(value)
    if array.dtype == object:
        return {"o": [array.shape, items(array.ravel(), chunks, depth)]}
    if not PLAIN.fullmatch(array.dtype.str):
        raise UntoldError(f"an array of {array.dtype}")
    if isinstance(value, generic) and array.dtype.itemsize <= 8:
        return array.item()
    chunks.append(array.tobytes())
    return {"a": [array.dtype.str, array.shape, len(chunks[-1])]}


def items(values: Any, chunks: list[bytes], depth: int) -> list[Any]:
    """Return what JSON holds of each value, and stop one that never ends."""
    found = [told(value, chunks, depth + 1) for value in islice(values, MOST)]
    if len(found) == MOST:
        raise UntoldError(f"{MOST:,} values or more in one list")
    return found


def received(read: Callable[[int], bytes]) -> Any:
    """Return the message that `read(n)` gives the bytes of.

    Raises:
        ValueError: for what is no message.
    """
    sizes = HEADER.unpack(read(HEADER.size))
    if sum(sizes) > LARGEST:
        raise ValueError(f"a message of {sum(sizes):,} bytes")
    text, content = read(sizes[0]), read(sizes[1])
    try:
        value, end = understood(loads(text), content, 0)
        if end != len(content):
            raise ValueError("bytes are left over")
    except (KeyError, TypeError, IndexError, RecursionError, OverflowError) as error:
        raise ValueError(f"no message: {error}") from None
    return value


def understood(told: Any, content: bytes, at: int) -> tuple[Any, int]:
    """Return the value of what JSON holds, with fresh arrays, and where the next array begins."""
    if not isinstance(told, dict):
        if isinstance(told, list):
            raise ValueError("a bare list")
        return told, at
    ((kind, inner),) = told.items()
    if kind == "a":
        name, shape, n_bytes = inner
        if not PLAIN.fullmatch(name) or any(type(n) is not int or n < 0 for n in shape):
            raise ValueError("no array of numbers")
        flat = frombuffer(content, dtype(name), prod(shape), at)
        if flat.nbytes != n_bytes:
            raise ValueError("an array of another size")
        return flat.reshape(shape).copy(), at + n_bytes
    values = []
    for item in inner[1] if kind == "o" else inner:
        value, at = understood(item[1] if kind == "d" else item, content, at)
        values.append(value)
    if kind == "o":
        array: ndarray[Any, np.dtype[np.object_]] = empty(len(values), object)
        for i, value in enumerate(values):
            array[i] = value
        return array.reshape(inner[0]), at
    if kind == "d":
        return dict(zip((key for key, _ in inner), values, strict=True)), at
    return (tuple(values) if kind == "t" else values), at

"""Messages between check and a program: what goes in comes out, and what is forged is refused."""

import json
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hw3.programs.wire import HEADER, packed, received

ARRAYS = hnp.arrays(
    st.sampled_from(["f8", "f4", "i8", "u1", "?", ">f8", "c16", "U3"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | ARRAYS
TREES = st.recursive(
    LEAVES,
    lambda t: (
        st.lists(t, max_size=4)
        | st.lists(t, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), t, max_size=3)
    ),
    max_leaves=8,
)


def received_of(data):
    """Return the message of some bytes, which may end too early."""
    return received(BytesIO(data).read)


def assert_same(a, b):
    """The same types, shapes and bits, all the way down."""
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
        assert b.flags.writeable
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for left, right in zip(a, b, strict=True):
            assert_same(left, right)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        assert_same(list(a.values()), list(b.values()))
    else:
        assert a == b or a != a


@given(TREES)
@example([np.zeros((0, 3)), (), {}, {"a": [()]}, "\ud800\0", float("nan")])
def test_what_is_sent_arrives(tree):
    assert_same(tree, received_of(packed(tree)))


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.sampled_from(["<f8", "|O8", "<U9", "f7"]),
    lambda t: (
        st.lists(t, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "o", "d", "l", "t", "x"]), t, max_size=2)
    ),
    max_leaves=12,
)


@given(JSON, st.binary(max_size=40))
@example({"a": ["<f8", [2**70], 8]}, b"")
@example({"a": ["<f8", [-1], 8]}, bytes(8))
@example({"a": ["|O8", [1], 8]}, bytes(8))
@example({"a": ["<U99999999999", [0], 0]}, b"")
@example({"d": [[[], 1]]}, b"")
@example({"o": [[2], [1]]}, b"")
@example({"o": [[10**30], []]}, b"")
def test_what_is_forged_is_a_value_or_refused(tree, content):
    text = json.dumps(tree).encode()
    with suppress(ValueError):
        received_of(HEADER.pack(len(text), len(content)) + text + content)


@pytest.mark.parametrize("data", [HEADER.pack(1 << 62, 0), HEADER.pack(2, 0) + b"\xff\xff"])
def test_what_is_no_message_is_refused(data):
    with pytest.raises(ValueError, match=r"a message of|decode"):
        received_of(data)
